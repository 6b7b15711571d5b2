//! Distances between two distribution functions known through t-digests: Kolmogorov-Smirnov and
//! Wasserstein.

use std::borrow::Cow;
use std::cell::OnceCell;

use driftline_sketches::TDigest;

use super::band::{Band, Steps};
use super::bracket::Bracket;
use super::cdf::Cdf;
use super::cluster::{Cluster, clusters_of, total_weight};

/// What rounding may have added to means and widths, relative to the largest value.
const ROUNDING: f64 = 1e-12;

/// One side: its rows' distribution function as estimated and as certified.
#[derive(Debug, Clone)]
pub(super) struct Side {
    clusters: Vec<Cluster>,
    cdf: Cdf,
    band: Band,
    /// Every cluster at its mean.
    at_means: Steps,
    rows: f64,
}

impl Side {
    /// The digest holds at least one value.
    pub(super) fn new(digest: &TDigest) -> Self {
        let clusters = clusters_of(digest);
        let total = total_weight(&clusters);
        Self {
            cdf: Cdf::spread(&clusters),
            band: Band::new(&clusters),
            at_means: Steps::at(&clusters, |cluster| cluster.mean, total),
            rows: total as f64,
            clusters,
        }
    }

    /// How far the rows can lie from their clusters' means, on average.
    fn spread(&self, unit: f64) -> f64 {
        self.clusters.iter().map(|cluster| cluster.weight as f64 / self.rows * cluster.spread(unit)).sum()
    }
}

/// What both functions say as estimated: the largest difference, the area between them, and the integral of
/// `sqrt(H (1 - H))`, with `H` the distribution function of both sides pooled by their numbers of rows.
struct Estimated {
    largest: f64,
    area: f64,
    root_variance: f64,
}

/// What is certain: the least and the largest of the largest difference, and of the area.
struct Certified {
    largest: (f64, f64),
    area: (f64, f64),
}

/// Two digests, compared at every value where one of their functions bends or jumps.
pub(super) struct DistributionPair<'p> {
    reference: Cow<'p, Side>,
    current: Side,
    /// The least and the largest value of both.
    ends: (f64, f64),
    /// Scales values so that no difference of two overflows.
    unit: f64,
    estimated: OnceCell<Estimated>,
    certified: OnceCell<Certified>,
}

impl<'p> DistributionPair<'p> {
    pub(super) fn new(reference: Cow<'p, Side>, current: Side) -> Self {
        let (one, other) = (reference.band.ends(), current.band.ends());
        let ends = (one.0.min(other.0), one.1.max(other.1));
        let largest = ends.0.abs().max(ends.1.abs());
        let unit = if largest > 0.25 * f64::MAX { 0.25 } else { 1.0 };
        let (estimated, certified) = (OnceCell::new(), OnceCell::new());
        Self { reference, current, ends, unit, estimated, certified }
    }

    /// Kolmogorov-Smirnov distance: the largest difference of the two distribution functions.
    pub(super) fn kolmogorov_smirnov(&self) -> Bracket {
        let (low, high) = self.certified().largest;
        Bracket::new(self.estimated().largest, low, high)
    }

    /// The largest difference of the two functions' limits from below at these ascending values, and of the
    /// functions themselves at the last.
    pub(super) fn largest_gap_at(&self, values: &[f64]) -> Bracket {
        let mut found = Bracket::exact(0.0);
        let Some((last, others)) = values.split_last() else {
            return found;
        };
        for x in others.iter().map(|value| value.next_down()).chain([*last]) {
            let estimated = (self.reference.cdf.limits(x).1 - self.current.cdf.limits(x).1).abs();
            let (reference, current) = (self.reference.band.at(x), self.current.band.at(x));
            let least = (reference.0 - current.1).max(current.0 - reference.1);
            let most = (reference.1 - current.0).max(current.1 - reference.0);
            found.value = found.value.max(estimated);
            found.low = found.low.max(least);
            found.high = found.high.max(most);
        }
        Bracket::new(found.value, found.low, found.high)
    }

    /// The shares of both sides at or below the value that is `beyond` of the way from the `rank`th smallest
    /// row of the reference to the next one, if there is one.
    pub(super) fn shares_at_quantile(&self, rank: u64, beyond: f64) -> (Bracket, Bracket) {
        let total: u64 = self.reference.clusters.iter().map(|cluster| cluster.weight).sum();
        let next = if beyond > 0.0 { (rank + 1).min(total) } else { rank };
        let (row, next_row) = (self.reference.band.row(rank), self.reference.band.row(next));
        let known = row.0 == row.1 && next_row.0 == next_row.1;
        let estimated = if known {
            (1.0 - beyond) * row.0 + beyond * next_row.0
        } else {
            self.reference.cdf.quantile(rank as f64 / total as f64).clamp(row.0, next_row.1)
        };
        let (least, most) = if known { (estimated, estimated) } else { (row.0, next_row.1) };
        let share = |side: &Side| {
            let value = side.cdf.limits(estimated).1;
            Bracket::new(value, side.band.at(least).0, side.band.at(most).1)
        };
        let of_reference = share(&self.reference);
        // At least as many rows are there as the rank says.
        let certain = (rank as f64 / total as f64).max(of_reference.low);
        let of_reference = Bracket::new(of_reference.value, certain, of_reference.high);
        (of_reference, share(&self.current))
    }

    /// Wasserstein distance of order 1, in the column's units: the area between the two
    /// distribution functions.
    ///
    /// Three facts bound it, and the interval is what they leave together: the area inside the
    /// certified bands; the distance between the clusters' means, give or take how far rows can lie
    /// from them; and the distance between the columns' means (`reference_mean`, `current_mean`,
    /// exact), which it cannot be less than.
    pub(super) fn wasserstein(&self, reference_mean: f64, current_mean: f64) -> Bracket {
        let rounding = ROUNDING * self.ends.0.abs().max(self.ends.1.abs()) * self.unit;
        let between_bands = self.certified().area;
        let spread = self.reference.spread(self.unit) + self.current.spread(self.unit) + rounding;
        let between_means = self.area_between_means();
        let shift = (reference_mean * self.unit - current_mean * self.unit).abs() - rounding;
        let low = (between_bands.0 - rounding).max(between_means - spread).max(shift).max(0.0);
        let high = (between_bands.1 + rounding).min(between_means + spread);
        Bracket::new(self.estimated().area, low, high).map(|scaled| self.unscaled(scaled))
    }

    /// The integral of `sqrt(H (1 - H))`, with `H` the distribution function of both sides pooled
    /// by their numbers of rows.
    pub(super) fn root_variance_integral(&self) -> f64 {
        self.unscaled(self.estimated().root_variance)
    }

    /// Half the distance from the smallest to the largest value: no standard deviation is larger.
    pub(super) fn half_range(&self) -> f64 {
        0.5 * self.ends.1 - 0.5 * self.ends.0
    }

    /// One walk over the nodes of both functions: between two of them both are straight lines.
    fn estimated(&self) -> &Estimated {
        self.estimated.get_or_init(|| {
            let (reference, current) = (&self.reference.cdf, &self.current.cdf);
            let share = self.reference.rows / (self.reference.rows + self.current.rows);
            let root = |one: f64, other: f64| {
                let pooled = one * share + other * (1.0 - share);
                (pooled * (1.0 - pooled)).max(0.0).sqrt()
            };
            let is_wide = self.unit != 1.0;
            let mut found = Estimated { largest: 0.0, area: 0.0, root_variance: 0.0 };
            let (mut reference, mut current) = (reference.walk(), current.walk());
            let mut last: Option<(f64, f64, f64)> = None;
            loop {
                let x = least(reference.next(), current.next());
                if x == f64::INFINITY {
                    return found;
                }
                let (one, other) = if is_wide {
                    (reference.pass_wide(x), current.pass_wide(x))
                } else {
                    (reference.pass(x), current.pass(x))
                };
                let (below, at) = (one.0 - other.0, one.1 - other.1);
                found.largest = most(found.largest, most(below.abs(), at.abs()));
                let root_below = root(one.0, other.0);
                if let Some((from, difference, root_from)) = last {
                    let width = x * self.unit - from * self.unit;
                    found.area += width * mean_distance(difference, below);
                    found.root_variance += width * 0.5 * (root_from + root_below);
                }
                let jumps = one.0 != one.1 || other.0 != other.1;
                last = Some((x, at, if jumps { root(one.1, other.1) } else { root_below }));
            }
        })
    }

    /// One walk over the steps of both bands: between two of them all bounds are constant.
    fn certified(&self) -> &Certified {
        self.certified.get_or_init(|| {
            let (one, other) = (&self.reference.band, &self.current.band);
            let mut steps = [&one.certain, &one.possible, &other.certain, &other.possible].map(StepWalk::new);
            let mut found = Certified { largest: (0.0, 0.0), area: (0.0, 0.0) };
            let mut last: Option<(f64, f64, f64)> = None;
            loop {
                let x =
                    least(least(steps[0].next(), steps[1].next()), least(steps[2].next(), steps[3].next()));
                if let Some((from, low, high)) = last {
                    let width = if x.is_finite() { x * self.unit - from * self.unit } else { 0.0 };
                    found.area.0 += width * low;
                    found.area.1 += width * high;
                }
                if x == f64::INFINITY {
                    return found;
                }
                for step in &mut steps {
                    step.pass(x);
                }
                let share = [steps[0].share(), steps[1].share(), steps[2].share(), steps[3].share()];
                let low = most(most(share[0] - share[3], share[2] - share[1]), 0.0);
                let high = most(share[1] - share[2], share[3] - share[0]);
                found.largest = (most(found.largest.0, low), most(found.largest.1, high));
                last = Some((x, low, high));
            }
        })
    }

    fn area_between_means(&self) -> f64 {
        let (one, other) = (&self.reference.at_means, &self.current.at_means);
        let (mut one, mut other) = (StepWalk::new(one), StepWalk::new(other));
        let (mut area, mut from, mut height) = (0.0, 0.0, 0.0);
        loop {
            let x = least(one.next(), other.next());
            if x == f64::INFINITY {
                return area;
            }
            area += (x * self.unit - from) * height;
            one.pass(x);
            other.pass(x);
            (from, height) = (x * self.unit, (one.share() - other.share()).abs());
        }
    }

    fn unscaled(&self, scaled: f64) -> f64 {
        (scaled / self.unit).min(f64::MAX)
    }
}

/// How many steps a walk has taken. It has no branches: which side steps next is anybody's guess, a processor's too.
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

    /// The share that is reached.
    fn share(&self) -> f64 {
        self.shares[self.passed]
    }

    /// Takes the next step, if it is at or before `x`, which is finite.
    fn pass(&mut self, x: f64) {
        self.passed += usize::from(self.next() <= x);
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
