//! scouter's PSI (0.25.0, `crates/scouter_drift/src/psi`): deciles of the reference, shares raised by a
//! ten-billionth.

use driftline_sketches::{CategoricalProfile, NumericProfile};

use super::super::bracket::Bracket;
use super::super::categorical::CategoricalPair;
use super::super::noise;
use super::super::numeric::NumericPair;
use super::super::{Basis, Finding, Metric, Rows};
use super::finding;
use super::shares::Shares;

/// Bins of equal depth in the reference.
const BINS: u64 = 10;

/// Added to every share.
const RAISE: f64 = 1e-10;

pub(super) fn of_numbers(
    metric: Metric,
    reference: &NumericProfile,
    current: &NumericProfile,
) -> Option<Finding> {
    if metric != Metric::Psi {
        return None;
    }
    let pair = NumericPair::new(reference, current)?;
    let n = pair.rows().reference;
    let mut before = Vec::new();
    let mut now = Vec::new();
    for decile in 1..BINS {
        // The sample quantile between the order statistics around `(n - 1) decile / 10` (Hyndman and Fan's
        // seventh definition, numpy's).
        let place = (n - 1) as f64 * decile as f64 / BINS as f64;
        let below = (place.floor() as u64 + 1).min(n);
        let (of_reference, of_current) = pair.shares_at_quantile(below, place.fract());
        before.push(of_reference);
        now.push(of_current);
    }
    Some(psi(differences(&before), differences(&now), pair.rows(), Basis::Sketch))
}

/// The shares between ends, of which the shares up to them are known.
fn differences(up_to: &[Bracket]) -> Vec<Bracket> {
    let (none, all) = (Bracket::exact(0.0), Bracket::exact(1.0));
    let from = [none].into_iter().chain(up_to.iter().copied());
    let to = up_to.iter().copied().chain([all]);
    from.zip(to)
        .map(|(from, to)| {
            let least = (to.low - from.high).max(0.0);
            Bracket::new((to.value - from.value).max(0.0), least, (to.high - from.low).max(0.0))
        })
        .collect()
}

/// The categories of the reference; others are in none of them, and missing from the shares.
pub(super) fn of_categories(
    metric: Metric,
    reference: &CategoricalProfile,
    current: &CategoricalProfile,
) -> Option<Finding> {
    if metric != Metric::Psi {
        return None;
    }
    let pair = CategoricalPair::of_items(reference, current)?;
    let sizes = pair.rows().sizes();
    let known = pair.pair().bins.iter().filter(|bin| bin.reference.high > 0.0);
    let (before, now): (Vec<Bracket>, Vec<Bracket>) = known.map(|bin| (bin.reference, bin.current)).unzip();
    let (before, now) = (Shares::of(&before, sizes.reference), Shares::of(&now, sizes.current));
    Some(psi(before.0, now.0, pair.rows(), Basis::FrequentItems))
}

fn psi(reference: Vec<Bracket>, current: Vec<Bracket>, rows: Rows, basis: Basis) -> Finding {
    let freedom = (reference.len() as f64 - 1.0).max(0.0);
    let raised = |shares: Vec<Bracket>| {
        Shares(shares.into_iter().map(|share| share.map(|share| share + RAISE)).collect())
    };
    let found = raised(reference).beside(raised(current)).jeffreys();
    finding(Metric::Psi, found, noise::psi(rows.sizes(), freedom), basis, rows)
}
