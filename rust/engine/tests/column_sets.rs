//! Columns that are watched together: counted as they come, kept over flushes and roll-ups, compared with a baseline.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::collections::BTreeMap;

use driftline_engine::compact::RowMerger;
use driftline_engine::engine::Engine;
use driftline_engine::error::EngineError;
use driftline_engine::monitor::Monitor;
use driftline_engine::offline;
use driftline_engine::query::{ColumnSetsAnswer, Reference, Selection, SetDrift};
use driftline_engine::rollup::{DAY, HOUR, RollUp};
use driftline_engine::snapshot::{SnapshotContent, SnapshotRow};
use driftline_sketches::joint::UnseenCombinations;
use driftline_sketches::{JointProfile, Tally};
use driftline_stats::multivariate::{Finding, Metric};
use proptest::prelude::*;
use support::{MINUTE, NEW_YEAR, Table, all, segment, send};

/// Two numbers, two categories, and how many minutes before the new year.
type Record = (Option<f64>, f64, u8, u8, i64);

fn sets(declared: &[(&str, &[&str])]) -> BTreeMap<String, Vec<String>> {
    let names = |columns: &[&str]| columns.iter().map(|&name| name.to_owned()).collect();
    declared.iter().map(|(name, columns)| ((*name).to_owned(), names(columns))).collect()
}

fn monitor() -> Monitor {
    let column_sets = sets(&[("numbers", &["y", "x"]), ("all", &["y", "kind", "group", "x"])]);
    Monitor { column_sets, segments: vec![vec!["group".into()]], ..Monitor::new("m") }
}

fn engine() -> Engine {
    let engine = Engine::new("w");
    engine.set_monitor(monitor()).unwrap();
    engine
}

fn table(records: &[Record]) -> Table {
    let of = |get: fn(&Record) -> u8| records.iter().map(get).collect::<Vec<_>>();
    let kinds: Vec<&str> = records.iter().map(|record| ["p", "q", "r"][usize::from(record.3)]).collect();
    Table::new()
        .dictionary("group", &["a", "b", "c"], &of(|record| record.2))
        .text("kind", &kinds)
        .times("timestamp", &records.iter().map(|record| NEW_YEAR - record.4 * MINUTE).collect::<Vec<_>>())
        .optional_floats("x", &records.iter().map(|record| record.0).collect::<Vec<_>>())
        .floats("y", &records.iter().map(|record| record.1).collect::<Vec<_>>())
}

fn set_of(row: &SnapshotRow) -> Option<&JointProfile> {
    match &row.content {
        SnapshotContent::Set { profile } => Some(profile),
        _ => None,
    }
}

/// The profiles of sets by name, each of which has one row.
fn profiles(rows: &[SnapshotRow]) -> BTreeMap<&str, &JointProfile> {
    let sets = || rows.iter().filter_map(set_of);
    let found: BTreeMap<_, _> = sets().map(|profile| (profile.columns().name(), profile)).collect();
    assert_eq!(found.len(), sets().count());
    found
}

fn find(set: &SetDrift, metric: Metric) -> Option<&Finding> {
    set.values.iter().find(|finding| finding.metric == metric)
}

/// Points on an ellipse-like cloud, `turned` or not; each column alone is the same either way.
fn cloud(seed: u64, rows: usize, turned: bool) -> Vec<Record> {
    let mut state = seed;
    let mut next = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut bell = move || next() + next() + next() - 1.5;
    (0..rows)
        .map(|row| {
            let (common, own, other) = (bell(), bell() * 0.4, bell() * 0.4);
            let (x, y) = (common + own, if turned { -common } else { common } + other);
            let group = (row % 3) as u8;
            (Some(x), y, group, if turned { 2 - group } else { group }, (row % 90) as i64)
        })
        .collect()
}

fn ask(engine: &Engine, reference: &Reference) -> ColumnSetsAnswer {
    engine.column_sets(&all("m"), reference, &[]).unwrap()
}

#[test]
fn sets_are_counted_only_where_they_are_declared_and_whole() {
    let engine = Engine::new("w");
    send(&engine, "m", table(&cloud(1, 30, false)).build());
    assert!(profiles(&engine.profile(&all("m"), &[]).unwrap().0).is_empty());
    assert!(matches!(
        engine.column_sets(&all("m"), &Reference::Default, &[]),
        Err(EngineError::FailedPrecondition(message)) if message.contains("column_sets")
    ));
    engine.set_monitor(monitor()).unwrap();
    send(&engine, "m", table(&cloud(2, 40, false)).build());
    send(&engine, "m", Table::new().floats("x", &[1.0]).build());
    let (rows, _) = engine.profile(&all("m"), &[]).unwrap();
    let found = profiles(&rows);
    assert_eq!(found.keys().copied().collect::<Vec<_>>(), ["all", "numbers"]);
    assert!(found.values().all(|profile| profile.records == 40));
    assert_eq!(found["all"].combinations.estimate().round(), 3.0);
    let (rows, _) = engine.profile(&segment("m", &[("group", "b")]), &[]).unwrap();
    assert_eq!(profiles(&rows)["all"].records, 13);
    // A profile of some columns has no sets.
    let (rows, _) = engine.profile(&all("m"), &["x".into(), "y".into()]).unwrap();
    assert!(profiles(&rows).is_empty());
}

#[test]
fn a_null_is_no_number_and_one_value_of_a_category() {
    let engine = engine();
    let records = [
        (Some(1.0), 2.0, 0, 0, 0),
        (None, 5.0, 0, 0, 0),
        (Some(3.0), f64::INFINITY, 0, 0, 0),
        (Some(5.0), 4.0, 0, 1, 0),
    ];
    send(&engine, "m", table(&records).build());
    let (rows, _) = engine.profile(&all("m"), &[]).unwrap();
    let numbers = profiles(&rows)["numbers"];
    assert_eq!((numbers.records, numbers.moments.count()), (4, 2));
    assert_eq!(numbers.moments.means(), [3.0, 3.0]);
    assert_eq!(numbers.moments.products(), [8.0, 4.0, 2.0]);
    assert_eq!(numbers.scaled, Tally::Mixed);
}

#[test]
fn equal_values_make_equal_combinations_whatever_type_they_come_in() {
    let column_sets = sets(&[("s", &["a", "b"])]);
    let engine = Engine::new("w");
    engine.set_monitor(Monitor { column_sets, ..Monitor::new("m") }).unwrap();
    let texts = Table::new().text("a", &["u", "v", "u"]).booleans("b", &[true, false, false]);
    let coded =
        Table::new().dictionary("a", &["v", "u", "v"], &[1, 2, 0]).text("b", &["true", "false", "false"]);
    send(&engine, "m", texts.build());
    send(&engine, "m", coded.build());
    let (rows, _) = engine.profile(&all("m"), &[]).unwrap();
    assert_eq!(profiles(&rows)["s"].combinations.estimate().round(), 3.0);
}

#[test]
fn a_turn_is_found_that_no_column_shows() {
    let engine = engine();
    let rows = offline::profile(&[table(&cloud(1, 3_000, false)).build()], monitor(), None).unwrap();
    engine.set_baseline("m", "training", rows, true).unwrap();
    send(&engine, "m", table(&cloud(2, 2_000, false)).build());
    let same = ask(&engine, &Reference::Default);
    assert_eq!(
        (same.reference.name.as_str(), same.sets.len(), same.coverage.records),
        ("training", 2, 2_000)
    );
    for set in &same.sets {
        assert!(set.values.iter().all(|finding| finding.p_value.unwrap() > 1e-3), "{set:?}");
        assert_eq!((set.notes.as_slice(), set.reference.records), (&[][..], 3_000));
        assert_eq!(set.current.outside.iter().sum::<u64>(), 2_000);
        assert_eq!(set.reference.outside.iter().sum::<u64>(), 1_500);
    }
    let turned = Engine::new("w");
    turned.set_monitor(monitor()).unwrap();
    let rows = offline::profile(&[table(&cloud(1, 3_000, false)).build()], monitor(), None).unwrap();
    turned.set_baseline("m", "training", rows, true).unwrap();
    send(&turned, "m", table(&cloud(3, 2_000, true)).build());
    let found = ask(&turned, &Reference::Baseline("training".into()));
    for set in &found.sets {
        for metric in [Metric::CovarianceDistance, Metric::CorrelationChange, Metric::SquaredMmd] {
            let finding = find(set, metric).unwrap();
            assert!(finding.low > finding.noise_q95 && finding.p_value.unwrap() < 1e-9, "{finding:?}");
        }
        let means = find(set, Metric::MeanDistance).unwrap();
        assert!(means.value <= 2.0 * means.noise_q95);
    }
    let unseen = find(&found.sets[0], Metric::UnseenCombinations).unwrap();
    // A third of the combinations, those of the middle group, are the same.
    assert!((unseen.current.unwrap() - 2.0 / 3.0).abs() < 0.01 && unseen.p_value.unwrap() < 1e-100);
    assert!(find(&found.sets[1], Metric::UnseenCombinations).is_none());
}

#[test]
fn windows_of_its_own_are_a_baseline_too() {
    let engine = engine();
    let rows = offline::profile(&[table(&cloud(1, 3_000, false)).build()], monitor(), None).unwrap();
    engine.set_baseline("m", "training", rows, true).unwrap();
    send(&engine, "m", table(&cloud(2, 2_000, false)).build());
    // As it would be read back: without the combinations, which the baseline has.
    let flush = engine.begin_flush(NEW_YEAR).unwrap().unwrap();
    engine.commit_flush().unwrap();
    let restarted = self::engine();
    let training = engine.baseline_rows("m").unwrap().remove(0).1;
    restarted.set_baseline("m", "training", training, true).unwrap();
    restarted.load(flush.rows).unwrap();
    for engine in [&engine, &restarted] {
        let (rows, _) = engine.profile(&all("m"), &[]).unwrap();
        assert!(profiles(&rows)["all"].unseen.known().unwrap().known().is_here());
        engine.set_baseline("m", "last week", rows, true).unwrap();
        send(engine, "m", table(&cloud(3, 1_000, true)).build());
        let found = ask(engine, &Reference::Default);
        assert_eq!(found.reference.name, "last week");
        assert_eq!(found.sets[0].values.len(), 6, "{:?}", found.sets[0].notes);
    }
}

#[test]
fn what_cannot_be_compared_is_said() {
    let engine = engine();
    send(&engine, "m", table(&cloud(1, 200, false)).build());
    let (rows, _) = engine.profile(&all("m"), &[]).unwrap();
    engine.set_baseline("m", "own", rows, true).unwrap();
    let found = ask(&engine, &Reference::Default);
    // Nothing was counted beside a baseline.
    assert_eq!(found.sets[0].notes.len(), 2);
    assert_eq!(found.sets[0].values.len(), 3);
    assert!(found.sets[0].current.outside.is_empty());
    let column_sets = sets(&[("numbers", &["y", "x"]), ("none", &["x", "z"])]);
    engine.set_monitor(Monitor { column_sets, ..engine.monitor("m").unwrap() }).unwrap();
    let reasons: Vec<_> = ask(&engine, &Reference::Default)
        .incomparable
        .into_iter()
        .map(|set| (set.name, set.reason))
        .collect();
    assert_eq!(reasons, [("none".to_owned(), "no record has all of its columns")]);
    let alone = offline::profile(&[Table::new().floats("x", &[1.0, 2.0]).build()], monitor(), None).unwrap();
    engine.set_baseline("m", "other", alone, false).unwrap();
    let found = ask(&engine, &Reference::Baseline("other".into()));
    assert_eq!(found.incomparable[0].reason, "not in the reference");
    assert!(matches!(
        engine.column_sets(&all("m"), &Reference::Default, &["wrong".into()]),
        Err(EngineError::NotFound(message)) if message.contains("numbers")
    ));
}

#[test]
fn a_set_whose_columns_change_is_another_set() {
    let engine = engine();
    send(&engine, "m", table(&cloud(1, 50, false)).build());
    let column_sets = sets(&[("all", &["x", "kind"])]);
    engine.set_monitor(Monitor { column_sets, ..engine.monitor("m").unwrap() }).unwrap();
    send(&engine, "m", table(&cloud(2, 70, false)).build());
    let (rows, _) = engine.profile(&all("m"), &[]).unwrap();
    let of_all = rows.iter().filter_map(set_of).filter(|profile| profile.columns().name() == "all");
    let records: Vec<u64> = of_all.map(|profile| profile.records).collect();
    assert_eq!(records.iter().sum::<u64>(), 120);
    assert_eq!(records.len(), 2);
    // Rows of both come back apart, merged or not.
    let mut merger = RowMerger::new(None, None);
    rows.clone().into_iter().chain(rows.clone()).for_each(|row| merger.add(row));
    let merged = merger.finish();
    assert_eq!(merged.len(), rows.len());
    let again = Engine::new("w");
    assert_eq!(again.load(merged).unwrap(), rows.len());
}

#[test]
fn sets_that_make_no_sense_are_refused() {
    let many: Vec<String> = (0..33).map(|number| number.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    for (declared, rule) in [
        (sets(&[("s", &["x"])]), "2 to 32 columns, got 1"),
        (sets(&[("s", &many)]), "2 to 32 columns, got 33"),
        (sets(&[("s", &["x", "x"])]), "names \"x\" twice"),
        (sets(&[("", &["x", "y"])]), "must not be empty"),
        ((0..17).map(|set| (set.to_string(), vec!["x".into(), "y".into()])).collect(), "at most 16, got 17"),
    ] {
        let refused = Engine::new("w").set_monitor(Monitor { column_sets: declared, ..Monitor::new("m") });
        assert!(refused.unwrap_err().to_string().contains(rule), "{rule}");
    }
}

fn record() -> impl Strategy<Value = Record> {
    (prop::option::of(-5.0..5.0f64), -1e3..1e3f64, 0u8..3, 0u8..3, 0i64..3_000)
}

/// Counts, and sums up to rounding, of all sets.
fn digest(engine: &Engine, selection: &Selection) -> Vec<(String, Vec<u64>, Vec<i64>)> {
    let (rows, _) = engine.profile(selection, &[]).unwrap();
    let of = |(name, profile): (&str, &JointProfile)| {
        let mut counts = vec![profile.records, profile.moments.count()];
        counts.push(profile.combinations.estimate().round() as u64);
        let mut sums: Vec<f64> = profile.moments.means().to_vec();
        if let Some(scaled) = profile.scaled.known() {
            counts.extend(scaled.outside());
            counts.push(scaled.features().count());
            sums.extend(scaled.features().sums());
        }
        counts.extend(profile.unseen.known().map(UnseenCombinations::unseen));
        (name.to_owned(), counts, sums.iter().map(|sum| (sum * 100.0).round() as i64).collect())
    };
    profiles(&rows).into_iter().map(of).collect()
}

fn assert_alike(left: &Engine, right: &Engine) {
    for selection in [all("m"), segment("m", &[("group", "a")])] {
        let (left, right) = (digest(left, &selection), digest(right, &selection));
        assert_eq!(left.len(), right.len());
        for (left, right) in left.iter().zip(&right) {
            assert_eq!((&left.0, &left.1), (&right.0, &right.1));
            assert!(left.2.iter().zip(&right.2).all(|(left, right)| (left - right).abs() <= 1));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn flushes_roll_ups_and_restarts_change_nothing(
        batches in prop::collection::vec(prop::collection::vec(record(), 1..80), 1..6), at in 0usize..6,
    ) {
        let training = offline::profile(&[table(&cloud(1, 300, false)).build()], monitor(), None).unwrap();
        let fresh = || {
            let engine = engine();
            engine.set_baseline("m", "training", training.clone(), true).unwrap();
            // So that every segment is known.
            send(&engine, "m", table(&cloud(5, 3, false)).build());
            engine
        };
        let (plain, flushed) = (fresh(), fresh());
        let mut disk = Vec::new();
        let plan = RollUp { hourly_before: Some(NEW_YEAR), daily_before: Some(NEW_YEAR - DAY), drop_before: None };
        for (number, batch) in batches.iter().enumerate() {
            send(&plain, "m", table(batch).build());
            send(&flushed, "m", table(batch).build());
            if number <= at && let Some(flush) = flushed.begin_flush(NEW_YEAR).unwrap() {
                disk.extend(flush.rows);
                flushed.commit_flush().unwrap();
            }
            flushed.roll_up(&plan).unwrap();
        }
        assert_alike(&plain, &flushed);
        if let Some(flush) = flushed.begin_flush(NEW_YEAR).unwrap() {
            disk.extend(flush.rows);
            flushed.commit_flush().unwrap();
        }
        let mut merger = RowMerger::new(Some(HOUR), None);
        for row in disk {
            merger.add(row);
        }
        let restarted = engine();
        restarted.set_baseline("m", "training", training, true).unwrap();
        restarted.load(merger.finish()).unwrap();
        assert_alike(&plain, &restarted);
    }
}
