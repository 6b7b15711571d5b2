//! Which of the ways to raise an alarm does so.

use driftline_stats::drift::{Metric, distance_of_counts};
use driftline_stats::evidence::{Detector, ErrorBudget, Laws};
use driftline_stats::special::{chi_square_survival, kolmogorov_survival};

use crate::draws::{BINS, UNSEEN, VALUES};

/// The chance of any false alarm, over all columns and all time.
pub(crate) const LEVEL: f64 = 0.01;

/// A detector of one column with this baseline.
pub(crate) fn detector(baseline: &[u64; BINS], budget: ErrorBudget) -> Option<Detector> {
    Laws::of_baseline(baseline, budget.of_one_baseline(), 0.0).map(Detector::new)
}

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Numbers,
    Categories,
}

/// Whether a window is called drift, from the counts of the baseline and its own; `None` where that is not asked of
/// such columns.
type Alarm = fn(Kind, &[u64; BINS], &[u64; BINS]) -> Option<bool>;

/// How others decide, window by window. None looks at nulls.
pub(crate) const OTHERS: [(&str, Alarm); 4] = [
    ("KS p < 0.05", |kind, baseline, window| {
        (kind == Kind::Numbers).then(|| kolmogorov_smirnov_p(baseline, window) < 0.05)
    }),
    ("chi-square p < 0.05", |_, baseline, window| Some(chi_square_p(baseline, window) < 0.05)),
    ("PSI > 0.2", |_, baseline, window| Some(distance(Metric::Psi, baseline, window) > 0.2)),
    // Of a baseline with over 1,000 rows: the Wasserstein distance of numbers over the baseline's standard deviation,
    // the Jensen-Shannon distance of categories, with a threshold of 0.1.
    ("Evidently's default", |kind, baseline, window| {
        Some(match kind {
            Kind::Numbers => wasserstein(baseline, window) > 0.1,
            Kind::Categories => distance(Metric::JensenShannon, baseline, window) > 0.1,
        })
    }),
];

/// The counts of what is not null.
fn present(counts: &[u64; BINS]) -> [u64; VALUES + 1] {
    std::array::from_fn(|bin| counts[if bin < VALUES { bin } else { UNSEEN }])
}

fn distance(metric: Metric, baseline: &[u64; BINS], window: &[u64; BINS]) -> f64 {
    distance_of_counts(metric, &present(baseline), &present(window)).unwrap_or(0.0)
}

fn values(counts: &[u64; BINS]) -> f64 {
    counts[..VALUES].iter().sum::<u64>() as f64
}

/// How far the distribution functions are apart at the upper ends of the bins.
fn gaps(baseline: &[u64; BINS], window: &[u64; BINS]) -> [f64; VALUES] {
    let (n, m) = (values(baseline), values(window));
    let mut apart = 0.0;
    std::array::from_fn(|bin| {
        apart += baseline[bin] as f64 / n - window[bin] as f64 / m;
        f64::abs(apart)
    })
}

fn kolmogorov_smirnov_p(baseline: &[u64; BINS], window: &[u64; BINS]) -> f64 {
    let (n, m) = (values(baseline), values(window));
    let largest = gaps(baseline, window).into_iter().fold(0.0, f64::max);
    kolmogorov_survival((n * m / (n + m)).sqrt() * largest)
}

fn chi_square_p(baseline: &[u64; BINS], window: &[u64; BINS]) -> f64 {
    let occupied =
        present(baseline).iter().zip(present(window)).filter(|(own, other)| **own + other > 0).count();
    chi_square_survival(distance(Metric::ChiSquare, baseline, window), (occupied - 1) as f64)
}

/// The area between the distribution functions, each bin's records at its middle.
fn wasserstein(baseline: &[u64; BINS], window: &[u64; BINS]) -> f64 {
    let widths = MIDDLES.windows(2).map(|pair| pair[1] - pair[0]);
    gaps(baseline, window).into_iter().zip(widths).map(|(gap, width)| gap * width).sum()
}

/// Means of the standard normal law between its deciles.
const MIDDLES: [f64; VALUES] = [-1.755, -1.045, -0.677, -0.386, -0.126, 0.126, 0.386, 0.677, 1.045, 1.755];
