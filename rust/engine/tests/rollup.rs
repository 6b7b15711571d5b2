//! Rolling up, in memory and on disk, changes no answer beyond the error of the sketches.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use driftline_engine::compact::RowMerger;
use driftline_engine::engine::Engine;
use driftline_engine::monitor::Monitor;
use driftline_engine::offline;
use driftline_engine::query::{Coverage, DriftTerms, Reference, Selection};
use driftline_engine::rollup::{DAY, HOUR, RollUp};
use driftline_engine::snapshot::SnapshotRow;
use driftline_stats::drift::Basis;
use proptest::prelude::*;
use support::{MINUTE, NEW_YEAR, Table, all, grouped, segment, send};

type Record = (u8, i64, f64);

fn monitor() -> Monitor {
    Monitor { segments: vec![vec!["group".into()]], kll_columns: vec!["x".into()], ..Monitor::new("m") }
}

fn engine() -> Engine {
    let engine = Engine::new("w");
    engine.set_monitor(monitor()).unwrap();
    engine
}

fn table(rows: &[Record]) -> Table {
    grouped(rows)
        .integers("prediction", &rows.iter().map(|row| row.1 % 2).collect::<Vec<_>>())
        .integers("label", &rows.iter().map(|row| row.1 / 2 % 2).collect::<Vec<_>>())
}

/// Flushes, and adds what was flushed to what is on disk.
fn flush(engine: &Engine, disk: &mut Vec<SnapshotRow>) {
    if let Some(flush) = engine.begin_flush(NEW_YEAR).unwrap() {
        disk.extend(flush.rows);
        engine.commit_flush().unwrap();
    }
}

/// Merges rows as a compaction does: a range of time at a time, each with its window length.
fn compact(rows: Vec<SnapshotRow>, plan: &RollUp) -> Vec<SnapshotRow> {
    let is_before = |row: &SnapshotRow, instant: Option<i64>| instant.is_some_and(|at| row.window_start < at);
    let mut mergers = [None, Some(HOUR), Some(DAY)].map(|length| RowMerger::new(length, plan.drop_before));
    for row in rows {
        let region = if is_before(&row, plan.daily_before) {
            2
        } else {
            usize::from(is_before(&row, plan.hourly_before))
        };
        mergers[region].add(row);
    }
    mergers.into_iter().flat_map(RowMerger::finish).collect()
}

fn until(hourly_days: i64, daily_days: i64) -> RollUp {
    let before = |days: i64| Some(NEW_YEAR - days * DAY);
    RollUp { hourly_before: before(hourly_days), daily_before: before(daily_days), drop_before: None }
}

/// What must be the same whatever was rolled up.
fn exact(engine: &Engine, selection: &Selection) -> Option<String> {
    let (lines, coverage) = engine.summary(selection, &[]).ok()?;
    let lines: Vec<_> = lines
        .iter()
        .map(|line| {
            let extremes = line.numbers.map(|numbers| (numbers.min, numbers.max));
            (&line.name, line.count, line.nulls, line.distinct, extremes, &line.top)
        })
        .collect();
    let bins = engine.distribution(selection, "x", 0).unwrap().shape;
    let confusion = engine.performance(selection, &[]).unwrap().segments[0]
        .classification
        .as_ref()
        .map(|report| report.confusion.clone());
    Some(format!("{lines:?} {} {bins:?} {confusion:?}", coverage.records))
}

/// Whether the answers about some numbers keep to their errors.
fn assert_certified(engine: &Engine, selection: &Selection, mut values: Vec<f64>) {
    values.sort_by(f64::total_cmp);
    let asked = [0.0, 0.1, 0.5, 0.9, 1.0];
    let answer = engine.quantiles(selection, "x", &asked).unwrap();
    assert_eq!(answer.count, values.len() as u64);
    let mean = engine.summary(selection, &["x".into()]).unwrap().0[0].numbers.unwrap().mean;
    let exact_mean = values.iter().sum::<f64>() / values.len() as f64;
    assert!((mean - exact_mean).abs() <= 1e-9 * 1e3, "{mean} and {exact_mean}");
    for found in answer.quantiles {
        let rank = (found.q * (values.len() - 1) as f64).floor() as usize;
        let (below, above) = (values[rank], values[(rank + 1).min(values.len() - 1)]);
        assert!(
            found.low <= above && below <= found.high,
            "q {}: {found:?}, exactly {below}..{above}",
            found.q
        );
        // KLL keeps so few values whole.
        let kll = found.kll.expect("every part has a KLL sketch");
        assert!((below..=above).contains(&kll), "q {}: KLL says {kll}, exactly {below}..{above}", found.q);
    }
}

#[derive(Debug, Clone)]
enum Step {
    Send(Vec<Record>),
    Flush,
    RollUp(i64, i64),
    Compact(i64, i64),
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    let record = (0u8..3, 0i64..4 * 1440, -1e3..1e3f64);
    let days = || (0i64..3, 0i64..3).prop_map(|(hourly, more)| (hourly, hourly + more));
    prop_oneof![
        4 => prop::collection::vec(record, 1..20).prop_map(Step::Send),
        3 => Just(Step::Flush),
        2 => days().prop_map(|(hourly, daily)| Step::RollUp(hourly, daily)),
        2 => days().prop_map(|(hourly, daily)| Step::Compact(hourly, daily)),
        1 => Just(Step::Restart),
    ]
}

/// Histories take their time: an eighth of the cases asked for.
fn some_cases() -> ProptestConfig {
    let asked = ProptestConfig::default();
    ProptestConfig { cases: (asked.cases / 8).max(1), ..asked }
}

proptest! {
    #![proptest_config(some_cases())]

    #[test]
    fn no_history_changes_an_answer(steps in prop::collection::vec(step(), 1..30)) {
        let (mut tested, plain) = (engine(), engine());
        let mut disk: Vec<SnapshotRow> = Vec::new();
        let mut records: Vec<Record> = Vec::new();
        for step in steps {
            match step {
                Step::Send(rows) => {
                    send(&tested, "m", table(&rows).build());
                    send(&plain, "m", table(&rows).build());
                    records.extend(rows);
                }
                Step::Flush => flush(&tested, &mut disk),
                Step::RollUp(hourly, daily) => { tested.roll_up(&until(hourly, daily)).unwrap(); }
                Step::Compact(hourly, daily) => disk = compact(disk, &until(hourly, daily)),
                Step::Restart => {
                    flush(&tested, &mut disk);
                    tested = engine();
                    tested.load(disk.clone()).unwrap();
                }
            }
            let days = (0..4).map(|day| Selection {
                start: Some(NEW_YEAR - (day + 1) * DAY),
                end: Some(NEW_YEAR - day * DAY),
                ..all("m")
            });
            if records.is_empty() {
                continue;
            }
            for selection in days.chain([all("m"), segment("m", &[("group", "a")])]) {
                prop_assert_eq!(exact(&tested, &selection), exact(&plain, &selection));
            }
            assert_certified(&tested, &all("m"), records.iter().map(|record| record.2).collect());
        }
    }
}

fn coverage(engine: &Engine, start: i64, end: i64) -> Coverage {
    let selection = Selection { start: Some(start), end: Some(end), ..all("m") };
    engine.summary(&selection, &[]).unwrap().1
}

#[test]
fn a_question_finer_than_a_window_is_answered_by_that_window() {
    let engine = engine();
    send(&engine, "m", table(&[(0, 1440, 1.0), (0, 1439, 2.0), (1, 600, 3.0)]).build());
    flush(&engine, &mut Vec::new());
    let day = NEW_YEAR - DAY;
    assert_eq!(coverage(&engine, day + 2 * HOUR, day + 3 * HOUR).records, 0);
    assert_eq!(
        engine.roll_up(&until(0, 0)).unwrap(),
        2 + 1 + 2 + 1,
        "three windows of all and of two segments"
    );
    let answer = coverage(&engine, day + 2 * HOUR, day + 3 * HOUR);
    assert_eq!(answer, Coverage { start: day, end: NEW_YEAR, windows: 1, records: 3 });
    assert_eq!(coverage(&engine, NEW_YEAR, NEW_YEAR + MINUTE).records, 0);
    assert_eq!(engine.models().unwrap()[0].versions[0].coverage, answer);
}

#[test]
fn a_late_record_at_the_start_of_a_rolled_up_day_keeps_a_window_of_its_own_until_the_next_time() {
    let engine = engine();
    let mut disk = Vec::new();
    send(&engine, "m", table(&[(0, 1440, 1.0), (0, 1000, 2.0)]).build());
    flush(&engine, &mut disk);
    engine.roll_up(&until(0, 0)).unwrap();
    send(&engine, "m", table(&[(0, 1440, 5.0)]).build());
    assert_eq!(engine.roll_up(&until(0, 0)).unwrap(), 0, "it is not on disk");
    let day = NEW_YEAR - DAY;
    let whole = coverage(&engine, day, NEW_YEAR);
    assert_eq!((whole.windows, whole.records, whole.start, whole.end), (2, 3, day, NEW_YEAR));
    let taken = engine.begin_flush(NEW_YEAR).unwrap().unwrap().rows;
    assert!(taken.iter().all(|row| row.window_length == MINUTE && row.window_start == day));
    engine.commit_flush().unwrap();
    disk.extend(taken);
    assert_eq!(engine.roll_up(&until(0, 0)).unwrap(), 2);
    assert_eq!(coverage(&engine, day, NEW_YEAR), Coverage { windows: 1, ..whole });
    let reopened = self::engine();
    reopened.load(compact(disk, &until(0, 0))).unwrap();
    assert_eq!(coverage(&reopened, day, NEW_YEAR), Coverage { windows: 1, ..whole });
}

#[test]
fn windows_over_the_retention_go_and_others_stay() {
    let engine = engine();
    let mut disk = Vec::new();
    send(&engine, "m", table(&[(0, 2880, 1.0), (0, 2879, 2.0), (0, 1, 3.0)]).build());
    flush(&engine, &mut disk);
    let plan = RollUp { drop_before: Some(NEW_YEAR - 2 * DAY + MINUTE), ..RollUp::default() };
    assert_eq!(engine.roll_up(&plan).unwrap(), 2);
    let reopened = self::engine();
    reopened.load(compact(disk, &plan)).unwrap();
    for engine in [engine, reopened] {
        let (_, coverage) = engine.summary(&all("m"), &[]).unwrap();
        assert_eq!((coverage.records, coverage.start), (2, NEW_YEAR - 2 * DAY + MINUTE));
    }
}

#[test]
fn the_same_rows_give_the_same_rows_sorted_by_window() {
    let mut disk = Vec::new();
    let engine = engine();
    for round in 0..5u8 {
        let rows: Vec<_> = (0..200i64).map(|at| (round % 3, at * 7 % 3000, at as f64)).collect();
        send(&engine, "m", table(&rows).build());
        flush(&engine, &mut disk);
    }
    let merged = compact(disk.clone(), &until(0, 1));
    assert!(merged.len() < disk.len() / 3);
    assert_eq!(format!("{merged:?}"), format!("{:?}", compact(disk, &until(0, 1))));
    assert_eq!(merged.iter().map(|row| row.flush_sequence).max(), Some(5));
    let mut merger = RowMerger::new(None, None);
    merged.into_iter().rev().for_each(|row| merger.add(row));
    assert!(merger.finish().is_sorted_by_key(|row| row.window_start));
}

#[test]
fn bins_of_one_baseline_add_up_and_those_of_two_do_not() {
    for changes_baseline in [false, true] {
        let (tested, plain) = (engine(), engine());
        let mut disk = Vec::new();
        for (round, baseline) in ["first", "second"].into_iter().enumerate() {
            if round == 0 || changes_baseline {
                let rows: Vec<_> = (0..500).map(|at| (0, 0, f64::from(at) * (round + 1) as f64)).collect();
                let rows = offline::profile(&[table(&rows).build()], monitor(), None).unwrap();
                for engine in [&tested, &plain] {
                    engine.set_baseline("m", baseline, rows.clone(), true).unwrap();
                }
            }
            let rows: Vec<_> = (0..300).map(|at| (0, 100 + at, at as f64)).collect();
            for engine in [&tested, &plain] {
                send(engine, "m", table(&rows).build());
            }
            flush(&tested, &mut disk);
            tested.roll_up(&until(0, 0)).unwrap();
        }
        let psi = |engine: &Engine| {
            let terms = DriftTerms { metrics: vec!["psi".into()], ..DriftTerms::default() };
            let answer = engine.drift(&all("m"), &Reference::Default, &["x".into()], &terms).unwrap();
            answer.columns[0].values[0].clone()
        };
        let (found, expected) = (psi(&tested), psi(&plain));
        assert_eq!(found.basis == Basis::Sketch, changes_baseline, "{found:?}");
        if changes_baseline {
            // Without bins in common the digests are compared.
            assert!(
                found.low <= expected.value && expected.value <= found.high,
                "{found:?} and {expected:?}"
            );
        } else {
            assert_eq!(format!("{found:?}"), format!("{expected:?}"));
        }
    }
}
