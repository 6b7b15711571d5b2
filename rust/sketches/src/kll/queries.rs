//! What a KLL sketch can be asked.

use super::compaction::weight_of;
use super::sketch::Kll;
use crate::order::{key_of, order_statistic, value_of};

impl Kll {
    /// The rank error: with a probability of 99% every [`Kll::rank`] is at most this far from the exact
    /// one, `2.296 / min_k^0.9723`. This is the single-sided normalised error of `DataSketches`
    /// (`getNormalizedRankError(k, false)`): the best fit to the 99th percentile of the largest error,
    /// measured there in thousands of trials. It is what bytes can promise; a sketch that
    /// [is exact](Kll::is_exact) has no error.
    pub fn rank_error(&self) -> f64 {
        2.296 / f64::from(self.min_k()).powf(0.9723)
    }

    /// The share of values that are at most `value`, non-decreasing in it; exact below the minimum and
    /// from the maximum on. `None` without values or for NaN.
    pub fn rank(&self, value: f64) -> Option<f64> {
        let position = self.position(value)?;
        Some(position as f64 / self.count() as f64)
    }

    /// Bounds on the share of values that are at most `value`, all of which hold with a probability of
    /// 99%: the rank and the [rank error](Kll::rank_error) on either side, cut where the extremes
    /// know better. `None` without values or for NaN.
    pub fn rank_interval(&self, value: f64) -> Option<(f64, f64)> {
        let (position, slack) = (self.position(value)?, self.position_error());
        let (least, most) = self.certain_positions(value);
        let share = |position: u64| position.clamp(least, most) as f64 / self.count() as f64;
        Some((share(position.saturating_sub(slack)), share(position.saturating_add(slack))))
    }

    /// The value that a share `q` of the values does not exceed, the `ceil(q * count)`-th smallest up
    /// to the rank error, and one of the values seen. Non-decreasing in `q`. `None` without values or
    /// for a `q` outside `[0, 1]`.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        let statistic = order_statistic(q, self.count())?;
        Some(self.value_at(&self.cumulative(), statistic))
    }

    /// Bounds on the exact quantile, the `ceil(q * count)`-th smallest value, all of which hold with a
    /// probability of 99%: the quantiles at the [rank error](Kll::rank_error) on either side. `None`
    /// without values or for a `q` outside `[0, 1]`.
    pub fn quantile_interval(&self, q: f64) -> Option<(f64, f64)> {
        let (statistic, slack) = (order_statistic(q, self.count())?, self.position_error());
        let cumulative = self.cumulative();
        let low = self.value_at(&cumulative, statistic.saturating_sub(slack));
        let high = self.value_at(&cumulative, statistic.saturating_add(slack));
        Some((low, high))
    }

    /// The rank error in values.
    fn position_error(&self) -> u64 {
        if self.is_exact() { 0 } else { (self.rank_error() * self.count() as f64).ceil() as u64 }
    }

    /// How many values are at most `value`.
    fn position(&self, value: f64) -> Option<u64> {
        if self.count() == 0 || value.is_nan() {
            return None;
        }
        let key = key_of(value);
        let mut position = 0u64;
        for (level, items) in self.levels().iter().enumerate() {
            let at_most = match level {
                0 => items.iter().filter(|item| **item <= key).count(),
                _ => items.partition_point(|item| *item <= key),
            };
            position = position.saturating_add(weight_of(level).saturating_mul(at_most as u64));
        }
        let (least, most) = self.certain_positions(value);
        Some(position.clamp(least, most))
    }

    /// Bounds on how many values are at most `value` that follow from the extremes alone.
    fn certain_positions(&self, value: f64) -> (u64, u64) {
        if self.min().is_none_or(|min| value < min) {
            return (0, 0);
        }
        if self.max().is_none_or(|max| value >= max) {
            return (self.count(), self.count());
        }
        // At least the minimum is counted and at least the maximum is not.
        (1, self.count() - 1)
    }

    /// Keys of the items in rising order, each with the number of values up to it.
    fn cumulative(&self) -> Vec<(u64, u64)> {
        let mut items: Vec<(u64, u64)> = Vec::with_capacity(self.retained());
        for (level, keys) in self.levels().iter().enumerate() {
            items.extend(keys.iter().map(|key| (*key, weight_of(level))));
        }
        items.sort_unstable();
        let mut sum = 0u64;
        for (_, weight) in &mut items {
            sum = sum.saturating_add(*weight);
            *weight = sum;
        }
        items
    }

    /// The `statistic`-th smallest value, counted from one; the extremes for what lies beyond.
    fn value_at(&self, cumulative: &[(u64, u64)], statistic: u64) -> f64 {
        let (min, max) = (self.min().unwrap_or(f64::NAN), self.max().unwrap_or(f64::NAN));
        if statistic <= 1 {
            return min;
        }
        if statistic >= self.count() {
            return max;
        }
        let place = cumulative.partition_point(|(_, up_to)| *up_to < statistic);
        cumulative.get(place).map_or(max, |(key, _)| value_of(*key))
    }
}
