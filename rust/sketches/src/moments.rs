//! Count, mean, spread and extremes of finite values.

use crate::error::{Error, Result};
use crate::simd::dispatch;

/// Values summed before their deviations are: one block stays in the first-level cache for both passes.
const BLOCK: usize = 2048;
/// Independent accumulators, so that additions overlap and the compiler can use vector registers.
const LANES: usize = 8;

/// Moments of a stream of finite values. Memory: 48 bytes.
///
/// Each block is read twice: once for its mean, once for the squared deviations from it; blocks are
/// joined by the formula of Chan, Golub and `LeVeque` (1979), with a mean that carries what rounding
/// took from it. A large offset with a small spread keeps its digits.
#[derive(Clone, Debug)]
pub struct Moments {
    count: u64,
    mean: f64,
    /// What rounding took from `mean`. Not stored, so it does not count in comparisons.
    mean_rest: f64,
    sum_sq_dev: f64,
    min: f64,
    max: f64,
}

impl PartialEq for Moments {
    fn eq(&self, other: &Self) -> bool {
        let stored =
            |moments: &Self| (moments.count, moments.mean, moments.sum_sq_dev, moments.min, moments.max);
        stored(self) == stored(other)
    }
}

impl Default for Moments {
    fn default() -> Self {
        Self::new()
    }
}

impl Moments {
    /// Moments of nothing, the identity of [`Moments::merge`].
    pub fn new() -> Self {
        Self {
            count: 0,
            mean: 0.0,
            mean_rest: 0.0,
            sum_sq_dev: 0.0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
        }
    }

    /// Moments from their stored parts. With a count of zero the other parts are ignored.
    ///
    /// # Errors
    /// `InvalidData` unless `min <= mean <= max` are finite and `sum_sq_dev` is not negative.
    pub fn from_parts(count: u64, mean: f64, sum_sq_dev: f64, min: f64, max: f64) -> Result<Self> {
        if count == 0 {
            return Ok(Self::new());
        }
        if !(min.is_finite() && max.is_finite() && min <= mean && mean <= max) {
            return Err(Error::invalid_data(format!(
                "moments must hold finite min <= mean <= max, got {min}, {mean}, {max}"
            )));
        }
        if sum_sq_dev.is_nan() || sum_sq_dev < 0.0 {
            return Err(Error::invalid_data(format!(
                "sum of squared deviations must be at least 0, got {sum_sq_dev}"
            )));
        }
        Ok(Self { count, mean, mean_rest: 0.0, sum_sq_dev, min, max })
    }

    /// Adds finite values.
    pub fn add_slice(&mut self, values: &[f64]) {
        for block in values.chunks(BLOCK) {
            self.merge(&Self::of_block(block));
        }
    }

    /// Adds what `other` has seen.
    pub fn merge(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        if self.count == 0 {
            self.clone_from(other);
            return;
        }
        let count = self.count.saturating_add(other.count);
        let share = other.count as f64 / count as f64;
        let distance = (other.mean - self.mean) + (other.mean_rest - self.mean_rest);
        // The square may overflow: an infinite spread is then the honest answer.
        self.sum_sq_dev += other.sum_sq_dev + distance * distance * (self.count as f64 * share);
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.count = count;
        if distance.is_finite() {
            self.move_mean(distance * share);
        } else {
            let mean = self.mean * (1.0 - share) + other.mean * share;
            (self.mean, self.mean_rest) = (mean.clamp(self.min, self.max), 0.0);
        }
    }

    /// Adds a step that is smaller than the mean or not, and keeps what the sum cannot hold.
    fn move_mean(&mut self, step: f64) {
        let step = step + self.mean_rest;
        let moved = self.mean + step;
        let moved_by = moved - self.mean;
        self.mean_rest = (self.mean - (moved - moved_by)) + (step - moved_by);
        self.mean = moved.clamp(self.min, self.max);
        if self.mean != moved {
            self.mean_rest = 0.0;
        }
    }

    /// Number of values.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Sum of the values, as mean times count.
    pub fn sum(&self) -> f64 {
        self.mean * self.count as f64
    }

    /// Mean of the values.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then_some(self.mean)
    }

    /// Sum of squared deviations from the mean.
    pub fn sum_sq_dev(&self) -> f64 {
        self.sum_sq_dev
    }

    /// Sample variance, with `count - 1` below the line. `None` for fewer than two values.
    pub fn variance(&self) -> Option<f64> {
        (self.count > 1).then(|| self.sum_sq_dev / (self.count - 1) as f64)
    }

    /// Square root of [`Moments::variance`].
    pub fn std_dev(&self) -> Option<f64> {
        self.variance().map(f64::sqrt)
    }

    /// Smallest value.
    pub fn min(&self) -> Option<f64> {
        (self.count > 0).then_some(self.min)
    }

    /// Largest value.
    pub fn max(&self) -> Option<f64> {
        (self.count > 0).then_some(self.max)
    }

    fn of_block(block: &[f64]) -> Self {
        let count = block.len() as f64;
        let (sum, min, max) = sum_and_extremes(block);
        let mean = sum / count;
        let mean = if mean.is_finite() { mean } else { block.iter().map(|value| value / count).sum() };
        let (drift, squares) = deviations(block, mean);
        // `drift` is what rounding left in the mean: moving the mean by it also corrects the squares.
        let correction = drift * drift / count;
        let sum_sq_dev = if squares.is_finite() { (squares - correction).max(0.0) } else { f64::INFINITY };
        let (min, max) = (min + 0.0, max + 0.0);
        let mut moments = Self {
            count: block.len() as u64,
            mean: mean.clamp(min, max),
            mean_rest: 0.0,
            sum_sq_dev,
            min,
            max,
        };
        if drift.is_finite() {
            moments.move_mean(drift / count);
        }
        moments
    }
}

#[inline(always)]
fn sum_and_extremes_kernel(block: &[f64]) -> (f64, f64, f64) {
    let mut sums = [0.0; LANES];
    let mut minima = [f64::INFINITY; LANES];
    let mut maxima = [f64::NEG_INFINITY; LANES];
    let mut groups = block.chunks_exact(LANES);
    for group in &mut groups {
        for lane in 0..LANES {
            let value = group[lane];
            sums[lane] += value;
            minima[lane] = if value < minima[lane] { value } else { minima[lane] };
            maxima[lane] = if value > maxima[lane] { value } else { maxima[lane] };
        }
    }
    for (lane, value) in groups.remainder().iter().enumerate() {
        sums[lane] += value;
        minima[lane] = minima[lane].min(*value);
        maxima[lane] = maxima[lane].max(*value);
    }
    (
        sums.iter().sum(),
        minima.iter().copied().fold(f64::INFINITY, f64::min),
        maxima.iter().copied().fold(f64::NEG_INFINITY, f64::max),
    )
}

#[inline(always)]
fn deviations_kernel(block: &[f64], center: f64) -> (f64, f64) {
    let mut sums = [0.0; LANES];
    let mut squares = [0.0; LANES];
    let mut groups = block.chunks_exact(LANES);
    for group in &mut groups {
        for lane in 0..LANES {
            let deviation = group[lane] - center;
            sums[lane] += deviation;
            squares[lane] += deviation * deviation;
        }
    }
    for (lane, value) in groups.remainder().iter().enumerate() {
        let deviation = value - center;
        sums[lane] += deviation;
        squares[lane] += deviation * deviation;
    }
    (sums.iter().sum(), squares.iter().sum())
}

dispatch! {
    fn sum_and_extremes(block: &[f64]) -> (f64, f64, f64) = sum_and_extremes_kernel;
    /// The sum of deviations from `center` and the sum of their squares.
    fn deviations(block: &[f64], center: f64) -> (f64, f64) = deviations_kernel;
}
