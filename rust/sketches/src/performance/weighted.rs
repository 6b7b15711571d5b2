use super::classification::losses;
use super::confusion::{Confusion, Content};
use super::error_spread::symmetric;
use super::weighted_errors::WeightedErrors;
use super::weighted_labels::WeightedLabels;
use super::weighted_scores::WeightedScores;
use crate::error::{Error, Result};

/// What labelled predictions come to when each counts as much as its weight says.
///
/// Sums only, so that what was added can be taken out again.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Weighted {
    /// Labelled predictions that have a weight.
    pub records: u64,
    /// Weights by label and predicted class.
    pub confusion: Confusion<Weights>,
    /// Weights by score, of scores inside `[0, 1]`.
    pub scores: WeightedScores,
    /// Log losses of these scores, in nats.
    pub log_loss: WeightedSums,
    /// Squared differences of score and label.
    pub brier: WeightedSums,
    /// Errors of predicted numbers, label minus prediction.
    pub error: WeightedSums,
    /// Their absolute values.
    pub absolute_error: WeightedSums,
    /// Their squares.
    pub squared_error: WeightedSums,
    /// Absolute errors over the absolute label, of the labels that are not 0.
    pub percentage: WeightedSums,
    /// `2 |error| / (|label| + |prediction|)`, 0 where both are 0.
    pub symmetric: WeightedSums,
    /// Labels, and squared errors beside them.
    pub labels: WeightedLabels,
    /// Weights by absolute error.
    pub absolute_errors: WeightedErrors,
}

/// Weights of records and their squares, summed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Weights {
    /// Of the weights.
    pub sum: f64,
    /// Of their squares.
    pub squares: f64,
}

/// Sums from which a weighted mean and its variance follow.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct WeightedSums {
    /// Of the records' weights.
    pub weights: Weights,
    /// Weight times value.
    pub sum: f64,
    /// Squared weight times value.
    pub by_square: f64,
    /// Squared weight times squared value.
    pub squares: f64,
}

impl Weights {
    /// Of one record.
    pub fn of(weight: f64) -> Self {
        Self { sum: weight, squares: weight * weight }
    }

    /// The same of weights that are each divided by `unit`.
    #[must_use]
    pub fn over(self, unit: f64) -> Self {
        Self { sum: self.sum / unit, squares: self.squares / unit / unit }
    }
}

impl Content for Weights {
    fn plus(self, other: Self) -> Self {
        Self { sum: self.sum + other.sum, squares: self.squares + other.squares }
    }

    fn minus(self, taken: Self) -> Self {
        Self { sum: difference(self.sum, taken.sum), squares: difference(self.squares, taken.squares) }
    }
}

impl WeightedSums {
    /// Adds a finite value.
    pub fn add(&mut self, weight: f64, value: f64) {
        let added = Weights::of(weight);
        self.weights = self.weights.plus(added);
        self.sum += weight * value;
        self.by_square += added.squares * value;
        self.squares += added.squares * value * value;
        *self = self.settled();
    }

    fn merge(&mut self, other: &Self) {
        self.weights = self.weights.plus(other.weights);
        self.sum += other.sum;
        self.by_square += other.by_square;
        self.squares += other.squares;
        *self = self.settled();
    }

    /// What has left the range of doubles once is not known any more, and is written in one way.
    fn settled(self) -> Self {
        if self.to_array().iter().all(|sum| sum.is_finite()) {
            return self;
        }
        let weights = Weights { sum: f64::INFINITY, squares: f64::INFINITY };
        Self { weights, sum: f64::INFINITY, by_square: f64::INFINITY, squares: f64::INFINITY }
    }

    fn without(&self, taken: &Self) -> Self {
        if !self.sum.is_finite() {
            return *self;
        }
        let weights = self.weights.minus(taken.weights);
        if weights.sum == 0.0 {
            return Self::default();
        }
        Self {
            weights,
            sum: self.sum - taken.sum,
            by_square: self.by_square - taken.by_square,
            squares: difference(self.squares, taken.squares),
        }
        .settled()
    }

    /// The sums as they are stored.
    pub fn to_array(&self) -> [f64; 5] {
        [self.weights.sum, self.weights.squares, self.sum, self.by_square, self.squares]
    }

    /// From what [`WeightedSums::to_array`] gave.
    ///
    /// # Errors
    /// `InvalidData` for sums of weights or squares that are negative or not a number.
    pub fn from_array(sums: [f64; 5]) -> Result<Self> {
        let [sum, squares, of_values, by_square, of_squares] = sums;
        let weights = Weights { sum, squares }.checked()?;
        if of_squares < 0.0 || sums.iter().any(|sum| sum.is_nan()) {
            return Err(Error::invalid_data(format!(
                "weighted squares must be at least 0, got {of_squares}"
            )));
        }
        Ok(Self { weights, sum: of_values, by_square, squares: of_squares })
    }
}

impl Weights {
    /// Refuses what no weights can have given.
    ///
    /// # Errors
    /// `InvalidData` for a sum that is negative or not a number.
    pub fn checked(self) -> Result<Self> {
        for sum in [self.sum, self.squares] {
            if sum.is_nan() || sum < 0.0 {
                return Err(Error::invalid_data(format!("sum of weights must be at least 0, got {sum}")));
            }
        }
        Ok(self)
    }
}

impl Weighted {
    /// Adds the score of the positive class of a prediction whose label is or is not that class; one outside
    /// `[0, 1]` counts nowhere.
    pub fn add_score(&mut self, weight: f64, positive: bool, score: f64) {
        if !(0.0..=1.0).contains(&score) {
            return;
        }
        self.scores.add(weight, positive, score);
        let (log_loss, squared_error) = losses(if positive { score } else { 1.0 - score });
        self.log_loss.add(weight, log_loss);
        self.brier.add(weight, squared_error);
    }

    /// Adds a pair of label and prediction; one whose error is not finite counts nowhere.
    pub fn add_error(&mut self, weight: f64, label: f64, prediction: f64) {
        let error = label - prediction;
        if !error.is_finite() {
            return;
        }
        self.error.add(weight, error);
        self.absolute_error.add(weight, error.abs());
        self.squared_error.add(weight, error * error);
        self.symmetric.add(weight, symmetric(label, error));
        if label != 0.0 {
            self.percentage.add(weight, error.abs() / label.abs());
        }
        self.labels.add(weight, label, error);
        self.absolute_errors.add(weight, error.abs());
    }

    /// Adds what `other` holds.
    pub fn merge(&mut self, other: &Self) {
        self.records = self.records.saturating_add(other.records);
        self.confusion.merge(&other.confusion);
        self.scores.merge(&other.scores);
        self.labels.merge(&other.labels);
        self.absolute_errors.merge(&other.absolute_errors);
        for (own, added) in self.means_mut().into_iter().zip(other.means()) {
            own.merge(added);
        }
    }

    /// What is left when that is taken out which was added before.
    #[must_use]
    pub fn without(&self, taken: &Self) -> Self {
        let mut left = self.clone();
        left.records = self.records.saturating_sub(taken.records);
        left.confusion = self.confusion.without(&taken.confusion);
        left.scores = self.scores.without(&taken.scores);
        left.labels = self.labels.without(&taken.labels);
        left.absolute_errors = self.absolute_errors.without(&taken.absolute_errors);
        for (own, taken) in left.means_mut().into_iter().zip(taken.means()) {
            *own = own.without(taken);
        }
        left
    }

    /// The sums of all means, in the order of the fields.
    pub fn means(&self) -> [&WeightedSums; 7] {
        [
            &self.log_loss,
            &self.brier,
            &self.error,
            &self.absolute_error,
            &self.squared_error,
            &self.percentage,
            &self.symmetric,
        ]
    }

    /// The same, to be changed.
    pub fn means_mut(&mut self) -> [&mut WeightedSums; 7] {
        [
            &mut self.log_loss,
            &mut self.brier,
            &mut self.error,
            &mut self.absolute_error,
            &mut self.squared_error,
            &mut self.percentage,
            &mut self.symmetric,
        ]
    }
}

/// What is left of a sum, but for rounding; sums that have left the range of doubles stay so.
pub(super) fn difference(own: f64, taken: f64) -> f64 {
    let left = own - taken;
    // What is no more than the rounding of what was there is nothing.
    if !own.is_finite() {
        own
    } else if left <= own * 1e-12 {
        0.0
    } else {
        left
    }
}
