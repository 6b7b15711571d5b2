//! Objectives stand the same whether windows are in memory, rolled up, or on disk only.
#![allow(clippy::unwrap_used, missing_docs, clippy::float_cmp)]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use driftline_engine::engine::Engine;
use driftline_engine::error::EngineError;
use driftline_engine::memory::{Budget, Meter};
use driftline_engine::monitor::Monitor;
use driftline_engine::objective::{BadRecord, Objective};
use driftline_engine::query::{ObjectivesAnswer, Selection};
use driftline_engine::rollup::{HOUR, RollUp};
use driftline_stats::slo::Severity;
use support::{MINUTE, NEW_YEAR, Table, all, drawn, send};

const LIMIT: u64 = 1 << 40;

fn objective(bad: BadRecord) -> Objective {
    Objective { bad, target: 0.99, period: 48 * HOUR }
}

fn monitor() -> Monitor {
    let objectives = [
        ("fast".to_owned(), objective(BadRecord::Slow { column: None, limit: 0.2 })),
        ("right".to_owned(), objective(BadRecord::Error { column: "failed".into(), value: "true".into() })),
        ("there".to_owned(), objective(BadRecord::Missing { column: "x".into() })),
    ];
    Monitor { objectives: objectives.into(), ..Monitor::new("m") }
}

/// Two days up to the new year, a record every other minute; slow in the last hour.
fn batch(from: i64, to: i64) -> Table {
    let minutes: Vec<i64> = (from..to).step_by(2).collect();
    let number = |minute: &i64| *minute as usize;
    Table::new()
        .times("timestamp", &minutes.iter().map(|minute| NEW_YEAR - minute * MINUTE).collect::<Vec<_>>())
        .floats(
            "latency",
            &minutes.iter().map(|minute| if *minute < 60 { 1.0 } else { 0.1 }).collect::<Vec<_>>(),
        )
        .booleans(
            "failed",
            &minutes.iter().map(|minute| drawn(1 + number(minute)) < 0.001).collect::<Vec<_>>(),
        )
        .optional_floats(
            "x",
            &minutes.iter().map(|minute| (minute % 50 != 0).then_some(1.0)).collect::<Vec<_>>(),
        )
}

/// What does not say which windows took part.
fn figures(answer: &ObjectivesAnswer) -> Vec<String> {
    answer
        .objectives
        .iter()
        .map(|each| format!("{} {:?} {:?} {:?}", each.name, each.counted, each.good, each.severity))
        .collect()
}

#[test]
fn memory_and_disk_agree() {
    let used = Arc::new(AtomicU64::new(0));
    let evicting = Engine::new("w").with_budget(Budget::new(LIMIT, Meter::Given(Arc::clone(&used))));
    let plain = Engine::new("w");
    let mut rows = Vec::new();
    for engine in [&plain, &evicting] {
        engine.set_monitor(monitor()).unwrap();
        for (from, to) in [(1_000, 2_880), (0, 1_000)] {
            send(engine, "m", batch(from, to).build());
        }
    }
    let flush = evicting.begin_flush(NEW_YEAR).unwrap().unwrap();
    rows.extend(flush.rows);
    evicting.commit_flush().unwrap();
    used.store(LIMIT - 1, Ordering::Relaxed);
    assert!(evicting.evict().unwrap() > 0);
    let expected = plain.objectives(&all("m"), NEW_YEAR).unwrap();
    assert!(matches!(evicting.objectives(&all("m"), NEW_YEAR), Err(EngineError::FailedPrecondition(_))));
    let mut gathering = evicting.gather_objectives(&all("m")).unwrap();
    let wanted = gathering.wanted();
    assert_eq!(wanted[0].columns.as_ref().unwrap().len(), 3);
    for row in &rows {
        gathering.add(row).unwrap();
    }
    let found = gathering.objectives(&evicting, &all("m"), NEW_YEAR).unwrap();
    assert_eq!(format!("{found:?}"), format!("{expected:?}"));
    let [fast, right, there] = &found.objectives[..] else { panic!("there are three") };
    assert_eq!((fast.counted.records, fast.counted.least, fast.counted.most), (1_440, 30, 30));
    assert_eq!((fast.severity, right.severity), (Severity::Page, Severity::None));
    assert_eq!((there.counted.least, there.counted.records), (58, 1_440));
    // The range reaches back by the period, and no further.
    let earlier = Selection { end: Some(NEW_YEAR - 40 * HOUR), ..all("m") };
    assert_eq!(plain.objectives(&earlier, NEW_YEAR).unwrap().objectives[0].counted.records, 239);
}

#[test]
fn windows_that_were_rolled_up_count_for_the_period() {
    let engine = Engine::new("w");
    engine.set_monitor(monitor()).unwrap();
    send(&engine, "m", batch(0, 2_700).build());
    let before = engine.objectives(&all("m"), NEW_YEAR).unwrap();
    engine.begin_flush(NEW_YEAR).unwrap().unwrap();
    engine.commit_flush().unwrap();
    let plan = RollUp { hourly_before: Some(NEW_YEAR - HOUR), ..RollUp::default() };
    assert!(engine.roll_up(&plan).unwrap() > 0);
    let after = engine.objectives(&all("m"), NEW_YEAR).unwrap();
    assert_eq!(figures(&before), figures(&after));
}

#[test]
fn objectives_that_make_no_sense_are_refused() {
    let slow = |limit: f64| objective(BadRecord::Slow { column: None, limit });
    for (name, objective, rule) in [
        ("", slow(0.2), "must not be empty"),
        ("o", Objective { target: 1.0, ..slow(0.2) }, "target must be above 0 and below 1, got 1"),
        ("o", Objective { period: 1, ..slow(0.2) }, "period must be 1 minute to 366 days, got 1 ns"),
        ("o", slow(0.0), "the limit must be above 0 seconds, got 0"),
        (
            "o",
            objective(BadRecord::Error { column: "failed".into(), value: String::new() }),
            "must not be empty",
        ),
        ("o", objective(BadRecord::Missing { column: String::new() }), "must not be empty"),
    ] {
        let objectives = [(name.to_owned(), objective)].into();
        let refused = Engine::new("w").set_monitor(Monitor { objectives, ..Monitor::new("m") });
        assert!(refused.unwrap_err().to_string().contains(rule), "{rule}");
    }
}
