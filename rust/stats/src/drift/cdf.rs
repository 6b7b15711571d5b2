//! A distribution function from the clusters of a t-digest, for point estimates.
//!
//! Each cluster's rows are spread over its range so that they keep the cluster's mean. Where ranges
//! overlap, as after merging windows that drifted or in a digest without certified ranges, a range is
//! first cut at the means of its neighbours. Values that whole clusters repeat (zeros, categories in
//! disguise) are taken for common in the clusters around them too. The result never leaves the
//! certified band of [`super::band::Band`], so an estimate taken from it never leaves its interval.

use super::cluster::{Cluster, total_weight};

/// Rows spread evenly from `start` to `end`; all at one value when those are equal.
struct Piece {
    start: f64,
    end: f64,
    rows: f64,
}

/// The distribution function at `x`: its limit from below and its value. Linear between nodes.
#[derive(Debug, Clone, Copy)]
struct Node {
    x: f64,
    before: f64,
    at: f64,
}

/// A distribution function that is linear between nodes and may jump at them.
#[derive(Debug, Clone)]
pub(super) struct Cdf {
    nodes: Vec<Node>,
}

impl Cdf {
    /// Every cluster spread over its range.
    pub(super) fn spread(clusters: &[Cluster]) -> Self {
        let repeated = clusters.iter().filter(|cluster| cluster.repeats_one_value());
        let common: Vec<f64> = repeated.map(|cluster| cluster.mean).collect();
        let pieces = (0..clusters.len()).flat_map(|index| pieces_of(clusters, index, &common));
        Self::from_pieces(pieces.filter(|piece| piece.rows > 0.0).collect(), total_weight(clusters))
    }

    /// Every cluster at its mean.
    pub(super) fn at_means(clusters: &[Cluster]) -> Self {
        let atom =
            |cluster: &Cluster| Piece { start: cluster.mean, end: cluster.mean, rows: cluster.weight as f64 };
        Self::from_pieces(clusters.iter().map(atom).collect(), total_weight(clusters))
    }

    /// The values at which the function bends or jumps, ascending.
    pub(super) fn breakpoints(&self) -> impl Iterator<Item = f64> {
        self.nodes.iter().map(|node| node.x)
    }

    /// The share of rows below `x` and the share at or below it.
    pub(super) fn limits(&self, x: f64) -> (f64, f64) {
        let next = self.nodes.partition_point(|node| node.x <= x);
        let Some(left) = next.checked_sub(1).map(|index| self.nodes[index]) else {
            return (0.0, 0.0);
        };
        if left.x == x {
            return (left.before, left.at);
        }
        let inside = self
            .nodes
            .get(next)
            .map_or(1.0, |right| left.at + (right.before - left.at) * share_of_way(left.x, right.x, x));
        (inside, inside)
    }

    /// The first value at which the share is reached.
    pub(super) fn quantile(&self, share: f64) -> f64 {
        let next = self.nodes.partition_point(|node| node.at < share);
        let Some(right) = self.nodes.get(next) else {
            return self.nodes.last().map_or(f64::NAN, |node| node.x);
        };
        let Some(left) = next.checked_sub(1).map(|left| self.nodes[left]) else {
            return right.x;
        };
        if share >= right.before || right.before <= left.at {
            return right.x;
        }
        let way = (share - left.at) / (right.before - left.at);
        left.x + way * (right.x - left.x)
    }

    /// Sweeps the pieces from left to right, keeping those under the current value. Sums only ever
    /// grow: no slope is added and taken away again, which would lose small pieces beside large
    /// ones.
    fn from_pieces(mut pieces: Vec<Piece>, total: u64) -> Self {
        pieces.sort_unstable_by(|a, b| a.start.total_cmp(&b.start));
        let mut values: Vec<f64> = pieces.iter().flat_map(|piece| [piece.start, piece.end]).collect();
        values.sort_unstable_by(f64::total_cmp);
        values.dedup();

        let total = total as f64;
        let mut waiting = pieces.into_iter().peekable();
        let mut open: Vec<Piece> = Vec::new();
        let mut passed = 0.0;
        let mut reached = 0.0_f64;
        let mut nodes = Vec::with_capacity(values.len());
        for x in values {
            open.retain(|piece| {
                let closed = piece.end <= x;
                passed += if closed { piece.rows } else { 0.0 };
                !closed
            });
            let partial: f64 =
                open.iter().map(|piece| piece.rows * share_of_way(piece.start, piece.end, x)).sum();
            let before = ((passed + partial) / total).clamp(reached, 1.0);
            while let Some(piece) = waiting.next_if(|piece| piece.start <= x) {
                if piece.end <= x {
                    passed += piece.rows;
                } else {
                    open.push(piece);
                }
            }
            reached = ((passed + partial) / total).clamp(before, 1.0);
            nodes.push(Node { x, before, at: reached });
        }
        if let Some(last) = nodes.last_mut() {
            last.at = 1.0;
        }
        Self { nodes }
    }
}

/// A cluster as two pieces that together have its mean.
///
/// A range that reaches beyond a common value is cut there, and beyond the mean of a neighbour there.
/// Where the range ends at a common value, the mean decides how many of the rows have that value;
/// otherwise rows are even on either side of the mean.
fn pieces_of(clusters: &[Cluster], index: usize, common: &[f64]) -> [Piece; 2] {
    let Cluster { mean, weight, low, high } = clusters[index];
    let above = common.partition_point(|&value| value <= mean);
    let below = common[..above].last().copied().filter(|&value| value >= low);
    let above = common.get(above).copied().filter(|&value| value <= high);
    let previous = index.checked_sub(1).map_or(low, |previous| clusters[previous].mean);
    let next = clusters.get(index + 1).map_or(high, |next| next.mean);
    let low = below.unwrap_or(low.max(previous).min(mean));
    let high = above.unwrap_or(high.min(next).max(mean));

    let way = if high > low { share_of_way(low, high, mean) } else { 0.0 };
    let piece = |start, end, share| Piece { start, end, rows: weight as f64 * share };
    match (below.is_some(), above.is_some()) {
        (true, true) => [piece(low, low, 1.0 - way), piece(high, high, way)],
        (true, false) if way <= 0.5 => [piece(low, low, 1.0 - 2.0 * way), piece(low, high, 2.0 * way)],
        (false, true) if way >= 0.5 => {
            [piece(low, high, 2.0 * (1.0 - way)), piece(high, high, 2.0 * way - 1.0)]
        }
        _ => [piece(low, mean, 1.0 - way), piece(mean, high, way)],
    }
}

/// How far `x` is on the way from `start` to a larger `end`, from 0 to 1, without overflow.
fn share_of_way(start: f64, end: f64, x: f64) -> f64 {
    let way = end - start;
    let share =
        if way.is_finite() { (x - start) / way } else { (0.5 * x - 0.5 * start) / (0.5 * end - 0.5 * start) };
    share.clamp(0.0, 1.0)
}
