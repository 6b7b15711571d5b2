//! The report on a classifier.

use driftline_sketches::Classification;
use driftline_sketches::performance::OTHER_CLASS;

use super::auc::roc_auc;
use super::confusion::{Cell, PerClass};
use super::estimate::Estimate;
use super::log_loss::log_loss;
use super::rates::proportion;

/// How good a classifier is. A figure is none when no row allows it.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassificationReport {
    /// Rows with both a label and a prediction.
    pub labelled: u64,
    /// Rows whose label and prediction were both folded into `__other__`: whether they agree is not
    /// known, and they count in no figure below but the confusion.
    pub unjudged: u64,
    /// `binary`: precision, recall and F1 are those of the positive class. `macro`: they are the
    /// plain mean over all classes seen as label or prediction, a class that is never predicted
    /// (labelled) having precision (recall) 0.
    pub average: &'static str,
    /// The share of right predictions. Wilson's interval.
    pub accuracy: Option<Estimate>,
    /// The share of right ones among predictions of a class.
    pub precision: Option<Estimate>,
    /// The share of found ones among rows of a class.
    pub recall: Option<Estimate>,
    /// The harmonic mean of precision and recall.
    pub f1: Option<Estimate>,
    /// Area under the ROC curve of the positive class's scores; the interval covers binning and
    /// sampling.
    pub roc_auc: Option<Estimate>,
    /// Mean negative log likelihood in nats, scores kept 1e-15 away from 0 and 1. Normal interval;
    /// none for fewer than two scores.
    pub log_loss: Option<Estimate>,
    /// Rows by (label, predicted class), sorted.
    pub confusion: Vec<(String, String, u64)>,
    /// Positive rows found; binary only, as the next three.
    pub true_positives: Option<u64>,
    /// Negative rows taken for positive.
    pub false_positives: Option<u64>,
    /// Positive rows missed.
    pub false_negatives: Option<u64>,
    /// Negative rows left alone.
    pub true_negatives: Option<u64>,
}

/// Judges a classifier; `positive` is the class that precision, recall and F1 are about when there
/// are only two.
///
/// A classifier is binary when no class was seen but `positive` and at most one other.
pub fn classification(sketch: &Classification, positive: &str) -> ClassificationReport {
    let (folded, cells): (Vec<Cell<'_>>, Vec<Cell<'_>>) = sketch
        .confusion()
        .partition(|&(label, predicted, _)| label == OTHER_CLASS && predicted == OTHER_CLASS);
    let per_class = PerClass::new(&cells);
    let judged: u64 = cells.iter().map(|cell| cell.2).sum();
    let unjudged: u64 = folded.iter().map(|cell| cell.2).sum();
    let right = cells.iter().filter(|cell| cell.0 == cell.1).map(|cell| cell.2).sum();
    let binary = unjudged == 0 && per_class.classes().filter(|&class| class != positive).count() <= 1;
    let counts = per_class.of(positive);
    let (precision, recall, f1) = if binary {
        (counts.precision(), counts.recall(), counts.f1())
    } else {
        (per_class.macro_precision(), per_class.macro_recall(), per_class.macro_f1())
    };
    let concerned = counts.true_positives + counts.false_positives + counts.false_negatives;
    ClassificationReport {
        labelled: judged + unjudged,
        unjudged,
        average: if binary { "binary" } else { "macro" },
        accuracy: proportion(right, judged),
        precision,
        recall,
        f1,
        roc_auc: sketch.scores.as_ref().and_then(roc_auc),
        log_loss: log_loss(sketch),
        confusion: sketch
            .confusion()
            .map(|(label, predicted, count)| (label.into(), predicted.into(), count))
            .collect(),
        true_positives: binary.then_some(counts.true_positives),
        false_positives: binary.then_some(counts.false_positives),
        false_negatives: binary.then_some(counts.false_negatives),
        true_negatives: binary.then_some(judged - concerned),
    }
}
