//! Shares of rows that are reached step by step.

use super::super::cluster::Cluster;

/// One value of each cluster, ascending, and the share of rows of the clusters with a value at or below.
#[derive(Debug, Clone, Default)]
pub(super) struct Steps {
    steps: Vec<(f64, u64)>,
    /// The share reached after as many steps: 0 after none.
    reached: Vec<f64>,
}

impl Steps {
    /// Those of other clusters, with so many rows.
    pub(super) fn set(&mut self, clusters: &[Cluster], rows: f64, value: impl Fn(&Cluster) -> f64) {
        self.steps.clear();
        self.steps.extend(clusters.iter().map(|cluster| (value(cluster), cluster.weight)));
        if !self.steps.is_sorted_by(|one, next| one.0 <= next.0) {
            // Nearly in order, as a rule: a sort that finds runs.
            self.steps.sort_by(|one, next| one.0.total_cmp(&next.0));
        }
        self.reached.clear();
        self.reached.push(0.0);
        let mut reached = 0;
        self.reached.extend(self.steps.iter().map(|(_, weight)| {
            reached += weight;
            reached as f64 / rows
        }));
    }

    pub(super) fn walk(&self) -> Walk<'_> {
        Walk { steps: self, passed: 0 }
    }
}

/// A walk from step to step.
pub(super) struct Walk<'s> {
    steps: &'s Steps,
    passed: usize,
}

impl Walk<'_> {
    /// The value of the next step; infinite after the last.
    #[inline]
    pub(super) fn next(&self) -> f64 {
        self.steps.steps.get(self.passed).map_or(f64::INFINITY, |step| step.0)
    }

    /// Takes all steps at or below `x`, which is finite; the share that is reached.
    #[inline]
    pub(super) fn pass(&mut self, x: f64) -> f64 {
        while self.next() <= x {
            self.passed += 1;
        }
        self.steps.reached[self.passed]
    }
}
