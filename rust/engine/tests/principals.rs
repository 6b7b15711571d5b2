//! What principals ask: counted as it comes where the monitor says so, kept over flushes, roll-ups and restarts.
#![allow(clippy::unwrap_used, missing_docs, clippy::float_cmp)]

mod support;

use std::collections::BTreeMap;

use driftline_engine::compact::RowMerger;
use driftline_engine::engine::{Engine, Header};
use driftline_engine::error::EngineError;
use driftline_engine::monitor::Monitor;
use driftline_engine::offline;
use driftline_engine::principals::SignalSettings;
use driftline_engine::query::{PrincipalSignal, Selection, SignalsRequest};
use driftline_engine::rollup::{DAY, HOUR, RollUp};
use driftline_engine::snapshot::{SnapshotContent, SnapshotRow};
use driftline_sketches::principals::{Frame, PrincipalProfile, Principals};
use driftline_stats::security::Signal;
use proptest::prelude::*;
use support::log_folder::LogFolder;
use support::{MINUTE, NEW_YEAR, Table, all, drawn, header, segment, send};

fn monitor(most: u32) -> Monitor {
    Monitor {
        signals: Some(SignalSettings { most, ..SignalSettings::default() }),
        segments: vec![vec!["group".into()]],
        ..Monitor::new("m")
    }
}

fn engine(most: u32) -> Engine {
    let engine = Engine::new("w");
    engine.set_monitor(monitor(most)).unwrap();
    engine
}

fn request(selection: Selection) -> SignalsRequest {
    SignalsRequest { selection, level: 0.01, principals: Vec::new(), limit: 10_000 }
}

/// Who asked, how many minutes before the new year, a feature, and a score.
type Record = (u8, i64, f64, f64);

fn table(records: &[Record]) -> Table {
    let names: Vec<String> = records.iter().map(|record| format!("p{}", record.0)).collect();
    Table::new()
        .text("principal", &names.iter().map(String::as_str).collect::<Vec<_>>())
        .dictionary("group", &["a", "b", "c"], &records.iter().map(|record| record.0 % 3).collect::<Vec<_>>())
        .times("timestamp", &records.iter().map(|record| NEW_YEAR - record.1 * MINUTE).collect::<Vec<_>>())
        .floats("x", &records.iter().map(|record| record.2).collect::<Vec<_>>())
        .floats("score", &records.iter().map(|record| record.3).collect::<Vec<_>>())
}

fn training() -> Vec<SnapshotRow> {
    let records: Vec<Record> =
        (0..3_000).map(|number| (0, 0, 10.0 * drawn(number), drawn(9_000 + number))).collect();
    offline::profile(&[table(&records).build()], monitor(100), None).unwrap()
}

/// All principals of all windows that a flush gives.
fn flushed(engine: &Engine) -> Principals {
    let flush = engine.begin_flush(NEW_YEAR).unwrap().unwrap();
    engine.commit_flush().unwrap();
    let mut found = Principals::default();
    for row in &flush.rows {
        if let SnapshotContent::Principals { principals } = &row.content {
            assert!(row.segment.is_empty());
            found.merge(principals);
        }
    }
    found
}

fn profiles(principals: &Principals) -> BTreeMap<String, PrincipalProfile> {
    principals.named().map(|(name, profile)| (name.to_owned(), profile.clone())).collect()
}

#[test]
fn nothing_is_counted_unless_the_monitor_says_so() {
    let engine = Engine::new("w");
    send(&engine, "m", table(&[(1, 0, 1.0, 0.5)]).build());
    assert!(matches!(
        engine.signals(&request(all("m"))),
        Err(EngineError::FailedPrecondition(message)) if message.contains("set `signals` in its monitor")
    ));
    assert!(flushed(&engine).is_empty());
}

#[test]
fn records_are_counted_by_who_sent_them() {
    let engine = engine(100);
    engine.set_baseline("m", "training", training(), true).unwrap();
    // A step is a quarter of the deviation of an even law on [0, 10): 0.72.
    let records = [
        (1, 0, 5.0, 0.54),
        (1, 0, 5.0, 0.56),
        (1, 1, 5.01, f64::NAN),
        (2, 0, 99.0, 0.1),
        (2, 0, f64::NAN, 0.46),
        (2, 0, 1.0, 0.45),
    ];
    send(&engine, "m", table(&records).build());
    let found = flushed(&engine);
    assert!(matches!(found.frame(), Frame::Known(_)));
    let found = profiles(&found);
    let (one, two) = (&found["p1"], &found["p2"]);
    assert_eq!((one.records, one.scored, one.near_boundary), (3, 2, 1));
    assert_eq!((one.measured, one.outside), (3, 0));
    assert_eq!((one.queries.estimate().round(), one.rounded.estimate().round()), (2.0, 1.0));
    assert_eq!((two.records, two.scored, two.near_boundary), (3, 3, 2));
    assert_eq!((two.measured, two.outside), (3, 1));
    assert_eq!(two.queries.estimate().round(), 3.0);
}

#[test]
fn a_query_is_the_same_whatever_the_order_of_its_columns_and_the_type_of_its_text() {
    let engine = engine(100);
    let text = Table::new().text("principal", &["a"]).text("city", &["u"]).floats("x", &[1.0]).build();
    let coded =
        Table::new().floats("x", &[1.0]).dictionary("city", &["v", "u"], &[1]).text("principal", &["a"]);
    send(&engine, "m", text);
    send(&engine, "m", coded.build());
    let found = profiles(&flushed(&engine));
    assert_eq!((found["a"].records, found["a"].queries.estimate().round()), (2, 1.0));
}

#[test]
fn a_record_that_names_nobody_is_the_senders() {
    let engine = engine(100);
    let sender = Header { principal: "service".into(), ..header("m") };
    engine.ingest(&sender, &[Table::new().floats("x", &[1.0, 2.0]).build()], NEW_YEAR).unwrap();
    let named = Table::new().text("principal", &["alice"]).floats("x", &[1.0]);
    engine.ingest(&sender, &[named.build()], NEW_YEAR).unwrap();
    send(&engine, "m", Table::new().floats("x", &[3.0]).build());
    let found = profiles(&flushed(&engine));
    let counts: Vec<_> = found.iter().map(|(name, profile)| (name.as_str(), profile.records)).collect();
    assert_eq!(counts, [("", 1), ("alice", 1), ("service", 2)]);
    assert_eq!(found["alice"].measured, 0);
}

#[test]
fn principals_over_the_limit_are_counted_together() {
    let engine = engine(2);
    let records: Vec<Record> =
        (0..30).map(|number| (if number < 10 { number } else { 1 }, 0, 0.0, 0.5)).collect();
    send(&engine, "m", table(&records).build());
    let answer = engine.signals(&request(all("m"))).unwrap();
    assert_eq!(answer.coverage.records, 30);
    let found = flushed(&engine);
    assert_eq!(found.named().len(), 2);
    assert_eq!(profiles(&found)["p1"].records, 21);
    assert_eq!(found.other().records, 8);
    assert_eq!(answer.other_records, 8);
}

#[test]
fn labels_are_counted_by_who_gave_them_in_the_window_of_the_prediction() {
    let engine = engine(100);
    let predictions = Table::new()
        .integers("prediction_id", &[1, 2, 3, 4, 5])
        .booleans("prediction", &[true, true, false, true, true])
        .times("timestamp", &[NEW_YEAR; 5])
        .text("principal", &["reader"; 5]);
    send(&engine, "m", predictions.build());
    let labels = |ids: &[i64], values: &[bool], sources: &[&str]| {
        Table::new()
            .integers("prediction_id", ids)
            .booleans("label", values)
            .text("principal", sources)
            .build()
    };
    let later = NEW_YEAR + 3 * HOUR;
    let batch = labels(&[1, 2, 3], &[true, false, true], &["good", "bad", "bad"]);
    engine.ingest(&header("m"), &[batch], later).unwrap();
    let sender = Header { principal: "service".into(), ..header("m") };
    let unnamed = Table::new().integers("prediction_id", &[4]).booleans("label", &[true]).build();
    engine.ingest(&sender, &[unnamed], later).unwrap();
    // A correction is a label of its own of who makes it; the same again, or older news, is none.
    engine.ingest(&header("m"), &[labels(&[1], &[false], &["bad"])], later + MINUTE).unwrap();
    engine.ingest(&header("m"), &[labels(&[2], &[false], &["good"])], later + MINUTE).unwrap();
    let flush = engine.begin_flush(NEW_YEAR).unwrap().unwrap();
    let rows: Vec<_> =
        flush.rows.iter().filter(|row| matches!(row.content, SnapshotContent::Principals { .. })).collect();
    assert_eq!(rows.iter().map(|row| row.window_start).collect::<Vec<_>>(), [NEW_YEAR]);
    engine.commit_flush().unwrap();
    let SnapshotContent::Principals { principals } = &rows[0].content else { panic!("they are principals") };
    let found = profiles(principals);
    let flips: Vec<_> = found.iter().map(|(name, each)| (name.as_str(), each.labels, each.flips)).collect();
    assert_eq!(flips, [("bad", 3, 3), ("good", 1, 0), ("reader", 0, 0), ("service", 1, 0)]);
    assert_eq!(found["reader"].records, 5);
}

#[test]
fn labels_that_come_with_their_records_and_scores_without_predictions_are_compared() {
    let engine = engine(100);
    let records = Table::new()
        .text("principal", &["a", "a", "b"])
        .floats("score", &[0.9, 0.2, 0.7])
        .booleans("label", &[true, true, false]);
    send(&engine, "m", records.build());
    let found = profiles(&flushed(&engine));
    let flips = |name: &str| (found[name].labels, found[name].flips);
    assert_eq!((flips("a"), flips("b")), ((2, 1), (1, 1)));
}

#[test]
fn numbers_are_no_flips() {
    let engine = engine(100);
    let records = Table::new().text("principal", &["a"]).floats("prediction", &[1.5]).floats("label", &[2.5]);
    send(&engine, "m", records.build());
    assert_eq!(profiles(&flushed(&engine))["a"].labels, 0);
}

#[test]
fn settings_and_questions_that_make_no_sense_are_refused() {
    let set =
        |settings| Engine::new("w").set_monitor(Monitor { signals: Some(settings), ..Monitor::new("m") });
    let default = SignalSettings::default;
    for (settings, rule) in [
        (SignalSettings { most: 0, ..default() }, "signals.most must be in [1, 100000], got 0"),
        (SignalSettings { band: 0.0, ..default() }, "signals.band must be above 0"),
        (SignalSettings { tolerance: 0.5, ..default() }, "signals.tolerance must be at least 1, got 0.5"),
    ] {
        assert!(set(settings).unwrap_err().to_string().contains(rule), "{rule}");
    }
    let engine = engine(10);
    send(&engine, "m", table(&[(1, 0, 1.0, 0.5)]).build());
    let refused = |request: SignalsRequest| engine.signals(&request).unwrap_err().to_string();
    assert!(refused(SignalsRequest { level: 1.0, ..request(all("m")) }).contains("level must be above 0"));
    assert!(refused(request(segment("m", &[("group", "a")]))).contains("all records"));
}

/// Traffic of 30 principals over ten minutes, of whom one asks otherwise.
fn traffic(probe: impl Fn(usize) -> (f64, f64)) -> Table {
    let record = |number: usize| {
        let who = (number % 30) as u8;
        let minute = 10 - (number / 30 / 40) as i64;
        let (x, score) = match who {
            7 => probe(number),
            _ => ((10.0 * drawn(number % 97)).round(), drawn(number)),
        };
        (who, minute, x, score)
    };
    table(&(0..12_000).map(record).collect::<Vec<_>>())
}

fn named(table: Table, level: f64) -> Vec<(String, Signal)> {
    let engine = engine(100);
    engine.set_baseline("m", "training", training(), true).unwrap();
    send(&engine, "m", table.build());
    let answer = engine.signals(&SignalsRequest { level, ..request(all("m")) }).unwrap();
    assert_eq!((answer.principals, answer.coverage.windows), (30, 10));
    let discoveries = answer.signals.into_iter().filter(|signal| signal.is_discovery);
    discoveries.map(|signal| (signal.principal, signal.signal)).collect()
}

#[test]
fn who_asks_otherwise_is_named_and_nobody_where_all_ask_alike() {
    let clean = named(traffic(|number| ((10.0 * drawn(number % 97)).round(), drawn(number))), 0.01);
    assert_eq!(clean, []);
    let uniform = named(traffic(|number| (40.0 * drawn(50_000 + number) - 15.0, drawn(number))), 0.01);
    assert!(uniform.iter().all(|(who, _)| who == "p7"));
    let signals: Vec<Signal> = uniform.into_iter().map(|(_, signal)| signal).collect();
    assert!(signals.contains(&Signal::Outliers), "{signals:?}");
    let boundary = named(traffic(|number| (5.0 + 0.01 * drawn(number), 0.5 + 0.01 * drawn(number))), 0.01);
    assert!(boundary.contains(&("p7".into(), Signal::NearBoundary)), "{boundary:?}");
    assert!(boundary.contains(&("p7".into(), Signal::NearDuplicates)), "{boundary:?}");
    assert!(boundary.iter().all(|(who, _)| who == "p7"));
}

fn record() -> impl Strategy<Value = Record> {
    (0..12u8, 0i64..3_000, (-5i32..15).prop_map(f64::from), 0.0..1.0f64)
}

fn signals(engine: &Engine) -> Vec<PrincipalSignal> {
    engine.signals(&request(all("m"))).unwrap().signals
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn flushes_and_restarts_change_nothing(
        batches in prop::collection::vec(prop::collection::vec(record(), 1..80), 1..6), at in 0usize..6,
    ) {
        let fresh = || {
            let engine = engine(100);
            engine.set_baseline("m", "training", training(), true).unwrap();
            engine
        };
        let (plain, flushed) = (fresh(), fresh());
        let mut disk = Vec::new();
        for (number, batch) in batches.iter().enumerate() {
            send(&plain, "m", table(batch).build());
            send(&flushed, "m", table(batch).build());
            if number <= at && let Some(flush) = flushed.begin_flush(NEW_YEAR).unwrap() {
                disk.extend(flush.rows);
                flushed.commit_flush().unwrap();
            }
        }
        prop_assert_eq!(signals(&plain), signals(&flushed));
        if let Some(flush) = flushed.begin_flush(NEW_YEAR).unwrap() {
            disk.extend(flush.rows);
            flushed.commit_flush().unwrap();
        }
        let restarted = fresh();
        let mut merger = RowMerger::new(None, None);
        for row in disk.clone() {
            merger.add(row);
        }
        restarted.load(merger.finish()).unwrap();
        prop_assert_eq!(signals(&plain), signals(&restarted));
        // Windows that were rolled up hold what all of theirs did, in memory and on disk.
        let plan = RollUp { hourly_before: Some(NEW_YEAR), daily_before: Some(NEW_YEAR - DAY), drop_before: None };
        flushed.roll_up(&plan).unwrap();
        let rolled_up = fresh();
        let mut merger = RowMerger::new(Some(HOUR), None);
        for row in disk {
            merger.add(row);
        }
        rolled_up.load(merger.finish()).unwrap();
        rolled_up.roll_up(&plan).unwrap();
        prop_assert_eq!(signals(&flushed), signals(&rolled_up));
    }
}

#[test]
fn a_restart_from_the_log_counts_the_same() {
    let folder = LogFolder::new();
    let open = || folder.started(engine(100));
    let first = open();
    let sender = Header { principal: "service".into(), ..header("m") };
    let records = Table::new().integers("prediction_id", &[1, 2]).booleans("prediction", &[true, false]);
    first.ingest(&sender, &[records.build()], NEW_YEAR).unwrap();
    let labels = Table::new()
        .integers("prediction_id", &[1, 2])
        .booleans("label", &[false, false])
        .text("principal", &["bad", "good"]);
    first.ingest(&sender, &[labels.build()], NEW_YEAR).unwrap();
    send(&first, "m", table(&[(1, 0, 1.0, 0.5), (2, 3, 2.0, 0.7)]).build());
    drop(first);
    let second = open();
    let found = profiles(&flushed(&second));
    let counts: Vec<_> =
        found.iter().map(|(name, each)| (name.as_str(), each.records, each.labels, each.flips)).collect();
    assert_eq!(
        counts,
        [("bad", 0, 1, 1), ("good", 0, 1, 0), ("p1", 1, 0, 0), ("p2", 1, 0, 0), ("service", 2, 0, 0)]
    );
}
