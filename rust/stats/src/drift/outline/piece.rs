//! How a cluster's rows are spread, for point estimates.
//!
//! Each cluster's rows are spread over its range so that they keep the cluster's mean. Where ranges overlap, as after
//! merging windows that drifted or in a digest without certified ranges, a range is first cut at the means of its
//! neighbours. Values that whole clusters repeat (zeros, categories in disguise) are taken for common in the clusters
//! around them too. The result never leaves the certified bounds, so an estimate taken from it never leaves its interval.

use super::super::cluster::Cluster;

/// Rows spread evenly from `start` to `end`; all at one value when those are equal.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece {
    pub(super) start: f64,
    pub(super) end: f64,
    pub(super) rows: f64,
    /// Rows per unit of value; not finite where the piece is too wide or too narrow for that.
    density: f64,
}

impl Piece {
    /// No rows anywhere.
    pub(super) const NONE: Self = Self { start: f64::INFINITY, end: f64::INFINITY, rows: 0.0, density: 0.0 };

    fn new(start: f64, end: f64, rows: f64) -> Self {
        let width = end - start;
        Self { start, end, rows, density: if width.is_finite() { rows / width } else { f64::NAN } }
    }

    /// Whether all rows are at one value.
    pub(super) fn is_jump(&self) -> bool {
        self.start >= self.end
    }

    /// Rows below a value that is not before the start.
    #[inline]
    pub(super) fn rows_below(&self, x: f64) -> f64 {
        if x >= self.end {
            return self.rows;
        }
        let rows = (x - self.start) * self.density;
        if x <= self.start {
            0.0
        } else if rows.is_finite() {
            if rows < self.rows { rows } else { self.rows }
        } else {
            self.rows * share_of_way(self.start, self.end, x)
        }
    }
}

/// A cluster as the rows below its mean and those above it. They are even on either side, and together have the mean; a range
/// that reaches beyond the mean of a neighbour is cut there.
pub(super) fn halves_of(clusters: &[Cluster], index: usize) -> [Piece; 2] {
    let Cluster { mean, weight, low, high } = clusters[index];
    let (low, high) = between_neighbours(clusters, index, low, high);
    let way = if high > low { share_of_way(low, high, mean) } else { 0.0 };
    let rows = weight as f64;
    [Piece::new(low, mean, rows * (1.0 - way)), Piece::new(mean, high, rows * way)]
}

/// The same where values are common: a range that reaches beyond one of them is cut there instead, and where it ends at one, the
/// mean decides how many of the rows have that value.
pub(super) fn pieces_of(clusters: &[Cluster], index: usize, common: &[f64]) -> [Piece; 2] {
    let Cluster { mean, weight, low, high } = clusters[index];
    let above = common.partition_point(|&value| value <= mean);
    let below = common[..above].last().copied().filter(|&value| value >= low);
    let above = common.get(above).copied().filter(|&value| value <= high);
    if below.is_none() && above.is_none() {
        return halves_of(clusters, index);
    }
    let (cut_low, cut_high) = between_neighbours(clusters, index, low, high);
    let (low, high) = (below.unwrap_or(cut_low), above.unwrap_or(cut_high));
    let way = if high > low { share_of_way(low, high, mean) } else { 0.0 };
    let piece = |start, end, share| Piece::new(start, end, weight as f64 * share);
    match (below.is_some(), above.is_some()) {
        (true, true) => [piece(low, low, 1.0 - way), piece(high, high, way)],
        (true, false) if way <= 0.5 => [piece(low, low, 1.0 - 2.0 * way), piece(low, high, 2.0 * way)],
        (false, true) if way >= 0.5 => {
            [piece(low, high, 2.0 * (1.0 - way)), piece(high, high, 2.0 * way - 1.0)]
        }
        _ => [piece(low, mean, 1.0 - way), piece(mean, high, way)],
    }
}

/// A cluster's range up to the means of its neighbours.
fn between_neighbours(clusters: &[Cluster], index: usize, low: f64, high: f64) -> (f64, f64) {
    let mean = clusters[index].mean;
    let previous = index.checked_sub(1).map_or(low, |previous| clusters[previous].mean);
    let next = clusters.get(index + 1).map_or(high, |next| next.mean);
    let low = if low > previous { low } else { previous };
    let high = if high < next { high } else { next };
    (if low < mean { low } else { mean }, if high > mean { high } else { mean })
}

/// How far `x` is on the way from `start` to a larger `end`, from 0 to 1, without overflow.
pub(super) fn share_of_way(start: f64, end: f64, x: f64) -> f64 {
    let way = end - start;
    let share =
        if way.is_finite() { (x - start) / way } else { (0.5 * x - 0.5 * start) / (0.5 * end - 0.5 * start) };
    share.clamp(0.0, 1.0)
}
