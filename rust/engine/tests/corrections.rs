//! Labels that come again: repeats change nothing, corrections change the window of their prediction.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::collections::BTreeMap;

use driftline_engine::engine::Engine;
use driftline_engine::pending::PendingEntry;
use driftline_engine::query::{PerformanceAnswer, Selection};
use proptest::prelude::*;
use support::disk::Disk;
use support::{MINUTE, NEW_YEAR, Table, all, header, send};

const HOUR: i64 = 60 * MINUTE;

fn performance(engine: &Engine) -> PerformanceAnswer {
    engine.performance(&all("m"), &[]).unwrap()
}

/// Label, predicted class and count of all that is classified.
fn confusion(engine: &Engine) -> Vec<(String, String, u64)> {
    performance(engine).segments[0].classification.as_ref().map(|c| c.confusion.clone()).unwrap_or_default()
}

fn owned(rows: &[(&str, &str, u64)]) -> Vec<(String, String, u64)> {
    rows.iter().map(|&(label, predicted, count)| (label.to_owned(), predicted.to_owned(), count)).collect()
}

fn predictions(ids: &[i64], values: &[i64]) -> Table {
    Table::new().integers("prediction_id", ids).integers("prediction", values)
}

fn labels(ids: &[i64], values: &[i64]) -> Table {
    Table::new().integers("prediction_id", ids).integers("label", values)
}

/// Labels by what became of them, those that are some.
fn fates(engine: &Engine) -> BTreeMap<&'static str, u64> {
    let mut fates = engine.stats().unwrap().0[0].labels.clone();
    fates.retain(|_, count| *count > 0);
    fates
}

#[test]
fn a_second_label_repeats_or_corrects() {
    let engine = Engine::new("w");
    send(&engine, "m", predictions(&[1, 2], &[1, 1]).build());
    send(&engine, "m", labels(&[1, 1], &[0, 0]).build());
    assert_eq!(confusion(&engine), owned(&[("0", "1", 1)]));
    assert_eq!(fates(&engine), BTreeMap::from([("matched", 1), ("repeated", 1)]));
    send(&engine, "m", labels(&[1, 2], &[1, 0]).build());
    assert_eq!(confusion(&engine), owned(&[("0", "1", 1), ("1", "1", 1)]));
    assert_eq!(fates(&engine), BTreeMap::from([("matched", 2), ("repeated", 1), ("corrected", 1)]));
    assert_eq!(performance(&engine).segments[0].labels, 2);
}

#[test]
fn numbers_and_booleans_that_say_the_same_repeat() {
    let engine = Engine::new("w");
    send(&engine, "m", predictions(&[1], &[1]).build());
    send(&engine, "m", labels(&[1], &[1]).build());
    send(&engine, "m", Table::new().integers("prediction_id", &[1]).floats("label", &[1.0]).build());
    send(&engine, "m", Table::new().integers("prediction_id", &[1]).booleans("label", &[true]).build());
    assert_eq!(fates(&engine), BTreeMap::from([("matched", 1), ("repeated", 2)]));
}

#[test]
fn what_became_known_later_holds_in_whatever_order_it_comes() {
    let times = [NEW_YEAR + HOUR, NEW_YEAR + 2 * HOUR, NEW_YEAR + 3 * HOUR];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let engine = Engine::new("w");
        send(&engine, "m", predictions(&[1], &[1]).times("timestamp", &[NEW_YEAR]).build());
        for place in order {
            // The first and the last say the same.
            let value = i64::from(place != 1);
            engine
                .ingest(
                    &header("m"),
                    &[labels(&[1], &[value]).times("timestamp", &[times[place]]).build()],
                    times[2],
                )
                .unwrap();
        }
        assert_eq!(confusion(&engine), owned(&[("1", "1", 1)]), "{order:?}");
        let fates = fates(&engine);
        assert_eq!(fates.values().sum::<u64>(), 3);
        let segment = &performance(&engine).segments[0];
        let corrected = fates.get("corrected").copied().unwrap_or_default();
        assert_eq!((segment.labels, segment.corrections), (1, corrected));
    }
}

#[test]
fn figures_are_as_of_the_newest_label() {
    let engine = Engine::new("w");
    let newest = |engine: &Engine| performance(engine).segments[0].newest_label;
    send(&engine, "m", predictions(&[1, 2, 3], &[1, 1, 1]).times("timestamp", &[NEW_YEAR; 3]).build());
    assert_eq!(newest(&engine), None);
    let at = |hours| [NEW_YEAR + hours * HOUR];
    send(&engine, "m", labels(&[1], &[1]).times("timestamp", &at(2)).build());
    assert_eq!(newest(&engine), Some(at(2)[0]));
    send(&engine, "m", labels(&[2], &[1]).times("timestamp", &at(1)).build());
    assert_eq!(newest(&engine), Some(at(2)[0]), "another was known later");
    send(&engine, "m", labels(&[2], &[0]).times("timestamp", &at(5)).build());
    assert_eq!(newest(&engine), Some(at(5)[0]), "a correction is news");
    engine.ingest(&header("m"), &[labels(&[3], &[0]).build()], at(7)[0]).unwrap();
    assert_eq!(newest(&engine), Some(at(7)[0]), "without a time of its own it is known when it comes");
}

#[test]
fn a_correction_of_a_label_that_waits_counts_when_the_prediction_comes() {
    let engine = Engine::new("w");
    let at = |hours| [NEW_YEAR + hours * HOUR];
    for (value, hours) in [(0, 1), (1, 3), (0, 2)] {
        send(&engine, "m", labels(&[1], &[value]).times("timestamp", &at(hours)).build());
    }
    assert_eq!(fates(&engine), BTreeMap::from([("corrected", 1), ("stale", 1), ("pending", 1)]));
    send(&engine, "m", predictions(&[1], &[1]).times("timestamp", &[NEW_YEAR]).build());
    assert_eq!(confusion(&engine), owned(&[("1", "1", 1)]));
    assert_eq!(fates(&engine), BTreeMap::from([("corrected", 1), ("stale", 1), ("matched", 1)]));
}

#[test]
fn a_label_that_comes_with_its_prediction_is_corrected_too() {
    for label_first in [false, true] {
        let engine = Engine::new("w");
        let record = predictions(&[1], &[1]).integers("label", &[0]).times("timestamp", &[NEW_YEAR]).build();
        let correction = labels(&[1], &[1]).times("timestamp", &[NEW_YEAR + HOUR]).build();
        let mut batches = [record, correction];
        if label_first {
            batches.reverse();
        }
        for batch in batches {
            engine.ingest(&header("m"), &[batch], NEW_YEAR + HOUR).unwrap();
        }
        assert_eq!(confusion(&engine), owned(&[("1", "1", 1)]), "label first: {label_first}");
        assert_eq!(fates(&engine), BTreeMap::from([("matched", 1), ("corrected", 1)]));
    }
}

#[test]
fn numbers_are_corrected_without_a_trace() {
    let engine = Engine::new("w");
    let records = Table::new().integers("prediction_id", &[1, 2]).floats("prediction", &[1.5, 2.5]);
    send(&engine, "m", records.build());
    let truth = |ids: &[i64], values: &[f64]| {
        Table::new().integers("prediction_id", ids).floats("label", values).build()
    };
    send(&engine, "m", truth(&[1, 2], &[1.25, 1000.0]));
    send(&engine, "m", truth(&[2], &[2.0]));
    let report = performance(&engine).segments[0].regression.clone().unwrap();
    assert_eq!(report.get("mae").unwrap().value, 0.375);
    assert!((report.get("rmse").unwrap().value - (0.3125_f64 / 2.0).sqrt()).abs() < 1e-9);
}

#[test]
fn labels_of_old_predictions_are_late() {
    let engine = Engine::new("w");
    let times = [NEW_YEAR, NEW_YEAR + HOUR, NEW_YEAR + 2 * HOUR];
    let records = predictions(&[1, 2, 3], &[1, 1, 1]).times("timestamp", &times).build();
    engine.ingest(&header("m"), &[records], times[2]).unwrap();
    send(&engine, "m", labels(&[1, 2, 3], &[1, 1, 1]).build());
    assert_eq!(engine.stats().unwrap().0[0].late_labels, 1);
    send(&engine, "m", labels(&[1, 2, 1], &[1, 0, 0]).build());
    assert_eq!(engine.stats().unwrap().0[0].late_labels, 2, "a correction is late as well, a repeat is not");
}

/// A prediction: class, score, minutes before the new year.
type Row = (i64, f64, i64);

/// A label: which prediction, what it says. It is known so many hours after the new year as its place in the list.
type Said = (usize, i64);

fn rows_and_labels() -> impl Strategy<Value = (Vec<Row>, Vec<Said>)> {
    prop::collection::vec((0i64..3, 0.0..1.0f64, 0i64..5), 1..30).prop_flat_map(|rows| {
        let count = rows.len();
        (Just(rows), prop::collection::vec((0..count, 0i64..3), 0..90))
    })
}

fn in_words(answer: &PerformanceAnswer) -> impl PartialEq + std::fmt::Debug + use<> {
    let segment = &answer.segments[0];
    let auc = segment.classification.as_ref().and_then(|report| report.get("roc_auc").map(|auc| auc.value));
    let confusion = segment.classification.as_ref().map(|report| report.confusion.clone());
    // Nothing classified, once more or not at all.
    (segment.predictions, segment.labels, confusion.filter(|counts| !counts.is_empty()), auc)
}

fn ids(entries: &[PendingEntry]) -> usize {
    entries.iter().map(|entry| entry.id).collect::<std::collections::BTreeSet<_>>().len()
}

#[test]
fn a_flush_writes_what_has_changed_of_those_that_wait() {
    let (engine, mut disk) = (Engine::new("w"), Disk::default());
    let many: Vec<i64> = (0..5_000).collect();
    let table = predictions(&many, &vec![1; many.len()]).times("timestamp", &vec![NEW_YEAR; many.len()]);
    send(&engine, "m", table.build());
    let (written, is_whole) = disk.flush(&engine).unwrap();
    assert_eq!((ids(&written), is_whole), (5_000, true), "the first one of a process");
    send(&engine, "m", predictions(&[9_000], &[1]).times("timestamp", &[NEW_YEAR]).build());
    send(&engine, "m", labels(&[1, 2, 9_000], &[1, 0, 1]).build());
    let (written, is_whole) = disk.flush(&engine).unwrap();
    assert_eq!((written.len(), ids(&written), is_whole), (3, 3, false));
    // What an aborted flush has taken goes into the next one.
    send(&engine, "m", labels(&[3], &[1]).build());
    engine.begin_flush_in_parts(NEW_YEAR).unwrap().unwrap();
    send(&engine, "m", labels(&[4, 2], &[1, 1]).build());
    engine.abort_flush().unwrap();
    let (written, is_whole) = disk.flush(&engine).unwrap();
    assert_eq!((ids(&written), is_whole), (3, false));

    let again = disk.restart(&engine);
    assert_eq!(again.stats().unwrap().1.pending_predictions, 4_996);
    send(&again, "m", labels(&[1, 2, 3, 4, 9_000], &[1, 1, 1, 1, 0]).build());
    assert_eq!(fates(&again), BTreeMap::from([("repeated", 4), ("corrected", 1)]));
    let (written, is_whole) = disk.flush(&again).unwrap();
    assert_eq!((written.len(), is_whole), (5_001, true));
}

#[test]
fn what_has_expired_since_it_was_written_does_not_come_back() {
    let (engine, mut disk) = (Engine::new("w"), Disk::default());
    let batch =
        |id: i64, day: i64| predictions(&[id], &[1]).times("timestamp", &[NEW_YEAR + day * 24 * HOUR]);
    let ingest = |table: Table, day: i64| {
        engine.ingest(&header("m"), &[table.build()], NEW_YEAR + day * 24 * HOUR).unwrap();
    };
    ingest(batch(1, 0), 0);
    ingest(labels(&[7], &[1]), 0);
    disk.flush(&engine).unwrap();
    // Both expire. Then predictions of these identifiers come, which have nothing to do with what was.
    ingest(batch(2, 8), 8);
    ingest(batch(1, 9), 9);
    ingest(batch(7, 9), 9);
    let (written, is_whole) = disk.flush(&engine).unwrap();
    assert_eq!((written.len(), is_whole), (3, false));
    let again = disk.restart(&engine);
    assert_eq!(again.stats().unwrap().1.pending_predictions, 3);
    send(&again, "m", labels(&[1, 7], &[1, 0]).build());
    assert_eq!(fates(&again), BTreeMap::from([("matched", 2)]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn labels_in_any_order_twice_and_corrected_are_as_if_only_the_last_had_come(
        ((rows, said), order) in rows_and_labels().prop_flat_map(|given| {
            let places: Vec<usize> = (0..given.1.len()).collect();
            (Just(given), Just(places).prop_shuffle())
        }),
        sizes in prop::collection::vec(1usize..9, 1..20),
        predictions_at in prop::collection::vec(0usize..8, 30),
        flushes in prop::collection::vec(0u8..6, 20),
    ) {
        let table = |ids: &[usize]| {
            predictions(
                &ids.iter().map(|&id| id as i64).collect::<Vec<_>>(),
                &ids.iter().map(|&id| rows[id].0).collect::<Vec<_>>(),
            )
            .floats("score", &ids.iter().map(|&id| rows[id].1).collect::<Vec<_>>())
            .times("timestamp", &ids.iter().map(|&id| NEW_YEAR - rows[id].2 * MINUTE).collect::<Vec<_>>())
        };
        let mut last: BTreeMap<usize, i64> = BTreeMap::new();
        last.extend(said.iter().copied());

        let whole = Engine::new("w");
        let (known, unknown): (Vec<usize>, Vec<usize>) = (0..rows.len()).partition(|id| last.contains_key(id));
        let truth: Vec<i64> = known.iter().map(|id| last[id]).collect();
        send(&whole, "m", table(&known).integers("label", &truth).build());
        send(&whole, "m", table(&unknown).build());

        let mut disk = Disk::default();
        let mut pieces = Engine::new("w");
        let mut rest = &order[..];
        for step in 0..20 {
            let now: Vec<usize> = (0..rows.len()).filter(|&id| predictions_at[id] == step).collect();
            send(&pieces, "m", table(&now).build());
            let (places, later) = rest.split_at(sizes[step % sizes.len()].min(rest.len()));
            rest = if step == 19 { &[] } else { later };
            let places = if step == 19 { [places, later].concat() } else { places.to_vec() };
            let ids: Vec<i64> = places.iter().map(|&place| said[place].0 as i64).collect();
            let values: Vec<i64> = places.iter().map(|&place| said[place].1).collect();
            let times: Vec<i64> = places.iter().map(|&place| NEW_YEAR + place as i64 * HOUR).collect();
            send(&pieces, "m", labels(&ids, &values).times("timestamp", &times).build());
            match flushes[step] {
                0 => pieces = disk.restart(&pieces),
                1..=2 => drop(disk.flush(&pieces)),
                3 if pieces.begin_flush_in_parts(NEW_YEAR).unwrap().is_some() => {
                    pieces.abort_flush().unwrap();
                }
                _ => {}
            }
        }
        prop_assert!(rest.is_empty());
        pieces = disk.restart(&pieces);
        let windows = (0..5).map(|minute| Selection {
            start: Some(NEW_YEAR - minute * MINUTE),
            end: Some(NEW_YEAR - minute * MINUTE + 1),
            ..all("m")
        });
        for selection in windows.chain([all("m")]) {
            let answers = [&pieces, &whole].map(|engine| engine.performance(&selection, &[]).unwrap());
            prop_assert_eq!(in_words(&answers[0]), in_words(&answers[1]), "{:?}", selection);
            let losses = answers.map(|answer| {
                let report = answer.segments[0].classification.as_ref();
                report.and_then(|report| report.get("log_loss").map(|loss| loss.value)).unwrap_or(0.0)
            });
            prop_assert!((losses[0] - losses[1]).abs() < 1e-9, "{:?}", losses);
        }
    }
}
