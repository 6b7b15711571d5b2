//! What a histogram can be asked.

use super::boundaries::FINEST;
use super::layout::bucket_bounds;
use super::sketch::ExponentialHistogram;
use crate::order::{order_statistic, share_between};

impl ExponentialHistogram {
    /// A value within [`ExponentialHistogram::relative_error`] of the exact quantile, the
    /// `ceil(q * count)`-th smallest value. Subnormal values may be off by their spacing as well.
    /// `None` without values or for a `q` outside `[0, 1]`.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        let mut left = order_statistic(q, self.count())?;
        let [positive, negative] = &self.sides;
        for (index, count) in negative.buckets().rev() {
            if left <= count {
                return Some(-self.representative(index));
            }
            left -= count;
        }
        if left <= self.zeros {
            return Some(0.0);
        }
        left -= self.zeros;
        for (index, count) in positive.buckets() {
            if left <= count {
                return Some(self.representative(index));
            }
            left -= count;
        }
        None
    }

    /// The share of values that are at most `value`, evenly spread inside the bucket that holds it.
    /// `None` without values or for NaN.
    pub fn rank(&self, value: f64) -> Option<f64> {
        let count = self.count();
        if count == 0 || value.is_nan() {
            return None;
        }
        Some((self.cumulative_below(value) / count as f64).min(1.0))
    }

    /// The number of values that are at most `bound`: exact where `bound` is zero or the
    /// bound of a positive bucket, interpolated inside a bucket. NaN counts nothing.
    pub fn cumulative_below(&self, bound: f64) -> f64 {
        if bound.is_nan() {
            return 0.0;
        }
        let [positive, negative] = &self.sides;
        let mut below = 0.0;
        for (index, count) in negative.buckets().rev() {
            let (lower, upper) = self.bucket_bounds(index);
            below += count as f64 * share_of_bucket(-upper, -lower, bound);
        }
        if bound >= 0.0 {
            below += self.zeros as f64;
        }
        for (index, count) in positive.buckets() {
            let (lower, upper) = self.bucket_bounds(index);
            below += count as f64 * share_of_bucket(lower, upper, bound);
        }
        below
    }

    /// The largest relative error of a quantile: `(base - 1) / (base + 1)`.
    pub fn relative_error(&self) -> f64 {
        let base = self.base();
        (base - 1.0) / (base + 1.0)
    }

    /// The bounds of a bucket's magnitudes: it counts the doubles greater than the first and at most
    /// the second. The bounds are the largest doubles not above the powers of the base, so this holds
    /// exactly; the last bucket ends at `f64::MAX`.
    pub fn bucket_bounds(&self, index: i32) -> (f64, f64) {
        bucket_bounds(index, self.shift)
    }

    fn base(&self) -> f64 {
        let exponent = f64::from(self.shift as i32 - FINEST as i32);
        exponent.exp2().exp2()
    }

    /// The point of a bucket whose relative distance to both bounds is the same.
    fn representative(&self, index: i32) -> f64 {
        let (lower, upper) = self.bucket_bounds(index);
        let base = self.base();
        let point = if lower >= f64::MIN_POSITIVE {
            lower * (2.0 * base / (base + 1.0))
        } else {
            upper * (2.0 / (base + 1.0))
        };
        if lower < upper { point.clamp(lower.next_up(), upper) } else { upper }
    }
}

/// The share of a bucket `(lower, upper]` that is at most `bound`.
fn share_of_bucket(lower: f64, upper: f64, bound: f64) -> f64 {
    if bound >= upper {
        1.0
    } else if bound <= lower {
        0.0
    } else {
        share_between(lower, upper, bound)
    }
}
