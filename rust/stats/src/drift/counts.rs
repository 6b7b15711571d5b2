//! Distances of counts alone, for who holds no profiles.

use super::Metric;
use super::binned::BinnedPair;

/// The distance of `current` from `reference`, exact counts of the same bins, as [`drift`](super::drift) has it of two
/// profiles that were counted in them. `None` for a metric that asks for more than counts, and where a side has none.
///
/// # Panics
/// When the sides have not equally many bins.
pub fn distance_of_counts(metric: Metric, reference: &[u64], current: &[u64]) -> Option<f64> {
    assert_eq!(reference.len(), current.len(), "one count a bin on both sides");
    let pair = BinnedPair::exact(reference, current);
    if pair.n_reference == 0.0 || pair.n_current == 0.0 {
        return None;
    }
    pair.distance(metric).map(|bracket| bracket.value)
}
