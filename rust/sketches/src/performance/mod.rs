//! How good a model was in one cell: counts and sums from which every quality figure follows.

mod classification;
mod confusion;
mod error_spread;
mod ranking;
mod regression;
mod residuals;
mod scores;
mod weighted;
mod weighted_errors;
mod weighted_labels;
mod weighted_scores;

pub use classification::{Classification, LossSquares};
pub use confusion::{Confusion, Content, MAX_CLASSES, OTHER_CLASS};
pub use error_spread::{ErrorSpread, LabelPowers, LossSums};
pub use ranking::{
    Cutoff, MAX_CUTOFF, MAX_CUTOFFS, RANKING_UNIT, RankedItem, Ranking, RankingRules, UnitSums, Unlabelled,
};
pub use regression::Regression;
pub use residuals::Residuals;
pub use scores::{SCORE_BINS, SCORE_ERROR, ScoreHistogram};
pub use weighted::{Weighted, WeightedSums, Weights};
pub use weighted_errors::WeightedErrors;
pub use weighted_labels::WeightedLabels;
pub use weighted_scores::WeightedScores;

use std::borrow::Cow;

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
    /// Number of labels counted, corrections among them.
    pub labels: u64,
    /// When the newest of these became known, where that was said; nanoseconds since the Unix epoch.
    pub newest_label: Option<i64>,
    /// Seconds by which labels came after their prediction.
    pub delay: ExponentialHistogram,
    /// Quality of predicted classes or scores, where there are any.
    pub classification: Option<Classification>,
    /// Quality of predicted numbers, where there are any.
    pub regression: Option<Regression>,
    /// What the labelled predictions come to by their weights; `None` where none has one.
    pub weighted: Option<Box<Weighted>>,
    /// What was counted of labels that were corrected later, to be taken from the rest: see [`Performance::net`].
    /// `None` where no label was, which is nearly everywhere.
    pub retracted: Option<Box<Performance>>,
    /// Scores of all predictions, with a label or not, by whether the positive class was predicted; where scores were given and
    /// the positive class is known.
    pub predicted_scores: Option<ScoreHistogram>,
    /// How well lists are ranked, where records are items of queries. What a query came to before its last label is taken out
    /// of it, so nothing of it is ever in `retracted`.
    pub ranking: Option<Box<Ranking>>,
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
            && self.weighted.is_none()
            && self.retracted.is_none()
            && self.predicted_scores.is_none()
            && self.ranking.is_none()
    }

    /// The same with errors by prediction in coarser bins: see [`Residuals::at_level`].
    #[must_use]
    pub fn at_level(mut self, level: u8) -> Self {
        if let Some(residuals) = self.regression.as_mut().and_then(|numbers| numbers.residuals.as_mut()) {
            *residuals = residuals.at_level(level).into_owned();
        }
        self
    }

    /// Number of labels that were corrected.
    pub fn corrections(&self) -> u64 {
        self.retracted.as_ref().map_or(0, |retracted| retracted.labels)
    }

    /// What holds now: what was counted without what was taken back. Counts are exact, sums are up to the rounding of
    /// those of everything counted, and nothing is below zero. The delays are those of first labels, which no correction
    /// takes back.
    ///
    /// A part of the state is a monoid only while what is taken back stands apart from what is counted: the flush that
    /// holds a correction need not hold the label that it corrects. So this is for figures, after the last merge.
    #[must_use]
    pub fn net(&self) -> Cow<'_, Self> {
        let Some(retracted) = &self.retracted else { return Cow::Borrowed(self) };
        Cow::Owned(Self {
            predictions: self.predictions,
            decisions: self.decisions,
            labels: self.labels.saturating_sub(retracted.labels),
            newest_label: self.newest_label,
            delay: self.delay.clone(),
            classification: some_without(
                self.classification.as_ref(),
                retracted.classification.as_ref(),
                Classification::without,
            ),
            regression: some_without(
                self.regression.as_ref(),
                retracted.regression.as_ref(),
                Regression::without,
            ),
            weighted: some_without(self.weighted.as_ref(), retracted.weighted.as_ref(), |own, taken| {
                Box::new(own.without(taken))
            }),
            retracted: None,
            predicted_scores: self.predicted_scores.clone(),
            ranking: self.ranking.clone(),
        })
    }

    /// As [`Self::net`], of one that is not needed any more.
    #[must_use]
    pub fn into_net(self) -> Self {
        if self.retracted.is_none() { self } else { self.net().into_owned() }
    }

    /// Adds what `other` has seen.
    pub fn merge(&mut self, other: &Self) {
        self.predictions = self.predictions.saturating_add(other.predictions);
        self.decisions.made = self.decisions.made.saturating_add(other.decisions.made);
        self.decisions.positive = self.decisions.positive.saturating_add(other.decisions.positive);
        self.labels = self.labels.saturating_add(other.labels);
        self.newest_label = self.newest_label.max(other.newest_label);
        self.delay.merge(&other.delay);
        merge_some(&mut self.classification, other.classification.as_ref(), Classification::merge);
        merge_some(&mut self.regression, other.regression.as_ref(), Regression::merge);
        merge_some(&mut self.weighted, other.weighted.as_ref(), |own, added| own.merge(added));
        merge_some(&mut self.retracted, other.retracted.as_ref(), |own, added| own.merge(added));
        merge_some(&mut self.predicted_scores, other.predicted_scores.as_ref(), ScoreHistogram::merge);
        merge_some(&mut self.ranking, other.ranking.as_ref(), |own, added| own.merge(added));
    }
}

/// Nothing was taken from what is there in full; what was never counted cannot be taken.
fn some_without<T: Clone>(
    own: Option<&T>,
    taken: Option<&T>,
    without: impl FnOnce(&T, &T) -> T,
) -> Option<T> {
    match (own, taken) {
        (Some(own), Some(taken)) => Some(without(own, taken)),
        (own, _) => own.cloned(),
    }
}

/// A sum from which another was taken that it holds, but for rounding.
fn sum_without(own: f64, taken: f64) -> f64 {
    // Infinite sums stay so.
    if own.is_finite() { (own - taken).max(0.0) } else { own }
}

/// `None` is the identity.
fn merge_some<T: Clone>(own: &mut Option<T>, added: Option<&T>, merge: impl FnOnce(&mut T, &T)) {
    match (own.as_mut(), added) {
        (Some(own), Some(added)) => merge(own, added),
        (None, Some(added)) => *own = Some(added.clone()),
        (_, None) => {}
    }
}
