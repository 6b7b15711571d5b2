//! The certified band of a distribution function: what the ranges of a t-digest's clusters prove.

use super::cluster::{Cluster, total_weight};

/// Bounds of a distribution function that hold whatever the rows inside each cluster look like.
#[derive(Debug, Clone)]
pub(super) struct Band {
    /// A cluster is certainly at or below `x` when its high end is.
    pub(super) certain: Steps,
    /// A cluster may be at or below `x` when its low end is.
    pub(super) possible: Steps,
}

impl Band {
    pub(super) fn new(clusters: &[Cluster]) -> Self {
        let total = total_weight(clusters);
        Self {
            certain: Steps::at(clusters, |cluster| cluster.high, total),
            possible: Steps::at(clusters, |cluster| cluster.low, total),
        }
    }

    /// The lowest and highest share of rows at or below `x`.
    pub(super) fn at(&self, x: f64) -> (f64, f64) {
        (self.certain.share(x), self.possible.share(x))
    }

    /// The least and the largest that the `rank`th smallest row can be, 1 for the smallest of all.
    pub(super) fn row(&self, rank: u64) -> (f64, f64) {
        (self.possible.reaches(rank), self.certain.reaches(rank))
    }

    /// The least and the largest value.
    pub(super) fn ends(&self) -> (f64, f64) {
        let (first, last) = (self.possible.values.first(), self.certain.last());
        (first.copied().unwrap_or(f64::NAN), last.unwrap_or(f64::NAN))
    }
}

/// A step function of ascending values: after the last of them at or below `x`, the share reached there.
#[derive(Debug, Clone)]
pub(super) struct Steps {
    /// No value twice; then infinity, which no reader gets past.
    pub(super) values: Vec<f64>,
    /// The share reached after as many values: 0 after none.
    pub(super) shares: Vec<f64>,
    total: u64,
}

impl Steps {
    /// A step for every cluster, at one of its values.
    pub(super) fn at(clusters: &[Cluster], value: impl Fn(&Cluster) -> f64, total: u64) -> Self {
        let steps = clusters.iter().map(|cluster| (value(cluster), cluster.weight));
        if clusters.is_sorted_by(|one, next| value(one) <= value(next)) {
            return Self::of_ascending(steps, total);
        }
        let mut steps: Vec<(f64, u64)> = steps.collect();
        steps.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        Self::of_ascending(steps.into_iter(), total)
    }

    fn of_ascending(steps: impl ExactSizeIterator<Item = (f64, u64)>, total: u64) -> Self {
        let mut values = Vec::with_capacity(steps.len() + 1);
        let mut shares = Vec::with_capacity(steps.len() + 1);
        let (mut reached, mut last) = (0, f64::NAN);
        let rows = total as f64;
        shares.push(0.0);
        for (value, weight) in steps {
            reached += weight;
            if value == last {
                shares.pop();
            } else {
                values.push(value);
                last = value;
            }
            shares.push(reached as f64 / rows);
        }
        values.push(f64::INFINITY);
        Self { values, shares, total }
    }

    fn last(&self) -> Option<f64> {
        self.values.len().checked_sub(2).map(|last| self.values[last])
    }

    fn share(&self, x: f64) -> f64 {
        self.shares[self.values.partition_point(|&value| value <= x)]
    }

    /// The first value at which so many rows are reached; the last one if never.
    fn reaches(&self, rows: u64) -> f64 {
        let share = rows as f64 / self.total as f64;
        let place = self.shares[1..].partition_point(|&reached| reached < share);
        let found = self.values.get(place).copied().filter(|value| value.is_finite());
        found.or_else(|| self.last()).unwrap_or(f64::NAN)
    }
}
