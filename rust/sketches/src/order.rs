//! Order: of values as integers, of ranks, and of what lies between two values.

const SIGN: u64 = 1 << 63;

/// Maps a finite value to an integer that sorts as the values do; -0.0 and 0.0 share a key.
#[inline]
pub(crate) fn key_of(value: f64) -> u64 {
    let bits = (value + 0.0).to_bits();
    let mask = ((bits as i64) >> 63) as u64 | SIGN;
    bits ^ mask
}

/// The value whose key this is.
#[inline]
pub(crate) fn value_of(key: u64) -> f64 {
    let mask = ((!key as i64) >> 63) as u64 | SIGN;
    f64::from_bits(key ^ mask)
}

/// The order statistic that quantile `q` of `count` values names: the `ceil(q * count)`-th smallest,
/// counted from one. `None` without values or for a `q` outside `[0, 1]`.
pub(crate) fn order_statistic(q: f64, count: u64) -> Option<u64> {
    if count == 0 || !(0.0..=1.0).contains(&q) {
        return None;
    }
    Some(((q * count as f64).ceil() as u64).clamp(1, count))
}

/// The point at `share` of the way from `from` to `to`. Non-decreasing in `share`, within the two
/// ends, and safe for ends whose difference overflows.
pub(crate) fn between(from: f64, to: f64, share: f64) -> f64 {
    let width = to - from;
    let point = if width.is_finite() {
        from + width * share
    } else {
        2.0 * (from / 2.0 + (to / 2.0 - from / 2.0) * share)
    };
    point.clamp(from, to)
}

/// The share of the way from `from` to `to` at which `point` lies, in `[0, 1]`; 1 when both ends meet.
pub(crate) fn share_between(from: f64, to: f64, point: f64) -> f64 {
    let width = to - from;
    let share = if width.is_finite() {
        (point - from) / width
    } else {
        (point / 2.0 - from / 2.0) / (to / 2.0 - from / 2.0)
    };
    if share.is_nan() { 1.0 } else { share.clamp(0.0, 1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_sort_as_values_and_come_back() {
        let values = [-f64::MAX, -1.0, -f64::MIN_POSITIVE, -5e-324, 0.0, 5e-324, 1.0, f64::MAX];
        for pair in values.windows(2) {
            assert!(key_of(pair[0]) < key_of(pair[1]));
        }
        for value in values {
            assert_eq!(value_of(key_of(value)), value);
        }
        assert_eq!(key_of(-0.0), key_of(0.0));
    }

    #[test]
    fn between_survives_the_largest_ends() {
        assert_eq!(between(-f64::MAX, f64::MAX, 0.5), 0.0);
        assert_eq!(share_between(-f64::MAX, f64::MAX, 0.0), 0.5);
        assert_eq!(share_between(3.0, 3.0, 3.0), 1.0);
    }
}
