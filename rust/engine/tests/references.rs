//! What records are compared with: baselines of a collector's own windows, ranges found from the range asked about.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use driftline_engine::engine::Engine;
use driftline_engine::error::EngineError;
use driftline_engine::monitor::Monitor;
use driftline_engine::query::{
    DriftAnswer, DriftTerms, Reference, Relative, RelativeRange, Resolved, Selection, TimeRange,
};
use driftline_engine::rollup::{DAY, HOUR};
use driftline_sketches::{ColumnProfile, Tally};
use driftline_stats::drift::Basis;
use support::{MINUTE, NEW_YEAR, Table, all, header, send};

fn range(start: i64, end: i64) -> Selection {
    Selection { start: Some(start), end: Some(end), ..all("m") }
}

/// The time of an hour before the new year.
fn hour(before: i64) -> i64 {
    NEW_YEAR - before * HOUR
}

/// Sends ten records in the window that starts at a time.
fn fill(engine: &Engine, at: i64, value: f64) {
    let values: Vec<_> = (0..10).map(|index| value + f64::from(index)).collect();
    send(engine, "m", Table::new().floats("x", &values).times("timestamp", &[at; 10]).build());
}

fn drift(engine: &Engine, selection: &Selection, reference: &Reference) -> Result<DriftAnswer, EngineError> {
    engine.drift(selection, reference, &["x".into()], &terms("ks"))
}

fn terms(metric: &str) -> DriftTerms {
    DriftTerms { metrics: vec![metric.into()], ..DriftTerms::default() }
}

fn relative(range: RelativeRange) -> Relative {
    Relative { range, ..Relative::default() }
}

fn records(engine: &Engine, asked: &Selection, relative: &Relative) -> u64 {
    let reference = Reference::Relative(relative.clone());
    match engine.resolve(&reference, asked).unwrap() {
        Resolved::Records(selection) => engine.summary(&selection, &[]).unwrap().1.records,
        Resolved::Baseline { .. } => panic!("records are asked for"),
    }
}

#[test]
fn a_trailing_range_ends_where_the_range_asked_about_starts() {
    let engine = Engine::new("w");
    for before in 1..=10 {
        fill(&engine, hour(before), 0.0);
    }
    let asked = range(hour(2), hour(0));
    let trailing = |length: i64, offset: i64| {
        relative(RelativeRange::Trailing { length: length * HOUR, offset: offset * HOUR })
    };
    assert_eq!(records(&engine, &asked, &trailing(3, 0)), 30);
    assert_eq!(records(&engine, &asked, &trailing(100, 0)), 80);
    assert_eq!(records(&engine, &asked, &trailing(100, 6)), 20);
    let excluded = vec![TimeRange { start: hour(4) - MINUTE, end: hour(4) + 1 }];
    assert_eq!(records(&engine, &asked, &Relative { excluded, ..trailing(3, 0) }), 20);
}

#[test]
fn the_same_hours_of_earlier_days_leave_out_what_lies_between() {
    let engine = Engine::new("w");
    for before in 1..=100 {
        fill(&engine, hour(before), 0.0);
    }
    let asked = range(hour(2), hour(0));
    let daily = |repeats| relative(RelativeRange::Periodic { period: DAY, repeats });
    assert_eq!(records(&engine, &asked, &daily(1)), 20);
    assert_eq!(records(&engine, &asked, &daily(4)), 80);
    let Resolved::Records(selection) = engine.resolve(&Reference::Relative(daily(2)), &asked).unwrap() else {
        panic!("records are asked for")
    };
    assert_eq!((selection.start, selection.end), (Some(hour(50)), Some(hour(24))));
    assert_eq!(selection.excluded, [TimeRange { start: hour(48), end: hour(26) }]);
    // A range as long as the period has no gap.
    let day = range(hour(24), hour(0));
    assert_eq!(records(&engine, &day, &daily(3)), 720);
}

#[test]
fn ranges_that_make_no_sense_are_refused() {
    let engine = Engine::new("w");
    fill(&engine, hour(1), 0.0);
    let asked = range(hour(2), hour(0));
    let refused = |asked: &Selection, relative: Relative, part: &str| {
        let error = engine.resolve(&Reference::Relative(relative), asked).unwrap_err();
        assert!(matches!(error, EngineError::InvalidArgument(_)), "{error}");
        assert!(error.to_string().contains(part), "{error}");
    };
    refused(&asked, Relative::default(), "must have a version");
    refused(&asked, relative(RelativeRange::Trailing { length: 0, offset: 0 }), "trailing");
    refused(&asked, relative(RelativeRange::Trailing { length: 1, offset: -1 }), "offset");
    refused(&asked, relative(RelativeRange::Periodic { period: -1, repeats: 1 }), "period");
    refused(&asked, relative(RelativeRange::Periodic { period: DAY, repeats: 1_001 }), "repeats");
    refused(&asked, relative(RelativeRange::Periodic { period: HOUR, repeats: 1 }), "longer than the period");
    refused(&all("m"), relative(RelativeRange::Trailing { length: HOUR, offset: 0 }), "must have a start");
    let open = Selection { start: Some(hour(2)), ..all("m") };
    refused(&open, relative(RelativeRange::Periodic { period: DAY, repeats: 1 }), "must have an end");
    let empty = vec![TimeRange { start: 5, end: 5 }];
    let wrong =
        Relative { excluded: empty.clone(), ..relative(RelativeRange::Trailing { length: HOUR, offset: 0 }) };
    refused(&asked, wrong, "excluded");
    let error = engine.summary(&Selection { excluded: empty, ..asked }, &[]).unwrap_err();
    assert!(error.to_string().contains("excluded"), "{error}");
}

#[test]
fn a_monitor_says_what_is_compared_with_and_changes_it_at_run_time() {
    let engine = Engine::new("w");
    for before in 1..=10 {
        fill(&engine, hour(before), if before <= 2 { 5.0 } else { 0.0 });
    }
    let asked = range(hour(2), hour(0));
    let error = drift(&engine, &asked, &Reference::Default).unwrap_err();
    assert!(matches!(error, EngineError::FailedPrecondition(_)), "{error}");

    let last = relative(RelativeRange::Trailing { length: 4 * HOUR, offset: 0 });
    let monitor = Monitor { compare_with: Some(last), ..Monitor::new("m") };
    engine.set_monitor(monitor.clone()).unwrap();
    let answer = drift(&engine, &asked, &Reference::Default).unwrap();
    assert_eq!((answer.reference.name.as_str(), answer.reference.coverage.records), ("records", 40));
    assert_eq!(answer.reference.fingerprint, None);
    assert!(answer.columns[0].values[0].value > 0.4, "{answer:?}");

    let other = Relative { version: Some("2".into()), ..Relative::default() };
    engine.set_monitor(Monitor { compare_with: Some(other), ..monitor }).unwrap();
    assert!(drift(&engine, &asked, &Reference::Default).is_err(), "there is no version 2 yet");
    let batch = Table::new().floats("x", &[5.0; 3]).times("timestamp", &[hour(1); 3]).build();
    let second = driftline_engine::engine::Header { version: "2".into(), ..header("m") };
    engine.ingest(&second, &[batch], NEW_YEAR).unwrap();
    let asked = Selection { version: Some("1".into()), ..asked };
    let answer = drift(&engine, &asked, &Reference::Default).unwrap();
    assert_eq!((answer.reference.versions, answer.reference.coverage.records), (vec!["2".to_owned()], 3));
}

#[test]
fn what_was_seen_becomes_a_baseline_with_bins_that_are_exact() {
    let engine = Engine::new("w");
    for before in 50..=60 {
        fill(&engine, hour(before), 100.0);
    }
    let rows = engine.profile(&range(hour(60), hour(50) + HOUR), &[]).unwrap().0;
    engine.set_baseline("m", "past", rows, true).unwrap();
    fill(&engine, hour(1), 100.0);
    let answer = drift(&engine, &range(hour(2), hour(0)), &Reference::Default).unwrap();
    let value = &answer.columns[0].values[0];
    assert_eq!((answer.reference.name.as_str(), answer.reference.coverage.records), ("past", 110));
    assert_eq!(answer.reference.coverage.start, hour(60));
    let psi = engine
        .drift(&range(hour(2), hour(0)), &Reference::Default, &["x".into()], &terms("psi"))
        .unwrap()
        .columns[0]
        .values[0]
        .clone();
    assert_eq!((psi.basis, psi.value), (Basis::BaselineBins, 0.0));
    assert!(value.low <= 0.0, "{value:?}");

    // Windows of before have not been counted on them.
    let old =
        engine.drift(&range(hour(60), hour(49)), &Reference::Default, &["x".into()], &terms("psi")).unwrap();
    assert_eq!(old.columns[0].values[0].basis, Basis::Sketch);
}

#[test]
fn a_baseline_keeps_the_bins_that_it_was_given() {
    let engine = Engine::new("w");
    fill(&engine, hour(5), 100.0);
    let rows = engine.profile(&all("m"), &[]).unwrap().0;
    engine.set_baseline("m", "past", rows, true).unwrap();
    let stored = engine.baseline_rows("m").unwrap().remove(0).1;
    let other = Engine::new("v");
    other.set_monitor(Monitor { baseline_bins: 3, ..Monitor::new("m") }).unwrap();
    other.set_baseline("m", "past", stored.clone(), true).unwrap();
    let bins = |engine: &Engine| {
        let model = engine.model("m").unwrap();
        let model = model.read().unwrap();
        let Some(ColumnProfile::Numeric(profile)) = model.baselines["past"].column("x") else {
            panic!("x is numeric")
        };
        let Tally::Known(counts) = profile.bins().into_owned() else { panic!("x has bins") };
        counts
    };
    assert_eq!(bins(&engine), bins(&other));
    assert!(bins(&engine).counts().len() > 3);
}

#[test]
fn equal_data_have_equal_fingerprints_however_they_came() {
    let fingerprint = |engine: &Engine| {
        let rows = engine.profile(&all("m"), &[]).unwrap().0;
        engine.set_baseline("m", "all", rows, true).unwrap();
        let reference = engine.resolve(&Reference::Baseline("all".into()), &all("m")).unwrap();
        let Resolved::Baseline { baseline, .. } = reference else { panic!("a baseline is asked for") };
        baseline.fingerprint()
    };
    let (forwards, backwards, other) = (Engine::new("a"), Engine::new("b"), Engine::new("c"));
    for before in 1..=5 {
        fill(&forwards, hour(before), before as f64);
        fill(&backwards, hour(6 - before), (6 - before) as f64);
        fill(&other, hour(before), before as f64 + if before == 3 { 0.5 } else { 0.0 });
    }
    assert_eq!(fingerprint(&forwards), fingerprint(&backwards));
    assert_ne!(fingerprint(&forwards), fingerprint(&other));
}
