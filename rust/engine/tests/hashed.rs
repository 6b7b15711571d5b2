//! Text of which only a keyed hash is kept: everything is counted as before, and the text is nowhere.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use driftline_engine::engine::Engine;
use driftline_engine::error::EngineError;
use driftline_engine::hashed::HashKey;
use driftline_engine::monitor::Monitor;
use driftline_engine::offline::profile;
use driftline_engine::snapshot::{SnapshotContent, SnapshotRow};
use driftline_sketches::ColumnProfile;
use support::{NEW_YEAR, Table, all, header, segment, send};

const SECRET: &str = "jane.doe@example.org";

fn monitor(hashed: &[&str]) -> Monitor {
    Monitor {
        segments: vec![vec!["country".to_owned()]],
        hashed_columns: hashed.iter().map(|&column| column.to_owned()).collect(),
        ..Monitor::new("m")
    }
}

fn engine(key: u8, monitor: Monitor) -> Engine {
    let engine = Engine::new("writer").with_hash_key(HashKey::new([key; 16]));
    engine.set_monitor(monitor).unwrap();
    engine
}

fn predictions() -> Table {
    Table::new()
        .text("email", &[SECRET, "b", SECRET, "a text that is longer than fifteen bytes"])
        .dictionary("country", &["NO", SECRET], &[0, 1, 1, 0])
        .text("prediction_id", &["p1", "p2", SECRET, "p4"])
        .text("prediction", &["cat", "dog", SECRET, "cat"])
        .floats("x", &[1.0, 2.0, 3.0, 4.0])
}

fn labels() -> Table {
    Table::new().text("prediction_id", &[SECRET, "p1"]).text("label", &[SECRET, "dog"])
}

/// Counts of the most frequent values, and how many different ones there are.
fn counts(rows: &[SnapshotRow], column: &str) -> (Vec<u64>, f64) {
    let profile = rows.iter().find_map(|row| match &row.content {
        SnapshotContent::Column { name, profile: ColumnProfile::Categorical(profile), .. }
            if name == column =>
        {
            Some(profile)
        }
        _ => None,
    });
    let profile = profile.unwrap();
    let mut counts: Vec<_> = profile.frequent.items().iter().map(|item| item.1).collect();
    counts.sort_unstable();
    (counts, profile.distinct.estimate().round())
}

fn everything(engine: &Engine) -> String {
    let model = engine.model("m").unwrap();
    let flush = engine.begin_flush(NEW_YEAR).unwrap();
    engine.abort_flush().unwrap();
    format!("{:?} {flush:?} {:?}", model.read().unwrap(), engine.models())
}

#[test]
fn counts_joins_and_segments_are_those_of_the_text_and_the_text_is_nowhere() {
    let (plain, hashed) = (engine(1, monitor(&[])), engine(1, monitor(&["*"])));
    for engine in [&plain, &hashed] {
        send(engine, "m", predictions().build());
        send(engine, "m", labels().build());
    }
    assert!(everything(&plain).contains(SECRET), "it would be seen");
    assert!(!everything(&hashed).contains(SECRET));
    let rows = |engine: &Engine| engine.profile(&all("m"), &[]).unwrap().0;
    for column in ["email", "country", "prediction"] {
        assert_eq!(counts(&rows(&hashed), column), counts(&rows(&plain), column), "{column}");
    }
    let matched = |engine: &Engine| engine.stats().unwrap().0[0].labels["matched"];
    assert_eq!((matched(&hashed), matched(&plain)), (2, 2));
    let right = |engine: &Engine| {
        let answer = engine.performance(&all("m"), &[]).unwrap();
        answer.segments[0].classification.as_ref().unwrap().get("accuracy").unwrap().value
    };
    assert_eq!(right(&hashed), right(&plain));
    let models = hashed.models().unwrap();
    let countries: Vec<_> =
        models[0].versions[0].segments.iter().map(|segment| segment[0].1.clone()).collect();
    assert!(countries.iter().all(|country| country.len() == 16), "{countries:?}");
    let (_, coverage) = hashed.profile(&segment("m", &[("country", &countries[0])]), &[]).unwrap();
    assert_eq!(coverage.records, 2);
}

#[test]
fn columns_that_are_not_listed_stay_as_they_are() {
    let some = engine(1, monitor(&["email", "prediction_id", "prediction"]));
    send(&some, "m", predictions().build());
    let model = some.model("m").unwrap();
    let text = format!("{:?}", model.read().unwrap());
    assert!(text.contains("\"NO\"") && !text.contains("\"cat\""), "{text}");
}

#[test]
fn another_key_makes_other_hashes_and_is_told_apart() {
    let keys = [HashKey::new([1; 16]), HashKey::new([2; 16])];
    assert_ne!(keys[0].id(), keys[1].id());
    assert!(!format!("{:?}", keys[0]).contains('1'), "a key does not show itself");
    let first = engine(1, monitor(&["*"]));
    let stored = first.monitor("m").unwrap();
    assert_eq!(stored.hash_key_id, keys[0].id());
    let refused = Engine::new("w").with_hash_key(keys[1].clone()).set_monitor(stored.clone());
    assert!(
        matches!(&refused, Err(EngineError::FailedPrecondition(text)) if text.contains("two keys")),
        "{refused:?}"
    );
    assert_eq!(Engine::new("w").with_hash_key(keys[0].clone()).set_monitor(stored.clone()), Ok(()));
    // Whoever only reads needs no key, and can count nothing.
    let reader = Engine::new("reader");
    reader.set_monitor(stored).unwrap();
    let refused = reader.ingest(&header("m"), &[predictions().build()], NEW_YEAR);
    assert!(
        matches!(&refused, Err(EngineError::FailedPrecondition(text)) if text.contains("no key")),
        "{refused:?}"
    );
}

#[test]
fn text_and_hashes_are_not_counted_together() {
    let plain = engine(1, monitor(&[]));
    send(&plain, "m", predictions().build());
    let refused = plain.set_monitor(monitor(&["*"]));
    assert!(matches!(refused, Err(EngineError::FailedPrecondition(_))), "{refused:?}");
    let rows = plain.profile(&all("m"), &[]).unwrap().0;
    let hashed = engine(1, monitor(&["*"]));
    for refused in [hashed.load(rows.clone()), hashed.set_baseline("m", "b", rows, false)] {
        assert!(
            matches!(&refused, Err(EngineError::FailedPrecondition(text)) if text.contains("as they were sent")),
            "{refused:?}"
        );
    }
    send(&hashed, "m", predictions().build());
    let own = hashed.profile(&all("m"), &[]).unwrap().0;
    assert!(hashed.set_baseline("m", "b", own, true).is_ok());
    let mut undone = hashed.monitor("m").unwrap();
    undone.hashed_columns.clear();
    assert!(matches!(hashed.set_monitor(undone), Err(EngineError::InvalidArgument(_))));
    let named = Monitor { positive_class: "yes".into(), ..monitor(&["*"]) };
    assert!(matches!(named.validate(), Err(EngineError::InvalidArgument(_))));
    assert!(profile(&[predictions().build()], monitor(&["*"]), None).is_err());
}
