//! Who gave a label is known whether it comes before its prediction, with it or after it.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::collections::BTreeMap;

use driftline_engine::engine::{Engine, Header};
use driftline_engine::monitor::Monitor;
use driftline_engine::pending::Waiting;
use driftline_engine::principals::SignalSettings;
use driftline_engine::query::SignalsRequest;
use driftline_engine::snapshot::{SnapshotContent, SnapshotRow};
use driftline_sketches::principals::Principals;
use driftline_stats::security::Signal;
use proptest::prelude::*;
use support::disk::Disk;
use support::log_folder::LogFolder;
use support::{MINUTE, NEW_YEAR, Table, all, drawn, header, send};

fn monitor(most: u32) -> Monitor {
    Monitor { signals: Some(SignalSettings { most, ..SignalSettings::default() }), ..Monitor::new("m") }
}

fn engine(most: u32) -> Engine {
    let engine = Engine::new("w");
    engine.set_monitor(monitor(most)).unwrap();
    engine
}

fn prediction(id: i64, predicted: bool, minute: i64) -> Table {
    Table::new()
        .integers("prediction_id", &[id])
        .booleans("prediction", &[predicted])
        .times("timestamp", &[NEW_YEAR + minute * MINUTE])
}

fn label(id: i64, value: bool, source: &str) -> Table {
    Table::new().integers("prediction_id", &[id]).booleans("label", &[value]).text("principal", &[source])
}

/// Labels and flips by window and source.
type Flips = BTreeMap<(i64, String), (u64, u64)>;

fn flips_of(rows: &[SnapshotRow]) -> Flips {
    let mut windows: BTreeMap<i64, Principals> = BTreeMap::new();
    for row in rows {
        if let SnapshotContent::Principals { principals } = &row.content {
            windows.entry(row.window_start).or_default().merge(principals);
        }
    }
    let mut flips = Flips::new();
    for (window, principals) in windows {
        for (name, profile) in principals.named().filter(|(_, profile)| profile.labels > 0) {
            flips.insert((window, name.to_owned()), (profile.labels, profile.flips));
        }
    }
    flips
}

fn flips(engine: &Engine) -> Flips {
    let mut disk = Disk::default();
    disk.flush(engine);
    flips_of(&disk.rows)
}

/// Labels and flips by source, of all windows.
fn by_source(engine: &Engine) -> BTreeMap<String, (u64, u64)> {
    let mut found = BTreeMap::new();
    for ((_, name), (labels, flips)) in flips(engine) {
        let counts: &mut (u64, u64) = found.entry(name).or_default();
        *counts = (counts.0 + labels, counts.1 + flips);
    }
    found
}

fn counts(expected: &[(&str, (u64, u64))]) -> BTreeMap<String, (u64, u64)> {
    expected.iter().map(|&(name, counts)| (name.to_owned(), counts)).collect()
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Order {
    Before,
    With,
    After,
}

/// Predictions that are right nine times of ten, over ten minutes, and labels of 20 sources, of whom one flips all it gives.
fn poisoned(order: Order) -> Engine {
    let engine = engine(100);
    let rows = 0..6_000_usize;
    let ids: Vec<i64> = rows.clone().map(|row| row as i64).collect();
    let predicted: Vec<bool> = rows.clone().map(|row| drawn(row) < 0.3).collect();
    let who = |row: usize| (drawn(10_000 + row) * 20.0) as usize;
    let truth = |row: usize| predicted[row] ^ (who(row) == 7 || drawn(20_000 + row) < 0.1);
    let truths: Vec<bool> = rows.clone().map(truth).collect();
    let names: Vec<String> = rows.clone().map(|row| format!("s{:02}", who(row))).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let times: Vec<i64> = rows.map(|row| NEW_YEAR - (row as i64 / 600) * MINUTE).collect();
    let records = Table::new()
        .integers("prediction_id", &ids)
        .booleans("prediction", &predicted)
        .times("timestamp", &times);
    let labels = |table: Table| table.booleans("label", &truths).text("principal", &names);
    let given = labels(Table::new().integers("prediction_id", &ids)).build();
    match order {
        Order::Before => {
            send(&engine, "m", given);
            send(&engine, "m", records.build());
        }
        Order::With => {
            send(&engine, "m", labels(records).build());
        }
        Order::After => {
            send(&engine, "m", records.build());
            send(&engine, "m", given);
        }
    }
    engine
}

#[test]
fn labels_before_with_and_after_their_predictions_name_the_same_source_by_the_same_counts() {
    let expected = flips(&poisoned(Order::After));
    assert_eq!(expected.len(), 200, "20 sources in each of ten windows");
    for order in [Order::Before, Order::With, Order::After] {
        let engine = poisoned(order);
        let request = SignalsRequest { selection: all("m"), level: 0.01, principals: vec![], limit: 1_000 };
        let signals = engine.signals(&request).unwrap().signals;
        let flips_named =
            signals.iter().filter(|each| each.is_discovery && each.signal == Signal::LabelFlips);
        let named: Vec<&str> = flips_named.map(|each| each.principal.as_str()).collect();
        assert_eq!(named, ["s07"], "{order:?}");
        assert_eq!(flips(&engine), expected, "{order:?}");
    }
}

#[test]
fn a_label_that_waited_counts_once_in_the_version_and_window_of_its_prediction() {
    let engine = engine(10);
    send(&engine, "m", label(1, false, "bad").build());
    assert_eq!(flips(&engine), Flips::new());
    let second = Header { version: "2".into(), ..header("m") };
    engine.ingest(&second, &[prediction(1, true, -5).build()], NEW_YEAR).unwrap();
    // The same prediction again is none.
    engine.ingest(&second, &[prediction(1, true, -5).build()], NEW_YEAR).unwrap();
    let mut disk = Disk::default();
    disk.flush(&engine);
    let rows = disk.rows.iter().filter(|row| matches!(&row.content, SnapshotContent::Principals { principals } if principals.named().any(|(name, _)| name == "bad")));
    let places: Vec<_> =
        rows.map(|row| (row.version.as_str(), row.window_start, row.segment.len())).collect();
    assert_eq!(places, [("2", NEW_YEAR - 5 * MINUTE, 0)]);
    assert_eq!(flips_of(&disk.rows)[&(NEW_YEAR - 5 * MINUTE, "bad".to_owned())], (1, 1));
}

#[test]
fn a_correction_is_a_label_of_who_makes_it_and_the_same_again_is_none() {
    let engine = engine(10);
    for (value, source) in [(false, "bad"), (false, "late"), (true, "good"), (true, "late"), (false, "bad")] {
        send(&engine, "m", label(1, value, source).build());
    }
    send(&engine, "m", prediction(1, true, 0).build());
    assert_eq!(by_source(&engine), counts(&[("bad", (2, 2)), ("good", (1, 0))]));
}

#[test]
fn a_label_beside_one_that_comes_with_the_prediction_counts_as_if_it_came_after() {
    for (own, given) in [(true, true), (true, false), (false, true), (false, false)] {
        let record =
            || prediction(1, true, 0).booleans("label", &[own]).text("principal", &["owner"]).build();
        let given = || label(1, given, "other").build();
        let (before, after) = (engine(10), engine(10));
        send(&before, "m", given());
        send(&before, "m", record());
        send(&after, "m", record());
        send(&after, "m", given());
        assert_eq!(flips(&before), flips(&after), "{own}");
    }
}

#[test]
fn sources_of_labels_that_wait_are_bounded_and_forgotten_with_what_waits() {
    let engine = engine(2);
    for (id, source) in [(1, "a"), (2, "b"), (3, "c"), (4, "a")] {
        send(&engine, "m", label(id, false, source).build());
    }
    send(&engine, "m", prediction(3, true, 0).build());
    assert_eq!(by_source(&engine), BTreeMap::new());
    // With its last label the name of `b` goes, and there is room for another.
    send(&engine, "m", prediction(2, true, 0).build());
    assert_eq!(by_source(&engine), counts(&[("b", (1, 1))]));
    send(&engine, "m", label(5, false, "c").build());
    send(&engine, "m", prediction(5, true, 0).build());
    assert_eq!(by_source(&engine), counts(&[("c", (1, 1))]));
    // So it does when labels expire: `d` and `a` have none any more, and there is room for two.
    send(&engine, "m", label(6, false, "d").build());
    let later = NEW_YEAR + 8 * 24 * 60 * MINUTE;
    let arrives = |table: Table| engine.ingest(&header("m"), &[table.build()], later).unwrap();
    arrives(prediction(7, true, 8 * 24 * 60));
    for (id, source) in [(8, "e"), (9, "f"), (10, "g")] {
        arrives(label(id, false, source));
    }
    for (id, expected) in [(6, None), (8, Some("e")), (9, Some("f")), (10, None)] {
        arrives(prediction(id, true, 8 * 24 * 60));
        let expected: Vec<_> = expected.map(|source| (source, (1, 1))).into_iter().collect();
        assert_eq!(by_source(&engine), counts(&expected), "{id}");
    }
}

#[test]
fn nothing_is_remembered_where_nobody_asks() {
    let engine = Engine::new("w");
    send(&engine, "m", label(1, false, "a").build());
    let mut disk = Disk::default();
    disk.flush(&engine);
    let sources = |disk: &Disk| -> Vec<Option<String>> {
        let source = |waits: &Waiting| match waits {
            Waiting::Label { source, .. } => source.clone(),
            _ => None,
        };
        disk.pending.iter().map(|entry| source(&entry.waits)).collect()
    };
    assert_eq!(sources(&disk), [None]);
    engine.set_monitor(monitor(10)).unwrap();
    send(&engine, "m", label(2, false, "b").build());
    send(&engine, "m", label(3, false, "b").build());
    disk.flush(&engine);
    assert!(sources(&disk).contains(&Some("b".to_owned())));
    // A correction that nobody looks at is not taken for one of who gave the label before.
    engine.set_monitor(Monitor::new("m")).unwrap();
    send(&engine, "m", label(2, true, "c").build());
    engine.set_monitor(monitor(10)).unwrap();
    for id in [1, 2, 3] {
        send(&engine, "m", prediction(id, true, 0).build());
    }
    assert_eq!(by_source(&engine), counts(&[("b", (2, 2))]));
}

#[test]
fn what_waited_before_sources_were_kept_counts_for_nobody() {
    let engine = engine(10);
    send(&engine, "m", label(1, false, "a").build());
    let mut disk = Disk::default();
    disk.flush(&engine);
    for entry in &mut disk.pending {
        if let Waiting::Label { source, .. } = &mut entry.waits {
            *source = None;
        }
    }
    let restarted = disk.start(|engine| engine.set_monitor(monitor(10)).unwrap());
    send(&restarted, "m", prediction(1, true, 0).build());
    assert_eq!(by_source(&restarted), BTreeMap::new());
    assert_eq!(restarted.stats().unwrap().0[0].labels["matched"], 1);
}

#[test]
fn a_restart_from_the_log_counts_the_same() {
    let folder = LogFolder::new();
    let open = || folder.started(engine(100));
    let first = open();
    let sender = Header { principal: "service".into(), ..header("m") };
    let unnamed = Table::new().integers("prediction_id", &[3]).booleans("label", &[true]).build();
    first.ingest(&sender, &[unnamed], NEW_YEAR).unwrap();
    send(&first, "m", label(1, false, "bad").build());
    send(&first, "m", label(2, true, "bad").build());
    send(&first, "m", label(2, false, "good").build());
    send(&first, "m", prediction(1, true, 0).build());
    drop(first);
    let second = open();
    for id in [2, 3] {
        send(&second, "m", prediction(id, false, 1).build());
    }
    drop(second);
    let expected = counts(&[("bad", (2, 2)), ("good", (1, 0)), ("service", (1, 1))]);
    let found = by_source(&open());
    assert_eq!(found, expected);
}

/// A label: prediction, what it says, who says so, and when it became known, if it says.
type Given = (i64, bool, u8, Option<i64>);

fn given() -> impl Strategy<Value = Given> {
    (0..12_i64, any::<bool>(), 0..4_u8, prop::option::of(0..5_i64))
}

fn labels(given: &[Given]) -> Vec<Table> {
    // Those that say when they became known are a batch of their own: the column is there or not.
    let one = |&(id, value, source, known): &Given| {
        let table = label(id, value, &format!("s{source}"));
        known.map_or_else(
            || table.clone(),
            |minute| table.clone().times("timestamp", &[NEW_YEAR + minute * MINUTE]),
        )
    };
    given.iter().map(one).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    /// Labels in one order, predictions anywhere among them, restarts anywhere: by source and window all is as if all
    /// predictions had come first.
    #[test]
    fn any_interleaving_counts_the_same_through_restarts(
        given in prop::collection::vec(given(), 1..40),
        predicted in prop::collection::vec((any::<bool>(), 0..3_i64, 0..40_usize), 12),
        restarts in prop::collection::btree_set(0..40_usize, 0..4),
    ) {
        let record = |id: usize| prediction(id as i64, predicted[id].0, predicted[id].1).build();
        let plain = engine(100);
        for id in 0..predicted.len() {
            send(&plain, "m", record(id));
        }
        for table in labels(&given) {
            send(&plain, "m", table.build());
        }
        let expected = flips(&plain);

        let mut mixed = engine(100);
        let mut disk = Disk::default();
        let last = given.len();
        for (at, table) in labels(&given).into_iter().map(Some).chain([None]).enumerate() {
            for (id, _) in predicted.iter().enumerate().filter(|(_, each)| each.2.min(last) == at) {
                send(&mixed, "m", record(id));
            }
            if let Some(table) = table {
                send(&mixed, "m", table.build());
            }
            if restarts.contains(&at) {
                disk.flush(&mixed);
                mixed = disk.start(|engine| engine.set_monitor(monitor(100)).unwrap());
            }
        }
        disk.flush(&mixed);
        prop_assert_eq!(flips_of(&disk.rows), expected);
    }
}
