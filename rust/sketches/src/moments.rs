//! Count, mean, spread and extremes of finite values.

use crate::error::{Error, Result};
use crate::simd::dispatch;

/// Values summed before their deviations are: one block stays in the first-level cache for both passes.
const BLOCK: usize = 2048;
/// Independent accumulators, so that additions overlap and the compiler can use vector registers.
const LANES: usize = 16;

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
        let distance = self.distance_to(other);
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

    /// What is left when values that were added before are taken out again: the formula of [`Moments::merge`] turned
    /// round. The extremes stay those of all values, which hold what is left; the spread is never below zero.
    #[must_use]
    pub fn without(&self, taken: &Self) -> Self {
        let count = self.count.saturating_sub(taken.count);
        if taken.count == 0 || count == 0 {
            return if taken.count == 0 { self.clone() } else { Self::new() };
        }
        let ratio = taken.count as f64 / count as f64;
        let distance = self.distance_to(taken);
        let mut left = Self { count, ..self.clone() };
        // A spread that has overflowed stays infinite.
        if self.sum_sq_dev.is_finite() {
            let between = distance * distance * (self.count as f64 * ratio);
            let rest = self.sum_sq_dev - taken.sum_sq_dev - between;
            left.sum_sq_dev = if count == 1 { 0.0 } else { rest.max(0.0) };
        }
        if (distance * ratio).is_finite() {
            left.move_mean(-distance * ratio);
        }
        left
    }

    /// How far the mean of `other` lies above this one.
    pub(crate) fn distance_to(&self, other: &Self) -> f64 {
        (other.mean - self.mean) + (other.mean_rest - self.mean_rest)
    }

    /// What rounding took from the mean.
    pub(crate) fn mean_rest(&self) -> f64 {
        self.mean_rest
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

    /// Largest magnitude of the values.
    pub(crate) fn magnitude(&self) -> f64 {
        self.max.abs().max(self.min.abs())
    }

    /// Largest value.
    pub fn max(&self) -> Option<f64> {
        (self.count > 0).then_some(self.max)
    }

    /// Moments of values that fit the first-level cache; `None` if any is not finite.
    pub(crate) fn of_finite_block(block: &[f64]) -> Option<Self> {
        if block.is_empty() {
            return Some(Self::new());
        }
        let parts = sum_and_extremes(block);
        // A sum of finite values may overflow.
        let are_finite = parts.0.is_finite() || block.iter().all(|value| value.is_finite());
        are_finite.then(|| Self::of_sum(block, parts))
    }

    fn of_block(block: &[f64]) -> Self {
        Self::of_sum(block, sum_and_extremes(block))
    }

    fn of_sum(block: &[f64], (sum, min, max): (f64, f64, f64)) -> Self {
        let count = block.len() as f64;
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

/// Folds a block by independent accumulators.
#[inline(always)]
pub(crate) fn fold(block: &[f64], first: f64, step: impl Fn(f64, f64) -> f64) -> [f64; LANES] {
    let mut lanes = [first; LANES];
    let (groups, rest) = block.as_chunks::<LANES>();
    for group in groups {
        for (lane, value) in lanes.iter_mut().zip(group) {
            *lane = step(*lane, *value);
        }
    }
    for (lane, value) in lanes.iter_mut().zip(rest) {
        *lane = step(*lane, *value);
    }
    lanes
}

/// One loop a result: with several in one, the compiler leaves the vector registers.
#[inline(always)]
fn sum_and_extremes_kernel(block: &[f64]) -> (f64, f64, f64) {
    let less = |left: f64, right: f64| if right < left { right } else { left };
    let greater = |left: f64, right: f64| if right > left { right } else { left };
    let sums = fold(block, 0.0, |sum, value| sum + value);
    let minima = fold(block, f64::INFINITY, less);
    let maxima = fold(block, f64::NEG_INFINITY, greater);
    (sums.iter().sum(), minima.into_iter().fold(f64::INFINITY, less), {
        maxima.into_iter().fold(f64::NEG_INFINITY, greater)
    })
}

#[inline(always)]
fn deviations_kernel(block: &[f64], center: f64) -> (f64, f64) {
    let sums = fold(block, 0.0, |sum, value| sum + (value - center));
    let squares = fold(block, 0.0, |sum, value| sum + (value - center) * (value - center));
    (sums.iter().sum(), squares.iter().sum())
}

dispatch! {
    fn sum_and_extremes(block: &[f64]) -> (f64, f64, f64) = sum_and_extremes_kernel;
    /// The sum of deviations from `center` and the sum of their squares.
    fn deviations(block: &[f64], center: f64) -> (f64, f64) = deviations_kernel;
}
