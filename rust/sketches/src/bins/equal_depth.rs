//! Bins whose counts a histogram knows exactly.

use std::sync::Arc;

use super::{BinCounts, Binning};
use crate::histogram::ExponentialHistogram;

impl BinCounts {
    /// At most `bins` bins of about equal count, with edges that are bounds of the histogram's buckets, and their exact
    /// counts. A bucket that holds more than a bin's share gets a bin of its own. `None` without two bins: fewer than
    /// two were asked for, or all values lie in one bucket.
    pub fn from_histogram(histogram: &ExponentialHistogram, bins: usize) -> Option<Self> {
        let cells = cumulative(histogram);
        let total = cells.last()?.1;
        let mut edges: Vec<(f64, u64)> = Vec::new();
        for bin in 1..bins {
            let wanted = (u128::from(total) * bin as u128 / bins as u128) as u64;
            let after = cells.partition_point(|&(_, below)| below < wanted);
            let nearest = match after.checked_sub(1) {
                Some(before) if wanted - cells[before].1 < cells[after].1 - wanted => cells[before],
                _ => cells[after],
            };
            if nearest.1 < total && edges.last().is_none_or(|last| last.0 < nearest.0) {
                edges.push(nearest);
            }
        }
        let ends = edges.iter().map(|edge| edge.1).chain([total]);
        let starts = [0].into_iter().chain(edges.iter().map(|edge| edge.1));
        let counts = ends.zip(starts).map(|(end, start)| end - start).collect();
        let binning = Binning::new(edges.iter().map(|edge| edge.0).collect()).ok()?;
        Self::from_parts(Arc::new(binning), counts).ok()
    }
}

/// The largest value of each bucket that holds one, rising, and how many values are at most that.
fn cumulative(histogram: &ExponentialHistogram) -> Vec<(f64, u64)> {
    let (negative, positive) = (histogram.negative(), histogram.positive());
    let below_zero =
        negative.iter().rev().map(|&(index, count)| ((-histogram.bucket_bounds(index).0).next_down(), count));
    let above_zero = positive.iter().map(|&(index, count)| (histogram.bucket_bounds(index).1, count));
    let zero = (0.0, histogram.zero_count());
    let mut below = 0u64;
    below_zero
        .chain([zero])
        .chain(above_zero)
        .filter(|&(_, count)| count > 0)
        .map(|(edge, count)| {
            below = below.saturating_add(count);
            (edge, below)
        })
        .collect()
}
