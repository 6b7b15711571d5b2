//! One version beside another: what all that is compared adds up to.

use driftline_sketches::ExponentialHistogram;

use super::rate::{Rate, Verdict};

/// The part of the chance of an error that is spent on whether columns differ; the rates share the rest.
const OF_COLUMNS: f64 = 0.5;

/// What can be said of a canary beside its control.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Some rate is lower by more than the margin, and none may be higher.
    Better,
    /// Some rate is higher by more than the margin.
    Worse,
    /// All rates are within the margin of each other, and what the versions say does not differ.
    Alike,
    /// Not decided yet.
    Undecided,
}

/// The outcome of verdicts on rates that are the better the lower, and of whether the versions have been found to say
/// different things, which is neither better nor worse. Wrong with no more than the sum of the verdicts' chances.
pub fn outcome(rates: &[Verdict], says_otherwise: bool) -> Outcome {
    let has = |verdict| rates.contains(&verdict);
    if has(Verdict::Higher) {
        Outcome::Worse
    } else if has(Verdict::Undecided) || rates.is_empty() {
        Outcome::Undecided
    } else if has(Verdict::Lower) {
        Outcome::Better
    } else if says_otherwise {
        Outcome::Undecided
    } else {
        Outcome::Alike
    }
}

/// Of a chance of any error: the level of [`discoveries`](super::discoveries) among columns, and the chance of an error
/// about each of so many rates.
///
/// # Panics
/// When `level` is not in `(0, 1)`.
pub fn shares_of_level(level: f64, rates: usize) -> (f64, f64) {
    assert!(level > 0.0 && level < 1.0, "level must be in (0, 1), got {level}");
    (OF_COLUMNS * level, (1.0 - OF_COLUMNS) * level / rates.max(1) as f64)
}

/// How many values of each side are above a limit: the least one from `at_least` on, which is above 0, up to which both
/// histograms have exact counts. Gives the limit and both rates.
pub fn rates_above(
    control: &ExponentialHistogram,
    canary: &ExponentialHistogram,
    at_least: f64,
) -> (f64, Rate, Rate) {
    let scale = control.scale().min(canary.scale());
    let sides = [control, canary].map(|side| side.downscale_to(scale));
    let buckets = sides.iter().flat_map(|side| {
        side.positive().into_iter().map(|(index, _)| side.bucket_bounds(index)).collect::<Vec<_>>()
    });
    // Both sides have the same buckets; where the limit cuts none with a value, counts are exact.
    let mut cut = buckets.filter(|(lower, upper)| *lower < at_least && at_least < *upper);
    let limit = cut.next().map_or(at_least, |(_, upper)| upper);
    let [control, canary] = sides.map(|side| {
        let misses = side.cumulative_below(limit) as u64;
        Rate { hits: side.count().saturating_sub(misses), misses }
    });
    (limit, control, canary)
}
