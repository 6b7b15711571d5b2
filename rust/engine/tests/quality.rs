//! What a question about quality finds of faults that were put there.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use driftline_engine::batch::{Column, DataType, Values};
use driftline_engine::engine::{Engine, Header};
use driftline_engine::error::EngineError;
use driftline_engine::monitor::Monitor;
use driftline_engine::offline;
use driftline_engine::query::{Change, QualityAnswer, Reference, Selection, TimeRange};
use driftline_stats::quality::{Check, Finding};
use support::{MINUTE, NEW_YEAR, SECOND, Table, all, header, send};

const ROWS: i64 = 60;

/// A minute's rows: numbers, words, and whole numbers that repeat.
fn minute(at: i64, rows: i64) -> Table {
    let times: Vec<i64> = (0..rows).map(|row| NEW_YEAR + at * MINUTE + row * SECOND / 2).collect();
    let numbers: Vec<f64> = (0..rows).map(|row| ((row * 37 + at * 11) % 101) as f64).collect();
    let words: Vec<&str> = (0..rows).map(|row| ["red", "green", "blue"][(row % 3) as usize]).collect();
    Table::new().times("timestamp", &times).floats("amount", &numbers).text("color", &words)
}

/// Ten minutes of a version.
fn engine() -> Engine {
    let engine = Engine::new("w");
    for at in 0..10 {
        send_as(&engine, "1", minute(at, ROWS)).unwrap();
    }
    engine
}

fn send_as(engine: &Engine, version: &str, table: Table) -> Result<u64, EngineError> {
    let header = Header { version: version.into(), ..header("m") };
    Ok(engine.ingest(&header, &[table.build()], NEW_YEAR + 25 * MINUTE)?.records)
}

fn of_version(version: &str) -> Selection {
    Selection { version: Some(version.into()), ..all("m") }
}

fn ask(engine: &Engine, current: &str, columns: &[&str]) -> QualityAnswer {
    let names: Vec<String> = columns.iter().map(|&name| name.to_owned()).collect();
    let reference = Reference::Records(of_version("1"));
    engine.quality(&of_version(current), &reference, &names, NEW_YEAR + 30 * MINUTE).unwrap()
}

fn finding<'a>(answer: &'a QualityAnswer, column: &str, check: Check) -> &'a Finding {
    let column = answer.columns.iter().find(|each| each.column == column).unwrap();
    &column.findings.iter().find(|(finding, _)| finding.check == check).unwrap().0
}

#[test]
fn nothing_is_told_of_the_same_again() {
    let engine = engine();
    for at in 10..20 {
        send_as(&engine, "2", minute(at, ROWS)).unwrap();
    }
    let answer = ask(&engine, "2", &[]);
    assert_eq!(answer.columns.len(), 2);
    for (finding, adjusted) in answer.columns.iter().flat_map(|column| &column.findings) {
        assert!(!finding.exceeds_noise(), "{finding:?}");
        assert!(adjusted.is_none_or(|adjusted| adjusted >= finding.p_value.unwrap()));
    }
    assert_eq!(answer.schema, []);
    let (volume, period, _) = answer.volume.unwrap();
    assert_eq!((period, volume.reference.records, volume.current.records), (MINUTE, 600, 600));
    assert_eq!((volume.reference.periods, volume.current.empty), (10.0, Some(0)));
    assert!(!volume.exceeds_noise());
    assert_eq!(answer.reference.name, "records");
    // The newest record is of the twentieth minute, eleven to ten before now; it came later.
    assert_eq!(answer.freshness.event_age, Some((10 * MINUTE, 11 * MINUTE)));
    assert_eq!(answer.freshness.arrival_age, Some(5 * MINUTE));
    assert_eq!(answer.freshness.longest_gap, None);
}

#[test]
fn faults_are_found_where_they_are() {
    let engine = engine();
    for at in 10..16 {
        let amounts: Vec<Option<f64>> = (0..30)
            .map(|row| match row % 6 {
                0 => None,
                1 => Some(f64::NAN),
                2 => Some(f64::INFINITY),
                _ => Some(150.0),
            })
            .collect();
        let times: Vec<i64> = (0..30).map(|row| NEW_YEAR + at * MINUTE + row * SECOND).collect();
        let faulty = Table::new()
            .times("timestamp", &times)
            .optional_floats("amount", &amounts)
            .text("color", &["violet"; 30]);
        send_as(&engine, "2", faulty).unwrap();
    }
    let answer = ask(&engine, "2", &[]);
    let told: Vec<_> = answer
        .columns
        .iter()
        .flat_map(|column| column.findings.iter().map(move |(each, _)| (column.column.as_str(), each)))
        .filter(|(_, finding)| finding.exceeds_noise())
        .map(|(column, finding)| (column, finding.check))
        .collect();
    for expected in [
        ("amount", Check::NullRate),
        ("amount", Check::NanRate),
        ("amount", Check::InfinityRate),
        ("amount", Check::OutOfRange),
        ("amount", Check::Constant),
        ("color", Check::Constant),
    ] {
        assert!(told.contains(&expected), "{expected:?} is not in {told:?}");
    }
    let nulls = finding(&answer, "amount", Check::NullRate);
    assert_eq!((nulls.reference, nulls.n_current), (0.0, 180));
    assert!((nulls.current - 1.0 / 6.0).abs() < 1e-12);
    assert_eq!(finding(&answer, "amount", Check::OutOfRange).current, 1.0);
    // Half the records a minute, and a gap after the last minute of the first version is none of the second.
    let (volume, _, adjusted) = answer.volume.unwrap();
    assert!(volume.exceeds_noise() && volume.current.mean == 30.0);
    assert!(adjusted.unwrap() >= volume.p_value.unwrap());
}

#[test]
fn columns_that_differ_are_said() {
    let engine = Engine::new("w");
    send(&engine, "m", minute(0, ROWS).text("gone", &["x"; 60]).floats("turned", &[1.0; 60]).build());
    let texts = minute(1, ROWS).text("turned", &["1"; 60]).floats("fresh", &[1.0; 60]);
    send_as(&engine, "2", texts.integers("amount_id", &[7; 60])).unwrap();
    let answer = ask(&engine, "2", &[]);
    let changes: Vec<_> = answer
        .schema
        .iter()
        .map(|change| {
            (change.change, change.column.as_str(), change.reference.as_str(), change.current.as_str())
        })
        .collect();
    assert_eq!(
        changes,
        [
            (Change::Missing, "gone", "categorical", ""),
            (Change::Added, "amount_id", "", "numeric"),
            (Change::Added, "fresh", "", "numeric"),
            (Change::Kind, "turned", "numeric", "categorical"),
        ]
    );
    assert!(answer.columns.iter().all(|column| column.column != "turned"));
    // A column of either side may be named, others may not.
    let gone = ask(&engine, "2", &["gone"]);
    assert_eq!((gone.schema.len(), gone.columns.len()), (1, 0));
    let unknown =
        engine.quality(&of_version("2"), &Reference::Records(of_version("1")), &["no".into()], NEW_YEAR);
    assert!(matches!(unknown, Err(EngineError::NotFound(_))), "{unknown:?}");
}

#[test]
fn roles_that_changed_and_records_without_a_column_are_said() {
    let engine = engine();
    let mut tables: Vec<Table> = (10..14).map(|at| minute(at, ROWS)).collect();
    let times: Vec<i64> = (0..60).map(|row| NEW_YEAR + 14 * MINUTE + row * SECOND / 2).collect();
    tables.push(Table::new().times("timestamp", &times).text("color", &["red"; 60]));
    for table in tables {
        send_as(&engine, "2", table).unwrap();
    }
    let absent = ask(&engine, "2", &[]);
    let found = finding(&absent, "amount", Check::AbsentRate);
    assert!(found.exceeds_noise() && (found.current - 0.2).abs() < 1e-12 && found.n_current == 300);
    assert!(!finding(&absent, "color", Check::AbsentRate).exceeds_noise());
    let scored = Table::new().floats("amount", &[0.5; 60]).role("score");
    send_as(&engine, "3", scored.text("color", &["red"; 60])).unwrap();
    let answer = ask(&engine, "3", &["amount"]);
    let change = &answer.schema[0];
    assert_eq!((change.change, &*change.reference, &*change.current), (Change::Role, "feature", "score"));
}

#[test]
fn a_column_of_nulls_without_a_type_is_said_to_be_untyped() {
    let engine = engine();
    let nulls = Column { validity: None, values: Values::Null };
    let table = Table::new().text("color", &["red"; 60]).column("amount", DataType::Null, 60, nulls);
    send_as(&engine, "2", table).unwrap();
    let answer = ask(&engine, "2", &[]);
    let [change] = &answer.schema[..] else { panic!("{:?}", answer.schema) };
    assert_eq!((change.change, &*change.column, &*change.reference), (Change::Untyped, "amount", "numeric"));
}

#[test]
fn refused_batches_are_counted_by_column() {
    let engine = engine();
    for _ in 0..3 {
        let refused = send_as(&engine, "1", Table::new().text("amount", &["1.0"]));
        assert!(matches!(refused, Err(EngineError::Kind { .. })));
    }
    let now = NEW_YEAR + 30 * MINUTE;
    let reference = Reference::Records(of_version("1"));
    let answer = engine.quality(&all("m"), &reference, &[], now).unwrap();
    let refusals: Vec<_> =
        answer.kind_refusals.iter().map(|each| (&*each.version, &*each.column, each.batches)).collect();
    assert_eq!(refusals, [("1", "amount", 3)]);
    assert_eq!(answer.batches_rejected["schema"], 3);
    let other = engine.quality(&of_version("1"), &reference, &["color".into()], now).unwrap();
    assert_eq!(other.kind_refusals, []);
}

#[test]
fn a_stored_baseline_has_a_rate_too() {
    let rows: Vec<_> = (0..10).map(|at| minute(at, ROWS).build()).collect();
    let baseline = offline::profile(&rows, Monitor::new("m"), None).unwrap();
    let engine = Engine::new("w");
    engine.set_baseline("m", "training", baseline, true).unwrap();
    for at in [20, 21, 22, 27, 28] {
        send_as(&engine, "1", minute(at, 20)).unwrap();
    }
    let now = NEW_YEAR + 40 * MINUTE;
    let answer = engine.quality(&all("m"), &Reference::Default, &[], now).unwrap();
    assert_eq!(answer.reference.name, "training");
    let (volume, ..) = answer.volume.unwrap();
    assert_eq!((volume.reference.records, volume.reference.empty), (600, None));
    assert!((volume.reference.periods - 9.5).abs() < 0.01, "{volume:?}");
    assert_eq!((volume.current.periods, volume.current.empty), (9.0, Some(4)));
    assert!(volume.exceeds_noise());
    assert_eq!(answer.freshness.longest_gap, Some((NEW_YEAR + 23 * MINUTE, 4 * MINUTE)));
    // With a range that was asked for, its ends count.
    let range = Selection { start: Some(NEW_YEAR), end: Some(NEW_YEAR + 40 * MINUTE), ..all("m") };
    let answer = engine.quality(&range, &Reference::Default, &[], now).unwrap();
    assert_eq!(answer.freshness.longest_gap, Some((NEW_YEAR, 20 * MINUTE)));
    assert_eq!(answer.volume.unwrap().0.current.empty, Some(35));
}

#[test]
fn silence_is_a_volume_of_nothing_and_no_schema() {
    let engine = engine();
    let range =
        Selection { start: Some(NEW_YEAR + 10 * MINUTE), end: Some(NEW_YEAR + 20 * MINUTE), ..all("m") };
    let reference = Reference::Records(Selection { end: range.start, ..all("m") });
    let answer = engine.quality(&range, &reference, &[], NEW_YEAR + 60 * MINUTE).unwrap();
    assert!(answer.schema.is_empty() && answer.columns.is_empty());
    let (volume, ..) = answer.volume.unwrap();
    assert!(volume.exceeds_noise() && volume.current.records == 0 && volume.current.empty == Some(10));
    assert_eq!(answer.freshness.longest_gap, Some((NEW_YEAR + 10 * MINUTE, 10 * MINUTE)));
    assert_eq!((answer.freshness.event_age, answer.freshness.arrival_age), (None, Some(35 * MINUTE)));
    // What is still to come is not missing.
    let answer = engine.quality(&range, &reference, &[], NEW_YEAR + 12 * MINUTE).unwrap();
    assert_eq!(answer.volume.unwrap().0.current.empty, Some(2));
}

#[test]
fn what_is_left_out_is_neither_empty_nor_a_gap() {
    let engine = engine();
    let left_out =
        |from: i64, to: i64| TimeRange { start: NEW_YEAR + from * MINUTE, end: NEW_YEAR + to * MINUTE };
    let now = NEW_YEAR + 60 * MINUTE;
    let ask = |excluded: Vec<TimeRange>| {
        let range = Selection { end: Some(NEW_YEAR + 12 * MINUTE), excluded, ..all("m") };
        engine.quality(&range, &Reference::Records(of_version("1")), &[], now).unwrap()
    };
    let answer = ask(vec![left_out(3, 6), left_out(5, 7), left_out(11, 12)]);
    let (volume, ..) = answer.volume.unwrap();
    assert_eq!((volume.current.periods, volume.current.records, volume.current.empty), (7.0, 360, Some(1)));
    assert_eq!(answer.freshness.longest_gap, Some((NEW_YEAR + 10 * MINUTE, MINUTE)));
    let (volume, ..) = ask(Vec::new()).volume.unwrap();
    assert_eq!((volume.current.periods, volume.current.empty), (12.0, Some(2)));
}

#[test]
fn times_at_the_ends_of_what_fits_are_no_defect() {
    let engine = Engine::new("w");
    let times = [i64::MIN, 0, i64::MIN + 1];
    send(&engine, "m", Table::new().floats("x", &[1.0, 2.0, 3.0]).times("timestamp", &times).build());
    let reference = Reference::Records(all("m"));
    let answer = engine.quality(&all("m"), &reference, &[], i64::MAX).unwrap();
    assert!(answer.volume.is_some() && answer.freshness.longest_gap.unwrap().1 > 0);
    let wide = Selection { start: Some(i64::MIN), end: Some(i64::MAX), ..all("m") };
    assert!(engine.quality(&wide, &reference, &[], i64::MAX).unwrap().volume.is_some());
}
