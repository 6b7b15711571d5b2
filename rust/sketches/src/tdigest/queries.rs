//! What a digest can be asked: answers by interpolation, and the certified intervals around them.

use super::cluster::Centroid;
use super::curve::pieces;
use super::sketch::TDigest;
use crate::order::{order_statistic, share_between};

impl TDigest {
    /// The value that a share `q` of the values does not exceed: the `ceil(q * count)`-th smallest
    /// wherever the digest still has single values, interpolated elsewhere. Non-decreasing in `q`, and
    /// within [`TDigest::quantile_interval`]. `None` without values or for a `q` outside `[0, 1]`.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        let (low, high) = self.quantile_interval(q)?;
        let centroids = self.centroids();
        let target = q * self.count() as f64;
        let mut before = 0.0;
        for (piece, centroid) in pieces(&centroids).zip(centroids.iter()) {
            let up_to = before + centroid.weight as f64;
            if up_to >= target {
                return Some(piece.value_at(share_between(before, up_to, target)).clamp(low, high));
            }
            before = up_to;
        }
        self.max()
    }

    /// The share of values that are at most `value`, interpolated and within
    /// [`TDigest::rank_interval`]. `None` without values or for NaN.
    pub fn rank(&self, value: f64) -> Option<f64> {
        let (low, high) = self.rank_interval(value)?;
        let centroids = self.centroids();
        let mut cumulative = 0.0;
        for (piece, centroid) in pieces(&centroids).zip(centroids.iter()) {
            let share = piece.share_up_to(value);
            cumulative += centroid.weight as f64 * share;
            if share < 1.0 {
                break;
            }
        }
        Some((cumulative / self.count() as f64).clamp(low, high))
    }

    /// Bounds that hold for certain on the share of values that are at most `value`. `None` without
    /// values or for NaN.
    pub fn rank_interval(&self, value: f64) -> Option<(f64, f64)> {
        let count = self.count();
        if count == 0 || value.is_nan() {
            return None;
        }
        let (mut low, mut high) = (0u64, 0u64);
        for part in self.parts() {
            low = low.saturating_add(if part.high <= value { part.weight } else { 0 });
            high = high.saturating_add(if part.low <= value { part.weight } else { 0 });
        }
        Some((low as f64 / count as f64, high as f64 / count as f64))
    }

    /// Bounds that hold for certain on the exact quantile, the `ceil(q * count)`-th smallest value.
    /// `None` without values or for a `q` outside `[0, 1]`.
    pub fn quantile_interval(&self, q: f64) -> Option<(f64, f64)> {
        let statistic = order_statistic(q, self.count())?;
        let bound = |bounds: Vec<(f64, u64)>| reach(bounds, statistic);
        let low = bound(self.parts().map(|part| (part.low, part.weight)).collect())?;
        let high = bound(self.parts().map(|part| (part.high, part.weight)).collect())?;
        Some((low, high))
    }

    /// The centroids, and each buffered value as one of its own.
    fn parts(&self) -> impl Iterator<Item = Centroid> + '_ {
        let (gathered, buffer) = self.gathered_and_buffered();
        gathered.iter().copied().chain(buffer.iter().map(|value| Centroid::atom(*value, 1)))
    }
}

/// The least bound up to which the weights add up to `statistic`.
fn reach(mut bounds: Vec<(f64, u64)>, statistic: u64) -> Option<f64> {
    bounds.sort_unstable_by(|left, right| left.0.total_cmp(&right.0));
    let mut sum = 0u64;
    for (bound, weight) in &bounds {
        sum = sum.saturating_add(*weight);
        if sum >= statistic {
            return Some(*bound);
        }
    }
    bounds.last().map(|(bound, _)| *bound)
}
