//! Shares of rows.

use super::estimate::Estimate;

/// The share `successes / trials` with Wilson's 95% interval; none without trials. More successes
/// than trials count as all.
pub fn proportion(successes: u64, trials: u64) -> Option<Estimate> {
    let share = successes.min(trials) as f64 / trials as f64;
    (trials > 0).then(|| Estimate::wilson(share, trials as f64))
}

/// The share of predictions whose label has come in, with Wilson's 95% interval.
///
/// Without predictions nothing is known: value 0 within `[0, 1]`.
pub fn coverage(labels: u64, predictions: u64) -> Estimate {
    proportion(labels, predictions).unwrap_or(Estimate { value: 0.0, low: 0.0, high: 1.0 })
}
