//! Columns keep a KLL sketch when they are asked to, and it holds all of their values or is not there.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use driftline_engine::engine::Engine;
use driftline_engine::error::EngineError;
use driftline_engine::monitor::Monitor;
use driftline_engine::portable::sketch_bytes;
use driftline_engine::query::Selection;
use driftline_engine::snapshot::SnapshotRow;
use driftline_sketches::{FrequentItems, Hll, Kll, TDigest};
use proptest::prelude::*;
use support::{MINUTE, NEW_YEAR, Table, all, grouped, segment, send};

fn monitor(kll_columns: &[&str]) -> Monitor {
    let kll_columns = kll_columns.iter().map(|&name| name.to_owned()).collect();
    Monitor { kll_columns, segments: vec![vec!["group".into()]], ..Monitor::new("m") }
}

fn engine(kll_columns: &[&str]) -> Engine {
    let engine = Engine::new("w");
    engine.set_monitor(monitor(kll_columns)).unwrap();
    engine
}

fn table(rows: &[(u8, i64, f64)]) -> Table {
    grouped(rows).integers("y", &rows.iter().map(|row| row.1).collect::<Vec<_>>())
}

fn bytes(engine: &Engine, selection: &Selection, column: &str, sketch: &str) -> Result<Vec<u8>, EngineError> {
    let (rows, _) = engine.profile(selection, &[]).unwrap();
    sketch_bytes(&rows, column, sketch)
}

fn kll(engine: &Engine, selection: &Selection, column: &str) -> Option<Kll> {
    match bytes(engine, selection, column, "kll") {
        Ok(bytes) => Some(Kll::from_bytes(&bytes).unwrap()),
        Err(EngineError::NotFound(_)) => None,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn columns_keep_it_that_are_named() {
    let rows = [(0, 0, 1.0), (1, 1, f64::NAN), (0, 2, 3.0), (2, 2, f64::INFINITY)];
    for (names, of_x, of_y) in
        [(&[][..], None, None), (&["x"], Some(2), None), (&["*"], Some(2), Some(4)), (&["z"], None, None)]
    {
        let engine = engine(names);
        send(&engine, "m", table(&rows).build());
        let count = |column| kll(&engine, &all("m"), column).map(|kll| kll.count());
        assert_eq!((count("x"), count("y")), (of_x, of_y), "{names:?}");
        let in_a = kll(&engine, &segment("m", &[("group", "a")]), "x").map(|kll| (kll.min(), kll.max()));
        assert_eq!(in_a, of_x.map(|_| (Some(1.0), Some(3.0))));
    }
}

#[test]
fn quantiles_are_answered_by_it_too() {
    let rows: Vec<_> = (0..5_000).map(|row| (0, row % 3, f64::from(row as i32))).collect();
    let (with, without) = (engine(&["x"]), engine(&[]));
    for engine in [&with, &without] {
        send(engine, "m", table(&rows).build());
    }
    let answer = with.quantiles(&all("m"), "x", &[0.0, 0.5, 1.0]).unwrap();
    let error = answer.kll_rank_error.unwrap();
    assert!((0.013..0.014).contains(&error), "{error}");
    for found in &answer.quantiles {
        let rank = found.kll.unwrap() / 5_000.0;
        assert!((rank - found.q).abs() <= error, "{found:?}");
    }
    let answer = without.quantiles(&all("m"), "x", &[0.5]).unwrap();
    assert_eq!((answer.kll_rank_error, answer.quantiles[0].kll), (None, None));
}

#[test]
fn a_sketch_of_some_of_the_values_is_not_shown() {
    let engine = engine(&[]);
    send(&engine, "m", table(&[(0, 5, 1.0)]).build());
    engine.set_monitor(monitor(&["x"])).unwrap();
    send(&engine, "m", table(&[(0, 0, 2.0)]).build());
    let since = |start| Selection { start: Some(start), ..all("m") };
    assert_eq!(kll(&engine, &since(NEW_YEAR), "x").map(|kll| kll.count()), Some(1));
    assert_eq!(kll(&engine, &all("m"), "x"), None);
    // A cell that began without it goes on without it, before and after the next flush.
    send(&engine, "m", table(&[(0, 5, 3.0)]).build());
    engine.begin_flush(NEW_YEAR).unwrap().unwrap();
    engine.commit_flush().unwrap();
    send(&engine, "m", table(&[(0, 5, 4.0)]).build());
    assert_eq!(kll(&engine, &since(NEW_YEAR - 5 * MINUTE), "x"), None);
    engine.set_monitor(monitor(&[])).unwrap();
    send(&engine, "m", table(&[(0, 0, 5.0)]).build());
    assert_eq!(kll(&engine, &since(NEW_YEAR), "x"), None);
}

proptest! {
    #[test]
    fn flushes_and_a_restart_keep_every_value_in_it(
        batches in prop::collection::vec(
            (prop::collection::vec((0u8..3, 0i64..4, -1e3..1e3f64), 1..300), 0u8..3), 1..8,
        ),
    ) {
        let first = engine(&["x"]);
        let mut disk: Vec<SnapshotRow> = Vec::new();
        for (rows, fate) in &batches {
            send(&first, "m", table(rows).build());
            match fate {
                0 => {
                    disk.extend(first.begin_flush(NEW_YEAR).unwrap().unwrap().rows);
                    first.commit_flush().unwrap();
                }
                1 => {
                    first.begin_flush(NEW_YEAR).unwrap().unwrap();
                    first.abort_flush().unwrap();
                }
                _ => {}
            }
        }
        if let Some(flush) = first.begin_flush(NEW_YEAR).unwrap() {
            disk.extend(flush.rows);
        }
        // What is on disk tells which columns keep it: the setting is needed for the batches to come.
        let second = engine(&[]);
        second.load(disk).unwrap();
        let values: Vec<f64> = batches.iter().flat_map(|(rows, _)| rows.iter().map(|row| row.2)).collect();
        let least = values.iter().copied().reduce(f64::min);
        for engine in [&first, &second] {
            let kll = kll(engine, &all("m"), "x").unwrap();
            prop_assert_eq!((kll.count(), kll.min()), (values.len() as u64, least));
        }
    }
}

#[test]
fn every_sketch_has_bytes() {
    let engine = engine(&["x"]);
    send(&engine, "m", table(&[(0, 0, 1.0), (1, 0, 2.0), (1, 0, 2.0)]).build());
    let bytes = |column: &str, sketch: &str| bytes(&engine, &all("m"), column, sketch);
    assert_eq!(Hll::from_bytes(&bytes("x", "hll").unwrap()).unwrap().estimate().round(), 2.0);
    assert_eq!(TDigest::from_bytes(&bytes("x", "tdigest").unwrap()).unwrap().count(), 3);
    assert_eq!(Kll::from_bytes(&bytes("x", "kll").unwrap()).unwrap().quantile(1.0), Some(2.0));
    assert_eq!(Hll::from_bytes(&bytes("group", "hll").unwrap()).unwrap().estimate().round(), 2.0);
    let frequent = FrequentItems::from_bytes(&bytes("group", "frequent").unwrap()).unwrap();
    assert_eq!(frequent.estimate("b"), (2, 2));
    let message = |column: &str, sketch: &str| bytes(column, sketch).unwrap_err().to_string();
    assert_eq!(message("x", "theta"), "sketch must be one of hll, kll, tdigest, frequent, got \"theta\"");
    assert_eq!(message("x", "frequent"), "a numeric column has no frequent sketch, and \"x\" is one");
    assert_eq!(message("group", "kll"), "a categorical column has no kll sketch, and \"group\" is one");
    assert_eq!(message("z", "hll"), "no record of the selection has the column \"z\"");
    assert!(message("y", "kll").starts_with("no KLL sketch holds all values of \"y\""));
}

#[test]
fn names_of_columns_are_checked() {
    let message = |monitor: Monitor| Engine::new("w").set_monitor(monitor).unwrap_err().to_string();
    assert_eq!(message(monitor(&["x", ""])), "kll_columns must not be empty");
    let many = Monitor { kll_columns: vec!["x".into(); 4_097], ..Monitor::new("m") };
    assert_eq!(message(many), "kll_columns must be at most 4096 names, got 4097");
}
