//! Performance: counts merge exactly, sums up to rounding.

use std::collections::BTreeMap;

use driftline_sketches::performance::{ErrorSpread, LabelPowers, MAX_CLASSES, OTHER_CLASS};
use driftline_sketches::{Classification, Performance, Regression, ScoreHistogram};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::streams::cut;
use crate::{assert_exact_monoid, fold, tree};

/// Label, predicted class, score.
pub(crate) type Row = (u32, u32, f64);

pub(crate) fn rows(classes: u32) -> impl Strategy<Value = Vec<Row>> {
    let score = prop_oneof![9 => 0.0..=1.0f64, 1 => prop_oneof![Just(f64::NAN), Just(-0.1), Just(1.5)]];
    vec((0..classes, 0..classes, score), 0..300)
}

fn performance_of(rows: &[Row]) -> Performance {
    let mut performance = Performance::new();
    for (label, predicted, score) in rows {
        performance.predictions += 2;
        performance.labels += 1;
        performance.decisions.made += 1;
        performance.decisions.positive += u64::from(*predicted == 0);
        performance.newest_label = performance.newest_label.max(Some(i64::from(*predicted)));
        performance.delay.add_counted(f64::from(*label), 1);
        let classification = performance.classification.get_or_insert_default();
        classification.add(&format!("class {label:03}"), &format!("class {predicted:03}"), 1);
        classification.add_scores(&[*label == 0], &[*score]);
        let regression = performance.regression.get_or_insert_default();
        regression.add_slice(&[f64::from(*label)], &[*score]);
        performance.predicted_scores.get_or_insert_default().add(*predicted == 0, *score);
    }
    performance
}

fn exact_part(performance: &Performance) -> impl PartialEq + std::fmt::Debug + use<> {
    let classification = performance.classification.as_ref().map(|quality| {
        let confusion: Vec<_> = quality
            .confusion()
            .map(|(label, predicted, count)| (label.to_owned(), predicted.to_owned(), count))
            .collect();
        (confusion, quality.scores.clone(), quality.scored())
    });
    let regression = performance.regression.as_ref().map(|quality| (quality.count(), quality.skipped));
    let labels = (performance.labels, performance.newest_label);
    (
        (performance.predictions, performance.decisions),
        labels,
        performance.delay.clone(),
        classification,
        regression,
        performance.predicted_scores.clone(),
    )
}

proptest! {
    #[test]
    fn performance_merges(rows in rows(150), cuts in vec(any::<Index>(), 0..5), turn in any::<u64>()) {
        let whole = performance_of(&rows);
        let parts: Vec<_> = cut(&rows, &cuts, turn).iter().map(|part| performance_of(part)).collect();
        for merged in [fold(&parts, Performance::new(), Performance::merge), tree(&parts, Performance::new(), Performance::merge)] {
            prop_assert_eq!(exact_part(&merged), exact_part(&whole));
            if let (Some(merged), Some(whole)) = (&merged.classification, &whole.classification) {
                prop_assert!((merged.log_loss_sum() - whole.log_loss_sum()).abs() <= 1e-9 * whole.log_loss_sum());
                prop_assert!((merged.brier_sum() - whole.brier_sum()).abs() <= 1e-9 * whole.brier_sum());
                let squares = [merged.squares(), whole.squares()].map(|squares| squares.map(|of| [of.log_loss, of.brier]));
                prop_assert_eq!(squares[0].is_some(), squares[1].is_some());
                for (merged, whole) in squares[0].iter().flatten().zip(squares[1].iter().flatten()) {
                    prop_assert!((merged - whole).abs() <= 1e-9 * whole);
                }
            }
            if let (Some(merged), Some(whole)) = (&merged.regression, &whole.regression) {
                prop_assert!((merged.sum_abs_error - whole.sum_abs_error).abs() <= 1e-9 * whole.sum_abs_error);
                assert_same_spread(merged.spread.as_ref(), whole.spread.as_ref());
            }
        }
        let mut same = whole.clone();
        same.merge(&Performance::new());
        prop_assert_eq!(&same, &whole);
        prop_assert_eq!(whole.is_empty(), rows.is_empty());
    }

    #[test]
    fn confusion_tells_the_first_classes_apart_in_any_order(
        rows in rows(150), cuts in vec(any::<Index>(), 0..5), turn in any::<u64>(),
    ) {
        let quality_of = |rows: &[Row]| {
            let mut quality = Classification::new();
            for (label, predicted, _) in rows {
                quality.add(&format!("{label:03}"), &format!("{predicted:03}"), 1);
            }
            quality
        };
        let whole = quality_of(&rows);
        let mut classes: Vec<String> = rows.iter().flat_map(|row| [row.0, row.1]).map(|class| format!("{class:03}")).collect();
        classes.sort_unstable();
        classes.dedup();
        classes.truncate(MAX_CLASSES);
        prop_assert!(whole.classes().eq(classes.iter().map(String::as_str)));
        let known = |class: u32| {
            let name = format!("{class:03}");
            if classes.contains(&name) { name } else { OTHER_CLASS.to_owned() }
        };
        let mut exact: BTreeMap<(String, String), u64> = BTreeMap::new();
        for (label, predicted, _) in &rows {
            *exact.entry((known(*label), known(*predicted))).or_default() += 1;
        }
        let cells = exact.iter().map(|((label, predicted), count)| (label.as_str(), predicted.as_str(), *count));
        prop_assert!(whole.confusion().eq(cells));
        let parts: Vec<_> = cut(&rows, &cuts, turn).iter().map(|part| quality_of(part)).collect();
        assert_exact_monoid(&whole, &parts, &Classification::new(), Classification::merge);
    }

    #[test]
    fn parts_come_back(rows in rows(100)) {
        let performance = performance_of(&rows);
        let Some(quality) = performance.classification else { return Ok(()) };
        let scores = quality.scores.as_ref().unwrap();
        prop_assert_eq!(&ScoreHistogram::from_parts(scores.iter(), scores.out_of_range()).unwrap(), scores);
        let cells = quality.confusion().map(|(label, predicted, count)| (label.to_owned(), predicted.to_owned(), count));
        let again = Classification::from_parts(
            cells, quality.scores.clone(), quality.log_loss_sum(), quality.brier_sum(), quality.scored(), quality.squares(),
        );
        prop_assert_eq!(again.unwrap(), quality);
        let regression = performance.regression.unwrap();
        let again = Regression::from_parts(
            regression.error.clone(), regression.label.clone(), regression.sum_abs_error, regression.skipped,
            regression.spread.clone(), regression.residuals.clone(),
        );
        prop_assert_eq!(again.unwrap(), regression);
    }
}

proptest! {
    /// What is taken back may come in any part, also in one before that which counted it.
    #[test]
    fn what_is_taken_back_leaves_what_was_never_counted(
        kept in rows(60), wrong in rows(60), cuts in vec(any::<Index>(), 0..5), turn in any::<u64>(),
    ) {
        let all: Vec<_> = kept.iter().chain(&wrong).copied().collect();
        let mut parts: Vec<_> = cut(&all, &cuts, turn).iter().map(|part| performance_of(part)).collect();
        for part in cut(&wrong, &cuts, turn) {
            let retracted = Performance { predictions: 0, ..performance_of(&part) };
            parts.insert(parts.len() / 2, Performance { retracted: Some(Box::new(retracted)), ..Performance::new() });
        }
        let merged = fold(&parts, Performance::new(), Performance::merge);
        prop_assert_eq!(&tree(&parts, Performance::new(), Performance::merge).retracted.is_some(), &merged.retracted.is_some());
        let (net, only) = (merged.net(), performance_of(&kept));
        prop_assert_eq!((net.labels, merged.corrections()), (kept.len() as u64, wrong.len() as u64));
        prop_assert_eq!((net.predictions, &net.delay), (merged.predictions, &merged.delay));
        let close = |left: f64, right: f64, scale: f64| (left - right).abs() <= 1e-9 * (1.0 + scale);
        if let Some(left) = &net.classification {
            let empty = Classification::new();
            let right = only.classification.as_ref().unwrap_or(&empty);
            prop_assert!(left.confusion().eq(right.confusion()));
            prop_assert!(left.classes().eq(right.classes()));
            prop_assert_eq!(left.scored(), right.scored());
            let bins = |quality: &Classification| quality.scores.as_ref().map(|scores| (scores.iter().collect::<Vec<_>>(), scores.out_of_range()));
            prop_assert_eq!(bins(left).unwrap_or_default(), bins(right).unwrap_or_default());
            let whole = merged.classification.as_ref().unwrap();
            prop_assert!(left.log_loss_sum() >= 0.0 && left.brier_sum() >= 0.0);
            prop_assert!(close(left.log_loss_sum(), right.log_loss_sum(), whole.log_loss_sum()));
            prop_assert!(close(left.brier_sum(), right.brier_sum(), whole.brier_sum()));
            let squares = |quality: &Classification| quality.squares().map_or(0.0, |squares| squares.log_loss);
            prop_assert_eq!(left.squares().is_some(), right.squares().is_some());
            prop_assert!(close(squares(left), squares(right), squares(whole)));
        }
        if let Some(left) = &net.regression {
            let empty = Regression::new();
            let right = only.regression.as_ref().unwrap_or(&empty);
            prop_assert_eq!((left.count(), left.skipped), (right.count(), right.skipped));
            let whole = merged.regression.as_ref().unwrap();
            prop_assert!(close(left.sum_abs_error, right.sum_abs_error, whole.sum_abs_error));
            prop_assert_eq!(left.spread.is_some(), right.spread.is_some());
            if let (Some(left), Some(right), Some(whole)) = (&left.spread, &right.spread, &whole.spread) {
                prop_assert_eq!(&left.absolute.downscale_to(0), &right.absolute.downscale_to(0));
                prop_assert_eq!((left.zero_labels, left.labels.count), (right.zero_labels, right.labels.count));
                prop_assert!(close(left.fourth_power_sum, right.fourth_power_sum, whole.fourth_power_sum));
                prop_assert!(close(left.percentage.sum, right.percentage.sum, whole.percentage.sum));
                prop_assert!(close(left.symmetric.squares, right.symmetric.squares, whole.symmetric.squares));
                let sums = |powers: &LabelPowers| [powers.powers, powers.by_error].concat();
                let scale = sums(&whole.labels).into_iter().fold(0.0, |most: f64, sum| most.max(sum.abs()));
                for (left, right) in sums(&left.labels).iter().zip(sums(&right.labels)) {
                    prop_assert!(close(*left, right, scale), "{left} and {right}");
                }
            }
            for (left, right, whole) in [(&left.error, &right.error, &whole.error), (&left.label, &right.label, &whole.label)] {
                prop_assert!(left.sum_sq_dev() >= 0.0);
                prop_assert!(close(left.sum_sq_dev(), right.sum_sq_dev(), whole.sum_sq_dev()));
                prop_assert_eq!(left.mean().is_some(), right.mean().is_some());
                prop_assert!(close(left.mean().unwrap_or(0.0), right.mean().unwrap_or(0.0), 60.0));
                let (low, high) = (left.min().unwrap_or(0.0), left.max().unwrap_or(0.0));
                prop_assert!(low <= left.mean().unwrap_or(0.0) && left.mean().unwrap_or(0.0) <= high);
            }
        }
    }
}

#[test]
fn a_large_offset_taken_back_leaves_no_negative_spread() {
    let mut all = Regression::new();
    let (labels, predictions) = ([1e9 + 0.25, 1e9 + 0.5, 1e9 + 0.75], [1e9; 3]);
    all.add_slice(&labels, &predictions);
    let mut wrong = Regression::new();
    wrong.add_slice(&labels[..1], &predictions[..1]);
    let left = all.without(&wrong);
    assert_eq!(left.label.mean(), Some(1e9 + 0.625));
    assert!((left.label.sum_sq_dev() - 0.03125).abs() < 1e-6, "{}", left.label.sum_sq_dev());
    assert_eq!(left.without(&left), Regression::new());
    assert_eq!(left.without(&Regression::new()), left);
}

#[test]
fn classes_that_are_not_told_apart_are_taken_from_the_others() {
    let mut all = Classification::new();
    for class in 0..MAX_CLASSES + 10 {
        all.add(&format!("{class:03}"), "000", 2);
    }
    let mut wrong = Classification::new();
    wrong.add("070", "000", 1);
    let left = all.without(&wrong);
    let others = left.confusion().find(|(label, ..)| *label == OTHER_CLASS).map(|(_, _, count)| count);
    assert_eq!(others, Some(19));
}

#[test]
fn scores_outside_their_range_are_counted_apart() {
    let mut quality = Classification::new();
    quality.add_scores(&[true, false, true, false], &[1.0, 0.0, f64::NAN, 1.0 + 1e-9]);
    let scores = quality.scores.clone().unwrap();
    assert_eq!(scores.iter().collect::<Vec<_>>(), [(0, 1, 0), (1023, 0, 1)]);
    assert_eq!((scores.out_of_range(), quality.scored()), (2, 2));
    assert!(quality.log_loss_sum().abs() < 1e-14);
    quality.add_scores(&[true], &[0.0]);
    assert!((quality.log_loss_sum() - 15.0 * std::f64::consts::LN_10).abs() < 1e-9);
    assert_eq!(quality.brier_sum(), 1.0);
}

#[test]
fn errors_are_label_minus_prediction() {
    let mut quality = Regression::new();
    quality.add_slice(&[3.0, 1.0, f64::NAN, f64::MAX], &[1.0, 4.0, 0.0, -f64::MAX]);
    assert_eq!((quality.count(), quality.skipped), (2, 2));
    assert_eq!((quality.error.mean(), quality.sum_abs_error), (Some(-0.5), 5.0));
    assert_eq!(quality.label.mean(), Some(2.0));
}

fn assert_same_spread(merged: Option<&ErrorSpread>, whole: Option<&ErrorSpread>) {
    let (Some(merged), Some(whole)) = (merged, whole) else {
        assert_eq!(merged, whole);
        return;
    };
    assert_eq!((&merged.absolute, merged.zero_labels), (&whole.absolute, whole.zero_labels));
    let sums = |spread: &ErrorSpread| {
        let (relative, symmetric, labels) = (spread.percentage, spread.symmetric, spread.labels);
        let sizes =
            [relative.sum, relative.squares, symmetric.sum, symmetric.squares, spread.fourth_power_sum];
        [&sizes[..], &[labels.mean], &labels.powers, &labels.by_error].concat()
    };
    // Odd powers cancel: they err by what the even ones are made of.
    let size = 1.0 + whole.labels.powers[2].abs() + whole.labels.by_error[2].abs();
    for (merged, whole) in sums(merged).into_iter().zip(sums(whole)) {
        assert!((merged - whole).abs() <= 1e-9 * whole.abs().max(size), "{merged} {whole}");
    }
}

#[test]
fn spread_is_that_of_the_pairs() {
    let (labels, predictions) = ([4.0, 0.0, -2.0, 0.0, 1e3], [3.0, 2.0, -2.5, 0.0, 998.0]);
    let mut quality = Regression::new();
    quality.add_slice(&labels[..2], &predictions[..2]);
    let mut other = Regression::new();
    other.add_slice(&labels[2..], &predictions[2..]);
    quality.merge(&other);
    let spread = quality.spread.unwrap();
    let close = |found: f64, exact: f64| (found - exact).abs() <= 1e-12 * exact.abs();
    assert_eq!((spread.zero_labels, spread.absolute.count(), spread.labels.count), (2, 5, 5));
    assert!(close(spread.percentage.sum, 0.25 + 0.25 + 0.002));
    assert!(close(spread.percentage.squares, 0.0625 + 0.0625 + 0.000_004));
    assert!(close(spread.symmetric.sum, 2.0 / 7.0 + 2.0 + 1.0 / 4.5 + 4.0 / 1998.0));
    assert!(close(spread.fourth_power_sum, 1.0 + 16.0 + 0.0625 + 16.0));
    let mean = labels.iter().sum::<f64>() / 5.0;
    assert!(close(spread.labels.mean, mean));
    for (power, found) in (2..).zip(spread.labels.powers) {
        assert!(close(found, labels.iter().map(|label| (label - mean).powi(power)).sum()));
    }
    for (power, found) in (0..).zip(spread.labels.by_error) {
        let terms = labels.iter().zip(predictions).map(|(y, p)| (y - p).powi(2) * (y - mean).powi(power));
        assert!(close(found, terms.sum()));
    }
}

#[test]
fn what_was_counted_without_a_spread_leaves_the_whole_without_one() {
    let mut with = Regression::new();
    with.add_slice(&[1.0], &[2.0]);
    let without = Regression { spread: None, ..with.clone() };
    for (left, right) in [(&with, &without), (&without, &with)] {
        let mut merged = left.clone();
        merged.merge(right);
        assert_eq!((merged.count(), merged.spread), (2, None));
    }
    let mut merged = Regression::new();
    merged.merge(&with);
    assert_eq!(merged, with);
    let mut scored = Classification::new();
    scored.add_scores(&[true], &[0.5]);
    let bare =
        Classification::from_parts([], scored.scores.clone(), scored.log_loss_sum(), 0.25, 1, None).unwrap();
    let mut merged = bare.clone();
    merged.merge(&scored);
    assert_eq!((merged.scored(), merged.squares()), (2, None));
    merged.add_scores(&[true], &[0.5]);
    assert_eq!(merged.squares(), None);
}

#[test]
fn powers_beyond_doubles_stay_beyond() {
    let mut quality = Regression::new();
    quality.add_slice(&[1e200, -1e200], &[0.0, 0.0]);
    let overflown = quality.spread.clone().unwrap().labels;
    assert_eq!((overflown.powers, overflown.by_error), ([f64::INFINITY; 3], [f64::INFINITY; 3]));
    let mut other = Regression::new();
    other.add_slice(&[1.0], &[2.0]);
    other.merge(&quality);
    assert_eq!(other.spread.unwrap().labels.powers, [f64::INFINITY; 3]);
}
