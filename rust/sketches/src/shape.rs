//! Third and fourth moments of finite values, for skewness and kurtosis.

use crate::error::{Error, Result};
use crate::moments::{Moments, fold};
use crate::simd::dispatch;

/// Sums of cubes and of fourth powers of deviations from the mean. They go with the [`Moments`] of the same values,
/// without which they can be neither added to nor read. Memory: 16 bytes.
///
/// Joined by the formulas of Pébay (2008), "Formulas for robust, one-pass parallel computation of covariances and
/// arbitrary-order statistical moments". A sum that overflows is infinite from then on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shape {
    sum_cubed_dev: f64,
    sum_fourth_dev: f64,
}

impl Shape {
    /// A shape from its stored parts, positive infinity for a sum that overflowed.
    ///
    /// # Errors
    /// `InvalidData` for NaN, for negative infinity, or for a negative sum of fourth powers.
    pub fn from_parts(sum_cubed_dev: f64, sum_fourth_dev: f64) -> Result<Self> {
        if sum_cubed_dev.is_nan() || sum_cubed_dev == f64::NEG_INFINITY {
            return Err(Error::invalid_data(format!(
                "sum of cubed deviations must be finite or positive infinity, got {sum_cubed_dev}"
            )));
        }
        if sum_fourth_dev.is_nan() || sum_fourth_dev < 0.0 {
            return Err(Error::invalid_data(format!(
                "sum of fourth powers of deviations must be at least 0, got {sum_fourth_dev}"
            )));
        }
        Ok(Self { sum_cubed_dev, sum_fourth_dev })
    }

    /// The shape of a block of finite values with these moments.
    pub(crate) fn of_block(block: &[f64], moments: &Moments) -> Self {
        let Some(center) = moments.mean() else { return Self::default() };
        let (cubes, fourths) = cubes_and_fourths(block, center);
        // The mean is `rest` away from the center.
        let (count, rest) = (moments.count() as f64, moments.mean_rest());
        let squares = moments.sum_sq_dev() + count * rest * rest;
        let cubed = cubes - rest * (3.0 * squares - 2.0 * count * rest * rest);
        let fourth = fourths - rest * (4.0 * cubes - rest * (6.0 * squares - 3.0 * count * rest * rest));
        Self::checked(cubed, fourth)
    }

    /// Adds what `other` has seen. `own` and `added` are the moments of both, before they are merged.
    pub fn merge(&mut self, other: &Self, own: &Moments, added: &Moments) {
        if added.count() == 0 {
            return;
        }
        if own.count() == 0 {
            self.clone_from(other);
            return;
        }
        let count = own.count() as f64 + added.count() as f64;
        let (own_share, share) = (own.count() as f64 / count, added.count() as f64 / count);
        let distance = own.distance_to(added);
        let (own_squares, squares) = (own.sum_sq_dev(), added.sum_sq_dev());
        let square = distance * distance;
        let spread = count * own_share * share * square;
        let cubed = self.sum_cubed_dev
            + other.sum_cubed_dev
            + distance * (spread * (own_share - share) + 3.0 * (own_share * squares - share * own_squares));
        let fourth = self.sum_fourth_dev
            + other.sum_fourth_dev
            + spread * square * (1.0 - 3.0 * own_share * share)
            + 6.0 * square * (own_share * own_share * squares + share * share * own_squares)
            + 4.0 * distance * (own_share * other.sum_cubed_dev - share * self.sum_cubed_dev);
        *self = Self::checked(cubed, fourth);
    }

    fn checked(cubed: f64, fourth: f64) -> Self {
        Self {
            sum_cubed_dev: if cubed.is_finite() { cubed } else { f64::INFINITY },
            sum_fourth_dev: if fourth.is_finite() { fourth.max(0.0) } else { f64::INFINITY },
        }
    }

    /// Sum of cubed deviations from the mean.
    pub fn sum_cubed_dev(&self) -> f64 {
        self.sum_cubed_dev
    }

    /// Sum of fourth powers of deviations from the mean.
    pub fn sum_fourth_dev(&self) -> f64 {
        self.sum_fourth_dev
    }

    /// The third standardised moment, `sqrt(n) sum d^3 / (sum d^2)^(3/2)`: 0 where values lie evenly about the mean.
    /// `None` without spread, or where a sum overflowed.
    pub fn skewness(&self, moments: &Moments) -> Option<f64> {
        let variance = population_variance(moments)?;
        let skewness = self.sum_cubed_dev / moments.count() as f64 / variance / variance.sqrt();
        skewness.is_finite().then_some(skewness)
    }

    /// The fourth standardised moment less 3, `n sum d^4 / (sum d^2)^2 - 3`: 0 for the normal distribution. `None`
    /// without spread, or where a sum overflowed.
    pub fn excess_kurtosis(&self, moments: &Moments) -> Option<f64> {
        let variance = population_variance(moments)?;
        let kurtosis = self.sum_fourth_dev / moments.count() as f64 / variance / variance - 3.0;
        kurtosis.is_finite().then_some(kurtosis)
    }
}

fn population_variance(moments: &Moments) -> Option<f64> {
    let variance = moments.sum_sq_dev() / moments.count() as f64;
    (variance > 0.0 && variance.is_finite()).then_some(variance)
}

/// One loop a sum: with both in one, the compiler leaves the vector registers.
#[inline(always)]
fn cubes_and_fourths_kernel(block: &[f64], center: f64) -> (f64, f64) {
    let cube = |value: f64| {
        let deviation = value - center;
        deviation * deviation * deviation
    };
    let fourth = |value: f64| {
        let square = (value - center) * (value - center);
        square * square
    };
    let cubes = fold(block, 0.0, |sum, value| sum + cube(value));
    let fourths = fold(block, 0.0, |sum, value| sum + fourth(value));
    (cubes.iter().sum(), fourths.iter().sum())
}

dispatch! {
    /// The sum of cubed deviations from `center`, and of their fourth powers.
    fn cubes_and_fourths(block: &[f64], center: f64) -> (f64, f64) = cubes_and_fourths_kernel;
}
