use super::sum_without;
use super::weighted_labels::shifted;
use crate::error::{Error, Result};
use crate::histogram::ExponentialHistogram;

/// How the errors of a regression are spread, and their sums relative to the labels: what the moments do
/// not tell.
///
/// Sums and counts only, so that what was added can be taken out again.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ErrorSpread {
    /// Absolute errors.
    pub absolute: ExponentialHistogram,
    /// Of the errors over the absolute label, of the pairs whose label is not 0.
    pub percentage: LossSums,
    /// Pairs whose label is 0.
    pub zero_labels: u64,
    /// Of `2 |error| / (|label| + |prediction|)`, 0 where both are 0.
    pub symmetric: LossSums,
    /// Sum of the fourth powers of the errors.
    pub fourth_power_sum: f64,
    /// Squared errors beside the labels.
    pub labels: LabelPowers,
}

/// Sum of losses, all at least 0, and of their squares.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LossSums {
    /// Of the losses.
    pub sum: f64,
    /// Of their squares.
    pub squares: f64,
}

/// Sums of powers of the labels' deviations from their mean, alone and times the squared error.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LabelPowers {
    /// Pairs.
    pub count: u64,
    /// Mean label.
    pub mean: f64,
    /// Sum of the second, third and fourth powers.
    pub powers: [f64; 3],
    /// Sum of the squared errors times the deviation to the power of 0, 1 and 2.
    pub by_error: [f64; 3],
}

impl ErrorSpread {
    /// Adds pairs of a label and its error, label minus prediction, all finite.
    pub(super) fn add(&mut self, labels: &[f64], errors: &[f64]) {
        let absolute: Vec<f64> = errors.iter().map(|error| error.abs()).collect();
        self.absolute.add_slice(&absolute);
        for (label, error) in labels.iter().zip(&absolute) {
            if *label == 0.0 {
                self.zero_labels = self.zero_labels.saturating_add(1);
            } else {
                self.percentage.add(error / label.abs());
            }
        }
        for (label, error) in labels.iter().zip(errors) {
            self.symmetric.add(symmetric(*label, *error));
            self.fourth_power_sum += error.powi(4);
        }
        self.labels.merge(&LabelPowers::of(labels, errors));
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.absolute.merge(&other.absolute);
        self.percentage.merge(other.percentage);
        self.zero_labels = self.zero_labels.saturating_add(other.zero_labels);
        self.symmetric.merge(other.symmetric);
        self.fourth_power_sum += other.fourth_power_sum;
        self.labels.merge(&other.labels);
    }

    /// What is left when pairs that were added before are taken out again.
    pub(super) fn without(&self, taken: &Self) -> Self {
        Self {
            absolute: self.absolute.without(&taken.absolute),
            percentage: self.percentage.without(taken.percentage),
            zero_labels: self.zero_labels.saturating_sub(taken.zero_labels),
            symmetric: self.symmetric.without(taken.symmetric),
            fourth_power_sum: sum_without(self.fourth_power_sum, taken.fourth_power_sum),
            labels: self.labels.without(&taken.labels),
        }
    }

    /// Refuses what no `count` pairs can have given.
    pub(super) fn check(&self, count: u64) -> Result<()> {
        let sums = [self.percentage, self.symmetric].map(|losses| [losses.sum, losses.squares]);
        for sum in sums.into_iter().flatten().chain([self.fourth_power_sum]) {
            if sum.is_nan() || sum < 0.0 {
                return Err(Error::invalid_data(format!("sum of losses must be at least 0, got {sum}")));
            }
        }
        for (name, found) in [("absolute errors", self.absolute.count()), ("labels", self.labels.count)] {
            if found != count {
                return Err(Error::invalid_data(format!("{name} must be {count}, got {found}")));
            }
        }
        if self.zero_labels > count {
            let found = self.zero_labels;
            return Err(Error::invalid_data(format!("labels of 0 must be at most {count}, got {found}")));
        }
        Ok(())
    }
}

/// `2 |error| / (|label| + |prediction|)`, the error being label minus prediction; 0 where both are 0.
pub(super) fn symmetric(label: f64, error: f64) -> f64 {
    let size = label.abs() + (label - error).abs();
    if size == 0.0 { 0.0 } else { 2.0 * error.abs() / size }
}

impl LossSums {
    fn add(&mut self, loss: f64) {
        self.sum += loss;
        self.squares += loss * loss;
    }

    fn merge(&mut self, other: Self) {
        self.sum += other.sum;
        self.squares += other.squares;
    }

    fn without(self, taken: Self) -> Self {
        Self { sum: sum_without(self.sum, taken.sum), squares: sum_without(self.squares, taken.squares) }
    }
}

impl LabelPowers {
    /// What has left the range of doubles once is not known any more, and is written in one way.
    const OVERFLOWN: [f64; 3] = [f64::INFINITY; 3];

    /// Sums from their stored parts.
    pub fn from_parts(count: u64, mean: f64, powers: [f64; 3], by_error: [f64; 3]) -> Self {
        Self { count, mean, powers, by_error }.settled()
    }

    fn of(labels: &[f64], errors: &[f64]) -> Self {
        let count = labels.len() as f64;
        // Each label is divided first: the sum of large ones overflows.
        let mean = labels.iter().map(|label| label / count.max(1.0)).sum();
        let mut sums = Self { count: labels.len() as u64, mean, ..Self::default() };
        for (label, error) in labels.iter().zip(errors) {
            let deviation = label - mean;
            let squared_error = error * error;
            let square = deviation * deviation;
            sums.powers = plus(sums.powers, [square, square * deviation, square * square]);
            let by_error = [squared_error, squared_error * deviation, squared_error * square];
            sums.by_error = plus(sums.by_error, by_error);
        }
        sums.settled()
    }

    fn merge(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        if self.count == 0 {
            *self = *other;
            return;
        }
        let count = self.count.saturating_add(other.count);
        let share = other.count as f64 / count as f64;
        let mean = self.mean + (other.mean - self.mean) * share;
        let (own, added) = (self.around(mean), other.around(mean));
        let powers = plus(own.powers, added.powers);
        let by_error = plus(own.by_error, added.by_error);
        *self = Self { count, mean, powers, by_error }.settled();
    }

    /// [`LabelPowers::merge`] turned round; what no power of a real number is below zero, no sum of such is either.
    fn without(&self, taken: &Self) -> Self {
        let count = self.count.saturating_sub(taken.count);
        if taken.count == 0 || count == 0 {
            return if taken.count == 0 { *self } else { Self::default() };
        }
        let mean = self.mean + (self.mean - taken.mean) * (taken.count as f64 / count as f64);
        let (own, taken) = (self.around(mean), taken.around(mean));
        let mut powers = minus(own.powers, taken.powers);
        let mut by_error = minus(own.by_error, taken.by_error);
        for sums in [&mut powers, &mut by_error] {
            (sums[0], sums[2]) = (sums[0].max(0.0), sums[2].max(0.0));
        }
        if self.powers == Self::OVERFLOWN {
            (powers, by_error) = (Self::OVERFLOWN, Self::OVERFLOWN);
        }
        Self { count, mean, powers, by_error }.settled()
    }

    /// The same sums of deviations from another centre.
    fn around(&self, centre: f64) -> Self {
        let shift = self.mean - centre;
        let [second, third, fourth] = self.powers;
        // Deviations from the mean sum up to nothing.
        let [.., second, third, fourth] = shifted([self.count as f64, 0.0, second, third, fourth], shift);
        Self {
            mean: centre,
            powers: [second, third, fourth],
            by_error: shifted(self.by_error, shift),
            ..*self
        }
    }

    fn settled(self) -> Self {
        let is_finite = self.powers.iter().chain(&self.by_error).all(|sum| sum.is_finite());
        if is_finite && self.mean.is_finite() {
            return self;
        }
        Self { mean: 0.0, powers: Self::OVERFLOWN, by_error: Self::OVERFLOWN, ..self }
    }
}

fn minus(left: [f64; 3], right: [f64; 3]) -> [f64; 3] {
    [left[0] - right[0], left[1] - right[1], left[2] - right[2]]
}

fn plus(left: [f64; 3], right: [f64; 3]) -> [f64; 3] {
    [left[0] + right[0], left[1] + right[1], left[2] + right[2]]
}
