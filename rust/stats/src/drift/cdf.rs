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
    /// How steep the line is that leads here, where that is not too wide for numbers.
    slope: f64,
}

/// Before a function rises, and where it ends: no value gets to either.
const START: Node = Node { x: f64::NEG_INFINITY, before: 0.0, at: 0.0, slope: 0.0 };
const END: Node = Node { x: f64::INFINITY, before: 1.0, at: 1.0, slope: 0.0 };

/// A distribution function that is linear between nodes and may jump at them.
#[derive(Debug, Clone)]
pub(super) struct Cdf {
    /// Ascending, no value twice, from [`START`] to [`END`].
    nodes: Vec<Node>,
}

impl Cdf {
    /// Every cluster spread over its range.
    pub(super) fn spread(clusters: &[Cluster]) -> Self {
        let repeated = clusters.iter().filter(|cluster| cluster.repeats_one_value());
        let common: Vec<f64> = repeated.map(|cluster| cluster.mean).collect();
        if common.is_empty() && clusters.is_sorted_by(|one, next| one.mean <= next.mean) {
            return Self::of_neighbours(clusters);
        }
        let pieces = (0..clusters.len()).flat_map(|index| pieces_of(clusters, index, &common));
        Self::from_pieces(pieces.filter(|piece| piece.rows > 0.0).collect(), total_weight(clusters))
    }

    /// The same where no value is common: then nothing reaches beyond the means of its neighbours, and between two means
    /// there is the end of one cluster and the start of the next.
    fn of_neighbours(clusters: &[Cluster]) -> Self {
        let mut sweep = Sweep::new(total_weight(clusters), 3 * clusters.len());
        let nothing = Piece { start: f64::NAN, end: f64::NAN, rows: 0.0 };
        let (mut passed, mut open) = (0.0, nothing);
        for index in 0..clusters.len() {
            let [lower, upper] = pieces_of(clusters, index, &[]);
            let mean = clusters[index].mean;
            let at = |x: f64| passed + open.rows_below(x) + lower.rows_below(x);
            let (first, second) = (open.end.min(lower.start), open.end.max(lower.start));
            for x in [first, second].into_iter().filter(|x| *x < mean) {
                let rows = at(x);
                sweep.emit(x, rows, rows);
            }
            passed += open.rows;
            let is_jump = |piece: &Piece| piece.start >= piece.end;
            let jumps = [&lower, &upper].into_iter().filter(|piece| is_jump(piece)).map(|piece| piece.rows);
            let before = passed + if is_jump(&lower) { 0.0 } else { lower.rows };
            passed = before + jumps.sum::<f64>();
            sweep.emit(mean, before, passed);
            open = if is_jump(&upper) { Piece { rows: 0.0, ..upper } } else { upper };
        }
        if !clusters.is_empty() {
            sweep.emit(open.end, passed + open.rows, passed + open.rows);
        }
        sweep.finish()
    }

    /// A walk over the nodes.
    pub(super) fn walk(&self) -> Walk<'_> {
        Walk { nodes: &self.nodes, next: 1 }
    }

    /// The share of rows below `x` and the share at or below it.
    pub(super) fn limits(&self, x: f64) -> (f64, f64) {
        let next = self.nodes.partition_point(|node| node.x <= x);
        let left = self.nodes[next - 1];
        if left.x == x {
            return (left.before, left.at);
        }
        let inside = line_between(&left, &self.nodes[next], x);
        (inside, inside)
    }

    /// The first value at which the share is reached.
    pub(super) fn quantile(&self, share: f64) -> f64 {
        let next = self.nodes.partition_point(|node| node.at < share);
        let (left, right) = (self.nodes[next.max(1) - 1], self.nodes[next.max(1)]);
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

        let mut sweep = Sweep::new(total, values.len());
        let mut waiting = pieces.into_iter().peekable();
        let mut open: Vec<Piece> = Vec::new();
        let mut passed = 0.0;
        for x in values {
            open.retain(|piece| {
                let closed = piece.end <= x;
                passed += if closed { piece.rows } else { 0.0 };
                !closed
            });
            let partial: f64 = open.iter().map(|piece| piece.rows_below(x)).sum();
            let before = passed + partial;
            while let Some(piece) = waiting.next_if(|piece| piece.start <= x) {
                if piece.end <= x {
                    passed += piece.rows;
                } else {
                    open.push(piece);
                }
            }
            sweep.emit(x, before, passed + partial);
        }
        sweep.finish()
    }
}

impl Piece {
    /// Rows below a value within the piece.
    fn rows_below(&self, x: f64) -> f64 {
        let is_within = self.rows > 0.0 && x > self.start;
        if is_within { self.rows * share_of_way(self.start, self.end, x) } else { 0.0 }
    }
}

/// Nodes from left to right; rounding never lets the function fall.
struct Sweep {
    nodes: Vec<Node>,
    /// The share of one row.
    row: f64,
    reached: f64,
}

impl Sweep {
    fn new(total: u64, capacity: usize) -> Self {
        let mut nodes = Vec::with_capacity(capacity + 2);
        nodes.push(START);
        Self { nodes, row: (total as f64).recip(), reached: 0.0 }
    }

    /// A node with the rows below its value and those at or below it; a value that was there last gets these added.
    fn emit(&mut self, x: f64, before: f64, at: f64) {
        let before = (before * self.row).clamp(self.reached, 1.0);
        let at = (at * self.row).clamp(before, 1.0);
        self.reached = at;
        let last = self.nodes.len() - 1;
        let last = &mut self.nodes[last];
        if last.x == x {
            last.at = at;
        } else {
            let slope = (before - last.at) / (x - last.x);
            self.nodes.push(Node { x, before, at, slope });
        }
    }

    fn finish(mut self) -> Cdf {
        if let [_, .., last] = self.nodes.as_mut_slice() {
            last.at = 1.0;
        }
        self.nodes.push(END);
        Cdf { nodes: self.nodes }
    }
}

/// A walk over the nodes of a function, from left to right. It has no branches: which of two functions bends next is anybody's
/// guess, a processor's too.
pub(super) struct Walk<'c> {
    nodes: &'c [Node],
    next: usize,
}

impl Walk<'_> {
    /// The value of the next node; infinite after the last.
    pub(super) fn next(&self) -> f64 {
        self.nodes[self.next].x
    }

    /// The limit from below and the value at `x`, which lies behind the node before the next, and not behind the next, which is
    /// passed if it is there.
    #[inline]
    pub(super) fn pass(&mut self, x: f64) -> (f64, f64) {
        let (left, right) = (&self.nodes[self.next - 1], &self.nodes[self.next]);
        let line = left.at + right.slope * (x - left.x);
        // Before the first node the line is no number.
        let below = if line < right.before { line } else { right.before };
        let is_there = right.x == x;
        self.next += usize::from(is_there);
        (below, if is_there { right.at } else { below })
    }

    /// The same where widths may be too wide for numbers.
    pub(super) fn pass_wide(&mut self, x: f64) -> (f64, f64) {
        let (left, right) = (&self.nodes[self.next - 1], &self.nodes[self.next]);
        if right.x == x {
            self.next += 1;
            return (right.before, right.at);
        }
        let inside = line_between(left, right, x);
        (inside, inside)
    }
}

/// The value at `x` between two nodes.
fn line_between(left: &Node, right: &Node, x: f64) -> f64 {
    let rise = right.before - left.at;
    if rise > 0.0 { left.at + rise * share_of_way(left.x, right.x, x) } else { left.at }
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
