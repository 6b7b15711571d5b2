//! Groups beside each other, against scipy, and as a property.

#![allow(clippy::unwrap_used)]

use driftline_sketches::Performance;
use driftline_stats::fairness::{Comparison, Criterion, GroupCounts, compare, spreads};
use driftline_stats::multiplicity::adjusted_for_any;
use driftline_stats::performance::Estimate;
use proptest::prelude::*;

/// True and false positives, false and true negatives.
fn group(outcomes: [u64; 4]) -> Performance {
    let mut performance = Performance::new();
    let classification = performance.classification.get_or_insert_default();
    let cells = [("yes", "yes"), ("no", "yes"), ("yes", "no"), ("no", "no")];
    for ((label, predicted), count) in cells.into_iter().zip(outcomes) {
        classification.add(label, predicted, count);
    }
    performance
}

fn counts(outcomes: [u64; 4]) -> GroupCounts {
    GroupCounts::new(&group(outcomes), "yes")
}

fn of(found: &[Comparison], criterion: Criterion) -> Comparison {
    *found.iter().find(|comparison| comparison.criterion == criterion).unwrap()
}

fn assert_close(found: Estimate, expected: [f64; 3]) {
    for (number, expected) in [found.value, found.low, found.high].into_iter().zip(expected) {
        assert!((number - expected).abs() < 1e-9, "{found:?}, expected {expected}");
    }
}

#[test]
fn differences_are_newcombe_s() {
    // Of scipy.stats.binomtest(56, 70) and (48, 80) .proportion_ci(method="wilson"), squared distances added.
    let found = compare(&counts([56, 0, 14, 0]), &counts([48, 0, 32, 0]), 1);
    let recall = of(&found, Criterion::EqualOpportunity);
    assert_close(recall.difference, [0.2, 0.052_431_472_402_364_84, 0.333_872_654_036_905_9]);
    // scipy.stats.fisher_exact([[56, 48], [14, 32]])
    assert!((recall.p_value - 0.012_521_129_749_209_155).abs() < 1e-9, "{}", recall.p_value);
    // exp(log(r) -+ z * sqrt(1 / 56.5 - 1 / 70.5 + 1 / 48.5 - 1 / 80.5)), r = (56.5 / 70.5) / (48.5 / 80.5)
    let centre: f64 = (56.5 / 70.5) / (48.5 / 80.5);
    let error = (1.0 / 56.5 - 1.0 / 70.5 + 1.0 / 48.5 - 1.0 / 80.5_f64).sqrt() * 1.959_963_984_540_054;
    assert_close(recall.ratio.unwrap(), [0.8 / 0.6, centre / error.exp(), centre * error.exp()]);
    assert_eq!((recall.group_rows, recall.reference_rows), (70, 80));
}

#[test]
fn every_criterion_is_told_of_its_own_records() {
    let (left, right) = (counts([30, 10, 20, 40]), counts([60, 5, 15, 70]));
    let found = compare(&left, &right, 1);
    let value = |criterion| of(&found, criterion).difference.value;
    let differences = [
        (Criterion::DemographicParity, 40.0 / 100.0 - 65.0 / 150.0),
        (Criterion::EqualOpportunity, 30.0 / 50.0 - 60.0 / 75.0),
        (Criterion::FalsePositiveRate, 10.0 / 50.0 - 5.0 / 75.0),
        (Criterion::EqualizedOdds, 0.2),
        (Criterion::PredictiveParity, 30.0 / 40.0 - 60.0 / 65.0),
        (Criterion::Accuracy, 70.0 / 100.0 - 130.0 / 150.0),
    ];
    for (criterion, expected) in differences {
        assert!((value(criterion) - expected).abs() < 1e-12, "{criterion:?}");
    }
    assert_eq!(found.len(), differences.len(), "no scores, no calibration");
    let odds = of(&found, Criterion::EqualizedOdds);
    let p_values =
        [Criterion::EqualOpportunity, Criterion::FalsePositiveRate].map(|each| of(&found, each).p_value);
    assert!((odds.p_value - 2.0 * p_values[0].min(p_values[1])).abs() < 1e-12);
    let names: Vec<_> = compare(&left, &right, 60).iter().map(|each| each.criterion.name()).collect();
    assert_eq!(names, ["demographic_parity", "accuracy"], "of the others one side has fewer than 60");
}

#[test]
fn calibration_is_label_minus_score() {
    let scored = |labels: &[bool], score: f64| {
        let mut performance = Performance::new();
        let scores = vec![score; labels.len()];
        performance.classification.get_or_insert_default().add_scores(labels, &scores);
        GroupCounts::new(&performance, "yes")
    };
    let labels: Vec<bool> = (0..200).map(|row| row % 4 == 0).collect();
    let found = compare(&scored(&labels, 0.45), &scored(&labels, 0.25), 1);
    let gap = of(&found, Criterion::Calibration);
    let bin = 0.5 / 1024.0;
    assert!((gap.group.unwrap().value + 0.2).abs() < bin, "{gap:?}");
    assert!((gap.difference.value + 0.2).abs() < 2.0 * bin, "{gap:?}");
    let error = 1.959_963_984_540_054 * (2.0 * 0.25 * 0.75 / 199.0_f64).sqrt() + 2.0 * bin;
    assert!((gap.difference.high - gap.difference.value - error).abs() < 1e-9, "{gap:?}");
    assert_eq!(found.len(), 1);
}

#[test]
fn decisions_are_of_all_predictions_where_they_were_counted() {
    let mut performance = group([3, 1, 2, 4]);
    assert_eq!(GroupCounts::new(&performance, "yes").decisions, 10, "labelled ones stand for all");
    (performance.decisions.made, performance.decisions.positive) = (50, 20);
    let counted = GroupCounts::new(&performance, "yes");
    assert_eq!((counted.decisions, counted.positive_decisions), (50, 20));
    let unknown = GroupCounts::new(&group([3, 1, 2, 4]), "");
    assert_eq!((unknown.decisions, unknown.judged, unknown.right), (0, 10, 7));
}

#[test]
fn spreads_hold_for_all_pairs() {
    let groups =
        [counts([40, 20, 10, 30]), counts([20, 10, 30, 40]), counts([30, 12, 20, 38]), counts([1, 1, 1, 1])];
    let found = spreads(&groups, 50);
    let parity = found.iter().find(|spread| spread.criterion == Criterion::DemographicParity).unwrap();
    assert_eq!((parity.groups, parity.lowest, parity.highest), (3, 1, 0));
    assert!((parity.difference.value - 0.3).abs() < 1e-12);
    assert!((parity.ratio.unwrap().value - 0.5).abs() < 1e-12);
    let pair = of(&compare(&groups[0], &groups[1], 1), Criterion::DemographicParity).difference;
    assert!(
        parity.difference.low < pair.low && parity.difference.high > pair.high,
        "three pairs at once are wider"
    );
    let odds = found.iter().find(|spread| spread.criterion == Criterion::EqualizedOdds).unwrap();
    assert!((odds.difference.value - 0.4).abs() < 1e-12, "recall 0.8 and 0.4");
    assert!(spreads(&groups[3..], 1).is_empty(), "one group has no spread");
}

#[test]
fn no_hits_have_an_interval() {
    let found = compare(&counts([0, 0, 50, 50]), &counts([0, 0, 60, 40]), 1);
    let parity = of(&found, Criterion::DemographicParity);
    assert_eq!((parity.difference.value, parity.ratio, parity.p_value), (0.0, None, 1.0));
    assert!(parity.difference.low < 0.0 && parity.difference.high > 0.0);
    let found = compare(&counts([0, 0, 50, 50]), &counts([30, 0, 60, 10]), 1);
    let ratio = of(&found, Criterion::DemographicParity).ratio.unwrap();
    assert!(ratio.value == 0.0 && ratio.low == 0.0 && ratio.high > 0.0 && ratio.high < 0.3, "{ratio:?}");
}

#[test]
fn holm_s_p_values() {
    // R: p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")
    let found = adjusted_for_any(&[0.01, 0.04, 0.03, 0.005]);
    for (found, expected) in found.into_iter().zip([0.03, 0.06, 0.06, 0.02]) {
        assert!((found - expected).abs() < 1e-12);
    }
    assert_eq!(adjusted_for_any(&[0.9, 0.8]), [1.0, 1.0]);
}

proptest! {
    #[test]
    fn a_part_taken_out_leaves_the_rest(left in any::<[u16; 4]>(), right in any::<[u16; 4]>()) {
        let (left, right) = (counts(left.map(u64::from)), counts(right.map(u64::from)));
        prop_assert_eq!(left.plus(right), right.plus(left));
        prop_assert_eq!(left.plus(right).minus(left), right);
    }

    #[test]
    fn intervals_hold_their_value_and_turn_with_the_sides(left in any::<[u8; 4]>(), right in any::<[u8; 4]>()) {
        let (left, right) = (counts(left.map(u64::from)), counts(right.map(u64::from)));
        let (found, turned) = (compare(&left, &right, 1), compare(&right, &left, 1));
        prop_assert_eq!(found.len(), turned.len());
        for (one, other) in found.iter().zip(&turned) {
            for estimate in [Some(one.difference), one.ratio].into_iter().flatten() {
                prop_assert!(estimate.low <= estimate.value && estimate.value <= estimate.high, "{:?}", one);
            }
            prop_assert!((0.0..=1.0).contains(&one.p_value));
            prop_assert!((one.p_value - other.p_value).abs() < 1e-9);
            if one.criterion != Criterion::EqualizedOdds {
                prop_assert!((one.difference.low + other.difference.high).abs() < 1e-12);
            }
        }
    }
}
