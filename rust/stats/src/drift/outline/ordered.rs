//! Outlines of clusters by ascending mean none of which repeats one value: nearly all of them. Then nothing that is estimated
//! reaches beyond the means of its neighbours.

use super::super::cluster::Cluster;
use super::Ranges;
use super::node::{Pen, Shares};
use super::piece::{Piece, halves_of};

/// Whether clusters are such.
pub(super) fn are_ordered(clusters: &[Cluster]) -> bool {
    clusters.is_sorted_by(|one, next| one.mean <= next.mean)
        && !clusters.iter().any(Cluster::repeats_one_value)
}

/// Draws the functions.
pub(super) fn draw(clusters: &[Cluster], ranges: &Ranges, mut pen: Pen<'_>) {
    let (mut lows, mut means, mut highs) = (ranges.lows.walk(), ranges.means.walk(), ranges.highs.walk());
    let mut pieces = Pieces::new(clusters);
    loop {
        let x = least(pieces.mean, least(lows.next(), highs.next()));
        if x == f64::INFINITY {
            break;
        }
        let (before, at) = if x == pieces.mean {
            let before = pieces.pass_mean(clusters);
            while pieces.mean == x {
                pieces.pass_mean(clusters);
            }
            (before, pieces.passed)
        } else {
            let rows = pieces.rows_below(x);
            (rows, rows)
        };
        let shares = Shares { certain: highs.pass(x), possible: lows.pass(x), at_means: means.pass(x) };
        pen.put(x, before, at, shares);
    }
    pen.finish();
}

fn least(one: f64, other: f64) -> f64 {
    if one < other { one } else { other }
}

/// The pieces between two means.
struct Pieces {
    /// Rows of all pieces that were passed.
    passed: f64,
    /// Above the last mean.
    open: Piece,
    /// Below the next mean, and above it.
    next: [Piece; 2],
    /// The next mean; infinite after the last.
    mean: f64,
    /// Means passed.
    means: usize,
}

impl Pieces {
    fn new(clusters: &[Cluster]) -> Self {
        let mut pieces =
            Self { passed: 0.0, open: Piece::NONE, next: [Piece::NONE; 2], mean: f64::INFINITY, means: 0 };
        pieces.look_at(clusters);
        pieces
    }

    fn look_at(&mut self, clusters: &[Cluster]) {
        let next = clusters.get(self.means).map(|cluster| (halves_of(clusters, self.means), cluster.mean));
        (self.next, self.mean) = next.unwrap_or(([Piece::NONE; 2], f64::INFINITY));
    }

    /// Rows below a value between the last mean and the next.
    fn rows_below(&self, x: f64) -> f64 {
        self.passed + self.open.rows_below(x) + self.next[0].rows_below(x)
    }

    /// Goes beyond the next mean; gives the rows below it.
    fn pass_mean(&mut self, clusters: &[Cluster]) -> f64 {
        let [lower, upper] = self.next;
        let jump = |piece: &Piece| if piece.is_jump() { piece.rows } else { 0.0 };
        let before = self.passed + self.open.rows + (lower.rows - jump(&lower));
        self.passed = before + jump(&lower) + jump(&upper);
        self.open = if upper.is_jump() { Piece::NONE } else { upper };
        self.means += 1;
        self.look_at(clusters);
        before
    }
}
