//! What predictions are worth, from the value of each outcome.

use driftline_sketches::Classification;
use driftline_sketches::performance::OTHER_CLASS;

use super::estimate::Estimate;
use super::figure::{Figure, existing};

/// Which records have a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Positives that are predicted so.
    TruePositive,
    /// Negatives that are predicted positive.
    FalsePositive,
    /// Positives that are predicted negative.
    FalseNegative,
    /// Negatives that are predicted so.
    TrueNegative,
    /// Records of a label that are predicted to be of a class.
    Classes {
        /// The label.
        label: String,
        /// The class.
        predicted: String,
    },
}

/// The value of one outcome, in the user's units.
#[derive(Debug, Clone, PartialEq)]
pub struct OutcomeValue {
    /// Which.
    pub outcome: Outcome,
    /// What one record of it is worth.
    pub value: f64,
}

impl Outcome {
    fn includes(&self, label: &str, predicted: &str, positive: &str) -> bool {
        let is = (label == positive, predicted == positive);
        match self {
            Self::TruePositive => is == (true, true),
            Self::FalsePositive => is == (false, true),
            Self::FalseNegative => is == (true, false),
            Self::TrueNegative => is == (false, false),
            Self::Classes { label: of, predicted: said } => (label, predicted) == (of, said),
        }
    }
}

/// `mean_value` of a record and `total_value` of so many predictions, labelled or not; none without values or
/// with fewer than two records. Outcomes that have no value are worth 0; what true and false positives are is
/// known only where a positive class is.
///
/// The mean's interval is normal, its variance that of the values of the records, which confusion counts give exactly.
pub fn outcome_value(
    sketch: &Classification,
    positive: &str,
    values: &[OutcomeValue],
    predictions: u64,
) -> Vec<Figure> {
    if values.is_empty() {
        return Vec::new();
    }
    let worth = |label: &str, predicted: &str| {
        let found = values.iter().find(|value| value.outcome.includes(label, predicted, positive));
        found.map_or(0.0, |value| value.value)
    };
    let (mut rows, mut sum) = (0, 0.0);
    let judged = || sketch.confusion().filter(|cell| (cell.0, cell.1) != (OTHER_CLASS, OTHER_CLASS));
    for (label, predicted, count) in judged() {
        rows += count;
        sum += count as f64 * worth(label, predicted);
    }
    if rows < 2 {
        return Vec::new();
    }
    let n = rows as f64;
    let mean = sum / n;
    let deviations: f64 = judged()
        .map(|(label, predicted, count)| count as f64 * (worth(label, predicted) - mean).powi(2))
        .sum();
    let estimate = Estimate::normal(mean, (deviations / (n - 1.0) / n).sqrt());
    let total = estimate.map(|mean| mean.map(|mean| mean * predictions as f64));
    existing([("mean_value", estimate, rows), ("total_value", total, rows)])
}
