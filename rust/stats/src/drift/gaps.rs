//! How far two distribution functions are apart, by walks from left to right over where they bend or jump.
//!
//! No step of a walk depends on a guess about which side comes next, and the walks take their steps in turn: a processor works
//! at all of them at once.

use super::band::{Band, Steps};
use super::cdf::{Cdf, Walk};

/// What the walks find; areas are in scaled units.
pub(super) struct Gaps {
    pub(super) estimated: Estimated,
    pub(super) certified: Certified,
    /// The area between the functions that have every cluster at its mean.
    pub(super) between_means: f64,
}

impl Gaps {
    pub(super) fn between(
        mut estimated: EstimatedWalk<'_>,
        mut certified: CertifiedWalk<'_>,
        mut means: MeansWalk<'_>,
    ) -> Self {
        while estimated.step() | certified.step() | means.step() {}
        Self { estimated: estimated.found, certified: certified.found, between_means: means.area }
    }
}

/// Scales values so that no difference of two overflows, and the least of them all.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    pub(super) unit: f64,
    pub(super) from: f64,
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

/// Over the nodes of both functions: between two of them both are straight lines.
pub(super) struct EstimatedWalk<'s> {
    reference: Walk<'s>,
    current: Walk<'s>,
    /// Share of the reference in the rows of both.
    share: f64,
    unit: f64,
    from: f64,
    /// The difference, and the root of the pooled variance, at `from`.
    difference: f64,
    root: f64,
    found: Estimated,
}

impl<'s> EstimatedWalk<'s> {
    /// Each function with its number of rows.
    pub(super) fn new(reference: (&'s Cdf, f64), current: (&'s Cdf, f64), scale: Scale) -> Self {
        Self {
            reference: reference.0.walk(),
            current: current.0.walk(),
            share: reference.1 / (reference.1 + current.1),
            unit: scale.unit,
            from: scale.from * scale.unit,
            difference: 0.0,
            root: 0.0,
            found: Estimated::default(),
        }
    }

    fn root(&self, reference: f64, current: f64) -> f64 {
        let pooled = reference * self.share + current * (1.0 - self.share);
        most(pooled * (1.0 - pooled), 0.0).sqrt()
    }

    /// Whether there was a step to take.
    fn step(&mut self) -> bool {
        let x = least(self.reference.next(), self.current.next());
        if x == f64::INFINITY {
            return false;
        }
        let (one, other) = if self.unit == 1.0 {
            (self.reference.pass(x), self.current.pass(x))
        } else {
            (self.reference.pass_wide(x), self.current.pass_wide(x))
        };
        let (below, at) = (one.0 - other.0, one.1 - other.1);
        let root = self.root(one.0, other.0);
        let width = x * self.unit - self.from;
        self.found.largest = most(self.found.largest, most(below.abs(), at.abs()));
        self.found.area += width * mean_distance(self.difference, below);
        self.found.root_variance += width * 0.5 * (self.root + root);
        let jumps = one.0 != one.1 || other.0 != other.1;
        self.root = if jumps { self.root(one.1, other.1) } else { root };
        (self.from, self.difference) = (x * self.unit, at);
        true
    }
}

/// What is certain: the least and the largest of each.
#[derive(Default)]
pub(super) struct Certified {
    /// Of the largest difference.
    pub(super) largest: (f64, f64),
    /// Of the area.
    pub(super) area: (f64, f64),
}

/// Over the steps of both bands: between two of them all bounds are constant.
pub(super) struct CertifiedWalk<'s> {
    reference: (StepWalk<'s>, StepWalk<'s>),
    current: (StepWalk<'s>, StepWalk<'s>),
    unit: f64,
    from: f64,
    /// The least and the largest difference at `from`.
    gap: (f64, f64),
    found: Certified,
}

impl<'s> CertifiedWalk<'s> {
    pub(super) fn new(reference: &'s Band, current: &'s Band, scale: Scale) -> Self {
        let side = |band: &'s Band| (StepWalk::new(&band.certain), StepWalk::new(&band.possible));
        Self {
            reference: side(reference),
            current: side(current),
            unit: scale.unit,
            from: scale.from * scale.unit,
            gap: (0.0, 0.0),
            found: Certified::default(),
        }
    }

    /// Whether there was a step to take.
    fn step(&mut self) -> bool {
        let ((one, other), (third, fourth)) = (&mut self.reference, &mut self.current);
        let x = least(least(one.next(), other.next()), least(third.next(), fourth.next()));
        if x == f64::INFINITY {
            return false;
        }
        let width = x * self.unit - self.from;
        self.found.area.0 += width * self.gap.0;
        self.found.area.1 += width * self.gap.1;
        let (reference, current) = ((one.pass(x), other.pass(x)), (third.pass(x), fourth.pass(x)));
        let low = most(most(reference.0 - current.1, current.0 - reference.1), 0.0);
        let high = most(reference.1 - current.0, current.1 - reference.0);
        self.found.largest = (most(self.found.largest.0, low), most(self.found.largest.1, high));
        (self.from, self.gap) = (x * self.unit, (low, high));
        true
    }
}

/// Over the means of both sides' clusters.
pub(super) struct MeansWalk<'s> {
    reference: StepWalk<'s>,
    current: StepWalk<'s>,
    unit: f64,
    from: f64,
    gap: f64,
    area: f64,
}

impl<'s> MeansWalk<'s> {
    pub(super) fn new(reference: &'s Steps, current: &'s Steps, scale: Scale) -> Self {
        let (reference, current) = (StepWalk::new(reference), StepWalk::new(current));
        Self { reference, current, unit: scale.unit, from: scale.from * scale.unit, gap: 0.0, area: 0.0 }
    }

    /// Whether there was a step to take.
    fn step(&mut self) -> bool {
        let x = least(self.reference.next(), self.current.next());
        if x == f64::INFINITY {
            return false;
        }
        self.area += (x * self.unit - self.from) * self.gap;
        let gap = (self.reference.pass(x) - self.current.pass(x)).abs();
        (self.from, self.gap) = (x * self.unit, gap);
        true
    }
}

/// A walk over steps.
struct StepWalk<'s> {
    values: &'s [f64],
    shares: &'s [f64],
    passed: usize,
}

impl<'s> StepWalk<'s> {
    fn new(steps: &'s Steps) -> Self {
        Self { values: &steps.values, shares: &steps.shares, passed: 0 }
    }

    /// The value at which the next step is; infinite after the last.
    fn next(&self) -> f64 {
        self.values[self.passed]
    }

    /// Takes the next step, if it is at or before `x`, which is finite; the share that is reached.
    fn pass(&mut self, x: f64) -> f64 {
        self.passed += usize::from(self.next() <= x);
        self.shares[self.passed]
    }
}

/// The mean of `|d|` on a segment where `d` goes in a straight line from `start` to `end`.
fn mean_distance(start: f64, end: f64) -> f64 {
    let reach = start.abs() + end.abs();
    let crossing = 0.5 * (start * start + end * end) / reach;
    if start * end < 0.0 { crossing } else { 0.5 * reach }
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
