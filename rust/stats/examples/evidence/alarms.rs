//! Which of the ways to raise an alarm does so.

use driftline_stats::evidence::{Detector, Laws};
use driftline_stats::special::{chi_square_survival, kolmogorov_survival};

use crate::draws::{BINS, NULLS};

/// The chance of any false alarm, over all columns and all time.
pub(crate) const LEVEL: f64 = 0.05;

/// The part of it that a baseline may be unlucky with.
const OF_BASELINE: f64 = 0.1 * LEVEL;

/// A detector of one of `columns` columns with this baseline.
pub(crate) fn detector(baseline: &[u64; BINS], columns: usize) -> Option<Detector> {
    Laws::of_baseline(baseline, OF_BASELINE / columns as f64, 0.0).map(Detector::new)
}

/// The level that is left for the detectors.
pub(crate) const OF_DETECTORS: f64 = LEVEL - OF_BASELINE;

/// Whether a window is called drift, from the counts of the baseline and its own.
type Alarm = fn(&[u64; BINS], &[u64; BINS]) -> bool;

/// How others decide, window by window.
pub(crate) const OTHERS: [(&str, Alarm); 4] = [
    ("KS p < 0.05", |baseline, window| {
        let (n, m) = (values(baseline), values(window));
        let scale = (n * m / (n + m)).sqrt();
        kolmogorov_survival(scale * kolmogorov_smirnov(baseline, window)) < 0.05
    }),
    ("chi-square p < 0.05", |baseline, window| chi_square_p(baseline, window) < 0.05),
    ("PSI > 0.2", |baseline, window| psi(baseline, window) > 0.2),
    // Of a numeric column with over 1,000 rows: Wasserstein over the baseline's standard deviation.
    ("Wasserstein > 0.1 std", |baseline, window| wasserstein(baseline, window) > 0.1),
];

fn values(counts: &[u64; BINS]) -> f64 {
    counts[..NULLS].iter().sum::<u64>() as f64
}

fn shares(counts: &[u64; BINS]) -> [f64; NULLS] {
    let total = values(counts);
    std::array::from_fn(|bin| counts[bin] as f64 / total)
}

/// Largest difference of the distribution functions at the edges.
fn kolmogorov_smirnov(baseline: &[u64; BINS], window: &[u64; BINS]) -> f64 {
    let (p, q) = (shares(baseline), shares(window));
    let mut apart = 0.0;
    (0..NULLS)
        .map(|bin| {
            apart += p[bin] - q[bin];
            f64::abs(apart)
        })
        .fold(0.0, f64::max)
}

fn chi_square_p(baseline: &[u64; BINS], window: &[u64; BINS]) -> f64 {
    let (n, m) = (values(baseline), values(window));
    let statistic: f64 = (0..NULLS)
        .map(|bin| {
            let (p, q) = (baseline[bin] as f64 / n, window[bin] as f64 / m);
            let rows = n * p + m * q;
            if rows > 0.0 { n * m * (p - q).powi(2) / rows } else { 0.0 }
        })
        .sum();
    chi_square_survival(statistic, (NULLS - 1) as f64)
}

fn psi(baseline: &[u64; BINS], window: &[u64; BINS]) -> f64 {
    let smoothed =
        |counts: &[u64; BINS], bin: usize| (counts[bin] as f64 + 0.5) / (values(counts) + 0.5 * NULLS as f64);
    (0..NULLS)
        .map(|bin| {
            let (p, q) = (smoothed(baseline, bin), smoothed(window, bin));
            (p - q) * (p / q).ln()
        })
        .sum()
}

/// The area between the distribution functions, each bin's records at its middle.
fn wasserstein(baseline: &[u64; BINS], window: &[u64; BINS]) -> f64 {
    let (p, q) = (shares(baseline), shares(window));
    let mut apart = 0.0;
    (0..NULLS - 1)
        .map(|bin| {
            apart += p[bin] - q[bin];
            f64::abs(apart) * (MIDDLES[bin + 1] - MIDDLES[bin])
        })
        .sum()
}

/// Means of the standard normal law between its deciles.
const MIDDLES: [f64; NULLS] = [-1.755, -1.045, -0.677, -0.386, -0.126, 0.126, 0.386, 0.677, 1.045, 1.755];
