//! How far two distribution functions are apart, by one walk from left to right over where they bend or jump.
//!
//! No step of the walk depends on a guess about which side comes next, and all that is summed is taken from the same two
//! places: what a step costs is the arithmetic.

use super::outline::{Node, Outline};

/// What the walk finds; areas are in scaled units.
pub(super) struct Gaps {
    pub(super) estimated: Estimated,
    pub(super) certified: Certified,
    /// The area between the functions that have every cluster at its mean.
    pub(super) between_means: f64,
}

/// What both functions say as estimated.
#[derive(Default)]
pub(super) struct Estimated {
    /// The largest difference.
    pub(super) largest: f64,
    /// The area between them.
    pub(super) area: f64,
    /// The integral of `sqrt(H (1 - H))`, with `H` the distribution function of both sides pooled by their numbers of rows.
    pub(super) root_variance: f64,
}

/// What is certain: the least and the largest of each.
#[derive(Default)]
pub(super) struct Certified {
    /// Of the largest difference.
    pub(super) largest: (f64, f64),
    /// Of the area.
    pub(super) area: (f64, f64),
}

impl Gaps {
    /// Values are scaled by `unit`, so that no difference of two overflows.
    pub(super) fn between(reference: &Outline, current: &Outline, unit: f64) -> Self {
        let rows = (reference.rows(), current.rows());
        let share = rows.0 / (rows.0 + rows.1);
        let sides = (reference.nodes(), current.nodes());
        if unit == 1.0 {
            walk(sides, share, |x| x, line_to)
        } else {
            walk(sides, share, |x| x * unit, Node::line_to)
        }
    }
}

/// From the first node of either side to the last; `share` is the reference's in the rows of both.
fn walk(
    (reference, current): (&[Node], &[Node]),
    share: f64,
    scaled: impl Fn(f64) -> f64,
    line_to: impl Fn(&Node, &Node, f64) -> f64,
) -> Gaps {
    let root = |reference: f64, current: f64| {
        let pooled = reference * share + current * (1.0 - share);
        most(pooled * (1.0 - pooled), 0.0).sqrt()
    };
    let mut estimated = Estimated::default();
    let mut certified = Certified::default();
    let mut between_means = 0.0;
    // Numbers of nodes passed, and what holds from the last of them on.
    let (mut passed, mut other_passed) = (1, 1);
    let mut from = scaled(least(reference[1].x, current[1].x));
    let (mut difference, mut last_root, mut gap, mut gap_of_means) = (0.0, 0.0, (0.0, 0.0), 0.0);
    loop {
        let (next, other_next) = (reference[passed].x, current[other_passed].x);
        let x = least(next, other_next);
        if x == f64::INFINITY {
            break;
        }
        passed += usize::from(next <= x);
        other_passed += usize::from(other_next <= x);
        let (one, one_next) = (&reference[passed - 1], &reference[passed]);
        let (other, other_next) = (&current[other_passed - 1], &current[other_passed]);
        let (here, other_here) = (line_to(one, one_next, x), line_to(other, other_next, x));

        let place = scaled(x);
        let width = place - from;
        from = place;
        certified.area.0 += width * gap.0;
        certified.area.1 += width * gap.1;
        between_means += width * gap_of_means;
        let (least_above, most_above) = (one.certain - other.possible, one.possible - other.certain);
        gap = (most(most(least_above, -most_above), 0.0), most(most_above, -least_above));
        certified.largest = (most(certified.largest.0, gap.0), most(certified.largest.1, gap.1));
        gap_of_means = (one.at_means - other.at_means).abs();

        let (last_difference, root_here) = (difference, root(here, other_here));
        difference = here - other_here;
        estimated.largest = most(estimated.largest, difference.abs());
        estimated.area += width * mean_distance(last_difference, difference);
        estimated.root_variance += width * 0.5 * (last_root + root_here);
        last_root = root_here;
    }
    Gaps { estimated, certified, between_means }
}

/// As [`Node::line_to`], where no difference of two values overflows.
#[inline]
fn line_to(last: &Node, next: &Node, x: f64) -> f64 {
    let line = last.share + next.slope * (x - last.x);
    // Before the first node the line is no number.
    if line < next.share { line } else { next.share }
}

/// The mean of `|d|` on a segment where `d` goes in a straight line from `start` to `end`.
fn mean_distance(start: f64, end: f64) -> f64 {
    let reach = start.abs() + end.abs();
    // `s^2 + e^2` is `reach^2 - 2 |s e|`: both cases are one, without a branch.
    let crossed = most(-start * end, 0.0);
    0.5 * reach - crossed / (reach + f64::MIN_POSITIVE)
}

/// The lesser of two numbers, neither of which is not-a-number: one instruction, which `f64::min` is not.
fn least(one: f64, other: f64) -> f64 {
    if one < other { one } else { other }
}

/// The greater of two numbers, as [`least`].
fn most(one: f64, other: f64) -> f64 {
    if one > other { one } else { other }
}

#[cfg(test)]
mod tests {
    use super::mean_distance;

    #[test]
    fn lines_that_cross_zero_enclose_two_triangles() {
        assert_eq!(mean_distance(0.2, 0.6), 0.4);
        assert_eq!(mean_distance(-0.2, -0.6), 0.4);
        assert_eq!(mean_distance(-1.0, 1.0), 0.5);
        assert_eq!(mean_distance(3.0, -1.0), 1.25);
        assert_eq!(mean_distance(0.0, 0.0), 0.0);
    }
}
