//! Distances between two distribution functions known through t-digests: Kolmogorov-Smirnov and
//! Wasserstein.

use driftline_sketches::TDigest;

use super::band::Band;
use super::bracket::Bracket;
use super::cdf::Cdf;
use super::cluster::{Cluster, clusters_of};

/// What rounding may have added to means and widths, relative to the largest value.
const ROUNDING: f64 = 1e-12;

/// One side: its rows' distribution function as estimated and as certified.
struct Side {
    clusters: Vec<Cluster>,
    cdf: Cdf,
    band: Band,
}

impl Side {
    fn new(digest: &TDigest) -> Self {
        let clusters = clusters_of(digest);
        Self { cdf: Cdf::spread(&clusters), band: Band::new(&clusters), clusters }
    }
}

/// Both distribution functions at one value: limits from below, values, certified ranges. The
/// ranges hold from here to the next point; the estimates are linear on the way there.
struct Point {
    x: f64,
    reference: (f64, f64),
    current: (f64, f64),
    certified_reference: (f64, f64),
    certified_current: (f64, f64),
}

impl Point {
    /// The certified bounds of the distance between the two functions, here and up to the next
    /// point.
    fn certified_gap(&self) -> (f64, f64) {
        let (reference, current) = (self.certified_reference, self.certified_current);
        let least = (reference.0 - current.1).max(current.0 - reference.1).max(0.0);
        let most = (reference.1 - current.0).max(current.1 - reference.0);
        (least, most)
    }
}

/// Two digests, compared at every value where one of their functions bends or jumps.
pub(super) struct DistributionPair {
    reference: Side,
    current: Side,
    points: Vec<Point>,
    /// Scales values so that no difference of two overflows.
    unit: f64,
}

impl DistributionPair {
    /// Both digests hold at least one value.
    pub(super) fn new(reference: &TDigest, current: &TDigest) -> Self {
        let (reference, current) = (Side::new(reference), Side::new(current));
        let points = points_of(&reference, &current);
        let largest = largest_magnitude(&points);
        let unit = if largest > 0.25 * f64::MAX { 0.25 } else { 1.0 };
        Self { reference, current, points, unit }
    }

    /// Kolmogorov-Smirnov distance: the largest difference of the two distribution functions.
    pub(super) fn kolmogorov_smirnov(&self) -> Bracket {
        let mut found = Bracket::exact(0.0);
        for point in &self.points {
            let below = (point.reference.0 - point.current.0).abs();
            let at = (point.reference.1 - point.current.1).abs();
            let (least, most) = point.certified_gap();
            found.value = found.value.max(below).max(at);
            found.low = found.low.max(least);
            found.high = found.high.max(most);
        }
        Bracket::new(found.value, found.low, found.high)
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
        let value =
            self.area(|left, right| mean_distance(difference(left), right.reference.0 - right.current.0));
        let rounding = ROUNDING * largest_magnitude(&self.points) * self.unit;
        let between_bands = (
            self.area(|left, _| left.certified_gap().0) - rounding,
            self.area(|left, _| left.certified_gap().1) + rounding,
        );
        let (between_means, spread) = (self.area_between_means(), self.spread() + rounding);
        let shift = (reference_mean * self.unit - current_mean * self.unit).abs() - rounding;
        let low = between_bands.0.max(between_means - spread).max(shift).max(0.0);
        let high = between_bands.1.min(between_means + spread);
        Bracket::new(value, low, high).map(|scaled| self.unscaled(scaled))
    }

    /// The integral of `sqrt(H (1 - H))`, with `H` the distribution function of both sides pooled
    /// by their numbers of rows. Simpson's rule on each segment.
    pub(super) fn root_variance_integral(&self, n_reference: f64, n_current: f64) -> f64 {
        let reference_share = n_reference / (n_reference + n_current);
        let pool =
            |reference: f64, current: f64| reference * reference_share + current * (1.0 - reference_share);
        let root = |h: f64| (h * (1.0 - h)).max(0.0).sqrt();
        let area = self.area(|left, right| {
            let start = pool(left.reference.1, left.current.1);
            let end = pool(right.reference.0, right.current.0);
            (root(start) + 4.0 * root(0.5 * (start + end)) + root(end)) / 6.0
        });
        self.unscaled(area)
    }

    /// Half the distance from the smallest to the largest value: no standard deviation is larger.
    pub(super) fn half_range(&self) -> f64 {
        match (self.points.first(), self.points.last()) {
            (Some(first), Some(last)) => 0.5 * last.x - 0.5 * first.x,
            _ => 0.0,
        }
    }

    /// The sum over segments of width times mean height, in scaled units.
    fn area(&self, mean_height: impl Fn(&Point, &Point) -> f64) -> f64 {
        self.points
            .windows(2)
            .map(|pair| (pair[1].x * self.unit - pair[0].x * self.unit) * mean_height(&pair[0], &pair[1]))
            .sum()
    }

    fn area_between_means(&self) -> f64 {
        let reference = Cdf::at_means(&self.reference.clusters);
        let current = Cdf::at_means(&self.current.clusters);
        let values = sorted(reference.breakpoints().chain(current.breakpoints()));
        let area = |pair: &[f64]| {
            let height = (reference.limits(pair[0]).1 - current.limits(pair[0]).1).abs();
            (pair[1] * self.unit - pair[0] * self.unit) * height
        };
        values.windows(2).map(area).sum()
    }

    /// How far the rows of both sides can lie from their clusters' means, on average.
    fn spread(&self) -> f64 {
        let of_side = |side: &Side| {
            let total: u64 = side.clusters.iter().map(|cluster| cluster.weight).sum();
            let weighted =
                |cluster: &Cluster| cluster.weight as f64 / total as f64 * cluster.spread(self.unit);
            side.clusters.iter().map(weighted).sum::<f64>()
        };
        of_side(&self.reference) + of_side(&self.current)
    }

    fn unscaled(&self, scaled: f64) -> f64 {
        (scaled / self.unit).min(f64::MAX)
    }
}

fn difference(point: &Point) -> f64 {
    point.reference.1 - point.current.1
}

/// The mean of `|d|` on a segment where `d` goes in a straight line from `start` to `end`.
fn mean_distance(start: f64, end: f64) -> f64 {
    let reach = start.abs() + end.abs();
    if start * end < 0.0 { 0.5 * (start * start + end * end) / reach } else { 0.5 * reach }
}

fn points_of(reference: &Side, current: &Side) -> Vec<Point> {
    let estimated = reference.cdf.breakpoints().chain(current.cdf.breakpoints());
    let certified = reference.band.breakpoints().chain(current.band.breakpoints());
    let point = |x| Point {
        x,
        reference: reference.cdf.limits(x),
        current: current.cdf.limits(x),
        certified_reference: reference.band.at(x),
        certified_current: current.band.at(x),
    };
    sorted(estimated.chain(certified)).into_iter().map(point).collect()
}

fn largest_magnitude(points: &[Point]) -> f64 {
    let ends = [points.first(), points.last()];
    ends.into_iter().flatten().map(|point| point.x.abs()).fold(0.0, f64::max)
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    values.dedup();
    values
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
