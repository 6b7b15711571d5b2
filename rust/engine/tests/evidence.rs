//! Evidence over time is that of the windows' counts in the baseline's bins.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::collections::BTreeMap;

use driftline_engine::engine::Engine;
use driftline_engine::error::EngineError;
use driftline_engine::monitor::Monitor;
use driftline_engine::offline;
use driftline_engine::query::{
    ColumnEvidence, EvidenceAnswer, EvidenceRequest, LeftOut, NotCompared, Reference, Selection,
};
use support::{MINUTE, NEW_YEAR, Table, all, drawn, send};

const WORDS: [&str; 4] = ["new", "p", "q", "r"];

/// Rows a window.
const ROWS: usize = 300;

/// What the rows of a window are like.
#[derive(Clone, Copy, Default)]
struct Law {
    shift: f64,
    /// One of so many rows is null; 0: none.
    null_every: usize,
    /// One of so many words is one that the baseline does not have; 0: none.
    new_every: usize,
}

/// Rows of a minute: `moving` by its law and `x`, which never moves.
fn rows(minute: i64, seed: usize, count: usize, law: Law) -> Table {
    let numbers = || seed * 1_000_000..seed * 1_000_000 + count;
    let is_one = |number: usize, every: usize| every > 0 && number.is_multiple_of(every);
    let moving: Vec<_> =
        numbers().map(|at| (!is_one(at, law.null_every)).then(|| drawn(at) + law.shift)).collect();
    let words: Vec<u8> = numbers()
        .map(|at| if is_one(at, law.new_every) { 0 } else { 1 + (3.0 * drawn(at + 500_000)) as u8 })
        .collect();
    let groups: Vec<u8> = numbers().map(|at| (at % 2) as u8).collect();
    Table::new()
        .dictionary("group", &["a", "b"], &groups)
        .dictionary("word", &WORDS, &words)
        .times("timestamp", &vec![NEW_YEAR + minute * MINUTE; count])
        .optional_floats("moving", &moving)
        .floats("x", &numbers().map(|at| drawn(at + 250_000)).collect::<Vec<_>>())
}

fn monitor() -> Monitor {
    Monitor { segments: vec![vec!["group".into()]], max_future: i64::MAX / 4, ..Monitor::new("m") }
}

/// An engine with a baseline of rows that have not moved.
fn engine() -> Engine {
    let engine = Engine::new("w");
    engine.set_monitor(monitor()).unwrap();
    let baseline = rows(0, 1_000, 10_000, Law { null_every: 100, ..Law::default() }).build();
    let baseline = offline::profile(&[baseline], Monitor::new("m"), None).unwrap();
    engine.set_baseline("m", "b", baseline, true).unwrap();
    engine
}

const STILL: Law = Law { shift: 0.0, null_every: 100, new_every: 0 };

fn fill(engine: &Engine, minutes: std::ops::Range<i64>, law: Law) {
    for minute in minutes {
        send(engine, "m", rows(minute, minute as usize, ROWS, law).build());
    }
}

fn request() -> EvidenceRequest {
    EvidenceRequest {
        selection: all("m"),
        reference: Reference::Default,
        columns: Vec::new(),
        by: Vec::new(),
        level: 0.01,
        block: 0,
        ks_tolerance: None,
        mean_tolerance: None,
    }
}

fn named<'a>(answer: &'a EvidenceAnswer, column: &str) -> &'a ColumnEvidence {
    answer.columns.iter().find(|found| found.column == column).unwrap()
}

fn minute_of(window: (i64, i64)) -> i64 {
    (window.0 - NEW_YEAR) / MINUTE
}

#[test]
fn what_moves_is_found_and_what_does_not_is_not() {
    for (column, law) in [
        ("moving", Law { shift: 0.2, ..STILL }),
        ("moving", Law { null_every: 10, ..STILL }),
        ("word", Law { new_every: 20, ..STILL }),
    ] {
        let engine = engine();
        fill(&engine, 0..40, STILL);
        let before = engine.evidence(&request()).unwrap();
        assert_eq!(before.columns.len(), 4, "{:?}", before.left_out);
        assert!(before.columns.iter().all(|found| !found.is_discovery && found.reached.is_none()));
        fill(&engine, 40..60, law);
        let answer = engine.evidence(&request()).unwrap();
        let found = &answer.columns[0];
        assert_eq!((found.column.as_str(), found.is_discovery), (column, true), "{found:?}");
        assert!((40..60).contains(&minute_of(found.reached.unwrap())));
        let (largest, at) = found.largest.unwrap();
        assert!(largest >= found.log_e_value && (40..60).contains(&minute_of(at)));
        assert!(answer.columns[1..].iter().all(|other| !other.is_discovery), "{answer:?}");
        assert_eq!((found.windows, found.records, found.reference_records), (60, 18_000, 10_000));
        assert!(answer.columns.iter().all(|found| found.left_out.is_empty()));
        assert_eq!((answer.coverage.windows, answer.reference.name.as_str(), answer.level), (60, "b", 0.01));
    }
}

#[test]
fn tolerances_are_exceeded_by_certain_distances_only() {
    let engine = engine();
    fill(&engine, 0..60, Law { shift: 0.2, ..STILL });
    let answer = engine
        .evidence(&EvidenceRequest { ks_tolerance: Some(0.1), mean_tolerance: Some(0.9), ..request() })
        .unwrap();
    let moving = named(&answer, "moving");
    let (ks, mean) = (moving.ks.unwrap(), moving.mean_shift.unwrap());
    assert_eq!((ks.is_exceeded(), mean.is_exceeded()), (Some(true), Some(false)), "{moving:?}");
    // Even numbers in [0, 1), moved by a fifth: a deviation is the root of a twelfth.
    assert!((ks.bound.value - 0.2).abs() < 0.02 && ks.bound.low > 0.1);
    assert!((mean.bound.value - 0.2 * 12.0_f64.sqrt()).abs() < 0.05 && mean.bound.low > 0.5);
    let still = named(&answer, "x");
    assert_eq!(still.ks.unwrap().is_exceeded(), Some(false));
    assert_eq!(named(&answer, "word").ks, None);
    // Between two edges anything may be, so that `high` is about a bin of a tenth or twentieth more.
    assert!(ks.bound.high > ks.bound.value + 0.04);
    let said_nothing = engine.evidence(&request()).unwrap();
    assert_eq!(named(&said_nothing, "moving").ks.unwrap().is_exceeded(), None);
}

#[test]
fn windows_without_the_baselines_bins_are_left_out_and_said() {
    let engine = Engine::new("w");
    engine.set_monitor(monitor()).unwrap();
    fill(&engine, 0..3, Law { shift: 0.5, ..STILL });
    let baseline = offline::profile(&[rows(0, 1_000, 10_000, STILL).build()], Monitor::new("m"), None);
    engine.set_baseline("m", "b", baseline.unwrap(), true).unwrap();
    fill(&engine, 2..6, STILL);
    let answer = engine.evidence(&request()).unwrap();
    for found in &answer.columns {
        let [left_out] = &found.left_out[..] else { panic!("{found:?}") };
        assert_eq!((left_out.reason, left_out.windows, found.windows), (LeftOut::OtherBins, 3, 3));
        assert_eq!((left_out.start, left_out.end), (NEW_YEAR, NEW_YEAR + 3 * MINUTE));
        assert!(!found.is_discovery);
    }
    send(&engine, "m", Table::new().floats("more", &[1.0]).times("timestamp", &[NEW_YEAR]).build());
    let answer = engine.evidence(&request()).unwrap();
    let [left_out] = &answer.left_out[..] else { panic!("{answer:?}") };
    assert_eq!((left_out.column.as_str(), left_out.reason), ("more", NotCompared::NotInReference));
}

#[test]
fn late_records_count_where_they_belong() {
    let (in_order, late) = (engine(), engine());
    let moved = Law { shift: 0.3, ..STILL };
    fill(&in_order, 0..20, STILL);
    fill(&in_order, 20..30, moved);
    fill(&late, 25..30, moved);
    let early = late.evidence(&request()).unwrap();
    assert_eq!(minute_of(named(&early, "moving").reached.unwrap()), 25);
    fill(&late, 0..20, STILL);
    fill(&late, 20..25, moved);
    let (expected, found) = (in_order.evidence(&request()).unwrap(), late.evidence(&request()).unwrap());
    assert_eq!(minute_of(named(&found, "moving").reached.unwrap()), 20);
    let values = |answer: &EvidenceAnswer| -> BTreeMap<String, f64> {
        answer.columns.iter().map(|found| (found.column.clone(), found.log_e_value)).collect()
    };
    assert_eq!(values(&found), values(&expected));
}

#[test]
fn segments_are_compared_with_their_like() {
    let engine = engine();
    fill(&engine, 0..40, STILL);
    let reference = Selection { end: Some(NEW_YEAR + 40 * MINUTE), ..all("m") };
    let selection = Selection { start: Some(NEW_YEAR + 40 * MINUTE), ..all("m") };
    let by_group = EvidenceRequest {
        selection,
        reference: Reference::Records(reference),
        by: vec!["group".into()],
        ..request()
    };
    fill(&engine, 40..80, STILL);
    let answer = engine.evidence(&by_group).unwrap();
    assert_eq!(answer.reference.name, "records");
    // Every group has one value of the column `group`, which would be drift from all records.
    assert!(answer.columns.iter().all(|found| !found.is_discovery), "{answer:?}");
    let segments: Vec<_> = answer.columns.iter().map(|found| found.segment.clone()).collect();
    assert_eq!((segments.len(), segments.iter().filter(|segment| segment.is_empty()).count()), (8, 0));
    assert!(answer.columns.iter().all(|found| found.reference_records == 6_000 && found.windows == 40));
    // A baseline that has rows of segments, in the bins of all records, as windows have them.
    let baseline = rows(0, 1_000, 10_000, Law { null_every: 100, ..Law::default() }).build();
    let baseline = offline::profile(&[baseline], monitor(), None).unwrap();
    engine.set_baseline("m", "segments", baseline, false).unwrap();
    let reference = Reference::Baseline("segments".into());
    let answer = engine.evidence(&EvidenceRequest { reference, ..by_group.clone() }).unwrap();
    assert_eq!((answer.columns.len(), answer.left_out.len()), (8, 0), "{:?}", answer.left_out);
    assert!(answer.columns.iter().all(|found| found.reference_records == 5_000 && found.windows == 40));
    assert!(answer.columns.iter().all(|found| !found.is_discovery), "{answer:?}");
    // One that has none.
    let answer = engine.evidence(&EvidenceRequest { reference: Reference::Default, ..by_group }).unwrap();
    assert!(answer.columns.is_empty());
    assert!(answer.left_out.iter().all(|left_out| left_out.reason == NotCompared::NotInReference));
    assert_eq!(answer.left_out.len(), 8);
}

#[test]
fn windows_of_a_block_are_one_observation() {
    let engine = engine();
    fill(&engine, 0..60, STILL);
    fill(&engine, 60..195, Law { shift: 0.4, ..STILL });
    let hour = 60 * MINUTE;
    let selection = Selection { start: Some(NEW_YEAR + 10 * MINUTE), ..all("m") };
    let blocks = EvidenceRequest { selection, block: 4 * MINUTE, ..request() };
    let answer = engine.evidence(&blocks).unwrap();
    let moving = named(&answer, "moving");
    // From the twelfth minute on, and not the last three, which are of a block that is not over.
    assert_eq!((moving.windows, moving.is_discovery), (45, true), "{moving:?}");
    let reached = moving.reached.unwrap();
    assert!(minute_of(reached) > 60 && reached.1 == 4 * MINUTE);
    assert_eq!((moving.ks, moving.mean_shift), (None, None));
    let [left_out] = &moving.left_out[..] else { panic!("{moving:?}") };
    assert_eq!((left_out.reason, left_out.windows), (LeftOut::PartOfBlock, 2 + 3));
    assert!(!named(&answer, "x").is_discovery);
    // From within an hour on.
    let by_hour = engine.evidence(&EvidenceRequest { block: hour, ..blocks.clone() }).unwrap();
    let left_out = &named(&by_hour, "x").left_out;
    assert_eq!((left_out[0].windows, named(&by_hour, "x").windows), (50 + 15, 2));
    let refused = engine.evidence(&EvidenceRequest { ks_tolerance: Some(0.1), ..blocks });
    assert!(matches!(&refused, Err(EngineError::InvalidArgument(text)) if text.contains("excludes a block")));
}

#[test]
fn what_makes_no_sense_is_refused() {
    let engine = engine();
    fill(&engine, 0..1, STILL);
    for (request, words) in [
        (EvidenceRequest { level: 0.0, ..request() }, "level must be above 0"),
        (EvidenceRequest { level: f64::NAN, ..request() }, "got NaN"),
        (EvidenceRequest { block: -1, ..request() }, "block must be 0"),
        (EvidenceRequest { mean_tolerance: Some(-0.5), ..request() }, "tolerance of mean_shift must be 0"),
        (EvidenceRequest { by: vec!["word".into()], ..request() }, "not a declared segment"),
        (EvidenceRequest { columns: vec!["z".into()], ..request() }, "column"),
        (EvidenceRequest { reference: Reference::Baseline("z".into()), ..request() }, "baseline"),
    ] {
        let refused = engine.evidence(&request).map(|answer| answer.columns.len());
        assert!(refused.as_ref().is_err_and(|error| error.to_string().contains(words)), "{refused:?}");
    }
}
