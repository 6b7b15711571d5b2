//! Records that are kept: a uniform sample, the same however batches come, and what is out of line.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use driftline_engine::batch::Batch;
use driftline_engine::engine::{Engine, Header};
use driftline_engine::hashed::HashKey;
use driftline_engine::monitor::Monitor;
use driftline_engine::offline::profile;
use driftline_engine::record_log::{RecordLogSettings, RecordValue, Redaction, TakenRecord};
use proptest::prelude::*;
use support::log_folder::LogFolder;
use support::{MINUTE, NEW_YEAR, Table, drawn, header};

const SAMPLE: u32 = 5;
const STRANGEST: u32 = 3;

fn settings(columns: &[&str]) -> RecordLogSettings {
    RecordLogSettings {
        columns: columns.iter().map(|&name| name.to_owned()).collect(),
        sample: SAMPLE,
        anomalous: STRANGEST,
        ..RecordLogSettings::default()
    }
}

fn engine(settings: RecordLogSettings) -> Engine {
    let key = || HashKey::new([7; 16]);
    let engine = Engine::new("w").with_hash_key(key()).with_record_log(key());
    engine.set_monitor(Monitor { record_log: Some(settings), ..Monitor::new("m") }).unwrap();
    engine
}

fn numbered(producer: &str, sequence: u64) -> Header {
    Header { producer_id: producer.into(), sequence, ..header("m") }
}

/// What a flush takes; it counts, or is to be repeated.
fn flush(engine: &Engine, is_written: bool) -> Vec<TakenRecord> {
    let Some(flush) = engine.begin_flush(NEW_YEAR).unwrap() else { return Vec::new() };
    if is_written {
        engine.commit_flush().unwrap();
    } else {
        engine.abort_flush().unwrap();
        return Vec::new();
    }
    flush.records.into_iter().flat_map(|taken| taken.records).collect()
}

/// What a reader takes of each window, of all that flushes wrote: ids of the sample, and of the strangest.
type Read = BTreeMap<i64, (BTreeSet<u64>, BTreeSet<u64>)>;

fn read(written: &[TakenRecord]) -> Read {
    let mut windows: BTreeMap<i64, Vec<&TakenRecord>> = BTreeMap::new();
    for taken in written {
        windows.entry(taken.window).or_default().push(taken);
    }
    let chosen = |mut records: Vec<&TakenRecord>| {
        records.sort_by_key(|taken| taken.record.id);
        let sampled = records.iter().filter(|taken| taken.is_sampled).map(|taken| taken.record.id);
        let sampled = sampled.take(SAMPLE as usize).collect();
        records.retain(|taken| !taken.record.anomalies.is_empty());
        records.sort_by_key(|taken| (Reverse(taken.record.anomalies.len()), taken.record.id));
        (sampled, records.iter().take(STRANGEST as usize).map(|taken| taken.record.id).collect())
    };
    windows.into_iter().map(|(window, records)| (window, chosen(records))).collect()
}

#[test]
fn every_record_of_a_window_is_as_likely_to_be_sampled_as_any_other() {
    const WINDOWS: usize = 3_000;
    const ROWS: usize = 200;
    let engine = engine(RecordLogSettings { sample: 20, anomalous: 0, ..settings(&["x"]) });
    // Batches of different sizes, the last ones of other windows' records too.
    for (number, sizes) in [60, 90, 50].into_iter().enumerate() {
        for window in 0..WINDOWS {
            let first = [0, 60, 150][number];
            let rows: Vec<f64> = (first..first + sizes).map(|row| row as f64).collect();
            let times = vec![NEW_YEAR - window as i64 * MINUTE; sizes];
            let batch = Table::new().times("timestamp", &times).floats("x", &rows).build();
            let sequence = (number * WINDOWS + window + 1) as u64;
            engine.ingest(&numbered("p", sequence), &[batch], NEW_YEAR).unwrap();
        }
    }
    let written = flush(&engine, true);
    assert_eq!(written.len(), WINDOWS * 20);
    let mut times_sampled = [0_u32; ROWS];
    for taken in &written {
        let RecordValue::Float(row) = taken.record.values[0] else { panic!("a float") };
        times_sampled[row as usize] += 1;
    }
    // Counts of rows in samples without replacement: their squared deviations, by p (1 - p) n / (n - 1), are chi-square
    // with n - 1 degrees of freedom. The bound, by Wilson and Hilferty, is passed by one run in a billion.
    let (share, degrees) = (0.1, (ROWS - 1) as f64);
    let expected = WINDOWS as f64 * share;
    let deviations: f64 = times_sampled.iter().map(|&times| (f64::from(times) - expected).powi(2)).sum();
    let statistic = deviations / (expected * (1.0 - share)) * degrees / ROWS as f64;
    let cube = |z: f64| degrees * (1.0 - 2.0 / (9.0 * degrees) + z * (2.0 / (9.0 * degrees)).sqrt()).powi(3);
    assert!((cube(-6.0)..cube(6.0)).contains(&statistic), "{statistic} for {degrees} degrees of freedom");
}

/// Batches of one producer: rows are `(minute, value)`, and NaN is out of line.
fn batches() -> impl Strategy<Value = Vec<Vec<(i64, f64)>>> {
    let value = prop_oneof![4 => -5.0..5.0, 1 => Just(f64::NAN)];
    prop::collection::vec(prop::collection::vec((0..3_i64, value), 1..12), 1..12)
}

fn table(rows: &[(i64, f64)]) -> Batch<'static> {
    let times: Vec<i64> = rows.iter().map(|row| NEW_YEAR - row.0 * MINUTE).collect();
    Table::new()
        .times("timestamp", &times)
        .floats("x", &rows.iter().map(|row| row.1).collect::<Vec<_>>())
        .text("name", &vec!["n"; rows.len()])
        .build()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_read_is_the_same_in_any_order_with_repeats_and_flushes_anywhere(
        batches in batches(),
        order in any::<Vec<prop::sample::Index>>(),
        flushes in prop::collection::vec(prop::option::of(any::<bool>()), 24),
    ) {
        let (plain, shuffled) = (engine(settings(&["x"])), engine(settings(&["x"])));
        for (rows, sequence) in batches.iter().zip(1..) {
            plain.ingest(&numbered("p", sequence), &[table(rows)], NEW_YEAR).unwrap();
        }
        let mut left: Vec<u64> = (1..=batches.len() as u64).collect();
        let mut sent = Vec::new();
        let mut order = order.iter();
        let mut written = Vec::new();
        let mut flushes = flushes.iter();
        while !left.is_empty() {
            let next = left.remove(order.next().map_or(0, |index| index.index(left.len())));
            sent.push(next);
            // One that was sent before comes again each time.
            for &sequence in &[next, sent[sent.len() / 2]] {
                let rows = table(&batches[sequence as usize - 1]);
                shuffled.ingest(&numbered("p", sequence), &[rows], NEW_YEAR + 5).unwrap();
            }
            if let Some(&is_written) = flushes.next().and_then(Option::as_ref) {
                written.extend(flush(&shuffled, is_written));
            }
        }
        written.extend(flush(&shuffled, true));
        let ids: BTreeSet<_> = written.iter().map(|taken| (taken.window, taken.record.id)).collect();
        prop_assert_eq!(ids.len(), written.len(), "each record is written once");
        let at_once = flush(&plain, true);
        prop_assert_eq!(read(&written), read(&at_once));
        // One flush takes no more than the samples.
        let windows: BTreeSet<_> = at_once.iter().map(|taken| taken.window).collect();
        prop_assert!(at_once.len() <= windows.len() * (SAMPLE + STRANGEST) as usize);
        let counts = plain.record_counts().unwrap()[0].2;
        let strange = batches.iter().flatten().filter(|row| row.1.is_nan()).count() as u64;
        let kept: u64 = read(&at_once).values().map(|(_, strangest)| strangest.len() as u64).sum();
        prop_assert_eq!((counts.anomalous, counts.anomalous - counts.anomalous_dropped), (strange, kept));
    }

    #[test]
    fn after_a_crash_the_log_gives_the_same_records_again(
        batches in batches(),
        crash in any::<prop::sample::Index>(),
        is_numbered: bool,
    ) {
        let (folder, calm_folder) = (LogFolder::new(), LogFolder::new());
        let header = |sequence| if is_numbered { numbered("p", sequence) } else { header("m") };
        let (calm, first) = (engine(settings(&["x"])), engine(settings(&["x"])));
        calm_folder.open(&calm, 0);
        folder.open(&first, 0);
        let flushed_after = crash.index(batches.len());
        let (mut written, mut position) = (Vec::new(), 0);
        for (number, rows) in batches.iter().enumerate() {
            for engine in [&calm, &first] {
                let now = NEW_YEAR + number as i64;
                let receipt = engine.ingest(&header(number as u64 + 1), &[table(rows)], now).unwrap();
                position = if number <= flushed_after { receipt.position } else { position };
            }
            if number == flushed_after {
                written = flush(&first, true);
            }
        }
        // A flush that was on its way to disk is lost too.
        let torn = first.begin_flush(NEW_YEAR).unwrap();
        drop((torn, first));
        let second = engine(settings(&["x"]));
        second.resume_at(2, position);
        folder.open(&second, position);
        written.extend(flush(&second, true));
        let ids: BTreeSet<_> = written.iter().map(|taken| (taken.window, taken.record.id)).collect();
        prop_assert_eq!(ids.len(), written.len(), "each record is written once");
        prop_assert_eq!(read(&written), read(&flush(&calm, true)));
    }

    #[test]
    fn only_named_columns_are_kept_and_as_they_were_sent(
        names in prop::collection::btree_set("[a-d]", 1..4),
        named in prop::collection::btree_set("[a-f]", 1..6),
        values in prop::collection::vec("[x-z]{0,9}", 1..20),
    ) {
        let named: Vec<&str> = named.iter().map(String::as_str).collect();
        let engine = engine(RecordLogSettings { sample: 100, ..settings(&named) });
        let texts: Vec<&str> = values.iter().map(String::as_str).collect();
        let table = names.iter().fold(Table::new(), |table, name| table.text(name, &texts));
        support::send(&engine, "m", table.build());
        let written = flush(&engine, true);
        let expected: BTreeSet<&str> =
            named.into_iter().filter(|&name| names.contains(name)).collect();
        prop_assert_eq!(written.len(), if expected.is_empty() { 0 } else { values.len() });
        for taken in &written {
            let kept: BTreeSet<&str> =
                taken.record.columns.columns.iter().map(|column| column.name.as_str()).collect();
            prop_assert_eq!(&kept, &expected);
            let RecordValue::Text(value) = &taken.record.values[0] else { panic!("text") };
            prop_assert!(values.iter().any(|sent| **sent == **value));
        }
    }
}

/// Reasons by row number, which is in the column `row`.
fn reasons(engine: &Engine) -> BTreeMap<i64, Vec<(String, &'static str)>> {
    let found = flush(engine, true).into_iter().map(|taken| {
        let record = &taken.record;
        let RecordValue::Integer(row) = record.values[0] else { panic!("an integer") };
        let name = |column: u16| record.columns.columns[column as usize].name.clone();
        let anomalies = record.anomalies.iter();
        (row, anomalies.map(|each| (name(each.column), each.reason.name())).collect())
    });
    found.collect()
}

fn scored(x: &[Option<f64>], group: &[&str], latency: &[f64], score: &[f64], prediction: &[bool]) -> Table {
    let rows: Vec<i64> = (0..x.len() as i64).collect();
    Table::new()
        .integers("row", &rows)
        .role("ignore")
        .optional_floats("x", x)
        .text("group", group)
        .floats("latency", latency)
        .floats("score", score)
        .booleans("prediction", prediction)
}

#[test]
fn records_out_of_line_say_what_it_is() {
    let columns = ["row", "x", "group", "latency", "score", "prediction"];
    let engine = engine(RecordLogSettings {
        sample: 0,
        anomalous: 100,
        latency_above: Some(0.5),
        ..settings(&columns)
    });
    let usual = scored(
        &[Some(0.0), Some(10.0), Some(3.0)],
        &["a", "b", "a"],
        &[0.1, 0.9, 0.2],
        &[0.1, 0.9, 0.5],
        &[false, true, true],
    );
    let rows = profile(&[usual.build()], Monitor::new("m"), None).unwrap();
    engine.set_baseline("m", "training", rows, true).unwrap();
    let sent = scored(
        &[Some(5.0), Some(-0.1), Some(10.1), None, Some(f64::NAN), Some(f64::INFINITY), Some(0.0)],
        &["b", "a", "a", "a", "c", "a", "a"],
        &[0.3, 0.3, 0.3, 0.6, 0.3, 0.3, 0.3],
        &[0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2],
        &[false, false, false, false, false, false, true],
    );
    support::send(&engine, "m", sent.build());
    let found = reasons(&engine);
    let of = |row: i64| -> Vec<(&str, &str)> {
        found[&row].iter().map(|(column, reason)| (column.as_str(), *reason)).collect()
    };
    assert_eq!(found.keys().copied().collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
    assert_eq!(of(1), [("x", "below_range")]);
    assert_eq!(of(2), [("x", "above_range")]);
    assert_eq!(of(3), [("x", "null"), ("latency", "slow")]);
    assert_eq!(of(4), [("x", "nan"), ("group", "unseen_category")]);
    assert_eq!(of(5), [("x", "infinite")]);
    assert_eq!(of(6), [("prediction", "contradicts_score")]);
}

#[test]
fn the_strangest_records_are_kept_when_there_is_no_room_for_all() {
    let engine = engine(RecordLogSettings { sample: 0, anomalous: 2, ..settings(&["row", "x", "y"]) });
    let (x, y) = ([f64::NAN, 1.0, f64::NAN, f64::NAN], [1.0, f64::NAN, f64::NAN, f64::NAN]);
    let table = Table::new().integers("row", &[0, 1, 2, 3]).role("ignore").floats("x", &x).floats("y", &y);
    support::send(&engine, "m", table.build());
    assert_eq!(reasons(&engine).keys().copied().collect::<Vec<_>>(), [2, 3]);
    let counts = engine.record_counts().unwrap()[0].2;
    assert_eq!((counts.anomalous, counts.anomalous_dropped), (4, 2));
}

#[test]
fn of_columns_that_are_not_named_or_are_redacted_nothing_is_said() {
    let redact = [("x".to_owned(), Redaction::Hash), ("name".to_owned(), Redaction::Mask)].into();
    let engine = engine(RecordLogSettings { redact, ..settings(&["x", "name"]) });
    let table = Table::new()
        .floats("x", &[f64::NAN, 1.0])
        .floats("y", &[1.0, f64::INFINITY])
        .text("name", &["jane", "joe"]);
    support::send(&engine, "m", table.build());
    let written = flush(&engine, true);
    assert_eq!(written.len(), 2);
    assert!(written.iter().all(|taken| taken.record.anomalies.is_empty()));
    let texts: BTreeSet<String> = written
        .iter()
        .flat_map(|taken| taken.record.values.iter().map(|value| format!("{value:?}")))
        .collect();
    assert_eq!(texts.len(), 3, "a hash each and one mask: {texts:?}");
    assert!(texts.contains("Text(\"[redacted]\")"));
    assert!(!format!("{written:?}").contains("jane"));
}

#[test]
fn ids_of_predictions_are_shown_only_where_records_name_them() {
    let sent = || Table::new().text("prediction_id", &["order-17"]).floats("score", &[0.5]).build();
    for (columns, is_shown) in [(["prediction_id", "score"].as_slice(), true), (&["score"], false)] {
        let folder = LogFolder::new();
        let engine = folder.started(engine(settings(columns)));
        support::send(&engine, "m", sent());
        let label = Table::new().text("prediction_id", &["order-17"]).booleans("label", &[true]);
        support::send(&engine, "m", label.build());
        assert_eq!(engine.stats().unwrap().0[0].labels["matched"], 1);
        let logged: Vec<u8> = std::fs::read_dir(&folder.0)
            .unwrap()
            .flat_map(|file| std::fs::read(file.unwrap().path()).unwrap())
            .collect();
        assert_eq!(logged.windows(8).any(|bytes| bytes == b"order-17"), is_shown);
        assert_eq!(format!("{:?}", flush(&engine, true)).contains("order-17"), is_shown);
    }
}

#[test]
fn nothing_is_kept_without_a_key_or_by_rules_that_no_longer_hold() {
    let engine = Engine::new("w");
    let monitor = |columns: &[&str]| Monitor { record_log: Some(settings(columns)), ..Monitor::new("m") };
    engine.set_monitor(monitor(&["x"])).unwrap();
    support::send(&engine, "m", table(&[(0, 1.0)]));
    assert_eq!(flush(&engine, true), []);
    let engine = self::engine(settings(&["x", "name"]));
    support::send(&engine, "m", table(&[(0, 1.0)]));
    engine.set_monitor(monitor(&["x"])).unwrap();
    assert_eq!(flush(&engine, true), []);
    support::send(&engine, "m", table(&[(0, 1.0)]));
    assert_eq!(flush(&engine, true)[0].record.columns.columns.len(), 1);
    engine.set_monitor(Monitor::new("m")).unwrap();
    support::send(&engine, "m", table(&[(0, 1.0)]));
    assert_eq!(flush(&engine, true), []);
}

#[test]
fn versions_and_requests_have_ids_of_their_own() {
    let engine = engine(RecordLogSettings { sample: 1_000, ..settings(&["x"]) });
    let rows: Vec<(i64, f64)> = (0..50).map(|row| (0, drawn(row))).collect();
    for (version, sequence) in [("1", 1), ("2", 2)] {
        for producer in ["p", "q", ""] {
            let sequence = if producer.is_empty() { 0 } else { sequence };
            let header = Header { version: version.into(), ..numbered(producer, sequence) };
            engine.ingest(&header, &[table(&rows), table(&rows)], NEW_YEAR).unwrap();
        }
    }
    let written = flush(&engine, true);
    let ids: BTreeSet<_> = written.iter().map(|taken| taken.record.id).collect();
    assert_eq!((written.len(), ids.len()), (600, 600));
}
