//! Event time decides the window, and only the window.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use driftline_engine::batch::{Primitive, TimeUnit};
use driftline_engine::engine::Engine;
use driftline_engine::monitor::Monitor;
use driftline_engine::offline;
use driftline_engine::query::{Selection, WindowContent};
use driftline_engine::rollup::{DAY, HOUR, RollUp};
use driftline_sketches::BinCounts;
use proptest::prelude::*;
use support::{MINUTE, NEW_YEAR, SECOND, Table, all, grouped, header, send};

const CENTURY: i64 = 36_600 * DAY;

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

#[test]
fn times_of_a_monitor_are_bounded() {
    let monitor = || Monitor::new("m");
    for window in [SECOND, CENTURY] {
        assert!(Monitor { window, ..monitor() }.validate().is_ok());
    }
    for window in [0, SECOND - 1, CENTURY + 1, i64::MAX, i64::MIN] {
        let error = Monitor { window, ..monitor() }.validate().unwrap_err();
        assert_eq!(error.to_string(), format!("window must be 1 second to 36600 days, got {window} ns"));
    }
    for span in [0, CENTURY + 1, i64::MAX] {
        for bad in [
            Monitor { label_horizon: span, ..monitor() },
            Monitor { max_future: span, ..monitor() },
            Monitor { recent: span, ..monitor() },
        ] {
            let error = bad.validate().unwrap_err();
            assert!(error.to_string().ends_with(&format!("at most 36600 days, got {span} ns")), "{error}");
        }
    }
    assert!(longest("m").validate().is_ok());
}

proptest! {
    #[test]
    fn windows_at_both_ends_of_time_are_asked_for_and_written(
        window in SECOND..=CENTURY,
        times in prop::collection::vec(prop_oneof![Just(i64::MIN), Just(i64::MAX), any::<i64>()], 1..6),
        now in prop_oneof![Just(i64::MAX), Just(i64::MIN), any::<i64>()],
    ) {
        let engine = Engine::new("w");
        engine.set_monitor(Monitor { window, ..longest("m") }).unwrap();
        let table = Table::new().floats("x", &vec![1.0; times.len()]).times("timestamp", &times);
        engine.ingest(&header("m"), &[table.build()], now).unwrap();
        let (rows, coverage) = engine.profile(&all("m"), &[]).unwrap();
        prop_assert_eq!(coverage.records, times.len() as u64);
        let whole = i128::from(coverage.end) - i128::from(coverage.start);
        for row in rows {
            prop_assert_eq!(i128::from(row.window_length), whole.clamp(1, i128::from(i64::MAX)));
        }
        let flush = engine.begin_flush(now).unwrap().unwrap();
        let again = Engine::new("again");
        again.load(flush.rows).unwrap();
        let plan = RollUp { hourly_before: Some(i64::MAX / HOUR * HOUR), ..RollUp::default() };
        again.roll_up(&plan).unwrap();
        prop_assert_eq!(again.profile(&all("m"), &[]).unwrap().1.records, times.len() as u64);
    }
}

/// The longest times that a monitor may have.
fn longest(model: &str) -> Monitor {
    Monitor {
        window: CENTURY,
        label_horizon: CENTURY,
        max_future: CENTURY,
        recent: CENTURY,
        ..Monitor::new(model)
    }
}

#[test]
fn windows_are_kept_apart_in_the_order_of_time_by_segment() {
    let engine = Engine::new("w");
    engine.set_monitor(Monitor { segments: vec![vec!["group".into()]], ..Monitor::new("m") }).unwrap();
    let rows = |minutes: &[i64]| {
        let rows: Vec<_> = minutes.iter().map(|&each| ((each % 2) as u8, each, each as f64)).collect();
        grouped(&rows).build()
    };
    let baseline = offline::profile(&[rows(&[1, 2, 3, 4, 5, 6, 7, 8])], Monitor::new("m"), None).unwrap();
    send(&engine, "m", rows(&[9, 9]));
    engine.set_baseline("m", "b", baseline, true).unwrap();
    send(&engine, "m", rows(&[3, 1, 2, 2, 8, 8, 8]));
    send(&engine, "m", rows(&[2, 9]));
    let selection = Selection { start: Some(NEW_YEAR - 9 * MINUTE), ..all("m") };
    let gathering = engine.gather_windows(&selection, &["x".into()], &["group".into()]).unwrap();
    let parts = gathering.into_windows();
    let [segments] = &parts[..] else { panic!("one selection, got {}", parts.len()) };
    let found: Vec<_> = segments
        .iter()
        .map(|each| {
            let windows = each.columns["x"].windows.iter().map(|(&(start, length), column)| {
                assert_eq!(length, MINUTE);
                let WindowContent::Numeric { moments, bins, .. } = &column.content else { panic!() };
                let counted = bins.known().map_or(0, BinCounts::total);
                assert_eq!(moments.mean(), Some(((NEW_YEAR - start) / MINUTE) as f64));
                ((NEW_YEAR - start) / MINUTE, column.values, moments.count(), counted)
            });
            (each.segment.clone(), each.coverage.windows, each.coverage.records, windows.collect::<Vec<_>>())
        })
        .collect();
    let group = |value: &str| vec![("group".to_owned(), value.to_owned())];
    // What was counted before there was a baseline has no counts, nor has its window with later records.
    let (all_9, odd_9) = ((9, 3, 3, 0), (9, 3, 3, 0));
    assert_eq!(
        found,
        [
            (vec![], 5, 11, vec![all_9, (8, 3, 3, 3), (3, 1, 1, 1), (2, 3, 3, 3), (1, 1, 1, 1)]),
            (group("a"), 2, 6, vec![(8, 3, 3, 3), (2, 3, 3, 3)]),
            (group("b"), 3, 5, vec![odd_9, (3, 1, 1, 1), (1, 1, 1, 1)]),
        ]
    );
    let merged = engine.summary(&selection, &[]).unwrap().1;
    assert_eq!((segments[0].coverage.windows, segments[0].coverage.start), (merged.windows, merged.start));
    assert!(engine.gather_windows(&selection, &["y".into()], &[]).is_err());
}
