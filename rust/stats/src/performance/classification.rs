//! The report on a classifier.

use driftline_sketches::Classification;
use driftline_sketches::performance::{Content, OTHER_CLASS, Weights};

use super::auc::roc_auc;
use super::average_precision::average_precision;
use super::calibration::expected_calibration_error;
use super::confusion::{Cell, PerClass, counted, effective, share};
use super::estimate::Estimate;
use super::figure::{Figure, existing, find};
use super::losses::{brier, log_loss};
use super::score_bins::by_count;

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
    let unjudged: u64 = sketch.confusion().filter(|cell| is_folded(cell.0, cell.1)).map(|cell| cell.2).sum();
    let labelled: u64 = sketch.confusion().map(|cell| cell.2).sum();
    let cells: Vec<Cell<'_>> = sketch
        .confusion()
        .filter(|cell| !is_folded(cell.0, cell.1))
        .map(|(label, predicted, count)| (label, predicted, counted(count)))
        .collect();
    let per_class = PerClass::new(&cells);
    let is_binary = is_binary(sketch, positive);
    let counts = per_class.of(positive);
    let whole = |weights: Weights| weights.sum as u64;
    let binary = is_binary.then_some(positive);
    let mut figures = existing(
        of_classes(&per_class, binary).map(|(name, estimate, rows)| (name, estimate, rows.round() as u64)),
    );
    figures.extend(of_scores(sketch));
    ClassificationReport {
        labelled,
        unjudged,
        average: if is_binary { "binary" } else { "macro" },
        figures,
        classes: per_class.classes().map(|class| class_figures(&per_class, class)).collect(),
        confusion: sketch
            .confusion()
            .map(|(label, predicted, count)| (label.into(), predicted.into(), count))
            .collect(),
        true_positives: is_binary.then_some(whole(counts.true_positives)),
        false_positives: is_binary.then_some(whole(counts.false_positives)),
        false_negatives: is_binary.then_some(whole(counts.false_negatives)),
        true_negatives: is_binary.then_some(labelled - whole(counts.concerned())),
    }
}

/// Whether the rows of a cell cannot be judged: both classes stand for several.
pub(super) fn is_folded(label: &str, predicted: &str) -> bool {
    label == OTHER_CLASS && predicted == OTHER_CLASS
}

/// Whether no class was seen but the positive one and at most one other.
pub(super) fn is_binary(sketch: &Classification, positive: &str) -> bool {
    let cells: Vec<_> =
        sketch.confusion().map(|(label, predicted, count)| (label, predicted, counted(count))).collect();
    let per_class = PerClass::new(&cells);
    let others = per_class.classes().filter(|&class| class != positive).count();
    others <= 1 && !cells.iter().any(|cell| is_folded(cell.0, cell.1))
}

/// What confusion counts or weights tell, each with the rows that it is of: of weights, as many as tell as much.
pub(super) fn of_classes(
    per_class: &PerClass<'_>,
    binary: Option<&str>,
) -> [(&'static str, Option<Estimate>, f64); 16] {
    let all = effective(per_class.all());
    let accuracy = per_class.accuracy();
    let plain = [per_class.macro_precision(), per_class.macro_recall(), per_class.macro_f1()];
    let specificity = binary.map(|positive| {
        let wrong = per_class.of(positive).false_positives;
        let right = per_class.all().minus(per_class.of(positive).concerned());
        (share(right, wrong), effective(right.plus(wrong)))
    });
    let [precision, recall, f1] = match binary.map(|positive| per_class.of(positive)) {
        None => plain.map(|estimate| (estimate, all)),
        Some(counts) => [
            (counts.precision(), effective(counts.predicted())),
            (counts.recall(), effective(counts.labelled())),
            (counts.f1(), effective(counts.concerned())),
        ],
    };
    let [macro_precision, macro_recall, macro_f1] = plain;
    [
        ("accuracy", accuracy, all),
        ("balanced_accuracy", per_class.balanced_accuracy(), all),
        ("precision", precision.0, precision.1),
        ("recall", recall.0, recall.1),
        ("f1", f1.0, f1.1),
        ("specificity", specificity.and_then(|found| found.0), specificity.map_or(0.0, |found| found.1)),
        ("mcc", per_class.matthews(), all),
        ("precision_micro", accuracy, all),
        ("recall_micro", accuracy, all),
        ("f1_micro", accuracy, all),
        ("precision_macro", macro_precision, all),
        ("recall_macro", macro_recall, all),
        ("f1_macro", macro_f1, all),
        ("precision_weighted", per_class.weighted_precision(), all),
        ("recall_weighted", accuracy, all),
        ("f1_weighted", per_class.weighted_f1(), all),
    ]
}

/// What the scores of the positive class tell.
fn of_scores(sketch: &Classification) -> Vec<Figure> {
    let scores = sketch.scores.as_ref().map(by_count).unwrap_or_default();
    let scored = sketch.scored();
    existing([
        ("roc_auc", roc_auc(&scores), scored),
        ("pr_auc", average_precision(&scores), scored),
        ("log_loss", log_loss(sketch), scored),
        ("brier", brier(sketch), scored),
        ("ece", expected_calibration_error(&scores), scored),
    ])
}

fn class_figures(per_class: &PerClass<'_>, class: &str) -> ClassFigures {
    let counts = per_class.of(class);
    ClassFigures {
        class: class.to_owned(),
        labelled: counts.labelled().sum as u64,
        predicted: counts.predicted().sum as u64,
        figures: existing([
            ("precision", counts.precision(), counts.predicted().sum as u64),
            ("recall", counts.recall(), counts.labelled().sum as u64),
            ("f1", counts.f1(), counts.concerned().sum as u64),
        ]),
    }
}
