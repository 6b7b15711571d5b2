//! How far a column has moved at least and at most, at whatever time one looks.

use driftline_sketches::Moments;

use super::widths::{band_width, mean_width};
use crate::special::normal_quantile;

/// A distance and an interval that holds that of the laws.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bound {
    /// The distance of the records.
    pub value: f64,
    /// The least distance of the laws that they come from.
    pub low: f64,
    /// The most.
    pub high: f64,
}

/// The Kolmogorov-Smirnov distance of two laws of numbers from exact counts in the same bins, those of a baseline and
/// those of all records so far.
///
/// At all times at once the interval holds it with a chance of at least `1 - error`, of which one half goes to the
/// baseline, a sample of fixed size, and one to the records. `value` and `low` are about the largest difference at the
/// edges, where the distribution functions are known; `high` says how much more there may be inside a bin, unless
/// `holds_one_value` says of its number that all its records are equal. `None` where a side has no number.
///
/// # Panics
/// When `error` is not in `(0, 1)` or the sides have not equally many bins.
pub fn kolmogorov_smirnov_bound(
    baseline: &[u64],
    current: &[u64],
    holds_one_value: impl Fn(usize) -> bool,
    error: f64,
) -> Option<Bound> {
    assert_eq!(baseline.len(), current.len(), "one count a bin on both sides");
    let total = |counts: &[u64]| counts.iter().sum::<u64>();
    let (records, other_records) = (total(baseline), total(current));
    if records == 0 || other_records == 0 {
        return None;
    }
    let doubt = sample_band_width(records, 0.5 * error) + band_width(other_records, 0.5 * error);
    let (n, m) = (records as f64, other_records as f64);
    let (mut below, mut other_below) = (0, 0);
    let (mut at_edges, mut inside) = (0.0_f64, 0.0_f64);
    for (bin, (count, other)) in baseline.iter().zip(current).enumerate() {
        let start = (below as f64 / n, other_below as f64 / m);
        (below, other_below) = (below + count, other_below + other);
        let end = (below as f64 / n, other_below as f64 / m);
        at_edges = at_edges.max((end.0 - end.1).abs());
        if !holds_one_value(bin) {
            inside = inside.max((end.0 - start.1).abs()).max((end.1 - start.0).abs());
        }
    }
    let high = (at_edges.max(inside) + doubt).min(1.0);
    Some(Bound { value: at_edges, low: (at_edges - doubt).max(0.0), high })
}

/// The difference of the means of two laws, without its sign, in standard deviations of the baseline.
///
/// At all times at once the interval holds it with a chance of about `1 - error`, in the limit of many records, of which
/// one half goes to the mean of the baseline, a sample of fixed size, and one to that of the records. Its unit is taken
/// for known. `None` where a side has fewer than two numbers or the baseline is constant.
///
/// # Panics
/// When `error` is not in `(0, 1)`.
pub fn mean_shift_bound(baseline: &Moments, current: &Moments, error: f64) -> Option<Bound> {
    let unit = baseline.std_dev().filter(|unit| *unit > 0.0 && unit.is_finite())?;
    let deviation = current.std_dev().filter(|deviation| deviation.is_finite())? / unit;
    let value = (current.mean()? / unit - baseline.mean()? / unit).abs();
    let of_baseline = -normal_quantile(0.25 * error) / (baseline.count() as f64).sqrt();
    let of_current = mean_width(current.count(), deviation, 0.5 * error, baseline.count());
    let doubt = of_baseline + of_current;
    value.is_finite().then(|| Bound { value, low: (value - doubt).max(0.0), high: value + doubt })
}

/// How far, with a chance of at least `1 - error`, the distribution function of a sample is from that of its law at any
/// value, for one sample of fixed size: `sqrt(ln(2 / error) / (2 n))` (Massart 1990). Never above 1.
fn sample_band_width(records: u64, error: f64) -> f64 {
    ((2.0 / error).ln() / (2.0 * records as f64)).sqrt().min(1.0)
}
