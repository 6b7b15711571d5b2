//! Performance: counts merge exactly, sums up to rounding.

use std::collections::BTreeMap;

use driftline_sketches::performance::{MAX_CLASSES, OTHER_CLASS};
use driftline_sketches::{Classification, Performance, Regression, ScoreHistogram};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::streams::cut;
use crate::{assert_exact_monoid, fold, tree};

/// Label, predicted class, score.
type Row = (u32, u32, f64);

fn rows(classes: u32) -> impl Strategy<Value = Vec<Row>> {
    let score = prop_oneof![9 => 0.0..=1.0f64, 1 => prop_oneof![Just(f64::NAN), Just(-0.1), Just(1.5)]];
    vec((0..classes, 0..classes, score), 0..300)
}

fn performance_of(rows: &[Row]) -> Performance {
    let mut performance = Performance::new();
    for (label, predicted, score) in rows {
        performance.predictions += 2;
        performance.labels += 1;
        performance.delay.add_counted(f64::from(*label), 1);
        let classification = performance.classification.get_or_insert_default();
        classification.add(&format!("class {label:03}"), &format!("class {predicted:03}"), 1);
        classification.add_scores(&[*label == 0], &[*score]);
        let regression = performance.regression.get_or_insert_default();
        regression.add_slice(&[f64::from(*label)], &[*score]);
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
    (performance.predictions, performance.labels, performance.delay.clone(), classification, regression)
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
            }
            if let (Some(merged), Some(whole)) = (&merged.regression, &whole.regression) {
                prop_assert!((merged.sum_abs_error - whole.sum_abs_error).abs() <= 1e-9 * whole.sum_abs_error);
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
            cells, quality.scores.clone(), quality.log_loss_sum(), quality.brier_sum(), quality.scored(),
        );
        prop_assert_eq!(again.unwrap(), quality);
        let regression = performance.regression.unwrap();
        let again = Regression::from_parts(
            regression.error.clone(), regression.label.clone(), regression.sum_abs_error, regression.skipped,
        );
        prop_assert_eq!(again.unwrap(), regression);
    }
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
