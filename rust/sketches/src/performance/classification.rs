use super::confusion::Confusion;
use super::scores::ScoreHistogram;
use crate::error::{Error, Result};

/// Probabilities are clipped to this distance from 0 and 1 before their logarithm is taken.
const LOG_LOSS_CLIP: f64 = 1e-15;

/// Quality of a classifier: its confusion matrix, and where it gives a score for a positive class,
/// the scores of both classes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Classification {
    confusion: Confusion<u64>,
    /// Scores inside `[0, 1]` by class, where scores were given.
    pub scores: Option<ScoreHistogram>,
    log_loss_sum: f64,
    brier_sum: f64,
    scored: u64,
    squares: Option<LossSquares>,
}

/// Sums of the squares of the scored predictions' losses, from which the spread of the losses follows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LossSquares {
    /// Of the log losses.
    pub log_loss: f64,
    /// Of the squared differences of score and label.
    pub brier: f64,
}

/// The log loss, in nats, and the squared error of a score that gives the label this chance.
pub(super) fn losses(hit: f64) -> (f64, f64) {
    (-hit.clamp(LOG_LOSS_CLIP, 1.0 - LOG_LOSS_CLIP).ln(), (1.0 - hit) * (1.0 - hit))
}

impl Classification {
    /// Nothing classified.
    pub fn new() -> Self {
        Self::default()
    }

    /// Quality from its stored parts: confusion counts as `(label, predicted, count)`, the scores, and
    /// the sums over the scored predictions. `squares` is none where they were not counted.
    ///
    /// # Errors
    /// `InvalidData` for sums that are negative or not finite, or a number of scored predictions that
    /// is not that of the scores.
    pub fn from_parts(
        confusion: impl IntoIterator<Item = (String, String, u64)>,
        scores: Option<ScoreHistogram>,
        log_loss_sum: f64,
        brier_sum: f64,
        scored: u64,
        squares: Option<LossSquares>,
    ) -> Result<Self> {
        let of_squares = squares.unwrap_or_default();
        for (name, sum) in [
            ("log loss", log_loss_sum),
            ("Brier score", brier_sum),
            ("squared log loss", of_squares.log_loss),
            ("squared Brier score", of_squares.brier),
        ] {
            if !(sum.is_finite() && sum >= 0.0) {
                return Err(Error::invalid_data(format!(
                    "sum of {name} must be finite and at least 0, got {sum}"
                )));
            }
        }
        let (negatives, positives) = scores.as_ref().map_or((0, 0), ScoreHistogram::totals);
        if negatives.checked_add(positives) != Some(scored) {
            return Err(Error::invalid_data(format!(
                "scored predictions must be as many as scores, {negatives} + {positives}, got {scored}"
            )));
        }
        let squares = squares.filter(|_| scored > 0);
        let mut quality = Self { scores, log_loss_sum, brier_sum, scored, squares, ..Self::new() };
        for (label, predicted, count) in confusion {
            quality.add(&label, &predicted, count);
        }
        Ok(quality)
    }

    /// Adds a pair of label and predicted class `count` times.
    pub fn add(&mut self, label: &str, predicted: &str, count: u64) {
        self.confusion.add(label, predicted, count);
    }

    /// Adds the score of the positive class, in `[0, 1]`, for predictions whose label is or is not that
    /// class. Other scores are counted as out of range only. Pairs end with the shorter slice.
    pub fn add_scores(&mut self, positive: &[bool], scores: &[f64]) {
        let histogram = self.scores.get_or_insert_default();
        let mut added = LossSquares::default();
        let scored_before = self.scored;
        for (positive, score) in positive.iter().zip(scores) {
            if !histogram.add(*positive, *score) {
                continue;
            }
            let hit = if *positive { *score } else { 1.0 - score };
            let (log_loss, squared_error) = losses(hit);
            self.log_loss_sum += log_loss;
            self.brier_sum += squared_error;
            added.log_loss += log_loss * log_loss;
            added.brier += squared_error * squared_error;
            self.scored = self.scored.saturating_add(1);
        }
        if self.scored > scored_before {
            self.add_squares(scored_before, Some(added));
        }
    }

    /// Adds what `other` has seen.
    pub fn merge(&mut self, other: &Self) {
        self.confusion.merge(&other.confusion);
        super::merge_some(&mut self.scores, other.scores.as_ref(), ScoreHistogram::merge);
        if other.scored > 0 {
            self.add_squares(self.scored, other.squares);
        }
        self.log_loss_sum += other.log_loss_sum;
        self.brier_sum += other.brier_sum;
        self.scored = self.scored.saturating_add(other.scored);
    }

    /// What is left when predictions that were added before are taken out again.
    #[must_use]
    pub fn without(&self, taken: &Self) -> Self {
        let scores =
            super::some_without(self.scores.as_ref(), taken.scores.as_ref(), ScoreHistogram::without);
        let totals = scores.as_ref().map_or((0, 0), ScoreHistogram::totals);
        let scored = totals.0.saturating_add(totals.1);
        let sum = |own, taken| if scored == 0 { 0.0 } else { super::sum_without(own, taken) };
        Self {
            confusion: self.confusion.without(&taken.confusion),
            scores,
            log_loss_sum: sum(self.log_loss_sum, taken.log_loss_sum),
            brier_sum: sum(self.brier_sum, taken.brier_sum),
            scored,
            squares: self.squares_without(taken).filter(|_| scored > 0),
        }
    }

    /// The non-empty cells of the confusion matrix as `(label, predicted, count)`, in rising order.
    pub fn confusion(&self) -> impl Iterator<Item = (&str, &str, u64)> + '_ {
        self.confusion.iter()
    }

    /// The classes that are told apart, in rising order.
    pub fn classes(&self) -> impl ExactSizeIterator<Item = &str> + '_ {
        self.confusion.classes()
    }

    /// Sum of the log losses (natural logarithm) of the scored predictions.
    pub fn log_loss_sum(&self) -> f64 {
        self.log_loss_sum
    }

    /// Sum of the squared differences of score and label, 0 or 1.
    pub fn brier_sum(&self) -> f64 {
        self.brier_sum
    }

    /// Number of predictions with a score inside `[0, 1]`.
    pub fn scored(&self) -> u64 {
        self.scored
    }

    /// Sums of the squared losses of all scored predictions; none where some were counted without them.
    pub fn squares(&self) -> Option<LossSquares> {
        self.squares
    }

    /// Adds the squares of further scored predictions: all have them, or the whole has not.
    fn add_squares(&mut self, scored_before: u64, added: Option<LossSquares>) {
        let own = if scored_before == 0 { Some(LossSquares::default()) } else { self.squares };
        self.squares = own.zip(added).map(|(own, added)| LossSquares {
            log_loss: own.log_loss + added.log_loss,
            brier: own.brier + added.brier,
        });
    }

    fn squares_without(&self, taken: &Self) -> Option<LossSquares> {
        let own = self.squares?;
        let taken = if taken.scored == 0 { LossSquares::default() } else { taken.squares? };
        Some(LossSquares {
            log_loss: super::sum_without(own.log_loss, taken.log_loss),
            brier: super::sum_without(own.brier, taken.brier),
        })
    }
}
