//! Figures of model quality against scikit-learn, scipy and the bootstrap.

#![allow(clippy::unwrap_used)]

mod support;

use driftline_sketches::{Classification, Regression};
use driftline_stats::performance::{Estimate, classification, coverage, proportion, regression};
use support::{bell, close, table, uniforms};

/// Half the width of a 95% interval, in standard errors.
const Z: f64 = 1.959_963_984_540_054;

fn binary_rows() -> (Vec<bool>, Vec<f64>) {
    let labels: Vec<bool> = uniforms(21, 1200).iter().map(|u| *u < 0.3).collect();
    let raised = |(u, label): (&f64, &bool)| (u + if *label { 0.5 } else { 0.0 }) / 1.5;
    let scores = uniforms(22, 1200).iter().zip(&labels).map(raised).collect();
    (labels, scores)
}

fn name(class: bool) -> &'static str {
    if class { "yes" } else { "no" }
}

fn binary() -> Classification {
    let (labels, scores) = binary_rows();
    let mut sketch = Classification::new();
    for (label, score) in labels.iter().zip(&scores) {
        sketch.add(name(*label), name(*score > 0.5), 1);
    }
    sketch.add_scores(&labels, &scores);
    sketch
}

fn assert_estimate(found: Option<Estimate>, (value, low, high): (f64, f64, f64)) {
    let found = found.unwrap();
    for (number, expected) in [(found.value, value), (found.low, low), (found.high, high)] {
        assert!(close(number, expected, 1e-9), "{found:?}, expected {value} [{low}, {high}]");
    }
}

/// The interval must be as wide as a resampling says, within `share`.
fn assert_width(found: &Estimate, standard_error: f64, share: f64) {
    let ratio = (found.high - found.low) / (2.0 * Z * standard_error);
    assert!((ratio - 1.0).abs() < share, "{found:?} is {ratio} times as wide as the standard error says");
}

#[test]
fn binary_figures_agree() {
    let report = classification(&binary(), "yes");
    assert_eq!((report.labelled, report.unjudged, report.average), (1200, 0, "binary"));
    assert_estimate(report.get("accuracy"), table::ACCURACY);
    assert_estimate(report.get("precision"), table::PRECISION);
    assert_estimate(report.get("recall"), table::RECALL);
    let (f1, exact_auc, binned_auc, log_loss) = table::BINARY;
    let (f1_error, auc_error, log_loss_error) = table::BINARY_ERRORS;
    let found = report.get("f1").unwrap();
    assert!(close(found.value, f1, 1e-12));
    assert_width(&found, f1_error, 0.1);
    let found = report.get("roc_auc").unwrap();
    assert!(close(found.value, binned_auc, 1e-12), "{found:?} {binned_auc}");
    assert!((found.value - exact_auc).abs() < 1e-3);
    assert_width(&found, auc_error, 0.15);
    let found = report.get("log_loss").unwrap();
    assert!(close(found.value, log_loss, 1e-12));
    assert_width(&found, log_loss_error, 1e-3);
}

#[test]
fn binary_counts_are_of_the_positive_class() {
    let mut sketch = Classification::new();
    for (label, predicted, count) in [("yes", "yes", 5), ("yes", "no", 2), ("no", "yes", 3), ("no", "no", 7)]
    {
        sketch.add(label, predicted, count);
    }
    let report = classification(&sketch, "yes");
    assert_eq!(report.confusion.len(), 4);
    assert_eq!(report.confusion.iter().map(|cell| cell.2).sum::<u64>(), 17);
    let counts =
        [report.true_positives, report.false_positives, report.false_negatives, report.true_negatives];
    assert_eq!(counts, [Some(5), Some(3), Some(2), Some(7)]);
    let mirrored = classification(&sketch, "no");
    assert_eq!(mirrored.true_positives, Some(7));
    assert_eq!(report.get("roc_auc"), None);
    assert_eq!(report.get("log_loss"), None);
}

#[test]
fn three_classes_average() {
    let class = |u: f64| ["a", "b", "c"][(u * 3.0) as usize];
    let labels: Vec<&str> = uniforms(23, 900).into_iter().map(class).collect();
    let right = uniforms(24, 900);
    let guesses = uniforms(25, 900);
    let mut sketch = Classification::new();
    for (row, label) in labels.iter().enumerate() {
        sketch.add(label, if right[row] < 0.6 { label } else { class(guesses[row]) }, 1);
    }
    let report = classification(&sketch, "a");
    assert_eq!((report.average, report.true_positives), ("macro", None));
    let (precision, recall, f1) = table::MACRO;
    let errors = table::MACRO_ERRORS;
    for (found, expected, error) in [
        (report.get("precision"), precision, errors.0),
        (report.get("recall"), recall, errors.1),
        (report.get("f1"), f1, errors.2),
    ] {
        assert!(close(found.unwrap().value, expected, 1e-12), "{found:?} {expected}");
        assert_width(&found.unwrap(), error, 0.1);
    }
}

#[test]
fn regression_figures_agree() {
    let labels: Vec<f64> = bell(26, 1500).into_iter().map(|x| x * 3.0).collect();
    let predictions: Vec<f64> = labels.iter().zip(bell(27, 1500)).map(|(y, e)| y + e + 0.1).collect();
    let mut sketch = Regression::new();
    sketch.add_slice(&labels, &predictions);
    let report = regression(&sketch);
    assert_eq!(report.count, 1500);
    let (mae, rmse, r2, bias) = table::REGRESSION;
    let errors = table::REGRESSION_ERRORS;
    // The errors are sums of four uniform numbers (kurtosis 2.7), so the normal assumption is a
    // little wide for RMSE; the interval of R2 is a bound.
    for (found, expected, error, share) in [
        (report.get("mae"), mae, errors.0, 0.1),
        (report.get("rmse"), rmse, errors.1, 0.2),
        (report.get("r2"), r2, errors.2, 0.1),
        (report.get("bias"), bias, errors.3, 0.1),
    ] {
        assert!(close(found.unwrap().value, expected, 1e-12), "{found:?} {expected}");
        assert_width(&found.unwrap(), error, share);
    }
}

#[test]
fn shares_agree_with_wilson() {
    assert!(close(proportion(0, 10).unwrap().high, 0.277_532_799_862_889_26, 1e-9));
    assert_eq!(proportion(0, 0), None);
    let found = coverage(1, 1);
    assert_eq!((found.value, found.high), (1.0, 1.0));
    assert_eq!(coverage(0, 0), Estimate { value: 0.0, low: 0.0, high: 1.0 });
    assert_eq!(coverage(5, 4).value, 1.0);
}

#[test]
fn perfect_and_hopeless_models_keep_an_interval() {
    let mut sketch = Classification::new();
    sketch.add("yes", "yes", 40);
    sketch.add("no", "no", 60);
    sketch.add_scores(&[true, true, false, false], &[0.9, 0.8, 0.1, 0.2]);
    let report = classification(&sketch, "yes");
    for figure in [
        report.get("accuracy"),
        report.get("precision"),
        report.get("recall"),
        report.get("f1"),
        report.get("roc_auc"),
    ] {
        let figure = figure.unwrap();
        assert!(
            figure.value == 1.0 && figure.high == 1.0 && figure.low > 0.3 && figure.low < 1.0,
            "{figure:?}"
        );
    }
    let mut wrong = Classification::new();
    wrong.add("yes", "no", 3);
    let report = classification(&wrong, "yes");
    assert_eq!(report.get("precision"), None);
    assert_eq!(report.get("recall").unwrap().value, 0.0);
    assert_eq!(report.get("f1").unwrap().value, 0.0);
}

#[test]
fn confident_mistakes_widen_log_loss() {
    // Losses next to a likelihood of 0 range from 7 to 35 within one bin: the interval must not be too narrow.
    let scores: Vec<f64> = uniforms(51, 500).into_iter().map(|u| (u * u * u * u).powi(3)).collect();
    let labels = vec![true; scores.len()];
    let mut sketch = Classification::new();
    sketch.add_scores(&labels, &scores);
    let losses: Vec<f64> = scores.iter().map(|score| -score.max(1e-15).ln()).collect();
    let n = losses.len() as f64;
    let mean = losses.iter().sum::<f64>() / n;
    let variance = losses.iter().map(|loss| (loss - mean).powi(2)).sum::<f64>() / (n - 1.0);
    // Counted with the squares, and as of a time that had none.
    for (sketch, widest) in [(&sketch, 1.0 + 1e-9), (&without_squares(&sketch), 1.3)] {
        let found = classification(sketch, "yes").get("log_loss").unwrap();
        assert!(close(found.value, mean, 1e-12));
        let ratio = (found.high - found.value) / (Z * (variance / n).sqrt());
        assert!((1.0 - 1e-9..widest).contains(&ratio), "{found:?} is {ratio} times as wide as the rows say");
    }
}

fn without_squares(sketch: &Classification) -> Classification {
    let cells = sketch.confusion().map(|(label, predicted, count)| (label.into(), predicted.into(), count));
    let (log_loss, brier) = (sketch.log_loss_sum(), sketch.brier_sum());
    Classification::from_parts(cells, sketch.scores.clone(), log_loss, brier, sketch.scored(), None).unwrap()
}

#[test]
fn figures_of_an_older_time_are_wider() {
    let sketch = binary();
    let (with, without) = (classification(&sketch, "yes"), classification(&without_squares(&sketch), "yes"));
    let width = |found: Option<Estimate>| found.map(|found| found.high - found.low).unwrap();
    assert!(width(with.get("brier")) < width(without.get("brier")));
    assert_eq!(with.get("brier").unwrap().value, without.get("brier").unwrap().value);
    let mut sketch = Regression::new();
    let labels = bell(26, 1500);
    let predictions: Vec<f64> = labels.iter().map(|label| 0.9 * label).collect();
    sketch.add_slice(&labels, &predictions);
    let names = |sketch: &Regression| -> Vec<_> {
        regression(sketch).figures.iter().map(|figure| figure.name).collect()
    };
    let all = names(&sketch);
    assert_eq!(all.len(), 9);
    sketch.spread = None;
    assert_eq!(names(&sketch), all[..5]);
    let rmse = regression(&sketch).get("rmse").unwrap();
    assert!(
        close(rmse.high / rmse.value, (Z / 3000.0_f64.sqrt()).exp(), 1e-12),
        "as of normal errors: {rmse:?}"
    );
}

#[test]
fn folded_classes_are_not_judged_by_each_other() {
    let mut sketch = Classification::new();
    for class in 0..70 {
        let name = format!("class {class:02}");
        sketch.add(&name, &name, 2);
    }
    sketch.add("class 00", "class 69", 1);
    let report = classification(&sketch, "class 00");
    assert_eq!((report.labelled, report.unjudged, report.average), (141, 12, "macro"));
    assert!(close(report.get("accuracy").unwrap().value, 128.0 / 129.0, 1e-12));
    let mut literal = Classification::new();
    literal.add("__other__", "__other__", 3);
    literal.add("yes", "yes", 2);
    let report = classification(&literal, "yes");
    assert_eq!((report.average, report.unjudged, report.true_negatives), ("macro", 3, None));
}

#[test]
fn few_pairs_have_no_interval() {
    let report_of = |labels: &[f64], predictions: &[f64]| {
        let mut sketch = Regression::new();
        sketch.add_slice(labels, predictions);
        regression(&sketch)
    };
    let none = report_of(&[], &[]);
    let one = report_of(&[1.0], &[2.0]);
    for (report, count) in [(none, 0), (one, 1)] {
        assert_eq!(report.count, count);
        assert_eq!([report.get("mae"), report.get("rmse"), report.get("r2"), report.get("bias")], [None; 4]);
    }
    let constant = report_of(&[1.0, 1.0, 1.0], &[2.0, 0.0, 1.0]);
    assert_eq!(constant.get("r2"), None);
    assert!(close(constant.get("mae").unwrap().value, 2.0 / 3.0, 1e-12));
    let huge = report_of(&[1e200, -1e200], &[-1e200, 1e200]);
    assert_eq!((huge.get("rmse"), huge.get("r2")), (None, None));
    let empty = classification(&Classification::new(), "yes");
    assert_eq!(
        (empty.labelled, empty.get("accuracy"), empty.get("f1"), empty.get("log_loss")),
        (0, None, None, None)
    );
}

#[test]
fn ties_inside_a_bin_leave_the_area_open() {
    let mut sketch = Classification::new();
    let labels: Vec<bool> = (0..2000).map(|row| row % 2 == 0).collect();
    sketch.add_scores(&labels, &vec![0.5; 2000]);
    let found = classification(&sketch, "yes").get("roc_auc").unwrap();
    assert_eq!((found.value, found.low, found.high), (0.5, 0.0, 1.0));
    let one_kind = {
        let mut sketch = Classification::new();
        sketch.add_scores(&[true, true], &[0.1, 0.9]);
        classification(&sketch, "yes").get("roc_auc")
    };
    assert_eq!(one_kind, None);
}
