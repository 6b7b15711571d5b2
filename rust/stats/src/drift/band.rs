//! The certified band of a distribution function: what the ranges of a t-digest's clusters prove.

use super::cluster::{Cluster, total_weight};

/// Bounds of a distribution function that hold whatever the rows inside each cluster look like.
#[derive(Debug, Clone)]
pub(super) struct Band {
    /// A cluster is certainly at or below `x` when its high end is.
    certain: Steps,
    /// A cluster may be at or below `x` when its low end is.
    possible: Steps,
}

impl Band {
    pub(super) fn new(clusters: &[Cluster]) -> Self {
        let total = total_weight(clusters);
        Self {
            certain: Steps::new(
                clusters.iter().map(|cluster| (cluster.high, cluster.weight)).collect(),
                total,
            ),
            possible: Steps::new(
                clusters.iter().map(|cluster| (cluster.low, cluster.weight)).collect(),
                total,
            ),
        }
    }

    /// The lowest and highest share of rows at or below `x`.
    pub(super) fn at(&self, x: f64) -> (f64, f64) {
        (self.certain.at(x), self.possible.at(x))
    }

    /// The least and the largest that the `rank`th smallest row can be, 1 for the smallest of all.
    pub(super) fn row(&self, rank: u64) -> (f64, f64) {
        (self.possible.reaches(rank), self.certain.reaches(rank))
    }

    /// The values at which a bound jumps; between two of them both bounds are constant.
    pub(super) fn breakpoints(&self) -> impl Iterator<Item = f64> {
        self.certain.values.iter().chain(&self.possible.values).copied()
    }
}

/// A step function: after the last of the ascending values at or below `x`, the share reached
/// there.
#[derive(Debug, Clone)]
struct Steps {
    values: Vec<f64>,
    shares: Vec<f64>,
    total: u64,
}

impl Steps {
    fn new(mut steps: Vec<(f64, u64)>, total: u64) -> Self {
        steps.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let mut reached = 0;
        let shares = steps
            .iter()
            .map(|&(_, weight)| {
                reached += weight;
                reached as f64 / total as f64
            })
            .collect();
        Self { values: steps.into_iter().map(|(value, _)| value).collect(), shares, total }
    }

    fn at(&self, x: f64) -> f64 {
        let passed = self.values.partition_point(|&value| value <= x);
        passed.checked_sub(1).map_or(0.0, |last| self.shares[last])
    }

    /// The first value at which so many rows are reached; the last one if never.
    fn reaches(&self, rows: u64) -> f64 {
        let share = rows as f64 / self.total as f64;
        let place = self.shares.partition_point(|&reached| reached < share);
        self.values.get(place).or(self.values.last()).copied().unwrap_or(f64::NAN)
    }
}
