//! The cumulative count between the centroids, as a curve.
//!
//! A centroid's mean is the mean over its ranks of the curve's inverse, the quantile function, so each centroid gives a
//! piece of that function whose mean is exactly its own: a parabola, unless that would fall somewhere. The pieces meet
//! at values for which the means around them are differentiated as a cubic would be. (Histogram interpolation; a
//! piecewise parabola with given means is due to Colella and Woodward, 1984.)

use super::cluster::Centroid;
use crate::order::{between, share_between};

/// The part of the curve that belongs to one centroid: its members lie between `left` and `right`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    left: f64,
    mean: f64,
    right: f64,
    shape: Shape,
}

/// How the members of a piece are spread.
#[derive(Clone, Copy, Debug)]
enum Shape {
    /// Their quantile function is a parabola that is steeper at the left end by this share of its width, in `[0, 1]`.
    SteepLeft(f64),
    /// The same, steeper at the right end.
    SteepRight(f64),
    /// One half is spread evenly between the left end and the mean, the other between the mean and the right end.
    Halves,
}

impl Piece {
    fn new(left: f64, mean: f64, right: f64) -> Self {
        // A parabola that is steeper at one end by `bend` has its mean shifted by a sixth of that.
        let bend = 6.0 * (share_between(left, right, mean) - 0.5);
        let shape = match bend {
            0.0..=1.0 => Shape::SteepLeft(bend),
            -1.0..0.0 => Shape::SteepRight(-bend),
            _ => Shape::Halves,
        };
        Self { left, mean, right, shape }
    }

    /// The share of the members that are at most `value`. Non-decreasing in every bit.
    pub(super) fn share_up_to(&self, value: f64) -> f64 {
        if value >= self.right {
            return 1.0;
        }
        let across = share_between(self.left, self.right, value);
        match self.shape {
            _ if value < self.left => 0.0,
            Shape::SteepLeft(bend) => rise_to(across, bend),
            Shape::SteepRight(bend) => 1.0 - rise_to(1.0 - across, bend),
            Shape::Halves if value < self.mean => 0.5 * share_between(self.left, self.mean, value),
            Shape::Halves => 0.5 + 0.5 * share_between(self.mean, self.right, value),
        }
    }

    /// The value that a share of the members does not exceed. Non-decreasing in every bit.
    pub(super) fn value_at(&self, share: f64) -> f64 {
        match self.shape {
            Shape::SteepLeft(bend) => between(self.left, self.right, risen(share, bend)),
            Shape::SteepRight(bend) => between(self.left, self.right, 1.0 - risen(1.0 - share, bend)),
            Shape::Halves if share < 0.5 => between(self.left, self.mean, 2.0 * share),
            Shape::Halves => between(self.mean, self.right, 2.0 * share - 1.0),
        }
    }
}

/// `(1 + bend) share - bend share^2`, written so that rounding never makes it fall.
fn risen(share: f64, bend: f64) -> f64 {
    1.0 - (1.0 - share) * (1.0 - bend * share)
}

/// The share at which `risen` is `height`, written so that rounding never makes it fall.
fn rise_to(height: f64, bend: f64) -> f64 {
    let linear = 1.0 + bend;
    let root = (linear * linear - 4.0 * bend * height).max(0.0).sqrt();
    (2.0 * height / (linear + root)).min(1.0)
}

/// One piece a centroid, in their order.
pub(super) fn pieces(centroids: &[Centroid]) -> impl Iterator<Item = Piece> + '_ {
    centroids.iter().enumerate().map(|(index, centroid)| {
        let Centroid { mean, low, high, .. } = *centroid;
        if centroid.is_atom() {
            return Piece::new(mean, mean, mean);
        }
        let left = if index == 0 { low } else { meeting(centroids, index - 1).max(low) };
        let right = if index + 1 == centroids.len() { high } else { meeting(centroids, index).min(high) };
        Piece::new(left, mean, right)
    })
}

/// Where the members of a centroid end and those of the next begin, between their means.
fn meeting(centroids: &[Centroid], index: usize) -> f64 {
    let (left, right) = (&centroids[index], &centroids[index + 1]);
    if left.is_atom() {
        return left.mean;
    }
    if right.is_atom() {
        return right.mean;
    }
    let (left_weight, right_weight) = (left.weight as f64, right.weight as f64);
    let both = left_weight + right_weight;
    let even = between(left.mean, right.mean, left_weight / both);
    let slope = (right.mean - left.mean) / both;
    // How fast the slope rises on either side, as far as there is a neighbour; next to a jump the slope is no measure.
    let rise = |beyond: &Centroid, near: &Centroid| {
        let weight = beyond.weight as f64 + near.weight as f64;
        let outer = ((beyond.mean - near.mean).abs() / weight).min(STEEPEST * slope);
        (outer - slope) / (beyond.weight as f64 + both)
    };
    let before = index.checked_sub(1).map_or(0.0, |before| rise(&centroids[before], left));
    let after = centroids.get(index + 2).map_or(0.0, |after| rise(after, right));
    let meeting = even - left_weight * right_weight * (after - before) / 2.0;
    if meeting.is_finite() { meeting.clamp(left.mean, right.mean) } else { even }
}

/// A slope that is steeper than its neighbour by more than this factor is taken for a jump.
const STEEPEST: f64 = 4.0;
