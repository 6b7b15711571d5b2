//! Flushes neither lose nor double a record, and rows read back give the same answers.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use driftline_engine::engine::Engine;
use driftline_engine::error::EngineError;
use driftline_engine::monitor::Monitor;
use driftline_engine::query::{ColumnSummary, Coverage};
use driftline_engine::snapshot::SnapshotRow;
use proptest::prelude::*;
use support::{MINUTE, NEW_YEAR, Table, all, grouped, segment, send};

fn engine() -> Engine {
    let engine = Engine::new("w");
    engine.set_monitor(Monitor { segments: vec![vec!["group".into()]], ..Monitor::new("m") }).unwrap();
    engine
}

fn table(rows: &[(u8, i64, f64)]) -> Table {
    grouped(rows)
        .integers("prediction", &rows.iter().map(|row| row.1 % 2).collect::<Vec<_>>())
        .integers("label", &rows.iter().map(|row| row.1 / 2).collect::<Vec<_>>())
}

type Answer = Result<(Vec<ColumnSummary>, Coverage), EngineError>;

/// What must not depend on flushes: counts, extremes and distinct values exactly, means up to rounding.
fn assert_alike(left: &Answer, right: &Answer) {
    let (Ok((left, left_coverage)), Ok((right, right_coverage))) = (left, right) else {
        assert_eq!(left.is_ok(), right.is_ok());
        return;
    };
    assert_eq!(left_coverage, right_coverage);
    assert_eq!(left.len(), right.len());
    for (one, other) in left.iter().zip(right) {
        let exact = |line: &ColumnSummary| {
            let extremes = line.numbers.map(|numbers| (numbers.min, numbers.max));
            (line.name.clone(), line.count, line.nulls, line.distinct.0, extremes, line.top.clone())
        };
        assert_eq!(exact(one), exact(other));
        let mean = |line: &ColumnSummary| line.numbers.map_or(0.0, |numbers| numbers.mean);
        assert!((mean(one) - mean(other)).abs() < 1e-9 * 1e3, "{} and {}", mean(one), mean(other));
    }
}

#[derive(Debug, Clone)]
enum Step {
    Send(Vec<(u8, i64, f64)>),
    Begin,
    Commit,
    Abort,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => prop::collection::vec((0u8..3, 0i64..4, -1e3..1e3f64), 1..50).prop_map(Step::Send),
        2 => Just(Step::Begin),
        1 => Just(Step::Commit),
        1 => Just(Step::Abort),
    ]
}

proptest! {
    #[test]
    fn any_interleaving_keeps_every_record_once(steps in prop::collection::vec(step(), 1..40)) {
        let (flushed, plain) = (engine(), engine());
        let mut disk: Vec<SnapshotRow> = Vec::new();
        let mut under_way: Option<Vec<SnapshotRow>> = None;
        let mut last_sequence = 0;
        for step in &steps {
            match step {
                Step::Send(rows) => {
                    send(&flushed, "m", table(rows).build());
                    send(&plain, "m", table(rows).build());
                }
                Step::Begin => match (flushed.begin_flush(NEW_YEAR), &under_way) {
                    (Ok(Some(flush)), None) => {
                        prop_assert_eq!(flush.sequence, last_sequence + 1);
                        under_way = Some(flush.rows);
                    }
                    (Ok(None), None) | (Err(_), Some(_)) => {}
                    (unexpected, _) => prop_assert!(false, "{unexpected:?}"),
                },
                Step::Commit => {
                    prop_assert_eq!(flushed.commit_flush().is_ok(), under_way.is_some());
                    if let Some(rows) = under_way.take() {
                        disk.extend(rows);
                        last_sequence += 1;
                    }
                }
                Step::Abort => {
                    prop_assert_eq!(flushed.abort_flush().is_ok(), under_way.is_some());
                    under_way = None;
                }
            }
            if !flushed.model_names().is_empty() {
                assert_alike(&flushed.summary(&all("m"), &[]), &plain.summary(&all("m"), &[]));
            }
        }
        if under_way.take().is_some() {
            flushed.abort_flush().unwrap();
        }
        if let Some(flush) = flushed.begin_flush(NEW_YEAR).unwrap() {
            disk.extend(flush.rows);
            flushed.commit_flush().unwrap();
        }
        prop_assert!(flushed.begin_flush(NEW_YEAR).unwrap().is_none());

        let reopened = engine();
        reopened.load(disk).unwrap();
        prop_assert!(reopened.begin_flush(NEW_YEAR).unwrap().is_none(), "loaded rows are not flushed again");
        for selection in [all("m"), segment("m", &[("group", "a")])] {
            assert_alike(&reopened.summary(&selection, &[]), &plain.summary(&selection, &[]));
            let confusion = |engine: &Engine| {
                engine.performance(&selection, &[]).map(|answer| {
                    answer.segments[0].classification.as_ref().map(|report| report.confusion.clone())
                })
            };
            prop_assert_eq!(confusion(&reopened), confusion(&plain));
        }
    }
}

#[test]
fn numbers_go_on_after_those_on_disk() {
    let engine = engine();
    engine.resume_at(42, 0);
    send(&engine, "m", table(&[(0, 0, 1.0)]).build());
    assert_eq!(engine.begin_flush(NEW_YEAR).unwrap().unwrap().sequence, 42);
    engine.abort_flush().unwrap();
    assert_eq!(engine.begin_flush(NEW_YEAR).unwrap().unwrap().sequence, 42);
    engine.commit_flush().unwrap();
    send(&engine, "m", table(&[(0, 0, 1.0)]).build());
    assert_eq!(engine.begin_flush(NEW_YEAR).unwrap().unwrap().sequence, 43);
}

#[test]
fn those_that_wait_survive_a_restart() {
    let first = engine();
    let ids = Table::new().integers("prediction_id", &[1, 2]).dictionary("group", &["a", "b"], &[0, 1]);
    send(&first, "m", ids.integers("prediction", &[1, 0]).floats("score", &[0.9, 0.1]).build());
    send(&first, "m", Table::new().integers("prediction_id", &[2, 3]).integers("label", &[0, 1]).build());
    let flush = first.begin_flush(NEW_YEAR).unwrap().unwrap();
    let (rows, entries) = (flush.rows, flush.pending);
    assert!(!entries.is_empty());

    let second = engine();
    second.load(rows).unwrap();
    assert_eq!(second.load_pending(entries.clone()).unwrap(), 3);
    let again = second.begin_flush(NEW_YEAR).unwrap();
    assert!(again.is_none(), "what was loaded is on disk");
    send(&second, "m", Table::new().integers("prediction_id", &[1, 2]).integers("label", &[1, 1]).build());
    let answer = second.performance(&segment("m", &[("group", "a")]), &[]).unwrap();
    assert_eq!(answer.segments[0].classification.as_ref().unwrap().confusion, [("1".into(), "1".into(), 1)]);
    assert_eq!(answer.segments[0].labels, 1);
    assert_eq!(second.stats().unwrap().0[0].labels["corrected"], 1);
    let others = second.performance(&segment("m", &[("group", "b")]), &[]).unwrap();
    assert_eq!(others.segments[0].classification.as_ref().unwrap().confusion, [("1".into(), "0".into(), 1)]);
    assert_eq!(others.segments[0].labels, 1, "the label of before the restart is taken back");
    let late = Table::new().integers("prediction_id", &[3]).integers("prediction", &[1]);
    send(&second, "m", late.dictionary("group", &["a"], &[0]).build());
    let answer = second.performance(&segment("m", &[("group", "a")]), &[]).unwrap();
    assert_eq!((answer.segments[0].labels, answer.segments[0].predictions), (2, 2));
}

#[test]
fn a_loaded_window_keeps_its_length() {
    let hourly = Engine::new("w");
    hourly.set_monitor(Monitor { window: 60 * MINUTE, ..Monitor::new("m") }).unwrap();
    send(&hourly, "m", table(&[(0, 0, 1.0)]).build());
    let reopened = Engine::new("w");
    reopened.load(hourly.begin_flush(NEW_YEAR).unwrap().unwrap().rows).unwrap();
    let (_, coverage) = reopened.summary(&all("m"), &[]).unwrap();
    assert_eq!((coverage.start, coverage.end), (NEW_YEAR, NEW_YEAR + 60 * MINUTE));
}
