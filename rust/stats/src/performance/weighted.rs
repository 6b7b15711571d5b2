//! Figures of labelled predictions that count as much as their weights say.

use driftline_sketches::performance::{Weighted, WeightedSums};
use driftline_sketches::{Classification, Performance};

use super::auc::roc_auc;
use super::average_precision::average_precision;
use super::calibration::expected_calibration_error;
use super::classification::{is_binary, is_folded, of_classes};
use super::confusion::{Cell, PerClass, effective};
use super::error_quantiles;
use super::estimate::Estimate;
use super::score_bins::{ScoreBin, by_weight, total};

/// A weighted figure and its 95% interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WeightedFigure {
    /// What it is called at all doors: as the figure without weights.
    pub name: &'static str,
    /// The figure.
    pub estimate: Estimate,
    /// How many records of equal weight would tell as much: the squared sum of the weights over the sum of their
    /// squares (Kish 1965).
    pub effective_rows: f64,
}

/// The figures that the weighted records of a performance allow, `positive` as in
/// [`classification`](super::classification()). A model is binary where it is so without weights.
pub fn weighted(performance: &Performance, positive: &str) -> Vec<WeightedFigure> {
    let Some(sketch) = &performance.weighted else { return Vec::new() };
    let mut figures = Vec::new();
    if let Some(classification) = &performance.classification {
        figures.extend(of_confusion(sketch, classification, positive));
    }
    figures.extend(figure("log_loss", &sketch.log_loss, Estimate::log_normal));
    figures.extend(figure("brier", &sketch.brier, Estimate::log_normal));
    figures.extend(figure("mae", &sketch.absolute_error, Estimate::log_normal));
    let squared = figure("mse", &sketch.squared_error, Estimate::log_normal);
    figures.extend(squared);
    figures.extend(squared.map(|mse| WeightedFigure {
        name: "rmse",
        estimate: mse.estimate.map(f64::sqrt),
        ..mse
    }));
    figures.extend(figure("bias", &sketch.error, |mean, error| Estimate::normal(-mean, error)));
    figures.extend(of_scores(sketch));
    figures.extend(of_labels(sketch));
    figures.extend(of_absolute_errors(sketch));
    figures
}

/// Whether weights were kept for both alike, up to rounding: those of a time that knew fewer sums were not.
fn are_all(some: f64, all: f64) -> bool {
    (some - all).abs() <= 1e-6 * all
}

fn of_scores(sketch: &Weighted) -> Vec<WeightedFigure> {
    let all: f64 = sketch.scores.iter().map(|bin| bin.1.sum + bin.2.sum).sum();
    if !all.is_finite() || all <= 0.0 || !are_all(all, sketch.log_loss.weights.sum) {
        return Vec::new();
    }
    let bins = by_weight(&sketch.scores, all);
    let effective_rows = effective(total(&bins, ScoreBin::rows));
    let found = [
        ("roc_auc", roc_auc(&bins)),
        ("pr_auc", average_precision(&bins)),
        ("ece", expected_calibration_error(&bins)),
    ];
    let found = found.into_iter().filter(|_| effective_rows.is_finite() && effective_rows > 0.0);
    found
        .filter_map(|(name, estimate)| Some(WeightedFigure { name, estimate: estimate?, effective_rows }))
        .collect()
}

/// What the labels' own sizes have a part in.
fn of_labels(sketch: &Weighted) -> Vec<WeightedFigure> {
    let all = sketch.absolute_error.weights.sum;
    let mut figures = Vec::new();
    if are_all(sketch.labels.weight, all) {
        figures.extend(r2(sketch));
    }
    if are_all(sketch.symmetric.weights.sum, all) {
        figures.extend(figure("mape", &sketch.percentage, Estimate::log_normal));
        figures.extend(figure("smape", &sketch.symmetric, Estimate::log_normal));
    }
    figures
}

fn of_absolute_errors(sketch: &Weighted) -> Vec<WeightedFigure> {
    let errors = &sketch.absolute_errors;
    let all = errors.iter().fold(errors.zeros().sum, |sum, bucket| sum + bucket.1.sum);
    let others = sketch.absolute_error.weights.sum;
    // What has left the range of doubles hides whether all were kept.
    if !all.is_finite() || all <= 0.0 || !others.is_finite() || !are_all(all, others) {
        return Vec::new();
    }
    let buckets = error_quantiles::by_weight(errors, all);
    let effective_rows = effective(error_quantiles::total(&buckets));
    if effective_rows.is_nan() || effective_rows < 2.0 {
        return Vec::new();
    }
    let found = [("median_absolute_error", 0.5), ("p95_absolute_error", 0.95)].into_iter();
    found
        .filter_map(|(name, q)| {
            let estimate = error_quantiles::quantile(&buckets, q)?;
            Some(WeightedFigure { name, estimate, effective_rows })
        })
        .collect()
}

/// As without weights: the logarithm of `1 - r2`, a ratio of two means, as normal; here with the variance of the
/// weighted means' terms.
fn r2(sketch: &Weighted) -> Option<WeightedFigure> {
    let (errors, labels) = (&sketch.squared_error, &sketch.labels);
    let effective_rows = effective(errors.weights);
    if effective_rows.is_nan() || effective_rows < 2.0 {
        return None;
    }
    let unexplained = errors.sum / labels.deviations;
    let terms = errors.squares / errors.sum / errors.sum
        + labels.powers[4] / labels.deviations / labels.deviations
        - 2.0 * labels.by_error[2] / errors.sum / labels.deviations;
    let estimate = if unexplained == 0.0 {
        Estimate::checked(1.0, 1.0, 1.0)?
    } else {
        let around = Estimate::log_normal(unexplained, unexplained * terms.max(0.0).sqrt())?;
        Estimate::checked(1.0 - unexplained, 1.0 - around.high, 1.0 - around.low)?
    };
    Some(WeightedFigure { name: "r2", estimate, effective_rows })
}

fn of_confusion(sketch: &Weighted, classification: &Classification, positive: &str) -> Vec<WeightedFigure> {
    let judged = || sketch.confusion.iter().filter(|cell| !is_folded(cell.0, cell.1));
    let all: f64 = judged().map(|cell| cell.2.sum).sum();
    if !all.is_finite() || all <= 0.0 {
        return Vec::new();
    }
    // No figure changes with the scale of the weights, and shares of all neither overflow nor vanish when multiplied.
    let cells: Vec<Cell<'_>> =
        judged().map(|(label, predicted, weights)| (label, predicted, weights.over(all))).collect();
    let binary = is_binary(classification, positive).then_some(positive);
    let found = of_classes(&PerClass::new(&cells), binary).into_iter();
    found
        .filter_map(|(name, estimate, effective_rows)| {
            Some(WeightedFigure { name, estimate: estimate?, effective_rows })
        })
        .collect()
}

/// A weighted mean with its linearised variance; none with less than two effective records.
fn figure(
    name: &'static str,
    sums: &WeightedSums,
    interval: impl Fn(f64, f64) -> Option<Estimate>,
) -> Option<WeightedFigure> {
    let effective_rows = effective(sums.weights);
    if effective_rows.is_nan() || effective_rows < 2.0 {
        return None;
    }
    let mean = sums.sum / sums.weights.sum;
    let deviations = sums.squares - 2.0 * mean * sums.by_square + mean * mean * sums.weights.squares;
    // As with equal weights: one record less than there are.
    let correction = effective_rows / (effective_rows - 1.0);
    let error = (deviations.max(0.0) * correction).sqrt() / sums.weights.sum;
    Some(WeightedFigure { name, estimate: interval(mean, error)?, effective_rows })
}
