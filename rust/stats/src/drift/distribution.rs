//! Distances between two distribution functions known through t-digests: Kolmogorov-Smirnov and
//! Wasserstein.

use std::borrow::Cow;
use std::cell::OnceCell;

use super::bracket::Bracket;
use super::gaps::Gaps;
use super::outline::Outline;

/// What rounding may have added to means and widths, relative to the largest value.
const ROUNDING: f64 = 1e-12;

/// Two digests, compared at every value where one of their functions bends or jumps.
pub(super) struct DistributionPair<'p> {
    reference: Cow<'p, Outline>,
    current: Outline,
    /// The least and the largest value of both.
    ends: (f64, f64),
    /// Scales values so that no difference of two overflows.
    unit: f64,
    gaps: OnceCell<Gaps>,
}

impl<'p> DistributionPair<'p> {
    pub(super) fn new(reference: Cow<'p, Outline>, current: Outline) -> Self {
        let (one, other) = (reference.ends(), current.ends());
        let ends = (one.0.min(other.0), one.1.max(other.1));
        let largest = ends.0.abs().max(ends.1.abs());
        let unit = if largest > 0.25 * f64::MAX { 0.25 } else { 1.0 };
        Self { reference, current, ends, unit, gaps: OnceCell::new() }
    }

    /// Kolmogorov-Smirnov distance: the largest difference of the two distribution functions.
    pub(super) fn kolmogorov_smirnov(&self) -> Bracket {
        let gaps = self.gaps();
        let (low, high) = gaps.certified.largest;
        Bracket::new(gaps.estimated.largest, low, high)
    }

    /// The largest difference of the two functions' limits from below at these ascending values, and of the
    /// functions themselves at the last.
    pub(super) fn largest_gap_at(&self, values: &[f64]) -> Bracket {
        let mut found = Bracket::exact(0.0);
        let Some((last, others)) = values.split_last() else {
            return found;
        };
        for x in others.iter().map(|value| value.next_down()).chain([*last]) {
            let estimated = (self.reference.share(x) - self.current.share(x)).abs();
            let (reference, current) = (self.reference.bounds(x), self.current.bounds(x));
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
        let total = self.reference.count();
        let next = if beyond > 0.0 { (rank + 1).min(total) } else { rank };
        let (row, next_row) = (self.reference.row(rank), self.reference.row(next));
        let known = row.0 == row.1 && next_row.0 == next_row.1;
        let estimated = if known {
            (1.0 - beyond) * row.0 + beyond * next_row.0
        } else {
            self.reference.quantile(rank as f64 / total as f64).clamp(row.0, next_row.1)
        };
        let (least, most) = if known { (estimated, estimated) } else { (row.0, next_row.1) };
        let share =
            |side: &Outline| Bracket::new(side.share(estimated), side.bounds(least).0, side.bounds(most).1);
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
        let gaps = self.gaps();
        let (between_bands, between_means) = (gaps.certified.area, gaps.between_means);
        let spread = self.reference.spread(self.unit) + self.current.spread(self.unit) + rounding;
        let shift = (reference_mean * self.unit - current_mean * self.unit).abs() - rounding;
        let low = (between_bands.0 - rounding).max(between_means - spread).max(shift).max(0.0);
        let high = (between_bands.1 + rounding).min(between_means + spread);
        Bracket::new(gaps.estimated.area, low, high).map(|scaled| self.unscaled(scaled))
    }

    /// The integral of `sqrt(H (1 - H))`, with `H` the distribution function of both sides pooled
    /// by their numbers of rows.
    pub(super) fn root_variance_integral(&self) -> f64 {
        self.unscaled(self.gaps().estimated.root_variance)
    }

    /// Half the distance from the smallest to the largest value: no standard deviation is larger.
    pub(super) fn half_range(&self) -> f64 {
        0.5 * self.ends.1 - 0.5 * self.ends.0
    }

    /// The memory of the current side, for another one.
    pub(super) fn into_current(self) -> Outline {
        self.current
    }

    fn gaps(&self) -> &Gaps {
        self.gaps.get_or_init(|| Gaps::between(&self.reference, &self.current, self.unit))
    }

    fn unscaled(&self, scaled: f64) -> f64 {
        (scaled / self.unit).min(f64::MAX)
    }
}
