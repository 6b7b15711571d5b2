//! Where functions of a column's values bend or jump.

use super::piece::share_of_way;

/// A value at which one of the functions bends or jumps. They are shares of rows at or below a value: the estimate is linear
/// between nodes, the others are constant from one node up to the next. Where the estimate jumps there are two nodes, with the
/// share before and the share after.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Node {
    pub(in super::super) x: f64,
    /// The estimate.
    pub(in super::super) share: f64,
    /// How steep the estimate leads here, where that is not too wide for numbers; 0 for a jump.
    pub(in super::super) slope: f64,
    /// The least share: of clusters whose high end is at or below.
    pub(in super::super) certain: f64,
    /// The largest share: of clusters whose low end is at or below.
    pub(in super::super) possible: f64,
    /// With every cluster at its mean.
    pub(in super::super) at_means: f64,
}

impl Node {
    /// Before anything rises, and where all has ended: no value gets to either.
    const START: Self = Self::flat(f64::NEG_INFINITY, 0.0);
    const END: Self = Self::flat(f64::INFINITY, 1.0);

    const fn flat(x: f64, share: f64) -> Self {
        Self { x, share, slope: 0.0, certain: share, possible: share, at_means: share }
    }

    /// The estimate at a value between this node, or at it, and the next.
    pub(in super::super) fn line_to(&self, next: &Self, x: f64) -> f64 {
        let rise = next.share - self.share;
        if rise > 0.0 && x > self.x {
            self.share + rise * share_of_way(self.x, next.x, x)
        } else {
            self.share
        }
    }
}

/// Rows at or below a value by each function.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shares {
    pub(super) certain: f64,
    pub(super) possible: f64,
    pub(super) at_means: f64,
}

/// Draws nodes from left to right; rounding never lets the estimate fall.
pub(super) struct Pen<'n> {
    nodes: &'n mut Vec<Node>,
    /// The share of one row.
    row: f64,
    /// The last one.
    x: f64,
    reached: f64,
}

impl<'n> Pen<'n> {
    /// Of so many rows; what was drawn before is gone.
    pub(super) fn new(nodes: &'n mut Vec<Node>, rows: f64) -> Self {
        nodes.clear();
        nodes.push(Node::START);
        Self { nodes, row: rows.recip(), x: f64::NEG_INFINITY, reached: 0.0 }
    }

    /// What is at a value above the last, with the estimated rows below it and at or below it.
    pub(super) fn put(&mut self, x: f64, before: f64, at: f64, shares: Shares) {
        let before = within(before * self.row, self.reached);
        let at = within(at * self.row, before);
        // To the first node no line leads: nothing over infinity.
        let slope = (before - self.reached) / (x - self.x);
        (self.x, self.reached) = (x, at);
        let Shares { certain, possible, at_means } = shares;
        let node = Node { x, share: before, slope, certain, possible, at_means };
        self.nodes.push(node);
        if at > before {
            self.nodes.push(Node { share: at, slope: 0.0, ..node });
        }
    }

    /// All rows are reached.
    pub(super) fn finish(self) {
        if let [_, .., last] = self.nodes.as_mut_slice() {
            last.share = 1.0;
        }
        self.nodes.push(Node::END);
    }
}

/// A share that is at least as much, and no more than all.
fn within(share: f64, least: f64) -> f64 {
    let share = if share > least { share } else { least };
    if share < 1.0 { share } else { 1.0 }
}
