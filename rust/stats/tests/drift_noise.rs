//! What drift shows when there is none, against repeated draws: the stated mean, and 95% below the
//! stated quantile.

#![allow(clippy::unwrap_used)]

mod support;

use std::sync::Arc;

use driftline_sketches::{Binning, NumericProfile};
use driftline_stats::drift::{Drift, Metric, drift};

const DRAWS: usize = 400;
const ROWS: (usize, usize) = (600, 300);

fn drawn(shape: fn(u64, usize) -> Vec<f64>) -> Vec<Vec<Drift>> {
    let mut pilot = NumericProfile::new(None);
    let values = shape(99, 5000);
    pilot.add_slice(&values, &vec![0; values.len()]);
    let binning = Arc::new(Binning::from_digest(pilot.digest(), 10).unwrap());
    (0..DRAWS as u64)
        .map(|draw| {
            let reference = support::profile(&shape(1_000_003 * (2 * draw + 1), ROWS.0), Some(&binning));
            let current = support::profile(&shape(1_000_003 * (2 * draw + 2), ROWS.1), Some(&binning));
            drift(&reference, &current, &Metric::ALL).unwrap()
        })
        .collect()
}

/// Metrics of numbers that vary from draw to draw.
fn metrics() -> impl Iterator<Item = Metric> {
    Metric::ALL.into_iter().filter(|metric| !matches!(metric, Metric::NullRate | Metric::UnseenRate))
}

fn of(draw: &[Drift], metric: Metric) -> &Drift {
    draw.iter().find(|drift| drift.metric == metric).unwrap()
}

/// The mean distance over the mean stated floor, and the share of draws above the stated quantile.
fn summary(draws: &[Vec<Drift>], metric: Metric) -> (f64, f64) {
    let mean = |number: fn(&Drift) -> f64| draws.iter().map(|draw| number(of(draw, metric))).sum::<f64>();
    let above = draws.iter().filter(|draw| of(draw, metric).value > of(draw, metric).noise_q95).count();
    (mean(|drift| drift.value) / mean(|drift| drift.noise_floor), above as f64 / DRAWS as f64)
}

#[test]
fn noise_of_smooth_and_skewed_columns() {
    for shape in [support::bell, support::skewed] {
        let draws = drawn(shape);
        for metric in metrics() {
            let (ratio, above) = summary(&draws, metric);
            assert!((0.9..1.1).contains(&ratio), "{metric}: mean is {ratio} of the floor");
            // Three standard errors of a share of 5% of the draws.
            assert!(above < 0.05 + 0.033, "{metric}: {above} of draws above the quantile");
            let upper_bound = matches!(
                metric,
                Metric::Wasserstein
                    | Metric::NormalizedWasserstein
                    | Metric::KolmogorovSmirnov
                    | Metric::TotalVariation
                    | Metric::LInfinity
            );
            assert!(upper_bound || above > 0.05 - 0.033, "{metric}: only {above} of draws above");
        }
    }
}

#[test]
fn p_values_are_not_too_small() {
    let draws = drawn(support::ties);
    for metric in metrics() {
        let p_values = draws.iter().filter_map(|draw| of(draw, metric).p_value);
        let below = p_values.filter(|&p_value| p_value < 0.05).count() as f64 / DRAWS as f64;
        assert!(below < 0.05 + 0.033, "{metric}: {below} of p-values below 5%");
    }
}
