//! Labels find their predictions in any order and correct the window of the prediction.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use driftline_engine::engine::Engine;
use driftline_engine::monitor::{Monitor, Task};
use driftline_engine::query::{PerformanceAnswer, Selection};
use proptest::prelude::*;
use support::{MINUTE, NEW_YEAR, Table, all, header, send};

const DAY: i64 = 24 * 60 * MINUTE;

fn performance(engine: &Engine) -> PerformanceAnswer {
    engine.performance(&all("m"), &[]).unwrap()
}

fn confusion(engine: &Engine) -> Vec<(String, String, u64)> {
    performance(engine).segments[0].classification.as_ref().map(|c| c.confusion.clone()).unwrap_or_default()
}

fn predictions(ids: &[i64], values: &[i64]) -> Table {
    Table::new().integers("prediction_id", ids).integers("prediction", values)
}

fn labels(ids: &[i64], values: &[i64]) -> Table {
    Table::new().integers("prediction_id", ids).integers("label", values)
}

fn owned(rows: &[(&str, &str, u64)]) -> Vec<(String, String, u64)> {
    rows.iter().map(|&(l, p, n)| (l.to_owned(), p.to_owned(), n)).collect()
}

#[test]
fn a_label_corrects_the_window_of_its_prediction_days_later() {
    let engine = Engine::new("w");
    let times = [NEW_YEAR, NEW_YEAR + MINUTE];
    send(&engine, "m", predictions(&[1, 2], &[1, 0]).times("timestamp", &times).build());
    let later = [NEW_YEAR + 3 * DAY; 2];
    engine
        .ingest(
            &header("m"),
            &[labels(&[2, 1], &[1, 1]).times("timestamp", &later).build()],
            NEW_YEAR + 3 * DAY,
        )
        .unwrap();
    let first = Selection { start: Some(NEW_YEAR), end: Some(NEW_YEAR + MINUTE), ..all("m") };
    let answer = engine.performance(&first, &[]).unwrap();
    assert_eq!(answer.segments[0].classification.as_ref().unwrap().confusion, owned(&[("1", "1", 1)]));
    assert_eq!(answer.segments[0].predictions, 1);
    assert_eq!(confusion(&engine), owned(&[("1", "0", 1), ("1", "1", 1)]));
    let (median, _) = performance(&engine).segments[0].delay.unwrap();
    assert!((median / 259_200.0 - 1.0).abs() < 0.01, "{median}");
}

#[test]
fn labels_are_not_records() {
    let engine = Engine::new("w");
    send(&engine, "m", predictions(&[1], &[1]).build());
    send(&engine, "m", labels(&[1], &[1]).build());
    assert_eq!(engine.summary(&all("m"), &[]).unwrap().1.records, 1);
    assert_eq!(performance(&engine).segments[0].predictions, 1);
}

#[test]
fn a_label_for_an_unknown_id_waits_and_then_is_an_orphan() {
    let engine = Engine::new("w");
    send(&engine, "m", predictions(&[1], &[1]).times("timestamp", &[NEW_YEAR]).build());
    send(&engine, "m", labels(&[99], &[0]).build());
    let stats = engine.stats().unwrap();
    assert_eq!(
        (stats.0[0].labels["pending"], stats.1.pending_labels, stats.1.pending_predictions),
        (1, 1, 1)
    );
    let far = NEW_YEAR + 8 * DAY;
    engine.ingest(&header("m"), &[predictions(&[2], &[1]).times("timestamp", &[far]).build()], far).unwrap();
    let stats = engine.stats().unwrap();
    assert_eq!((stats.0[0].labels["pending"], stats.0[0].labels["orphan"]), (0, 1));
    assert_eq!(stats.1.pending_predictions, 1, "the first prediction is past the horizon too");
}

#[test]
fn those_that_wait_are_bounded() {
    let engine = Engine::new("w");
    engine.set_monitor(Monitor { max_pending: 100, ..Monitor::new("m") }).unwrap();
    for minute in 0..50 {
        let ids: Vec<i64> = (minute * 10..minute * 10 + 10).collect();
        let times = [NEW_YEAR - DAY + minute * 30 * MINUTE; 10];
        send(&engine, "m", predictions(&ids, &[1; 10]).times("timestamp", &times).build());
        assert!(engine.stats().unwrap().1.pending_predictions <= 130, "a bucket over the limit at most");
    }
}

#[test]
fn booleans_and_numbers_name_the_same_classes() {
    let engine = Engine::new("w");
    let table = Table::new().integers("prediction", &[1, 0, 1]).booleans("label", &[true, true, false]);
    send(&engine, "m", table.build());
    assert_eq!(confusion(&engine), owned(&[("false", "true", 1), ("true", "false", 1), ("true", "true", 1)]));
}

#[test]
fn a_score_predicts_where_no_prediction_is_given() {
    let engine = Engine::new("w");
    let table = Table::new().floats("score", &[0.9, 0.5, 0.1, 0.2]).integers("label", &[1, 0, 1, 0]);
    send(&engine, "m", table.build());
    let rows = owned(&[("0", "0", 1), ("0", "1", 1), ("1", "0", 1), ("1", "1", 1)]);
    assert_eq!(confusion(&engine), rows);
    let report = performance(&engine).segments[0].classification.clone().unwrap();
    assert!((report.get("roc_auc").unwrap().value - 0.5).abs() < 0.01);
}

#[test]
fn text_classes_take_the_configured_positive_one() {
    let engine = Engine::new("w");
    engine.set_monitor(Monitor { positive_class: "fraud".into(), ..Monitor::new("m") }).unwrap();
    let table = Table::new()
        .text("prediction", &["fraud", "fine", "fine"])
        .floats("score", &[0.9, 0.2, 0.4])
        .text("label", &["fraud", "fine", "fraud"]);
    send(&engine, "m", table.build());
    let report = performance(&engine).segments[0].classification.clone().unwrap();
    assert_eq!(report.average, "binary");
    assert_eq!(report.get("recall").unwrap().value, 0.5);
    assert!((report.get("roc_auc").unwrap().value - 1.0).abs() < 1e-9);
}

#[test]
fn float_predictions_are_a_regression_unless_said_otherwise() {
    let table = || Table::new().floats("prediction", &[1.0, 2.5]).floats("label", &[1.0, 2.0]);
    let engine = Engine::new("w");
    send(&engine, "m", table().build());
    let answer = performance(&engine);
    assert_eq!(answer.segments[0].regression.as_ref().unwrap().get("mae").unwrap().value, 0.25);
    assert!(answer.segments[0].classification.is_none());
    let engine = Engine::new("w");
    engine.set_monitor(Monitor { task: Task::Classification, ..Monitor::new("m") }).unwrap();
    send(&engine, "m", table().build());
    assert_eq!(confusion(&engine), owned(&[("1", "1", 1), ("2", "2.5", 1)]));
}

/// What one step sends.
#[derive(Debug, Clone)]
struct Step {
    labels: bool,
    ids: Vec<usize>,
}

fn steps(count: usize) -> impl Strategy<Value = Vec<Step>> {
    let order = |labels| {
        Just((0..count).collect::<Vec<_>>()).prop_shuffle().prop_flat_map(move |ids| {
            prop::collection::vec(1usize..=count, 1..6).prop_map(move |cuts| {
                let mut cuts: Vec<_> = cuts.into_iter().chain([0, count]).collect();
                cuts.sort_unstable();
                cuts.windows(2)
                    .filter(|pair| pair[0] < pair[1])
                    .map(|pair| Step { labels, ids: ids[pair[0]..pair[1]].to_vec() })
                    .collect::<Vec<_>>()
            })
        })
    };
    (order(false), order(true)).prop_flat_map(|(predictions, labels)| {
        let mut all = predictions;
        all.extend(labels);
        Just(all).prop_shuffle()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn any_order_of_predictions_and_labels_gives_the_same_counts(
        (rows, steps) in prop::collection::vec((0i64..2, 0i64..2, 0.0..1.0f64, 0i64..5), 1..60)
            .prop_flat_map(|rows| { let n = rows.len(); (Just(rows), steps(n)) }),
        flush_at in 0usize..12,
    ) {
        let whole = Engine::new("w");
        let pick = |ids: &[usize]| {
            Table::new()
                .integers("prediction_id", &ids.iter().map(|&id| id as i64).collect::<Vec<_>>())
                .integers("prediction", &ids.iter().map(|&id| rows[id].0).collect::<Vec<_>>())
                .floats("score", &ids.iter().map(|&id| rows[id].2).collect::<Vec<_>>())
                .times("timestamp", &ids.iter().map(|&id| NEW_YEAR - rows[id].3 * MINUTE).collect::<Vec<_>>())
        };
        let truth = |ids: &[usize]| ids.iter().map(|&id| rows[id].1).collect::<Vec<_>>();
        let everything: Vec<usize> = (0..rows.len()).collect();
        send(&whole, "m", pick(&everything).integers("label", &truth(&everything)).build());

        let pieces = Engine::new("w");
        for (index, step) in steps.iter().enumerate() {
            if index == flush_at && pieces.begin_flush(NEW_YEAR).unwrap().is_some() {
                pieces.commit_flush().unwrap();
            }
            let batch = if step.labels {
                labels(&step.ids.iter().map(|&id| id as i64).collect::<Vec<_>>(), &truth(&step.ids)).build()
            } else {
                pick(&step.ids).build()
            };
            send(&pieces, "m", batch);
        }
        prop_assert_eq!(confusion(&pieces), confusion(&whole));
        for minute in 0..5 {
            let window = Selection {
                start: Some(NEW_YEAR - minute * MINUTE),
                end: Some(NEW_YEAR - minute * MINUTE + 1),
                ..all("m")
            };
            let (left, right) = (pieces.performance(&window, &[]).unwrap(), whole.performance(&window, &[]).unwrap());
            let counts = |answer: &PerformanceAnswer| {
                let segment = &answer.segments[0];
                (segment.predictions, segment.labels, segment.classification.as_ref().map(|c| c.confusion.clone()))
            };
            prop_assert_eq!(counts(&left), counts(&right));
            let auc = |answer: &PerformanceAnswer| {
                answer.segments[0].classification.as_ref().and_then(|c| c.get("roc_auc").map(|auc| auc.value))
            };
            prop_assert_eq!(auc(&left), auc(&right));
        }
        prop_assert_eq!(pieces.stats().unwrap().1.pending_predictions, 0);
        prop_assert_eq!(pieces.stats().unwrap().1.pending_labels, 0);
    }
}
