//! What is acknowledged is counted once; what is refused leaves nothing behind.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::collections::BTreeSet;
use std::sync::Arc;

use driftline_engine::engine::{Engine, Header};
use driftline_engine::error::EngineError;
use proptest::prelude::*;
use support::{NEW_YEAR, Table, all, header, send};

fn numbered(sequence: u64) -> Header {
    Header { producer_id: "p".into(), sequence, ..header("m") }
}

fn records(engine: &Engine) -> u64 {
    engine.summary(&all("m"), &[]).map_or(0, |(_, coverage)| coverage.records)
}

fn batch() -> driftline_engine::batch::Batch<'static> {
    Table::new().floats("x", &[1.0, 2.0]).build()
}

#[test]
fn a_batch_sent_again_is_acknowledged_and_not_counted() {
    let engine = Engine::new("w");
    let first = engine.ingest(&numbered(1), &[batch()], NEW_YEAR).unwrap();
    let again = engine.ingest(&numbered(1), &[batch()], NEW_YEAR).unwrap();
    assert_eq!((first.records, first.duplicate, again.records, again.duplicate), (2, false, 0, true));
    let counters = engine.counters();
    assert_eq!((counters.batches_accepted, counters.batches_duplicate, counters.records), (1, 1, 2));
    assert_eq!(records(&engine), 2);
}

#[test]
fn producers_count_apart_and_those_without_a_name_always() {
    let engine = Engine::new("w");
    let other = Header { producer_id: "q".into(), ..numbered(1) };
    for header in [&numbered(1), &other, &header("m"), &header("m")] {
        engine.ingest(header, &[batch()], NEW_YEAR).unwrap();
    }
    assert_eq!(records(&engine), 8);
}

#[test]
fn a_refused_batch_leaves_nothing_and_may_come_again_mended() {
    let engine = Engine::new("w");
    let wrong = Table::new().text("score", &["high"]).role("score").build();
    let error = engine.ingest(&numbered(1), &[batch(), wrong], NEW_YEAR).unwrap_err();
    assert!(matches!(error, EngineError::Role(_)));
    assert!(error.to_string().contains("column \"score\": role score needs a number, got text"), "{error}");
    assert!(engine.models().unwrap().is_empty());
    assert_eq!(engine.counters().batches_rejected["role"], 1);
    assert!(!engine.ingest(&numbered(1), &[batch()], NEW_YEAR).unwrap().duplicate);
    assert_eq!(records(&engine), 2);
}

#[test]
fn a_column_keeps_its_kind_within_a_version() {
    let engine = Engine::new("w");
    send(&engine, "m", batch());
    let error = engine.ingest(&header("m"), &[Table::new().text("x", &["a"]).build()], NEW_YEAR).unwrap_err();
    assert_eq!(
        error.to_string(),
        "column \"x\" was numeric before and is categorical now (type text); expected numeric, or another version"
    );
    let next = Header { version: "2".into(), ..header("m") };
    engine.ingest(&next, &[Table::new().text("x", &["a"]).build()], NEW_YEAR).unwrap();
    send(&engine, "m", Table::new().integers("x", &[3]).build());
    let both = engine.ingest(
        &Header { version: "3".into(), ..header("m") },
        &[batch(), Table::new().text("x", &["a"]).build()],
        NEW_YEAR,
    );
    assert!(matches!(both, Err(EngineError::Kind { .. })));
    assert!(engine.models().unwrap()[0].versions.iter().all(|version| version.name != "3"));
}

#[test]
fn names_are_checked() {
    let engine = Engine::new("w");
    for (model, rule) in [
        (String::new(), "model must not be empty"),
        ("x".repeat(300), "model must be at most 256 bytes, got 300"),
        ("a\nb".into(), "model must not hold control characters"),
    ] {
        let error = engine.ingest(&header(&model), &[batch()], NEW_YEAR).unwrap_err();
        assert!(error.to_string().contains(rule), "{error}");
    }
}

#[test]
fn threads_count_every_record_once() {
    let engine = Arc::new(Engine::new("w"));
    let threads: Vec<_> = (0..4)
        .map(|producer| {
            let engine = Arc::clone(&engine);
            std::thread::spawn(move || {
                for sequence in 1..=100 {
                    let header = Header { producer_id: format!("p{}", producer / 2), ..numbered(sequence) };
                    engine.ingest(&header, &[batch()], NEW_YEAR).unwrap();
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    assert_eq!(records(&engine), 400, "two threads a producer send the same batches");
    assert_eq!(engine.counters().batches_duplicate, 200);
}

proptest! {
    #[test]
    fn repeats_and_reorders_within_the_window_count_once(
        sequences in prop::collection::vec(1u64..900, 1..400)
    ) {
        let engine = Engine::new("w");
        for &sequence in &sequences {
            engine.ingest(&numbered(sequence), &[batch()], NEW_YEAR).unwrap();
        }
        let distinct: BTreeSet<_> = sequences.iter().collect();
        prop_assert_eq!(records(&engine), 2 * distinct.len() as u64);
    }
}
