use driftline_sketches::Classification;
use driftline_sketches::performance::MAX_CLASSES;
use driftline_stats::concept::{CalibrationWatch, Condition, NotWatched};

fn confusion(counts: &[(&str, &str, u64)]) -> Classification {
    let mut classification = Classification::new();
    for (label, predicted, count) in counts {
        classification.add(label, predicted, *count);
    }
    classification
}

/// Labels of each predicted class are as in the reference; how often each is predicted is not.
#[test]
fn predictions_that_move_are_no_evidence_and_labels_that_do_are() {
    let reference = confusion(&[("a", "a", 8_000), ("b", "a", 2_000), ("b", "b", 900), ("c", "b", 100)]);
    let mut watch = CalibrationWatch::new(&reference, 0.001).unwrap();
    for _ in 0..20 {
        watch.observe(&confusion(&[("a", "a", 80), ("b", "a", 20), ("b", "b", 9_000), ("c", "b", 1_000)]));
    }
    assert!(watch.log_e_value() < 0.0);
    watch.observe(&confusion(&[("a", "a", 80), ("b", "a", 20), ("b", "b", 500), ("c", "b", 500)]));
    assert!(watch.log_e_value() > 20.0);
    assert_eq!(watch.since(), Some(20));
    let of_b = |label: &str| Condition::Class { predicted: "b".into(), label: label.into() };
    let surest = watch.strata().max_by(|one, other| one.log_e_value.total_cmp(&other.log_e_value)).unwrap();
    assert!([of_b("b"), of_b("c")].contains(&surest.condition));
    assert_eq!((watch.strata().len(), watch.reference_records()), (4, 11_000));
}

#[test]
fn more_classes_than_are_told_apart_are_not_watched() {
    let mut many = Classification::new();
    for class in 0..=MAX_CLASSES {
        many.add(&format!("{class:03}"), "000", 10);
    }
    let found = CalibrationWatch::new(&many, 0.01).map(|_| ());
    assert_eq!(found, Err(NotWatched::TooManyClasses));
    let few = CalibrationWatch::new(&confusion(&[("a", "a", 5)]), 0.01).unwrap();
    assert_eq!(few.check(&many), Err(NotWatched::TooManyClasses));
    let mut scored = Classification::new();
    scored.add_scores(&[true, false], &[0.1, 0.2]);
    assert_eq!(CalibrationWatch::new(&scored, 0.01).unwrap().check(&many), Ok(()));
}
