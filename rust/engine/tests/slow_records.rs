//! The slowest record with a trace of each of the newest windows.
#![allow(clippy::unwrap_used, missing_docs, clippy::float_cmp)]

mod support;

use driftline_engine::engine::Engine;
use driftline_engine::error::EngineError;
use driftline_engine::hashed::HashKey;
use driftline_engine::monitor::Monitor;
use driftline_engine::slowest::{MAX_WINDOWS, SlowRecord};
use proptest::prelude::*;
use support::{MINUTE, NEW_YEAR, Table, header, send};

/// Minutes before the new year, latency, trace.
type Record = (i64, Option<f64>, String);

fn table(records: &[Record]) -> Table {
    Table::new()
        .times(
            "timestamp",
            &records.iter().map(|record| NEW_YEAR - record.0 * MINUTE + 1).collect::<Vec<_>>(),
        )
        .optional_floats("latency", &records.iter().map(|record| record.1).collect::<Vec<_>>())
        .text("trace_id", &records.iter().map(|record| record.2.as_str()).collect::<Vec<_>>())
}

fn slowest(engine: &Engine) -> Vec<SlowRecord> {
    engine.stats().unwrap().0.remove(0).slowest
}

fn record(minutes: i64, seconds: f64, trace: &str) -> Record {
    (minutes, Some(seconds), trace.to_owned())
}

#[test]
fn each_window_names_its_slowest() {
    let engine = Engine::new("w");
    send(&engine, "m", table(&[record(9, 0.5, "a"), record(9, 0.7, "b"), record(8, 0.1, "c")]).build());
    send(&engine, "m", table(&[record(9, 0.6, "d"), record(8, 0.2, "e"), record(8, 3.0, "")]).build());
    let expected = |trace: &str, seconds, minutes| SlowRecord {
        trace: trace.to_owned(),
        seconds,
        time: NEW_YEAR - minutes * MINUTE + 1,
    };
    assert_eq!(slowest(&engine), [expected("e", 0.2, 8), expected("b", 0.7, 9)]);
    let model = engine.models().unwrap().remove(0);
    let names: Vec<_> = model.versions[0].columns.iter().map(|column| column.0.as_str()).collect();
    assert_eq!(names, ["latency"], "no sketch is made of traces");
}

#[test]
fn what_names_no_trace_is_not_named() {
    let engine = Engine::new("w");
    let long = "f".repeat(65);
    let records = [
        record(9, f64::NAN, "a"),
        record(9, f64::INFINITY, "b"),
        (9, None, "c".to_owned()),
        record(9, 1.0, &long),
    ];
    send(&engine, "m", table(&records).build());
    assert_eq!(slowest(&engine), []);
    let numbers = Table::new().floats("latency", &[1.0]).integers("trace_id", &[7]).role("trace_id").build();
    let refused = engine.ingest(&header("m"), &[numbers], NEW_YEAR).unwrap_err();
    assert!(
        matches!(&refused, EngineError::Role(text) if text.contains("role trace_id needs text")),
        "{refused}"
    );
}

#[test]
fn hashes_are_no_traces() {
    let engine = Engine::new("w").with_hash_key(HashKey::new([1; 16]));
    engine.set_monitor(Monitor { hashed_columns: vec!["*".to_owned()], ..Monitor::new("m") }).unwrap();
    send(&engine, "m", table(&[record(9, 0.5, "a")]).build());
    assert_eq!(slowest(&engine), []);
}

proptest! {
    #[test]
    fn the_newest_windows_have_their_slowest_however_records_come(
        records in prop::collection::vec((0_i64..20, 0.0_f64..1.0), 1..200),
        cut in 0_usize..200,
    ) {
        let engine = Engine::new("w");
        let named: Vec<Record> = records
            .iter()
            .enumerate()
            .map(|(number, &(minutes, seconds))| record(minutes, seconds, &number.to_string()))
            .collect();
        let cut = cut.min(named.len());
        for part in [&named[..cut], &named[cut..]] {
            send(&engine, "m", table(part).build());
        }
        let found = slowest(&engine);
        prop_assert!(found.len() <= MAX_WINDOWS);
        for slow in &found {
            let window = (NEW_YEAR + 1 - slow.time) / MINUTE;
            let most = records.iter().filter(|each| each.0 == window).map(|each| each.1).fold(0.0, f64::max);
            prop_assert_eq!(slow.seconds, most);
            prop_assert_eq!(records[slow.trace.parse::<usize>().unwrap()], (window, most));
        }
        // Windows of the batch that came last may have been crowded out before: only the newest are certain.
        let newest = records.iter().map(|each| each.0).min();
        prop_assert_eq!(found.first().map(|slow| (NEW_YEAR + 1 - slow.time) / MINUTE), newest);
    }
}
