//! The predictions of one cell in a batch, gathered so that its counts are touched once.

use driftline_sketches::Performance;
use driftline_sketches::performance::Decisions;

/// How many there are, what they decide, and their scores by whether the positive class was predicted.
#[derive(Debug, Default)]
pub(crate) struct Predicted {
    predictions: u64,
    decisions: Decisions,
    scores: Vec<(bool, f64)>,
}

impl Predicted {
    /// Takes in a prediction: whether it says the positive class, where that is known, and its score, which may be NaN.
    pub(crate) fn push(&mut self, decision: Option<bool>, score: f64) {
        self.predictions += 1;
        let Some(is_positive) = decision else { return };
        self.decisions.made += 1;
        self.decisions.positive += u64::from(is_positive);
        if !score.is_nan() {
            self.scores.push((is_positive, score));
        }
    }

    /// Adds everything to the counts of the cell.
    pub(crate) fn apply(&self, performance: &mut Performance) {
        performance.predictions += self.predictions;
        performance.decisions.made += self.decisions.made;
        performance.decisions.positive += self.decisions.positive;
        if self.scores.is_empty() {
            return;
        }
        let histogram = performance.predicted_scores.get_or_insert_default();
        for &(is_positive, score) in &self.scores {
            histogram.add(is_positive, score);
        }
    }
}
