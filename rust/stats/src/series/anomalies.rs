//! Which observations of a series are no chance.

use super::start::LEAST;
use super::{Expectation, expectations};
use crate::special::{binomial_upper, student_upper_quantile};

/// The scale is a mean of the last squared errors, each a tenth of what is left: it knows as much as that many
/// of equal weight, less one.
const FREEDOM: f64 = 18.0;

/// What a median of few absolute errors knows of their scale, in parts of what their squares know: 0.37 of
/// many (Hampel 1974), less of few.
const MEDIAN_EFFICIENCY: f64 = 0.3;

/// By how much each error beyond the start adds to what is known of the scale.
const GAIN: f64 = 0.5;

/// One number of a series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Observation {
    /// The number, within `[low, high]`.
    pub value: f64,
    /// The least that the rows behind the sketches can have.
    pub low: f64,
    /// The most.
    pub high: f64,
    /// How far chance alone moves it.
    pub sampling: Sampling,
}

impl Observation {
    /// One that is known exactly.
    pub fn exact(value: f64, sampling: Sampling) -> Self {
        Self { value, low: value, high: value, sampling }
    }
}

/// How far chance alone moves a number, whatever the series does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Sampling {
    /// By this standard deviation.
    Deviation(f64),
    /// As a number of events, each of which comes by itself.
    Events,
    /// As a share of so many rows, each of which has it or not by itself.
    Share {
        /// Rows.
        rows: u64,
    },
}

/// What was expected of a number, and whether it is an anomaly.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judgement {
    /// What was expected, with level, trend and season.
    pub expectation: Expectation,
    /// The least number that is no anomaly.
    pub low: f64,
    /// The largest number that is no anomaly.
    pub high: f64,
    /// Whether all that the number can be lies outside; none without a number.
    pub is_anomaly: Option<bool>,
}

/// How many windows with a number it takes before the next one is judged.
pub fn needed(season: usize) -> usize {
    LEAST.max(2 * season)
}

/// Judges each number of a series by those before it, with a chance of at most `error` of calling any of them
/// an anomaly while nothing happens; and says what is expected of the one after the last.
///
/// Errors are taken for normal, of the scale that [`expectations`] gives, which is known from a limited number
/// of errors: hence Student's law, whose tails are shared out over the numbers that are judged (Bonferroni).
/// The scale is at least what chance moves a number by; a share may also have any number of hits that the
/// binomial law gives at the expected share, for which that of all rows together stands in where it is larger.
///
/// One entry a window and one more, as in [`expectations`].
///
/// # Panics
/// When `season` is 0 or `error` is not between 0 and 1.
pub fn anomalies(series: &[Option<Observation>], season: usize, error: f64) -> Vec<Option<Judgement>> {
    assert!(error > 0.0 && error < 1.0, "error must be between 0 and 1, got {error}");
    let values: Vec<Option<f64>> = series.iter().map(|each| each.map(|each| each.value)).collect();
    let ahead = expectations(&values, season);
    let judged =
        ahead.iter().zip(&values).filter(|(ahead, value)| ahead.is_some() && value.is_some()).count();
    let tail = 0.5 * error / judged.max(1) as f64;
    let share = share_of_all(series);
    let last = series.iter().rev().flatten().next().map(|each| each.sampling);
    let start = values.iter().zip(&ahead).filter(|(value, ahead)| value.is_some() && ahead.is_none()).count();
    // The start is fitted to its own errors: level or seasons, and the trend.
    let mut freedom = (MEDIAN_EFFICIENCY * (start as f64 - season as f64 - 1.0)).max(1.0);
    let mut width = student_upper_quantile(tail, freedom);
    ahead
        .into_iter()
        .enumerate()
        .map(|(place, ahead)| {
            let expectation = ahead?;
            let observation = series.get(place).copied().flatten();
            let sampling = observation.map(|each| each.sampling).or(last);
            let (low, high) = bounds(&expectation, sampling, share, (tail, width));
            if observation.is_some() && freedom < FREEDOM {
                freedom = (freedom + GAIN).min(FREEDOM);
                width = student_upper_quantile(tail, freedom);
            }
            let is_anomaly = observation.map(|each| each.high < low || each.low > high);
            Some(Judgement { expectation, low, high, is_anomaly })
        })
        .collect()
}

/// Hits of all windows over their rows, one more of each: what has not come may yet.
fn share_of_all(series: &[Option<Observation>]) -> f64 {
    let (mut hits, mut all) = (1.0, 2.0);
    for observation in series.iter().flatten() {
        if let Sampling::Share { rows } = observation.sampling {
            hits += observation.value * rows as f64;
            all += rows as f64;
        }
    }
    hits / all
}

fn bounds(
    ahead: &Expectation,
    sampling: Option<Sampling>,
    share: f64,
    (tail, width): (f64, f64),
) -> (f64, f64) {
    let chance = match sampling {
        Some(Sampling::Deviation(deviation)) => deviation,
        Some(Sampling::Events) => ahead.expected.max(1.0).sqrt(),
        Some(Sampling::Share { .. }) | None => 0.0,
    };
    let width = width * ahead.scale.max(chance);
    let (low, high) = (ahead.expected - width, ahead.expected + width);
    match sampling {
        Some(Sampling::Share { rows }) if rows > 0 => {
            let most = most_hits(rows as f64, ahead.expected.clamp(0.0, 1.0).max(share), tail);
            let misses =
                most_hits(rows as f64, (1.0 - ahead.expected).clamp(0.0, 1.0).max(1.0 - share), tail);
            let rows = rows as f64;
            (low.min(1.0 - misses / rows).max(0.0), high.max(most / rows).min(1.0))
        }
        Some(Sampling::Events) => (low.max(0.0), high),
        _ => (low, high),
    }
}

/// The largest number of hits among `rows` that is reached with a chance of more than `tail`.
fn most_hits(rows: f64, share: f64, tail: f64) -> f64 {
    let (mut reached, mut beyond) = (0.0_f64, rows + 1.0);
    while beyond - reached > 1.0 {
        let middle = (0.5 * (reached + beyond)).floor();
        if binomial_upper(middle, rows, share) > tail {
            reached = middle;
        } else {
            beyond = middle;
        }
    }
    reached
}
