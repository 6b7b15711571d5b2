//! Segments split the records, never lose one.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use driftline_engine::engine::Engine;
use driftline_engine::monitor::Monitor;
use proptest::prelude::*;
use support::{NEW_YEAR, Table, all, segment, send};

fn engine(sets: &[&[&str]], max_segments: u32) -> Engine {
    let engine = Engine::new("w");
    let segments = sets.iter().map(|set| set.iter().map(|&c| c.to_owned()).collect()).collect();
    engine.set_monitor(Monitor { segments, max_segments, ..Monitor::new("m") }).unwrap();
    engine
}

fn records(engine: &Engine, values: &[(&str, &str)]) -> u64 {
    engine.summary(&segment("m", values), &[]).unwrap().1.records
}

#[test]
fn each_declared_set_is_counted_apart() {
    let engine = engine(&[&["origin"], &["origin", "carrier"]], 100);
    let table = Table::new()
        .text("carrier", &["AA", "UA", "AA", "AA"])
        .dictionary("origin", &["JFK", "EWR"], &[0, 1, 1, 0])
        .floats("x", &[1.0, 2.0, 3.0, 5.0]);
    send(&engine, "m", table.build());
    assert_eq!(records(&engine, &[]), 4);
    assert_eq!(records(&engine, &[("origin", "JFK")]), 2);
    assert_eq!(records(&engine, &[("carrier", "AA"), ("origin", "EWR")]), 1);
    let (lines, _) = engine.summary(&segment("m", &[("origin", "JFK")]), &["x".into()]).unwrap();
    assert_eq!(lines[0].numbers.unwrap().mean, 3.0);
    let error = engine.summary(&segment("m", &[("carrier", "AA")]), &[]).unwrap_err();
    assert!(error.to_string().contains("declared segment columns: origin; origin + carrier"), "{error}");
}

#[test]
fn values_over_the_limit_go_to_other_and_are_counted() {
    let engine = engine(&[&["user"]], 3);
    let users: Vec<i64> = (0..100).collect();
    send(&engine, "m", Table::new().integers("user", &users).build());
    send(&engine, "m", Table::new().integers("user", &users).build());
    assert_eq!(records(&engine, &[("user", "0")]), 2);
    assert_eq!(records(&engine, &[("user", "__other__")]), 194);
    let (versions, sizes) = engine.stats().unwrap();
    assert_eq!(versions[0].segment_overflow_records, 194);
    assert_eq!(sizes.cells, 5);
}

#[test]
fn null_is_a_segment() {
    let engine = engine(&[&["x"]], 3);
    send(&engine, "m", Table::new().optional_floats("x", &[None, Some(1.5), None]).build());
    assert_eq!(records(&engine, &[("x", "__null__")]), 2);
    assert_eq!(records(&engine, &[("x", "1.5")]), 1);
}

proptest! {
    #[test]
    fn segments_of_a_set_add_up_to_all(
        rows in prop::collection::vec((0u8..20, 0i64..5, -1e6..1e6f64), 1..300),
        max_segments in 1u32..30,
    ) {
        let engine = engine(&[&["group"]], max_segments);
        let names: Vec<String> = (0..20).map(|n| format!("g{n}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let table = Table::new()
            .dictionary("group", &names, &rows.iter().map(|row| row.0).collect::<Vec<_>>())
            .times("timestamp", &rows.iter().map(|row| NEW_YEAR - row.1 * 60_000_000_000).collect::<Vec<_>>())
            .floats("x", &rows.iter().map(|row| row.2).collect::<Vec<_>>());
        send(&engine, "m", table.build());
        let models = engine.models().unwrap();
        let segments = &models[0].versions[0].segments;
        prop_assert!(segments.len() <= max_segments as usize + 1);
        let (mut count, mut sum) = (0, 0.0);
        for values in segments {
            let values: Vec<_> = values.iter().map(|(c, v)| (c.as_str(), v.as_str())).collect();
            let (lines, _) = engine.summary(&segment("m", &values), &["x".into()]).unwrap();
            count += lines[0].count;
            sum += lines[0].numbers.unwrap().mean * lines[0].count as f64;
        }
        let (lines, coverage) = engine.summary(&all("m"), &["x".into()]).unwrap();
        prop_assert_eq!(count, rows.len() as u64);
        prop_assert_eq!(coverage.records, rows.len() as u64);
        let total = lines[0].numbers.unwrap().mean * rows.len() as f64;
        prop_assert!((sum - total).abs() <= 1e-6 * rows.len() as f64);
    }
}
