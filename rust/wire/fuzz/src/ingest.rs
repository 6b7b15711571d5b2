//! Requests of one stream, and what must be true of the engine after them, whatever they were.

use std::sync::Arc;

use driftline_engine::engine::Engine;
use driftline_engine::error::EngineError;
use driftline_engine::monitor::Monitor;
use driftline_engine::query::Selection;
use driftline_engine::segment::OTHER;
use driftline_engine::snapshot::{SnapshotContent, SnapshotRow};
use driftline_wire::answer::Answer;
use driftline_wire::proto::driftline_v1::{self as pb, IngestRequest, IngestResponse};
use driftline_wire::snapshot::{from_record_batch, to_record_batch};
use driftline_wire::{Limits, Session, monitor, query};
use prost::Message;

/// Some time in 2023, nanoseconds since the Unix epoch.
const NOW: i64 = 1_700_000_000_000_000_000;
/// More requests make a run long, not better.
const MAX_REQUESTS: usize = 8;

/// Lowered, so that a run is short.
fn limits() -> Limits {
    Limits {
        max_decompressed_bytes: 64 << 10,
        max_rows: 4_096,
        max_values: 16_384,
        max_columns: 64,
        max_dictionary_bytes: 64 << 10,
        ..Limits::default()
    }
}

/// What is done to the engine.
enum Step {
    /// A request of the stream.
    Request(Vec<u8>),
    /// A configuration of the model `other`.
    Monitor(Vec<u8>),
}

/// An input as steps: before each stand a byte of flags and two bytes of length.
///
/// With flag 128 the bytes are a whole request, with flag 64 a monitor, else they are a request's records, and the other
/// flags say the rest: 1 and 2 choose the producer, 4 the version, 8 the model, 16 asks for an answer, 32 repeats the
/// number before.
fn steps_of(mut input: &[u8]) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut sequence = 0;
    while let Some(([flags, low, high], rest)) = input.split_first_chunk::<3>()
        && steps.len() < MAX_REQUESTS
    {
        let length = usize::from(u16::from_le_bytes([*low, *high])).min(rest.len());
        let (bytes, rest) = rest.split_at(length);
        input = rest;
        if flags & 128 != 0 {
            steps.push(Step::Request(bytes.to_vec()));
            continue;
        }
        if flags & 64 != 0 {
            steps.push(Step::Monitor(bytes.to_vec()));
            continue;
        }
        sequence += u64::from(flags & 32 == 0 || sequence == 0);
        let producer = ["", "a", "b", "c"][usize::from(flags & 3)];
        steps.push(Step::Request(request(producer, sequence, *flags, bytes).encode_to_vec()));
    }
    steps
}

fn request(producer: &str, sequence: u64, flags: u8, records: &[u8]) -> IngestRequest {
    IngestRequest {
        producer_id: producer.to_owned(),
        sequence,
        model: if flags & 8 == 0 { "configured" } else { "other" }.to_owned(),
        version: if flags & 4 == 0 { "1" } else { "2" }.to_owned(),
        records: records.to_vec().into(),
        acknowledge: flags & 16 != 0,
        ..IngestRequest::default()
    }
}

/// An engine one of whose models has segments, few of each, small windows and a join that holds little.
fn engine() -> Arc<Engine> {
    let engine = Engine::new("writer");
    let segments = vec![vec!["colour".to_owned()], vec!["boolean".to_owned(), "int8".to_owned()]];
    let monitor = Monitor {
        segments,
        max_segments: 3,
        max_pending: 16,
        kll_columns: vec!["*".to_owned()],
        ..Monitor::new("configured")
    };
    engine.set_monitor(monitor).expect("the monitor is valid");
    Arc::new(engine)
}

/// Sends the requests of an input through one stream and checks that everything adds up: what was answered, what was
/// counted, what is asked for, and what a flush writes and another engine reads.
///
/// # Panics
/// When something does not.
pub fn check(input: &[u8]) {
    let steps = steps_of(input);
    if steps.is_empty() {
        return;
    }
    let engine = engine();
    let mut session = Session::new(Arc::clone(&engine), limits());
    let mut total = IngestResponse::default();
    let mut requests = 0;
    for step in steps {
        match step {
            Step::Request(request) => {
                requests += 1;
                let answer = session.ingest(request.into(), NOW);
                add(&mut total, answer.expect("nothing is unavailable"));
            }
            Step::Monitor(bytes) => configure(&engine, &bytes),
        }
    }
    add(&mut total, session.acknowledge());
    let counters = engine.counters();
    assert_eq!(total.batches, requests, "every request is answered for");
    assert_eq!(total.records, counters.records);
    assert_eq!(u64::from(total.duplicates), counters.batches_duplicate);
    assert_eq!(total.rejections.len() as u64, counters.batches_rejected.values().sum::<u64>());
    assert!(!counters.batches_rejected.contains_key("internal"), "{:?}", total.rejections);
    let (versions, _) = engine.stats().expect("no model is damaged");
    let in_versions: u64 = versions.iter().map(|version| version.records).sum();
    assert!(in_versions <= counters.records, "records are those of versions and labels");
    let asked = ask(&engine);
    let rows = flushed(&engine);
    assert_eq!(records_of(&rows), in_versions, "records are in cells, each once");
    check_segments(&rows);
    assert_eq!(ask(&engine), asked, "a flush changes no answer");
    check_reloaded(&rows);
}

/// Sets what is a valid monitor, for a model that nothing else is expected of.
fn configure(engine: &Engine, bytes: &[u8]) {
    let Ok(monitor) = monitor::from_bytes(bytes) else { return };
    let _ = engine.set_monitor(Monitor { model: "other".to_owned(), ..monitor });
}

fn add(total: &mut IngestResponse, answer: Option<Answer>) {
    let Some(answer) = answer else { return };
    let answer = answer.wait().expect("there is no disk to fail");
    let answer = IngestResponse::decode(&*answer).expect("an answer is a message");
    total.batches += answer.batches;
    total.records += answer.records;
    total.duplicates += answer.duplicates;
    assert!(answer.rejections.iter().all(|rejection| rejection.message.len() < 4_000), "a refusal is short");
    total.rejections.extend(answer.rejections);
}

fn flushed(engine: &Engine) -> Vec<SnapshotRow> {
    let Some(flush) = engine.begin_flush(NOW).expect("no flush is under way") else { return Vec::new() };
    engine.commit_flush().expect("a flush is under way");
    let table = to_record_batch(&flush.rows).expect("rows are written");
    from_record_batch(&table).expect("our own rows are read")
}

fn records_of(rows: &[SnapshotRow]) -> u64 {
    rows.iter().filter(|row| row.segment.is_empty()).map(records).sum()
}

fn records(row: &SnapshotRow) -> u64 {
    match &row.content {
        SnapshotContent::Cell { records, .. } => *records,
        SnapshotContent::Column { .. } | SnapshotContent::Set { .. } | SnapshotContent::Principals { .. } => {
            0
        }
    }
}

/// The segments of one set have together no more records than there are.
fn check_segments(rows: &[SnapshotRow]) {
    let of_set = |columns: &[&str]| -> u64 {
        let is_of_set =
            |row: &&SnapshotRow| row.segment.iter().map(|pair| &*pair.0).eq(columns.iter().copied());
        rows.iter().filter(is_of_set).map(records).sum()
    };
    let all = records_of(rows);
    assert!(of_set(&["colour"]) <= all && of_set(&["boolean", "int8"]) <= all);
    let values = rows.iter().filter(|row| row.model == "configured").flat_map(|row| &row.segment);
    let mut colours: Vec<_> =
        values.filter(|pair| pair.0 == "colour" && pair.1 != OTHER).map(|pair| &pair.1).collect();
    colours.sort_unstable();
    colours.dedup();
    // Three of each of two versions that the flags name, and those of requests that are given whole.
    assert!(colours.len() <= 3 * MAX_REQUESTS, "segments are bounded");
}

/// Every question about every model; an answer or a refusal, but the same each time.
fn ask(engine: &Engine) -> Vec<Option<Vec<u8>>> {
    let mut answers = Vec::new();
    for model in engine.model_names() {
        check_profile(engine, &model);
        let selection = Some(pb::Selection { model, ..pb::Selection::default() });
        let summary = pb::SummaryRequest { selection: selection.clone(), columns: Vec::new() };
        let performance = pb::PerformanceRequest { selection, ..pb::PerformanceRequest::default() };
        answers.push(query::answer(engine, "Summary", &summary.encode_to_vec(), NOW).ok());
        answers.push(query::answer(engine, "Performance", &performance.encode_to_vec(), NOW).ok());
        let fairness =
            pb::FairnessRequest { selection: performance.selection, ..pb::FairnessRequest::default() };
        answers.push(query::answer(engine, "Fairness", &fairness.encode_to_vec(), NOW).ok());
    }
    answers.push(query::answer(engine, "Models", &[], NOW).ok());
    answers
}

/// The merge of all there is of a model. Not as an answer: writing that took half of the time, and is Arrow's own work.
fn check_profile(engine: &Engine, model: &str) {
    let selection = Selection { model: model.to_owned(), ..Selection::default() };
    let (rows, coverage) = match engine.profile(&selection, &[]) {
        Ok(profile) => profile,
        // A column may be numeric in one version and categorical in another.
        Err(EngineError::FailedPrecondition(_)) => return,
        Err(error) => panic!("{error}"),
    };
    assert!(rows.iter().all(|row| row.window_length > 0), "a window has a length");
    assert_eq!(rows.iter().map(records).sum::<u64>(), coverage.records);
}

/// What a flush wrote is taken in by another engine, and is all there.
fn check_reloaded(rows: &[SnapshotRow]) {
    let again = Engine::new("again");
    again.load(rows.to_vec()).expect("rows that were written are loaded");
    let (versions, _) = again.stats().expect("no model is damaged");
    assert_eq!(versions.iter().map(|version| version.records).sum::<u64>(), records_of(rows));
}
