//! whylogs' definitions (1.6.4, `viz/drift/column_drift_algorithms.py`).
//!
//! whylogs reads its own quantile sketches, which toss coins: the same rows give other numbers in each run.
//! The value here is that of exact sketches, and the interval is widened by what theirs may be off by, at
//! the 99% that is published for them.

use driftline_sketches::{CategoricalProfile, NumericProfile};

use super::super::bracket::Bracket;
use super::super::categorical::CategoricalPair;
use super::super::noise;
use super::super::numeric::NumericPair;
use super::super::{Basis, Finding, Metric};
use super::equal_width::{between, counts};
use super::finding;
use super::shares::Shares;
use crate::special::chi_square_survival;

/// The parameter of whylogs' KLL sketches; up to so many rows they are exact.
const KLL_K: f64 = 1024.0;

/// Steps between the levels of quantiles at which distribution functions are compared.
const STEPS: f64 = 99.0;

/// Bins of a histogram: at most and at least, and the rows that there should be in one on average.
const MOST_BINS: f64 = 30.0;
const LEAST_BINS: f64 = 2.0;
const ROWS_A_BIN: f64 = 4.0;

/// By how much of itself the largest value is raised, so that it is in the last bin.
const RAISE: f64 = 1e-7;

pub(super) fn of_numbers(
    metric: Metric,
    reference: &NumericProfile,
    current: &NumericProfile,
) -> Option<Finding> {
    match metric {
        Metric::KolmogorovSmirnov => kolmogorov_smirnov(reference, current),
        Metric::Hellinger => hellinger(reference, current),
        _ => None,
    }
}

pub(super) fn of_categories(
    metric: Metric,
    reference: &CategoricalProfile,
    current: &CategoricalProfile,
) -> Option<Finding> {
    if metric == Metric::ChiSquare { chi_square(reference, current) } else { None }
}

/// How far a rank of their sketch may be off (`datasketches` 5, `kll_sketch::get_normalized_rank_error`).
fn rank_error(rows: f64) -> f64 {
    if rows <= KLL_K { 0.0 } else { 2.296 / KLL_K.powf(0.9723) }
}

/// How far the share of a bin may be off.
fn share_error(rows: f64) -> f64 {
    if rows <= KLL_K { 0.0 } else { 2.446 / KLL_K.powf(0.9433) }
}

/// The largest difference of the distribution functions at 100 quantiles of either side. Between two of
/// these a function rises by a hundredth.
fn kolmogorov_smirnov(reference: &NumericProfile, current: &NumericProfile) -> Option<Finding> {
    let found = NumericPair::new(reference, current)?.find(Metric::KolmogorovSmirnov)?;
    let sizes = found.rows.sizes();
    let error = rank_error(sizes.reference) + rank_error(sizes.current);
    let bracket = Bracket::new(
        found.bracket.value,
        (found.bracket.low - STEPS.recip() - error).max(0.0),
        (found.bracket.high + error).min(1.0),
    );
    Some(Finding { bracket, ..found })
}

fn hellinger(reference: &NumericProfile, current: &NumericProfile) -> Option<Finding> {
    let rows = NumericPair::new(reference, current)?.rows();
    let sizes = rows.sizes();
    let start = reference.moments.min()?.min(current.moments.min()?);
    let end = reference.moments.max()?.max(current.moments.max()?);
    let end = end + if end == 0.0 { RAISE } else { end.abs() * RAISE };
    let bins = ((sizes.reference + sizes.current) / ROWS_A_BIN).ceil().clamp(LEAST_BINS, MOST_BINS);
    let edges = between(start, end, bins as usize)?;
    let shares = |profile: &NumericProfile, rows: f64| {
        let error = share_error(rows);
        let exact = Shares::of(&counts(profile.digest(), &edges).inside, rows);
        let widen = |share: Bracket| {
            Bracket::new(share.value, (share.low - error).max(0.0), (share.high + error).min(1.0))
        };
        Shares(exact.0.into_iter().map(widen).collect())
    };
    let pair = shares(reference, sizes.reference).beside(shares(current, sizes.current));
    let noise = noise::hellinger(sizes, pair.degrees_of_freedom());
    Some(finding(Metric::Hellinger, pair.hellinger(), noise, Basis::Sketch, rows))
}

/// Each current count against the reference's at the current number of rows, rounded down; infinite where
/// that is none. Nulls count as rows; degrees of freedom are those of the current side's distinct values.
fn chi_square(reference: &CategoricalProfile, current: &CategoricalProfile) -> Option<Finding> {
    let pair = CategoricalPair::of_items(reference, current)?;
    let all = |profile: &CategoricalProfile| (profile.count + profile.nulls) as f64;
    let (n, m) = (all(reference), all(current));
    let bins = pair.pair().bins.iter().filter(|bin| bin.reference.high + bin.current.high > 0.0);
    let (expected, observed): (Vec<Bracket>, Vec<Bracket>) =
        bins.map(|bin| (bin.reference.map(|count| (count / n * m).floor()), bin.current)).unzip();
    // Not even nothing may come where nothing was expected.
    let nothing = expected.iter().any(|count| count.low == 0.0);
    let found = Shares(expected).beside(Shares(observed)).one_sample_chi_square();
    let bracket = if nothing { Bracket::new(f64::INFINITY, found.low, f64::INFINITY) } else { found };
    let freedom = (current.distinct.estimate().floor() - 1.0).max(1.0);
    Some(Finding {
        metric: Metric::ChiSquare,
        bracket,
        noise: noise::chi_square(freedom),
        p_value: Some(chi_square_survival(bracket.value, freedom)),
        basis: Basis::FrequentItems,
        rows: pair.rows(),
    })
}
