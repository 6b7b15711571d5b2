//! A number with the interval that sketch error leaves it.

/// A statistic as estimated and the interval that certainly holds what the raw rows would have
/// given.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bracket {
    pub(super) value: f64,
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Bracket {
    /// A number known exactly.
    pub(super) fn exact(value: f64) -> Self {
        Self { value, low: value, high: value }
    }

    /// The interval `[low, high]` with the estimate moved into it (rounding alone could put it
    /// outside).
    pub(super) fn new(value: f64, low: f64, high: f64) -> Self {
        let low = low.min(high);
        Self { value: value.clamp(low, high), low, high }
    }

    /// The width of the interval.
    pub(super) fn width(&self) -> f64 {
        self.high - self.low
    }

    /// What two valid intervals of one number say together; the estimate is this one's.
    pub(super) fn tightened_by(&self, other: &Self) -> Self {
        Self::new(self.value, self.low.max(other.low), self.high.min(other.high))
    }

    /// The same under a non-decreasing function.
    pub(super) fn map(&self, increasing: impl Fn(f64) -> f64) -> Self {
        Self::new(increasing(self.value), increasing(self.low), increasing(self.high))
    }
}
