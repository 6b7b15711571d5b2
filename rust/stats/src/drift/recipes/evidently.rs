//! Evidently's definitions (0.7.23, `legacy/calculations/stattests`), without those that permute rows.

use driftline_sketches::{CategoricalProfile, NumericProfile};

use super::super::bracket::Bracket;
use super::super::categorical::CategoricalPair;
use super::super::cluster::{Cluster, clusters_of};
use super::super::noise::{self, Noise};
use super::super::numeric::NumericPair;
use super::super::{Basis, Finding, Metric, Rows, means};
use super::equal_width::{counts, edges, sturges};
use super::finding;
use super::shares::Shares;
use crate::special::chi_square_survival;

/// Up to so many distinct numbers are categories.
const CATEGORIES: f64 = 20.0;

/// The least standard deviation that a Wasserstein distance is measured in.
const LEAST_UNIT: f64 = 0.001;

/// Standard errors of a distinct count that its interval reaches.
const DISTINCT_ERRORS: f64 = 3.0;

pub(super) fn of_numbers(
    metric: Metric,
    reference: &NumericProfile,
    current: &NumericProfile,
) -> Option<Finding> {
    let pair = NumericPair::new(reference, current)?;
    match metric {
        Metric::KolmogorovSmirnov => pair.find(metric),
        Metric::Wasserstein => {
            let unit = means::deviation(&reference.moments)?.max(LEAST_UNIT);
            let found = pair.find(metric)?;
            let noise = Noise { mean: found.noise.mean / unit, q95: found.noise.q95 / unit };
            Some(Finding { bracket: found.bracket.map(|distance| distance / unit), noise, ..found })
        }
        Metric::Hellinger => hellinger_of_numbers(reference, current, pair.rows()),
        Metric::Psi | Metric::KullbackLeibler | Metric::JensenShannon => {
            let bins = if reference.distinct.estimate() > CATEGORIES + 0.5 {
                let bins = sturges(pair.rows().sizes().reference + pair.rows().sizes().current);
                let edges = edges([reference, current].into_iter(), bins)?;
                let inside = |profile: &NumericProfile| counts(profile.digest(), &edges).inside;
                (inside(reference), inside(current))
            } else {
                distinct_values(&clusters_of(reference.digest()), &clusters_of(current.digest()))?
            };
            of_counts(metric, &bins.0, &bins.1, pair.rows(), Basis::Sketch)
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
    let side = |count: fn(&super::super::binned::Bin) -> Bracket| -> Vec<Bracket> {
        pair.pair().bins.iter().map(count).collect()
    };
    let (before, now) = (side(|bin| bin.reference), side(|bin| bin.current));
    match metric {
        Metric::ChiSquare => Some(chi_square(&before, &now, pair.rows())),
        _ => of_counts(metric, &before, &now, pair.rows(), Basis::FrequentItems),
    }
}

/// The metrics of bins, in bins that a side has rows in.
fn of_counts(
    metric: Metric,
    reference: &[Bracket],
    current: &[Bracket],
    rows: Rows,
    basis: Basis,
) -> Option<Finding> {
    let sizes = rows.sizes();
    let occupied = |side: &[Bracket]| -> Vec<Bracket> {
        let bins = reference.iter().zip(current).zip(side);
        let kept = bins.filter(|((one, other), _)| basis == Basis::Sketch || one.high + other.high > 0.0);
        kept.map(|(_, count)| *count).collect()
    };
    let (reference, current) = (occupied(reference), occupied(current));
    let freedom = (reference.len() as f64 - 1.0).max(0.0);
    let (before, now) = (Shares::of(&reference, sizes.reference), Shares::of(&current, sizes.current));
    let (bracket, noise) = match metric {
        Metric::Psi => {
            let pair = before.filled(sizes.reference).beside(now.filled(sizes.current));
            (pair.jeffreys(), noise::psi(sizes, freedom))
        }
        Metric::KullbackLeibler => {
            let normalised = |shares: &Shares, rows| shares.filled(rows).normalised();
            let pair = normalised(&before, sizes.reference).beside(normalised(&now, sizes.current));
            (pair.relative_entropy(), noise::kullback_leibler(sizes, freedom))
        }
        Metric::JensenShannon => {
            // In nats, where ours is in bits.
            let nats = std::f64::consts::LN_2.sqrt();
            let found = before.beside(now).jensen_shannon().map(|distance| nats * distance);
            let noise = noise::jensen_shannon(sizes, freedom);
            (found, Noise { mean: nats * noise.mean, q95: nats * noise.q95 })
        }
        Metric::Hellinger => (before.beside(now).hellinger(), noise::hellinger(sizes, freedom)),
        _ => return None,
    };
    Some(finding(metric, bracket, noise, basis, rows))
}

/// In bins whose number follows from that of distinct values on both sides, which is an estimate: the
/// interval holds the distances in all numbers of bins that it leaves open.
fn hellinger_of_numbers(reference: &NumericProfile, current: &NumericProfile, rows: Rows) -> Option<Finding> {
    let mut distinct = reference.distinct.clone();
    distinct.merge(&current.distinct).ok()?;
    let in_bins = |bins: usize| {
        let edges = edges([reference, current].into_iter(), bins)?;
        let inside = |profile: &NumericProfile| counts(profile.digest(), &edges).inside;
        of_counts(Metric::Hellinger, &inside(reference), &inside(current), rows, Basis::Sketch)
    };
    let (least, most) = distinct.bounds(DISTINCT_ERRORS);
    let mut found = in_bins(sturges(distinct.estimate().round()))?;
    for bins in sturges(least.floor())..=sturges(most.ceil()) {
        let other = in_bins(bins)?;
        found.bracket.low = found.bracket.low.min(other.bracket.low);
        found.bracket.high = found.bracket.high.max(other.bracket.high);
    }
    Some(found)
}

/// `sum (observed - expected)^2 / expected`, expected being the reference's counts at the current number
/// of rows: only the current side counts as a sample.
fn chi_square(reference: &[Bracket], current: &[Bracket], rows: Rows) -> Finding {
    let sizes = rows.sizes();
    let scale = sizes.current / sizes.reference;
    let occupied: Vec<(Bracket, Bracket)> = reference
        .iter()
        .zip(current)
        .filter(|(before, now)| before.high + now.high > 0.0)
        .map(|(before, now)| (before.map(|count| count * scale), *now))
        .collect();
    let freedom = (occupied.len() as f64 - 1.0).max(0.0);
    let (expected, observed) = occupied.into_iter().unzip();
    let bracket = Shares(expected).beside(Shares(observed)).one_sample_chi_square();
    Finding {
        metric: Metric::ChiSquare,
        bracket,
        noise: noise::chi_square(freedom),
        p_value: Some(chi_square_survival(bracket.low, freedom)),
        basis: Basis::FrequentItems,
        rows,
    }
}

/// The counts of all values of both sides; none where a cluster holds more than one.
fn distinct_values(reference: &[Cluster], current: &[Cluster]) -> Option<(Vec<Bracket>, Vec<Bracket>)> {
    let all = || reference.iter().chain(current);
    if all().any(|cluster| cluster.low != cluster.high) {
        return None;
    }
    let mut values: Vec<f64> = all().map(|cluster| cluster.mean).collect();
    values.sort_unstable_by(f64::total_cmp);
    values.dedup();
    let counts = |clusters: &[Cluster]| -> Vec<Bracket> {
        let of_value = |value: &f64| {
            let alike = clusters.iter().filter(|cluster| cluster.mean == *value);
            Bracket::exact(alike.map(|cluster| cluster.weight).sum::<u64>() as f64)
        };
        values.iter().map(of_value).collect()
    };
    Some((counts(reference), counts(current)))
}
