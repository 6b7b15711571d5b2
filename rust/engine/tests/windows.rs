//! Event time decides the window, and only the window.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use driftline_engine::batch::{Primitive, TimeUnit};
use driftline_engine::engine::Engine;
use driftline_engine::monitor::Monitor;
use driftline_engine::query::Selection;
use support::{MINUTE, NEW_YEAR, SECOND, Table, all, send};

fn records(engine: &Engine, start: i64, end: i64) -> u64 {
    let selection = Selection { start: Some(start), end: Some(end), ..all("m") };
    engine.summary(&selection, &[]).unwrap().1.records
}

#[test]
fn windows_are_half_open_and_aligned_to_the_epoch() {
    let engine = Engine::new("w");
    let times = [NEW_YEAR - 1, NEW_YEAR, NEW_YEAR + MINUTE - 1, NEW_YEAR + MINUTE, NEW_YEAR];
    send(
        &engine,
        "m",
        Table::new().floats("x", &[1.0, 2.0, 3.0, 4.0, 5.0]).times("timestamp", &times).build(),
    );
    assert_eq!(records(&engine, NEW_YEAR - MINUTE, NEW_YEAR), 1);
    assert_eq!(records(&engine, NEW_YEAR, NEW_YEAR + MINUTE), 3);
    assert_eq!(records(&engine, NEW_YEAR + MINUTE, NEW_YEAR + 2 * MINUTE), 1);
    let (_, coverage) = engine.summary(&all("m"), &[]).unwrap();
    assert_eq!((coverage.windows, coverage.records), (3, 5));
    assert_eq!((coverage.start, coverage.end), (NEW_YEAR - MINUTE, NEW_YEAR + 2 * MINUTE));
}

#[test]
fn without_a_timestamp_the_arrival_counts() {
    let engine = Engine::new("w");
    send(&engine, "m", Table::new().floats("x", &[1.0]).build());
    assert_eq!(records(&engine, NEW_YEAR, NEW_YEAR + MINUTE), 1);
}

#[test]
fn a_timestamp_in_the_future_is_counted_at_its_arrival_and_said() {
    let engine = Engine::new("w");
    let year = 365 * 24 * 60 * MINUTE;
    let times = [NEW_YEAR + year, NEW_YEAR + 4 * MINUTE, NEW_YEAR - year, i64::MAX, i64::MIN];
    send(&engine, "m", Table::new().floats("x", &[1.0; 5]).times("timestamp", &times).build());
    assert_eq!(records(&engine, NEW_YEAR, NEW_YEAR + MINUTE), 2);
    assert_eq!(records(&engine, NEW_YEAR + 4 * MINUTE, NEW_YEAR + 5 * MINUTE), 1);
    let (versions, _) = engine.stats().unwrap();
    assert_eq!(versions[0].future_records, 2);
    assert_eq!(versions[0].records, 5);
}

#[test]
fn late_records_go_to_their_own_window_and_are_said() {
    let engine = Engine::new("w");
    send(&engine, "m", Table::new().floats("x", &[1.0]).times("timestamp", &[NEW_YEAR]).build());
    let late = NEW_YEAR - 61 * MINUTE;
    send(&engine, "m", Table::new().floats("x", &[1.0, 2.0]).times("timestamp", &[late, NEW_YEAR]).build());
    assert_eq!(records(&engine, late, late + MINUTE), 1);
    assert_eq!(engine.stats().unwrap().0[0].late_records, 1);
}

#[test]
fn integer_and_float_times_are_understood_by_magnitude() {
    let seconds = NEW_YEAR / SECOND;
    for (scale, name) in [(1, "s"), (1_000, "ms"), (1_000_000, "us"), (1_000_000_000, "ns")] {
        let engine = Engine::new("w");
        send(
            &engine,
            "m",
            Table::new().floats("x", &[1.0]).integers("timestamp", &[seconds * scale]).build(),
        );
        assert_eq!(records(&engine, NEW_YEAR, NEW_YEAR + MINUTE), 1, "{name}");
    }
    let engine = Engine::new("w");
    send(
        &engine,
        "m",
        Table::new().floats("x", &[1.0; 2]).floats("timestamp", &[seconds as f64 + 0.5, f64::NAN]).build(),
    );
    assert_eq!(records(&engine, NEW_YEAR, NEW_YEAR + MINUTE), 2);
    assert_eq!(engine.stats().unwrap().0[0].missing_timestamps, 1);
    for (unit, ticks) in [(TimeUnit::Second, seconds), (TimeUnit::Millisecond, seconds * 1_000)] {
        let engine = Engine::new("w");
        let bytes = ticks.to_le_bytes().to_vec();
        let table =
            Table::new().floats("x", &[1.0]).primitive("timestamp", Primitive::Timestamp(unit), bytes);
        send(&engine, "m", table.build());
        assert_eq!(records(&engine, NEW_YEAR, NEW_YEAR + MINUTE), 1);
    }
}

#[test]
fn the_window_length_of_a_model_with_data_stays() {
    let engine = Engine::new("w");
    let hourly = Monitor { window: 60 * MINUTE, ..Monitor::new("m") };
    engine.set_monitor(hourly.clone()).unwrap();
    send(
        &engine,
        "m",
        Table::new().floats("x", &[1.0]).times("timestamp", &[NEW_YEAR + 59 * MINUTE]).build(),
    );
    assert_eq!(records(&engine, NEW_YEAR, NEW_YEAR + 1), 1);
    engine.set_monitor(hourly).unwrap();
    let error = engine.set_monitor(Monitor::new("m")).unwrap_err();
    assert!(error.to_string().contains("cannot change to 60000000000 ns"), "{error}");
}
