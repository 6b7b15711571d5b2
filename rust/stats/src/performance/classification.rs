//! The report on a classifier.

use driftline_sketches::Classification;
use driftline_sketches::performance::OTHER_CLASS;

use super::auc::roc_auc;
use super::average_precision::average_precision;
use super::calibration::expected_calibration_error;
use super::confusion::{Cell, PerClass};
use super::estimate::Estimate;
use super::figure::{Figure, existing, find};
use super::losses::{brier, log_loss};
use super::rates::proportion;

/// How good a classifier is.
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
    /// The figures that rows allow, each by its name (`docs/statistics.md` says what each is).
    pub figures: Vec<Figure>,
    /// Each class against all others, sorted by name.
    pub classes: Vec<ClassFigures>,
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

/// One class against all others.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassFigures {
    /// Its name.
    pub class: String,
    /// Rows that have it as label.
    pub labelled: u64,
    /// Rows that have it as prediction.
    pub predicted: u64,
    /// `precision`, `recall` and `f1`, those that rows allow.
    pub figures: Vec<Figure>,
}

impl ClassificationReport {
    /// The figure of a name.
    pub fn get(&self, name: &str) -> Option<Estimate> {
        find(&self.figures, name)
    }
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
    let is_binary = unjudged == 0 && per_class.classes().filter(|&class| class != positive).count() <= 1;
    let counts = per_class.of(positive);
    let concerned = counts.labelled() + counts.false_positives;
    let binary = is_binary.then_some(positive);
    let mut figures = of_classes(&per_class, judged, binary);
    figures.extend(of_scores(sketch));
    ClassificationReport {
        labelled: judged + unjudged,
        unjudged,
        average: if is_binary { "binary" } else { "macro" },
        figures,
        classes: per_class.classes().map(|class| class_figures(&per_class, class)).collect(),
        confusion: sketch
            .confusion()
            .map(|(label, predicted, count)| (label.into(), predicted.into(), count))
            .collect(),
        true_positives: is_binary.then_some(counts.true_positives),
        false_positives: is_binary.then_some(counts.false_positives),
        false_negatives: is_binary.then_some(counts.false_negatives),
        true_negatives: is_binary.then_some(judged - concerned),
    }
}

/// What confusion counts tell.
fn of_classes(per_class: &PerClass<'_>, judged: u64, binary: Option<&str>) -> Vec<Figure> {
    let right = per_class.classes().map(|class| per_class.of(class).true_positives).sum();
    let accuracy = proportion(right, judged);
    let plain = [per_class.macro_precision(), per_class.macro_recall(), per_class.macro_f1()];
    let specificity = binary.and_then(|positive| {
        let counts = per_class.of(positive);
        let negatives = judged - counts.labelled();
        Some((proportion(negatives - counts.false_positives, negatives)?, negatives))
    });
    let [precision, recall, f1] = match binary.map(|positive| per_class.of(positive)) {
        None => plain.map(|estimate| (estimate, judged)),
        Some(counts) => [
            (counts.precision(), counts.predicted()),
            (counts.recall(), counts.labelled()),
            (counts.f1(), counts.labelled() + counts.false_positives),
        ],
    };
    let [macro_precision, macro_recall, macro_f1] = plain;
    existing([
        ("accuracy", accuracy, judged),
        ("balanced_accuracy", per_class.balanced_accuracy(), judged),
        ("precision", precision.0, precision.1),
        ("recall", recall.0, recall.1),
        ("f1", f1.0, f1.1),
        ("specificity", specificity.map(|found| found.0), specificity.map_or(0, |found| found.1)),
        ("mcc", per_class.matthews(), judged),
        ("precision_micro", accuracy, judged),
        ("recall_micro", accuracy, judged),
        ("f1_micro", accuracy, judged),
        ("precision_macro", macro_precision, judged),
        ("recall_macro", macro_recall, judged),
        ("f1_macro", macro_f1, judged),
        ("precision_weighted", per_class.weighted_precision(), judged),
        ("recall_weighted", accuracy, judged),
        ("f1_weighted", per_class.weighted_f1(), judged),
    ])
}

/// What the scores of the positive class tell.
fn of_scores(sketch: &Classification) -> Vec<Figure> {
    let (scores, scored) = (sketch.scores.as_ref(), sketch.scored());
    existing([
        ("roc_auc", scores.and_then(roc_auc), scored),
        ("pr_auc", scores.and_then(average_precision), scored),
        ("log_loss", log_loss(sketch), scored),
        ("brier", brier(sketch), scored),
        ("ece", scores.and_then(expected_calibration_error), scored),
    ])
}

fn class_figures(per_class: &PerClass<'_>, class: &str) -> ClassFigures {
    let counts = per_class.of(class);
    ClassFigures {
        class: class.to_owned(),
        labelled: counts.labelled(),
        predicted: counts.predicted(),
        figures: existing([
            ("precision", counts.precision(), counts.predicted()),
            ("recall", counts.recall(), counts.labelled()),
            ("f1", counts.f1(), counts.labelled() + counts.false_positives),
        ]),
    }
}
