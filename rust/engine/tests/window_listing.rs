//! What is told of windows says when more has come into them, in memory or on disk.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use driftline_engine::engine::Engine;
use driftline_engine::memory::{Budget, Meter};
use driftline_engine::query::{Selection, WindowInfo};
use support::{MINUTE, NEW_YEAR, Table, all, send};

const LIMIT: u64 = 1 << 40;
const BASE: i64 = NEW_YEAR - 1_000 * MINUTE;

fn predictions(minute: i64, ids: &[i64]) -> Table {
    Table::new()
        .times("timestamp", &vec![BASE + minute * MINUTE; ids.len()])
        .integers("prediction_id", ids)
        .integers("prediction", &vec![0; ids.len()])
}

fn labels(ids: &[i64], value: i64) -> Table {
    Table::new().integers("prediction_id", ids).integers("label", &vec![value; ids.len()])
}

fn listed(engine: &Engine) -> Vec<WindowInfo> {
    engine.list_windows(&all("m")).unwrap()
}

#[test]
fn whatever_comes_into_a_window_raises_its_revision() {
    let engine = Engine::new("w");
    send(&engine, "m", predictions(0, &[1, 2, 3]).build());
    send(&engine, "m", predictions(5, &[4]).build());
    let counts = |window: &WindowInfo| (window.records, window.labels);
    let mut before = listed(&engine);
    assert_eq!(before.iter().map(counts).collect::<Vec<_>>(), [(3, 0), (1, 0)]);
    assert_eq!((before[1].start, before[1].end), (BASE + 5 * MINUTE, BASE + 6 * MINUTE));
    let steps = [
        (predictions(0, &[5]), (4, 0)),
        (labels(&[1, 2], 0), (4, 2)),
        // A correction.
        (labels(&[1], 1), (4, 2)),
    ];
    for (step, expected) in steps {
        send(&engine, "m", step.build());
        let after = listed(&engine);
        assert_eq!(counts(&after[0]), expected);
        assert!(after[0].revision > before[0].revision);
        assert_eq!(after[1], before[1]);
        before = after;
    }
    send(&engine, "m", labels(&[1], 1).build());
    assert_eq!(listed(&engine), before, "a repeated label is nothing new");
}

#[test]
fn windows_on_disk_are_listed_as_those_in_memory() {
    let used = Arc::new(AtomicU64::new(0));
    let evicting = Engine::new("w").with_budget(Budget::new(LIMIT, Meter::Given(Arc::clone(&used))));
    let plain = Engine::new("w");
    for engine in [&plain, &evicting] {
        for minute in 0..600 {
            send(engine, "m", predictions(minute, &[minute * 100, minute * 100 + 1]).build());
        }
        send(engine, "m", labels(&[0, 100, 101], 0).build());
    }
    let rows = evicting.begin_flush(NEW_YEAR).unwrap().unwrap().rows;
    evicting.commit_flush().unwrap();
    used.store(LIMIT - 1, Ordering::Relaxed);
    assert!(evicting.evict().unwrap() > 0);
    let late = predictions(0, &[60_000]);
    send(&evicting, "m", late.build());
    send(&plain, "m", predictions(0, &[60_000]).build());
    let (versions, mut gathering) = evicting.gather_window_listing(&all("m")).unwrap();
    assert_eq!(gathering.wanted()[0].columns, Some(Vec::new()), "columns are not read");
    for row in &rows {
        gathering.add(row).unwrap();
    }
    assert_eq!(gathering.listed_windows(versions).unwrap(), listed(&plain));
    let part = Selection { start: Some(BASE + 599 * MINUTE), ..all("m") };
    assert_eq!(plain.list_windows(&part).unwrap().len(), 1);
}
