//! A canary beside its control.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use driftline_engine::engine::{Engine, Header};
use driftline_engine::error::EngineError;
use driftline_engine::monitor::Monitor;
use driftline_engine::offline;
use driftline_engine::query::{CanaryAnswer, CanaryRequest, RateComparison};
use driftline_stats::evidence::{Outcome, Verdict};
use support::{MINUTE, NEW_YEAR, Table, all, drawn, header};

const ROWS: usize = 1_000;

/// What the rows of a version are like.
#[derive(Clone, Copy)]
struct Law {
    /// One of so many answers takes a second.
    slow_every: usize,
    /// One of so many has no prediction.
    missing_every: usize,
    /// One of so many is an error.
    error_every: usize,
    shift: f64,
}

const USUAL: Law = Law { slow_every: 100, missing_every: 50, error_every: 20, shift: 0.0 };

fn rows(minute: i64, seed: usize, law: Law) -> Table {
    let numbers = || seed * 1_000_000..seed * 1_000_000 + ROWS;
    let seconds =
        |at: usize| if at.is_multiple_of(law.slow_every) { 1.0 } else { 0.010 + 0.010 * drawn(at + 250_000) };
    let prediction = |at: usize| (!at.is_multiple_of(law.missing_every)).then(|| drawn(at) + law.shift);
    Table::new()
        .times("timestamp", &vec![NEW_YEAR - minute * MINUTE; ROWS])
        .floats("x", &numbers().map(|at| drawn(at + 500_000)).collect::<Vec<_>>())
        .optional_floats("prediction", &numbers().map(prediction).collect::<Vec<_>>())
        .floats("latency", &numbers().map(seconds).collect::<Vec<_>>())
        .booleans("failed", &numbers().map(|at| at.is_multiple_of(law.error_every)).collect::<Vec<_>>())
}

/// Ten minutes of traffic of two versions, after a baseline of a third of it.
fn engine(canary: Law) -> Engine {
    let engine = Engine::new("w");
    engine.set_monitor(Monitor::new("m")).unwrap();
    let baseline = offline::profile(&[rows(0, 900, USUAL).build()], Monitor::new("m"), None).unwrap();
    engine.set_baseline("m", "b", baseline, true).unwrap();
    serve(&engine, canary);
    engine
}

fn serve(engine: &Engine, canary: Law) {
    for (version, law, offset) in [("1", USUAL, 0), ("2", canary, 100)] {
        for minute in 1..=30 {
            let batch = rows(minute, offset + minute as usize, law).build();
            let header = Header { version: version.into(), ..header("m") };
            engine.ingest(&header, &[batch], NEW_YEAR).unwrap();
        }
    }
}

fn request() -> CanaryRequest {
    CanaryRequest {
        selection: all("m"),
        control: "1".into(),
        canary: "2".into(),
        columns: Vec::new(),
        level: 0.01,
        margin: 0.02,
        slow_seconds: None,
        error: Some(("failed".into(), "true".into())),
    }
}

fn rate<'a>(answer: &'a CanaryAnswer, name: &str) -> &'a RateComparison {
    answer.rates.iter().find(|rate| rate.name == name).unwrap()
}

fn differing(answer: &CanaryAnswer) -> Vec<&str> {
    let found = answer.columns.iter().filter(|column| column.is_discovery);
    found.map(|column| column.column.as_str()).collect()
}

#[test]
fn versions_of_one_law_are_alike() {
    let answer = engine(USUAL).canary(&request()).unwrap();
    assert_eq!((answer.outcome, differing(&answer)), (Outcome::Alike, vec![]), "{answer:?}");
    assert!(answer.rates.iter().all(|rate| rate.verdict == Verdict::Alike));
    let slow = rate(&answer, "slow");
    assert_eq!((slow.column.as_str(), slow.limit_basis), ("latency", "baseline_p99"));
    // A hundredth of the answers takes a second, and the limit lies below, above all others.
    assert!(slow.limit.is_some_and(|limit| 0.020 <= limit));
    let errors = rate(&answer, "error");
    assert_eq!((errors.control.0.hits, errors.control.0.misses), (1_500, 28_500));
    let missing = rate(&answer, "no_prediction");
    assert_eq!((missing.canary.0.hits, missing.canary.0.misses), (600, 29_400));
    assert!(missing.canary.1.0 < 0.02 && 0.02 < missing.canary.1.1);
    let column = &answer.columns[0];
    assert_eq!((column.windows, column.left_out), (30, 0));
    assert_eq!((column.control_records, column.canary_records), (30_000, 30_000));
    assert_eq!((answer.control.records, answer.canary.records), (30_000, 30_000));
}

#[test]
fn each_rate_alone_makes_it_worse_or_better() {
    let slow = Law { slow_every: 10, ..USUAL };
    let missing = Law { missing_every: 10, ..USUAL };
    let failing = Law { error_every: 8, ..USUAL };
    for (law, name) in [(slow, "slow"), (missing, "no_prediction"), (failing, "error")] {
        let answer = engine(law).canary(&CanaryRequest { slow_seconds: Some(0.5), ..request() }).unwrap();
        assert_eq!(answer.outcome, Outcome::Worse, "{name}");
        for rate in &answer.rates {
            let expected = if rate.name == name { Verdict::Higher } else { Verdict::Alike };
            assert_eq!(rate.verdict, expected, "{rate:?}");
        }
    }
    let answer = engine(Law { error_every: 500, ..USUAL }).canary(&request()).unwrap();
    assert_eq!((answer.outcome, rate(&answer, "error").verdict), (Outcome::Better, Verdict::Lower));
    let narrow = engine(USUAL).canary(&CanaryRequest { margin: 0.0, ..request() }).unwrap();
    assert_eq!(narrow.outcome, Outcome::Undecided, "equal rates are never certain");
}

#[test]
fn predictions_that_differ_are_neither_better_nor_alike() {
    let answer = engine(Law { shift: 0.2, ..USUAL }).canary(&request()).unwrap();
    assert_eq!((answer.outcome, differing(&answer)), (Outcome::Undecided, vec!["prediction"]));
    let others = CanaryRequest { columns: vec!["x".into()], ..request() };
    let answer = engine(Law { shift: 0.2, ..USUAL }).canary(&others).unwrap();
    assert_eq!(answer.columns.len(), 1);
    assert_eq!((answer.outcome, answer.rates.len()), (Outcome::Alike, 3), "rates are always looked at");
}

#[test]
fn without_a_baseline_the_controls_own_latency_is_the_limit_and_columns_have_no_bins() {
    let engine = Engine::new("w");
    serve(&engine, USUAL);
    let answer = engine.canary(&request()).unwrap();
    assert_eq!(rate(&answer, "slow").limit_basis, "control_p99");
    assert!(answer.columns.iter().all(|column| (column.windows, column.left_out) == (0, 30)));
    let given = CanaryRequest { slow_seconds: Some(0.5), ..request() };
    let answer = engine.canary(&given).unwrap();
    let slow = rate(&answer, "slow");
    assert_eq!((slow.limit_basis, slow.limit), ("given", Some(0.5)));
    assert_eq!((slow.control.0.hits, slow.canary.0.hits), (300, 300));
}

#[test]
fn what_makes_no_sense_is_refused() {
    let engine = engine(USUAL);
    for (request, words) in [
        (CanaryRequest { canary: "1".into(), ..request() }, "two versions"),
        (CanaryRequest { canary: "3".into(), ..request() }, "version"),
        (CanaryRequest { level: 1.0, ..request() }, "level must be"),
        (CanaryRequest { margin: -0.1, ..request() }, "margin must be"),
        (CanaryRequest { slow_seconds: Some(0.0), ..request() }, "above 0 seconds"),
        (CanaryRequest { error: Some(("x".into(), "1".into())), ..request() }, "categories or booleans"),
        (CanaryRequest { error: Some(("y".into(), "1".into())), ..request() }, "column"),
    ] {
        let refused: Result<CanaryAnswer, EngineError> = engine.canary(&request);
        assert!(refused.as_ref().is_err_and(|error| error.to_string().contains(words)), "{refused:?}");
    }
}
