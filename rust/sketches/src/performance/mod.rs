//! How good a model was in one cell: counts and sums from which every quality figure follows.

mod classification;
mod error_spread;
mod regression;
mod scores;

pub use classification::{Classification, LossSquares, MAX_CLASSES, OTHER_CLASS};
pub use error_spread::{ErrorSpread, LabelPowers, LossSums};
pub use regression::Regression;
pub use scores::{SCORE_BINS, ScoreHistogram};

use crate::histogram::ExponentialHistogram;

/// What was predicted before any label came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Decisions {
    /// Predictions that say whether the positive class or another.
    pub made: u64,
    /// Those that say the positive class.
    pub positive: u64,
}

/// Predictions, the labels that came in for them, and how they compare.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Performance {
    /// Number of predictions.
    pub predictions: u64,
    /// What they say, where they are classes. Fewer than there are where some were counted without.
    pub decisions: Decisions,
    /// Number of predictions that have a label.
    pub labels: u64,
    /// Seconds by which labels came after their prediction.
    pub delay: ExponentialHistogram,
    /// Quality of predicted classes or scores, where there are any.
    pub classification: Option<Classification>,
    /// Quality of predicted numbers, where there are any.
    pub regression: Option<Regression>,
}

impl Performance {
    /// Nothing predicted yet, the identity of [`Performance::merge`].
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether nothing was predicted and no label came in.
    pub fn is_empty(&self) -> bool {
        self.predictions == 0
            && self.decisions == Decisions::default()
            && self.labels == 0
            && self.delay.count() == 0
            && self.classification.is_none()
            && self.regression.is_none()
    }

    /// Adds what `other` has seen.
    pub fn merge(&mut self, other: &Self) {
        self.predictions = self.predictions.saturating_add(other.predictions);
        self.decisions.made = self.decisions.made.saturating_add(other.decisions.made);
        self.decisions.positive = self.decisions.positive.saturating_add(other.decisions.positive);
        self.labels = self.labels.saturating_add(other.labels);
        self.delay.merge(&other.delay);
        merge_some(&mut self.classification, other.classification.as_ref(), Classification::merge);
        merge_some(&mut self.regression, other.regression.as_ref(), Regression::merge);
    }
}

/// `None` is the identity.
fn merge_some<T: Clone>(own: &mut Option<T>, added: Option<&T>, merge: impl FnOnce(&mut T, &T)) {
    match (own.as_mut(), added) {
        (Some(own), Some(added)) => merge(own, added),
        (None, Some(added)) => *own = Some(added.clone()),
        (_, None) => {}
    }
}
