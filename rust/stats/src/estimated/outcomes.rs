//! Figures of confusion counts that need not be whole, and how they change with the counts.

/// Names of the figures.
pub(super) const NAMES: [&str; 5] = ["accuracy", "precision", "recall", "f1", "specificity"];

/// Kinds of records: true positives, false positives, false negatives, true negatives, and of the latter those of one negative
/// class that were taken for another.
pub(super) const COUNTS: usize = 5;

/// The figures, in the order of [`NAMES`]; none that has no record to be of.
pub(super) fn figures([hits, alarms, misses, rest, confused]: [f64; COUNTS]) -> [Option<f64>; NAMES.len()] {
    let share = |part: f64, all: f64| (all > 0.0).then(|| part / all);
    [
        share(hits + rest, hits + alarms + misses + rest + confused),
        share(hits, hits + alarms),
        share(hits, hits + misses),
        share(2.0 * hits, 2.0 * hits + alarms + misses),
        share(rest + confused, rest + confused + alarms),
    ]
}

/// How each figure changes with each count; 0 where it does not exist.
pub(super) fn gradients(
    [hits, alarms, misses, rest, confused]: [f64; COUNTS],
) -> [[f64; COUNTS]; NAMES.len()] {
    let square = |sum: f64| if sum > 0.0 { (sum * sum).recip() } else { 0.0 };
    let (right, wrong) = (hits + rest, alarms + misses + confused);
    let negatives = rest + confused;
    let of_all = square(right + wrong);
    let of_marked = square(hits + alarms);
    let of_positives = square(hits + misses);
    let of_both = square(2.0 * hits + alarms + misses);
    let of_negatives = square(negatives + alarms);
    let (gain, loss) = (wrong * of_all, -right * of_all);
    let (cleared, alarmed) = (alarms * of_negatives, -negatives * of_negatives);
    [
        [gain, loss, loss, gain, loss],
        [alarms * of_marked, -hits * of_marked, 0.0, 0.0, 0.0],
        [misses * of_positives, 0.0, -hits * of_positives, 0.0, 0.0],
        [2.0 * (alarms + misses) * of_both, -2.0 * hits * of_both, -2.0 * hits * of_both, 0.0, 0.0],
        [0.0, alarmed, 0.0, cleared, cleared],
    ]
}
