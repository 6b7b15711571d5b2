//! Answers are the same whether windows are in memory or on disk only.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use driftline_engine::compact::RowMerger;
use driftline_engine::engine::Engine;
use driftline_engine::error::EngineError;
use driftline_engine::memory::{Budget, Meter};
use driftline_engine::monitor::Monitor;
use driftline_engine::offline;
use driftline_engine::principals::SignalSettings;
use driftline_engine::query::{
    DriftTerms, EvidenceRequest, Gathering, Reference, Selection, SeriesQuestion, SignalsRequest,
};
use driftline_engine::role::Role;
use driftline_engine::rollup::{DAY, HOUR, RollUp};
use driftline_engine::snapshot::SnapshotRow;
use proptest::prelude::*;
use support::{MINUTE, NEW_YEAR, Table, all, send};

/// More than any cells here take; what is in use is what the meter says.
const LIMIT: u64 = 1 << 40;

/// An engine, and what its flushes have left on disk.
struct Stored {
    engine: Engine,
    used: Arc<AtomicU64>,
    rows: Vec<SnapshotRow>,
    flushes: u64,
}

impl Stored {
    fn new() -> Self {
        let used = Arc::new(AtomicU64::new(0));
        let budget = Budget::new(LIMIT, Meter::Given(Arc::clone(&used)));
        let engine = Engine::new("w").with_budget(budget);
        let monitor = Monitor {
            segments: vec![vec!["group".into()]],
            positive_class: "1".into(),
            column_sets: [("set".to_owned(), vec!["group".into(), "x".into()])].into(),
            roles: [("word".to_owned(), Role::Principal)].into(),
            signals: Some(SignalSettings::default()),
            ..Monitor::new("m")
        };
        engine.set_monitor(monitor).unwrap();
        Self { engine, used, rows: Vec::new(), flushes: 0 }
    }

    fn flush(&mut self) {
        if let Some(flush) = self.engine.begin_flush(NEW_YEAR).unwrap() {
            self.rows.extend(flush.rows);
            self.engine.commit_flush().unwrap();
            self.flushes += 1;
        }
    }

    /// Lets what it can leave memory while so much is in use, and tells how many windows did.
    fn evict(&self) -> u64 {
        self.used.store(LIMIT - 1, Ordering::Relaxed);
        let evicted = self.engine.evict().unwrap();
        self.used.store(0, Ordering::Relaxed);
        evicted
    }

    fn roll_up(&mut self, plan: &RollUp, on_disk: bool) {
        self.engine.roll_up(plan).unwrap();
        if on_disk {
            for (before, length) in [(plan.hourly_before, HOUR), (plan.daily_before, DAY)] {
                let (old, young): (Vec<_>, Vec<_>) = std::mem::take(&mut self.rows)
                    .into_iter()
                    .partition(|row| before.is_some_and(|at| row.window_start + row.window_length <= at));
                let mut merger = RowMerger::new(Some(length), plan.drop_before);
                for row in old {
                    merger.add(row);
                }
                self.rows = merger.finish();
                self.rows.extend(young);
            }
        }
    }

    /// Adds what a question needs from disk, and checks that it asks for no more than it names.
    fn complete(&self, mut gathering: Gathering) -> Gathering {
        assert!(gathering.agrees(&self.engine, self.flushes));
        let wanted = gathering.wanted();
        assert_eq!(gathering.is_complete(), wanted.is_empty());
        for row in self.rows.iter().filter(|row| gathering.wants(&row.key())) {
            let is_named = wanted.iter().any(|each| {
                each.model == row.model
                    && each.versions.contains(&row.version)
                    && (each.first..=each.last).contains(&row.window_start)
                    && (row.key().column.is_empty()
                        || each
                            .columns
                            .as_ref()
                            .is_none_or(|names| names.iter().any(|name| *name == row.key().column)))
            });
            assert!(is_named, "{:?} of {wanted:?}", row.key());
        }
        for row in self.rows.clone() {
            gathering.add(&row).unwrap();
        }
        gathering
    }

    /// All answers about a selection, in words.
    fn answers(&self, selection: &Selection) -> Vec<String> {
        let engine = &self.engine;
        let gather = |columns: &[&str]| {
            let columns: Vec<String> = columns.iter().map(|&name| name.to_owned()).collect();
            Ok::<_, EngineError>(self.complete(engine.gather_columns(selection, &columns)?))
        };
        let reference = engine.resolve(&Reference::Records(all("m")), selection).unwrap();
        let drift = || {
            let terms = DriftTerms::default();
            let gathering = self.complete(engine.gather_drift(selection, &reference, &[], &terms)?);
            gathering.drift(&reference, &[], &terms)
        };
        let quality = || {
            let gathering = self.complete(engine.gather_quality(selection, &reference, &[])?);
            gathering.quality(engine, selection, &reference, &[], NEW_YEAR)
        };
        let series = || {
            let question = SeriesQuestion {
                selection: selection.clone(),
                columns: Vec::new(),
                statistics: ["records", "null_rate", "mean", "p50", "distinct", "share:p"]
                    .map(|name| name.parse().unwrap())
                    .to_vec(),
                every: DAY,
                offset: 0,
                season: 1,
                error: 0.05,
                now: NEW_YEAR,
            };
            self.complete(engine.gather_series(&question)?).series(&question)
        };
        // Sums hang on the order in which they are merged, by their last digits; counts do not.
        let sets = || {
            let names = engine.set_names(selection, &[])?;
            let gathering = self.complete(engine.gather_sets(selection, &reference, &names)?);
            let answer = gathering.column_sets(&reference, &names);
            let sides = answer.sets.into_iter().map(|set| (set.current, set.reference, set.notes));
            Ok::<_, EngineError>((sides.collect::<Vec<_>>(), answer.coverage, answer.incomparable))
        };
        let signals = || {
            let selection = selection.clone();
            let request = SignalsRequest { selection, level: 0.01, principals: Vec::new(), limit: 9 };
            self.complete(engine.gather_signals(&request)?).signals(engine, &request)
        };
        let performance = |by: &[&str]| {
            let by: Vec<String> = by.iter().map(|&name| name.to_owned()).collect();
            Ok::<_, EngineError>(self.complete(engine.gather_performance(selection, &by)?).performance(true))
        };
        let windows = |columns: &[&str], by: &[&str]| {
            let named = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<String>>();
            let gathering = engine.gather_windows(selection, &named(columns), &named(by))?;
            Ok::<_, EngineError>(self.complete(gathering).into_windows())
        };
        let evidence = |by: &[&str]| {
            let request = EvidenceRequest {
                selection: selection.clone(),
                reference: Reference::Records(all("m")),
                columns: Vec::new(),
                by: by.iter().map(|&name| name.to_owned()).collect(),
                level: 0.01,
                block: 2 * HOUR,
                ks_tolerance: None,
                mean_tolerance: None,
            };
            self.complete(engine.gather_evidence(&request, &reference)?).evidence(&request, &reference)
        };
        vec![
            format!("{:?}", windows(&["x", "word"], &[])),
            format!("{:?}", evidence(&["group"])),
            format!("{:?}", windows(&[], &["group"])),
            format!("{:?}", gather(&[]).map(Gathering::summary)),
            format!("{:?}", gather(&["x"]).and_then(|all| all.quantiles("x", &[0.0, 0.5, 1.0]))),
            format!("{:?}", gather(&["word"]).map(|all| all.distribution("word", 0))),
            format!("{:?}", drift()),
            format!("{:?}", quality()),
            format!("{:?}", sets()),
            format!("{:?}", series()),
            format!("{:?}", signals()),
            format!("{:?}", performance(&[])),
            format!("{:?}", performance(&["group"])),
            format!("{:?}", engine.models()),
        ]
    }
}

/// The first place at which two texts differ, but for the last bits of numbers: sums of the same ones in another order.
fn difference(left: &str, right: &str) -> Option<String> {
    let words = |text: &str| -> Vec<String> {
        let is_of_number = |sign: char| sign.is_ascii_alphanumeric() || ".-+".contains(sign);
        text.split_inclusive(|sign| !is_of_number(sign)).map(str::to_owned).collect()
    };
    let (left, right) = (words(left), words(right));
    let number = |word: &str| word.trim_end_matches([',', ')', ']', '}', ' ', '"']).parse::<f64>().ok();
    let differ = |(left, right): (&String, &String)| match (number(left), number(right)) {
        (Some(one), Some(other)) => (one - other).abs() > 1e-9 * one.abs().max(1.0),
        _ => left != right,
    };
    let place = left.iter().zip(&right).position(differ).or((left.len() != right.len()).then_some(0))?;
    let near =
        |words: &[String]| words.iter().skip(place.saturating_sub(20)).take(40).cloned().collect::<String>();
    Some(format!("{}\n{}", near(&left), near(&right)))
}

#[derive(Debug, Clone)]
enum Step {
    /// Rows by minutes before the new year.
    Send(Vec<u16>),
    /// Labels of the rows sent so far, up to so many.
    Label(u8),
    Flush,
    Evict,
    RollUp {
        hours: u8,
        days: u8,
        on_disk: bool,
    },
    Drop(u8),
    /// Values are counted by another baseline from here on: of so many numbers.
    Baseline(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => prop::collection::vec(0..5_000_u16, 1..12).prop_map(Step::Send),
        2 => (1..20_u8).prop_map(Step::Label),
        4 => Just(Step::Flush),
        4 => Just(Step::Evict),
        1 => (0..4_u8, 0..4_u8, any::<bool>()).prop_map(|(hours, days, on_disk)| Step::RollUp { hours, days, on_disk }),
        1 => (2..4_u8).prop_map(Step::Drop),
        1 => (3..5_u8).prop_map(Step::Baseline),
    ]
}

/// Values, groups and words go by the number of the row, and there are few of each, so that every sketch is exact.
fn batch(minutes: &[u16], first: usize) -> Table {
    let numbers: Vec<usize> = (first..first + minutes.len()).collect();
    let ids: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    let few: Vec<u8> = numbers.iter().map(|number| (number % 3) as u8).collect();
    Table::new()
        .dictionary("group", &["a", "b", "c"], &few)
        .dictionary("word", &["p", "q", "r"], &few)
        .times(
            "timestamp",
            &minutes.iter().map(|&each| NEW_YEAR - i64::from(each) * MINUTE).collect::<Vec<_>>(),
        )
        .floats("x", &numbers.iter().map(|number| (number % 4) as f64).collect::<Vec<_>>())
        .text("prediction_id", &ids.iter().map(String::as_str).collect::<Vec<_>>())
        .integers("prediction", &numbers.iter().map(|number| (number % 2) as i64).collect::<Vec<_>>())
}

fn labels(numbers: &[usize]) -> Table {
    let ids: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    Table::new()
        .text("prediction_id", &ids.iter().map(String::as_str).collect::<Vec<_>>())
        .integers("label", &numbers.iter().map(|number| (number / 2 % 2) as i64).collect::<Vec<_>>())
}

fn selections() -> Vec<Selection> {
    let range = |start: i64, end: i64| Selection {
        version: Some("1".into()),
        start: Some(NEW_YEAR - start * MINUTE),
        end: Some(NEW_YEAR - end * MINUTE),
        ..all("m")
    };
    let group = Selection { segment: [("group".into(), "a".into())].into(), ..range(4_000, 100) };
    vec![all("m"), range(1_500, 20), range(3_000, 2_999), group]
}

fn run(steps: Vec<Step>) -> Result<(), TestCaseError> {
    let (mut kept, mut evicting) = (Stored::new(), Stored::new());
    let (mut rows, mut labelled) = (0, 0);
    let (mut drop_before, mut last_plan) = (None, None);
    for step in steps {
        match step {
            Step::Send(minutes) => {
                for each in [&kept, &evicting] {
                    send(&each.engine, "m", batch(&minutes, rows).build());
                }
                rows += minutes.len();
            }
            Step::Label(most) => {
                let numbers: Vec<usize> = (labelled..rows).take(usize::from(most)).collect();
                labelled += numbers.len();
                if !numbers.is_empty() {
                    for each in [&kept, &evicting] {
                        send(&each.engine, "m", labels(&numbers).build());
                    }
                }
            }
            Step::Flush => {
                kept.flush();
                evicting.flush();
            }
            Step::Evict => drop(evicting.evict()),
            Step::RollUp { hours, days, on_disk } => {
                let before = |days: u8| Some(NEW_YEAR - i64::from(days) * DAY);
                let plan = RollUp { hourly_before: before(hours), daily_before: before(days), drop_before };
                last_plan = Some(plan);
                kept.flush();
                evicting.flush();
                kept.roll_up(&plan, on_disk);
                evicting.roll_up(&plan, on_disk);
            }
            Step::Baseline(numbers) => {
                let source = batch(&vec![0; usize::from(numbers)], 0).build();
                let baseline = offline::profile(&[source], Monitor::new("m"), None).unwrap();
                for each in [&kept, &evicting] {
                    each.engine.set_baseline("m", "b", baseline.clone(), true).unwrap();
                }
            }
            Step::Drop(days) => drop_before = drop_before.max(Some(NEW_YEAR - i64::from(days) * DAY)),
        }
    }
    if last_plan.is_none() {
        compare(&kept, &evicting)?;
    }
    // What is flushed does not depend on what has left memory.
    let flushed = |stored: &mut Stored| {
        let before = stored.rows.len();
        stored.flush();
        format!("{:?}", &stored.rows[before..])
    };
    prop_assert_eq!(flushed(&mut evicting), flushed(&mut kept));
    if let Some(plan) = last_plan {
        // A late window that has left memory is part of its hour or day at once, one in memory with the next roll-up.
        kept.roll_up(&plan, false);
        evicting.roll_up(&plan, false);
    }
    compare(&kept, &evicting)
}

fn compare(kept: &Stored, evicting: &Stored) -> Result<(), TestCaseError> {
    for selection in selections() {
        let (expected, found) = (kept.answers(&selection), evicting.answers(&selection));
        for (expected, found) in expected.iter().zip(&found) {
            let difference = difference(found, expected);
            prop_assert!(difference.is_none(), "{}\n{:?}", difference.unwrap_or_default(), selection);
        }
    }
    let counters = |stored: &Stored| {
        let (versions, _) = stored.engine.stats().unwrap();
        versions.iter().map(|version| (version.records, version.late_records)).collect::<Vec<_>>()
    };
    prop_assert_eq!(counters(evicting), counters(kept));
    Ok(())
}

/// Each asks some fifty questions.
fn few() -> ProptestConfig {
    let default = ProptestConfig::default();
    let is_told = std::env::var_os("PROPTEST_CASES").is_some();
    ProptestConfig { cases: if is_told { default.cases } else { 64 }, ..default }
}

proptest! {
    #![proptest_config(few())]

    #[test]
    fn answers_do_not_depend_on_what_has_left_memory(steps in prop::collection::vec(step(), 1..25)) {
        run(steps)?;
    }
}

fn days_ago(days: u16) -> u16 {
    days * 1_440
}

#[test]
fn only_what_is_on_disk_leaves_and_only_while_memory_is_short() {
    let mut stored = Stored::new();
    send(&stored.engine, "m", batch(&[1, 2, 3], 0).build());
    assert_eq!(stored.evict(), 0, "nothing is on disk");
    stored.flush();
    assert_eq!(stored.engine.evict(), Ok(0), "memory is not short");
    assert_eq!(stored.evict(), 6, "three windows, by segment and in all");
    assert_eq!(stored.engine.relief().windows_evicted, 6);
    assert_eq!(stored.engine.stats().unwrap().1.cells, 0);
    let refused = stored.engine.summary(&all("m"), &[]);
    assert!(matches!(&refused, Err(EngineError::FailedPrecondition(text)) if text.contains("on disk")));
    // Late for a window that has left: a delta of its own, until it is written.
    send(&stored.engine, "m", batch(&[2], 3).build());
    assert_eq!(stored.engine.stats().unwrap().1.cells, 2);
    stored.flush();
    assert_eq!(stored.engine.stats().unwrap().1.cells, 0);
    let summary = stored.complete(stored.engine.gather_columns(&all("m"), &[]).unwrap()).summary();
    assert_eq!((summary.1.windows, summary.1.records), (3, 4));
}

#[test]
fn a_question_from_before_a_flush_or_a_roll_up_does_not_agree_with_the_files_after_it() {
    let mut stored = Stored::new();
    send(&stored.engine, "m", batch(&[days_ago(3)], 0).build());
    stored.flush();
    stored.evict();
    let ask = |stored: &Stored| stored.engine.gather_columns(&all("m"), &[]).unwrap();
    let before = ask(&stored);
    assert!(before.agrees(&stored.engine, 1) && !before.agrees(&stored.engine, 2));
    send(&stored.engine, "m", batch(&[1], 1).build());
    assert!(before.agrees(&stored.engine, 1), "what is in memory was read already");
    stored.flush();
    assert!(!before.agrees(&stored.engine, 1) && !before.agrees(&stored.engine, 2));
    let before = ask(&stored);
    let plan = RollUp { hourly_before: Some(NEW_YEAR - DAY), ..RollUp::default() };
    stored.roll_up(&plan, true);
    assert!(!before.agrees(&stored.engine, 2));
    assert!(ask(&stored).agrees(&stored.engine, 2));
    let before = ask(&stored);
    stored.roll_up(&plan, true);
    assert!(before.agrees(&stored.engine, 2), "nothing new has become old");
}

#[test]
fn a_window_that_is_to_become_part_of_another_leaves_with_it() {
    let mut stored = Stored::new();
    let minutes = |first: u16| (first..first + 60).collect::<Vec<_>>();
    send(&stored.engine, "m", batch(&minutes(days_ago(2)), 0).build());
    stored.flush();
    stored.evict();
    // Later minutes of the same hours are in memory, on the other side of the mark.
    send(&stored.engine, "m", batch(&minutes(days_ago(2) - 60), 60).build());
    send(&stored.engine, "m", batch(&[5], 120).build());
    stored.flush();
    stored.roll_up(&RollUp { daily_before: Some(NEW_YEAR - DAY), ..RollUp::default() }, true);
    let summary = stored.complete(stored.engine.gather_columns(&all("m"), &[]).unwrap()).summary();
    assert_eq!((summary.1.windows, summary.1.records), (3, 121), "two days, one minute");
}

#[test]
fn rows_that_do_not_fit_are_loaded_as_if_they_had_left() {
    let mut stored = Stored::new();
    send(&stored.engine, "m", batch(&[10, 20, 30], 0).build());
    stored.flush();
    let reopened = Stored { rows: stored.rows.clone(), flushes: 1, ..Stored::new() };
    reopened.engine.resume_at(2, 0);
    reopened.used.store(LIMIT - 1, Ordering::Relaxed);
    reopened.engine.load(stored.rows.clone()).unwrap();
    assert_eq!(reopened.engine.stats().unwrap().1.cells, 0);
    assert_eq!(reopened.answers(&all("m"))[..4], stored.answers(&all("m"))[..4]);
    assert_eq!(reopened.engine.stats().unwrap().0[0].records, 3);
    // They are not loaded twice, nor is what comes late kept.
    send(&reopened.engine, "m", batch(&[20], 3).build());
    assert_eq!(reopened.engine.stats().unwrap().1.cells, 2);
}

/// One small batch can make more cells than all that came before.
#[test]
fn a_batch_whose_cells_do_not_fit_is_refused_before_anything_is_made_of_it() {
    const MEBIBYTE: u64 = 1 << 20;
    let used = Arc::new(AtomicU64::new(0));
    let budget = Budget::new(20 * MEBIBYTE, Meter::Given(Arc::clone(&used)));
    let engine = Engine::new("w").with_budget(budget);
    let segments = vec![vec!["group".into()]];
    engine.set_monitor(Monitor { segments, ..Monitor::new("m") }).unwrap();
    let ingest = |batch: Table| engine.ingest(&support::header("m"), &[batch.build()], NEW_YEAR);
    let (one_minute, minutes): (Vec<u16>, Vec<u16>) = (vec![7; 5_000], (0..5_000).collect());
    assert_eq!(ingest(batch(&one_minute, 0)).unwrap().records, 5_000, "four cells");
    let refused = ingest(batch(&minutes, 0));
    assert!(
        matches!(&refused, Err(EngineError::Limit(text)) if text.contains("half of memory_bytes")),
        "{refused:?}"
    );
    assert_eq!(ingest(batch(&minutes[..500], 0)).unwrap().records, 500);
    used.store(19 * MEBIBYTE, Ordering::Relaxed);
    assert!(matches!(ingest(batch(&minutes[..500], 0)), Err(EngineError::Memory { .. })));
    assert_eq!(ingest(batch(&one_minute[..500], 0)).unwrap().records, 500);
    assert_eq!(engine.counters().batches_rejected, [("limit", 1), ("memory", 1)].into());
    assert_eq!(engine.stats().unwrap().1.cells, 4 + 2 * 499, "each window with its own group, one with all");
}

#[test]
fn without_a_disk_the_oldest_are_dropped_and_counted() {
    let stored = Stored::new();
    let minutes: Vec<u16> = (1..400).collect();
    send(&stored.engine, "m", batch(&minutes, 0).build());
    assert_eq!(stored.engine.drop_oldest(), Ok(0), "memory is not short");
    stored.used.store(LIMIT - 1, Ordering::Relaxed);
    let used = Arc::clone(&stored.used);
    let dropped = stored.engine.drop_oldest().unwrap();
    used.store(0, Ordering::Relaxed);
    assert_eq!((dropped, stored.engine.relief().windows_dropped), (798, 798));
    assert_eq!(stored.engine.stats().unwrap().0[0].records, 399, "they were counted");
    send(&stored.engine, "m", batch(&[3], 399).build());
    assert_eq!(stored.engine.summary(&all("m"), &[]).unwrap().1.records, 1);
}
