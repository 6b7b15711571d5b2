//! `NannyML`'s definitions (0.13.1, `drift/univariate/methods.py`).

use driftline_sketches::{CategoricalProfile, NumericProfile};

use super::super::bracket::Bracket;
use super::super::categorical::CategoricalPair;
use super::super::noise;
use super::super::numeric::NumericPair;
use super::super::{Basis, Finding, Metric, Rows};
use super::equal_width::{counts, doane, edges};
use super::finding;
use super::shares::Shares;
use crate::special::chi_square_survival;

/// From so many rows of the reference on, distribution functions are compared at the ends of [`BINS`] bins.
const LARGE: u64 = 10_000;
const BINS: usize = 10_000;

pub(super) fn of_numbers(
    metric: Metric,
    reference: &NumericProfile,
    current: &NumericProfile,
) -> Option<Finding> {
    let pair = NumericPair::new(reference, current)?;
    let rows = pair.rows();
    match metric {
        Metric::KolmogorovSmirnov if rows.reference < LARGE => pair.find(metric),
        Metric::KolmogorovSmirnov => {
            let found = pair.find(metric)?;
            let edges = edges([reference].into_iter(), BINS)?;
            Some(Finding { bracket: pair.largest_gap_at(&edges), basis: Basis::Sketch, ..found })
        }
        Metric::Wasserstein => {
            let found = pair.find(metric)?;
            if rows.reference < LARGE {
                return Some(found);
            }
            // Each side's function is held constant over a bin, from its end on: between none and all of
            // what it rises there. One row too many is counted below the reference's smallest value.
            let edges = edges([reference].into_iter(), BINS)?;
            let width = edges[1] - edges[0];
            let range = edges[BINS] - edges[0];
            let slack = width + range / rows.sizes().current;
            let bracket = Bracket::new(
                found.bracket.value,
                (found.bracket.low - slack).max(0.0),
                found.bracket.high + slack,
            );
            Some(Finding { bracket, ..found })
        }
        Metric::JensenShannon | Metric::Hellinger => {
            let edges = edges([reference].into_iter(), doane(reference))?;
            let (before, now) = (counts(reference.digest(), &edges), counts(current.digest(), &edges));
            let with_rest = |counts: super::equal_width::Counts| {
                counts.inside.into_iter().chain([counts.outside]).collect::<Vec<Bracket>>()
            };
            of_counts(metric, &with_rest(before), &with_rest(now), rows, Basis::Sketch)
        }
        _ => None,
    }
}

pub(super) fn of_categories(
    metric: Metric,
    reference: &CategoricalProfile,
    current: &CategoricalProfile,
) -> Option<Finding> {
    let pair = CategoricalPair::of_items(reference, current)?;
    let rows = pair.rows();
    let bins = &pair.pair().bins;
    if metric == Metric::ChiSquare {
        return Some(chi_square(&pair));
    }
    if metric == Metric::LInfinity {
        let found = pair.pair().l_infinity();
        let noise = noise::l_infinity(rows.sizes(), pair.pair().pooled_shares());
        return Some(finding(metric, found, noise, Basis::FrequentItems, rows));
    }
    // What the reference does not have is one bin.
    let known = bins.iter().filter(|bin| bin.reference.high > 0.0);
    let (mut before, mut now): (Vec<Bracket>, Vec<Bracket>) =
        known.map(|bin| (bin.reference, bin.current)).unzip();
    let unseen = bins.iter().filter(|bin| bin.reference.high == 0.0).map(|bin| bin.current);
    let rest = unseen.fold(Bracket::exact(0.0), |sum, count| {
        Bracket::new(sum.value + count.value, sum.low + count.low, sum.high + count.high)
    });
    before.push(Bracket::exact(0.0));
    now.push(rest);
    of_counts(metric, &before, &now, rows, Basis::FrequentItems)
}

fn of_counts(
    metric: Metric,
    reference: &[Bracket],
    current: &[Bracket],
    rows: Rows,
    basis: Basis,
) -> Option<Finding> {
    let sizes = rows.sizes();
    let pair = Shares::of(reference, sizes.reference).beside(Shares::of(current, sizes.current));
    let freedom = pair.degrees_of_freedom();
    let (bracket, noise) = match metric {
        Metric::JensenShannon => (pair.jensen_shannon(), noise::jensen_shannon(sizes, freedom)),
        Metric::Hellinger => (pair.hellinger(), noise::hellinger(sizes, freedom)),
        _ => return None,
    };
    Some(finding(metric, bracket, noise, basis, rows))
}

/// The two-sample statistic, with Yates' correction where there are two categories.
fn chi_square(pair: &CategoricalPair) -> Finding {
    let freedom = pair.pair().degrees_of_freedom();
    let bracket = if freedom == 1.0 { pair.pair().corrected_chi_square() } else { pair.pair().chi_square() };
    Finding {
        metric: Metric::ChiSquare,
        bracket,
        noise: noise::chi_square(freedom),
        p_value: Some(chi_square_survival(bracket.low, freedom)),
        basis: Basis::FrequentItems,
        rows: pair.rows(),
    }
}
