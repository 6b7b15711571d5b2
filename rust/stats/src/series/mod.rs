//! Anomalies of a series, one number a window: what the windows before let one expect of the next.
//!
//! Robust Holt-Winters smoothing (Gelper, Fried and Croux 2010): level, trend and season are smoothed
//! exponentially, but an observation far from what was expected is moved to within two scales of it
//! first, so that an anomaly is told and not learnt. [`anomalies`] says which ones are.

mod anomalies;
mod smoothing;
mod start;

use self::smoothing::{Pace, Smoothing};
use self::start::Start;
pub use anomalies::{Judgement, Observation, Sampling, anomalies, needed};

/// What was expected of a window, and how far the observation is from it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expectation {
    /// The expected number: that of the level and what the season adds.
    pub expected: f64,
    /// The expected number without the season.
    pub level: f64,
    /// Change of the level from one window to the next.
    pub trend: f64,
    /// What the season adds.
    pub season: f64,
    /// The usual distance of an observation from it, as a standard deviation.
    pub scale: f64,
    /// The distance of the observation in scales; none where the window has no observation.
    pub score: Option<f64>,
}

/// What was expected of each window of a series, and of the one after its end.
///
/// `series` has a number a window, or none where a window had no record; `season` is the number of
/// windows after which the same is expected again, such as 24 for hours of a day. Paces of smoothing
/// are those with the least errors over the series. There is one entry a window and one more; `None` for
/// the first ones, which the start is made of: two seasons, and at least ten windows with an observation.
/// Not finite numbers are taken for missing.
///
/// # Panics
/// When `season` is 0.
pub fn expectations(series: &[Option<f64>], season: usize) -> Vec<Option<Expectation>> {
    assert!(season > 0, "season must be at least 1, got 0");
    let series: Vec<Option<f64>> =
        series.iter().map(|value| value.filter(|value| value.is_finite())).collect();
    let Some(start) = Start::of(&series, season) else {
        return vec![None; series.len() + 1];
    };
    let (before, after) = series.split_at(start.windows);
    let runs = Pace::all(season).map(|pace| run(Smoothing::new(&start, pace), after));
    let best = runs.min_by(|left, right| left.1.total_cmp(&right.1));
    let expected = best.map_or_else(Vec::new, |(expected, _)| expected);
    vec![None; before.len()].into_iter().chain(expected.into_iter().map(Some)).collect()
}

/// What was expected along the series and after it, and the size of the errors.
fn run(mut smoothing: Smoothing, series: &[Option<f64>]) -> (Vec<Expectation>, f64) {
    let mut expected = Vec::with_capacity(series.len() + 1);
    let mut errors = Vec::with_capacity(series.len());
    for &observation in series {
        let ahead = smoothing.expect();
        let error = observation.map(|observation| observation - ahead.expected);
        errors.extend(error.map(f64::abs));
        expected.push(Expectation { score: error.map(|error| error / ahead.scale), ..ahead });
        smoothing.take(observation);
    }
    expected.push(smoothing.expect());
    (expected, trimmed_mean(&mut errors))
}

/// The mean of the smallest nine tenths, which anomalies do not sway; 0 of nothing.
fn trimmed_mean(errors: &mut [f64]) -> f64 {
    errors.sort_unstable_by(f64::total_cmp);
    let kept = &errors[..errors.len() - errors.len() / 10];
    if kept.is_empty() { 0.0 } else { kept.iter().sum::<f64>() / kept.len() as f64 }
}

/// The median; 0 of nothing.
fn median(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    match values.len() {
        0 => 0.0,
        count if count % 2 == 1 => values[count / 2],
        count => 0.5 * values[count / 2 - 1] + 0.5 * values[count / 2],
    }
}
