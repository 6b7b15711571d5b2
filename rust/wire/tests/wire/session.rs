//! Requests in, answers out.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow_array::{ArrayRef, Float64Array, RecordBatch};
use bytes::Bytes;
use driftline_engine::engine::Engine;
use driftline_engine::error::EngineError;
use driftline_engine::log::{FileDirectory, LogOptions};
use driftline_engine::memory::{Budget, Meter};
use driftline_wire::answer::Answer;
use driftline_wire::proto::driftline_v1::{Durability, IngestRequest, IngestResponse};
use driftline_wire::session::{Caller, Session, ingest_once};
use driftline_wire::{Limits, WireError};
use prost::Message;

use crate::messages::{BatchSpec, Kind, schema};

pub(crate) const NOW: i64 = 1_700_000_000_000_000_000;
pub(crate) const FLOAT: &[(&str, Kind)] = &[("x", Kind::Float64)];

fn session() -> (Arc<Engine>, Session) {
    let engine = Arc::new(Engine::new("test"));
    (Arc::clone(&engine), Session::new(engine, Limits::default()))
}

pub(crate) fn rows(rows: usize) -> Vec<u8> {
    BatchSpec::new(rows as i64).column(0, &[&[], &vec![0; rows * 8]]).message()
}

pub(crate) fn request(sequence: u64, records: Vec<u8>) -> IngestRequest {
    IngestRequest {
        producer_id: "producer".to_owned(),
        sequence,
        model: "model".to_owned(),
        version: "1".to_owned(),
        records: records.into(),
        ..IngestRequest::default()
    }
}

pub(crate) fn bytes(request: &IngestRequest) -> Bytes {
    request.encode_to_vec().into()
}

fn response(answer: Result<Option<Answer>, WireError>) -> IngestResponse {
    let answer = answer.unwrap().expect("an answer is due");
    let response = decoded(answer.wait());
    assert_eq!(answer.records(), response.records);
    response
}

fn decoded(bytes: Result<Vec<u8>, WireError>) -> IngestResponse {
    IngestResponse::decode(&*bytes.unwrap()).unwrap()
}

/// Whether the batch was taken and no answer is due.
fn is_held(outcome: Result<Option<Answer>, WireError>) -> bool {
    outcome.unwrap().is_none()
}

#[test]
fn answers_are_held_until_asked_for() {
    let (engine, mut session) = session();
    assert!(session.acknowledge().is_none());
    assert!(is_held(session.ingest(bytes(&request(1, [schema(FLOAT), rows(3)].concat())), NOW)));
    assert!(is_held(session.ingest(bytes(&request(2, rows(4))), NOW)));
    let mut last = request(3, [rows(5), rows(6)].concat());
    last.acknowledge = true;
    let answer = response(session.ingest(bytes(&last), NOW));
    assert_eq!((answer.acknowledged_sequence, answer.batches, answer.records), (3, 3, 18));
    assert_eq!((answer.duplicates, answer.rejections.len()), (0, 0));
    assert_eq!(answer.durability(), Durability::Memory);
    assert!(session.acknowledge().is_none());
    assert_eq!(engine.counters().records, 18);
}

#[test]
fn sixty_four_batches_are_answered_unasked() {
    let (_, mut session) = session();
    assert!(is_held(session.ingest(bytes(&request(1, [schema(FLOAT), rows(1)].concat())), NOW)));
    for sequence in 2..64 {
        assert!(is_held(session.ingest(bytes(&request(sequence, rows(1))), NOW)));
    }
    let answer = response(session.ingest(bytes(&request(64, rows(1))), NOW));
    assert_eq!((answer.acknowledged_sequence, answer.batches, answer.records), (64, 64, 64));
}

#[test]
fn the_end_of_the_stream_gets_what_is_held() {
    let (_, mut session) = session();
    assert!(is_held(session.ingest(bytes(&request(1, [schema(FLOAT), rows(3)].concat())), NOW)));
    assert_eq!(response(Ok(session.acknowledge())).records, 3);
    // The number stays acknowledged by what comes without one.
    let mut nameless = request(0, rows(2));
    nameless.producer_id.clear();
    nameless.acknowledge = true;
    let answer = response(session.ingest(bytes(&nameless), NOW));
    assert_eq!((answer.acknowledged_sequence, answer.batches, answer.records), (1, 1, 2));
}

#[test]
fn a_batch_sent_again_is_a_duplicate() {
    let (engine, mut session) = session();
    let mut first = request(1, [schema(FLOAT), rows(3)].concat());
    first.acknowledge = true;
    assert_eq!(response(session.ingest(bytes(&first), NOW)).duplicates, 0);
    let answer = response(session.ingest(bytes(&first), NOW));
    assert_eq!((answer.batches, answer.records, answer.duplicates), (1, 0, 1));
    assert_eq!(engine.counters().records, 3);
}

#[test]
fn refusals_are_answered_at_once_and_do_not_end_the_stream() {
    let (engine, mut session) = session();
    assert!(is_held(session.ingest(bytes(&request(1, [schema(FLOAT), rows(3)].concat())), NOW)));
    let answer = response(session.ingest(bytes(&request(2, b"nonsense".to_vec())), NOW));
    assert_eq!((answer.acknowledged_sequence, answer.batches, answer.records), (2, 2, 3));
    let rejection = &answer.rejections[0];
    assert_eq!((rejection.sequence, rejection.code, rejection.reason.as_str()), (2, 3, "not_arrow"));
    assert!(rejection.message.contains("no Arrow IPC stream"), "{}", rejection.message);
    let mut nameless = request(3, rows(1));
    nameless.model.clear();
    let answer = response(session.ingest(bytes(&nameless), NOW));
    assert_eq!(answer.rejections[0].reason, "value");
    let answer = response(session.ingest(Bytes::from_static(&[0xff, 0xff]), NOW));
    assert!(answer.rejections[0].message.contains("no IngestRequest"));
    assert!(is_held(session.ingest(bytes(&request(4, rows(2))), NOW)));
    assert_eq!(response(Ok(session.acknowledge())).records, 2);
    let rejected = engine.counters().batches_rejected;
    assert_eq!((rejected.get("not_arrow"), rejected.get("value")), (Some(&2), Some(&1)));
}

#[test]
fn requests_over_the_limit_are_refused() {
    let engine = Arc::new(Engine::new("test"));
    let limits = Limits::with_message_bytes(4_096);
    let mut session = Session::new(Arc::clone(&engine), limits);
    let large = bytes(&request(1, [schema(FLOAT), rows(600)].concat()));
    let answer = response(session.ingest(large.clone(), NOW));
    assert_eq!((answer.rejections[0].code, answer.rejections[0].reason.as_str()), (8, "limit"));
    assert_eq!(ingest_once(&engine, &limits, &Caller::default(), large, NOW).unwrap_err().reason(), "limit");
    assert_eq!(engine.counters().batches_rejected.get("limit"), Some(&2));
}

#[test]
fn batches_in_memory_count_like_messages() {
    let (engine, mut session) = session();
    let column: ArrayRef = Arc::new(Float64Array::from(vec![Some(1.0), None, Some(3.0)]));
    let batch = RecordBatch::try_from_iter([("x", column)]).unwrap();
    let mut header = request(1, Vec::new());
    header.acknowledge = true;
    let answer = response(session.ingest_arrow(bytes(&header), &batch, NOW));
    assert_eq!((answer.acknowledged_sequence, answer.records), (1, 3));
    let size = header.encoded_len() as u64 + 24 + 1;
    assert_eq!(engine.counters().bytes, size, "values and validity are counted");
    let limits = Limits { max_decompressed_bytes: size as usize - 1, ..Limits::default() };
    let refused = response(Session::new(engine, limits).ingest_arrow(bytes(&header), &batch, NOW));
    assert_eq!((refused.rejections[0].code, refused.rejections[0].reason.as_str()), (8, "limit"));
    assert!(refused.rejections[0].message.contains("bytes in memory"), "{}", refused.rejections[0].message);
}

#[test]
fn single_requests_carry_their_schema() {
    let engine = Engine::new("test");
    let limits = Limits::default();
    let good = bytes(&request(9, [schema(FLOAT), rows(3)].concat()));
    let answer = decoded(ingest_once(&engine, &limits, &Caller::default(), good.clone(), NOW));
    assert_eq!((answer.acknowledged_sequence, answer.batches, answer.records), (9, 1, 3));
    assert_eq!(decoded(ingest_once(&engine, &limits, &Caller::default(), good, NOW)).duplicates, 1);
    let error =
        ingest_once(&engine, &limits, &Caller::default(), bytes(&request(10, rows(3))), NOW).unwrap_err();
    assert!(matches!(error, WireError::Schema(_)), "{error}");
    let old = bytes(&request(5_000, [schema(FLOAT), rows(1)].concat()));
    ingest_once(&engine, &limits, &Caller::default(), old, NOW).unwrap();
    let error = ingest_once(
        &engine,
        &limits,
        &Caller::default(),
        bytes(&request(10, [schema(FLOAT), rows(1)].concat())),
        NOW,
    );
    let error = error.unwrap_err();
    assert_eq!((error.reason(), error.code()), ("sequence", 9));
}

#[test]
fn with_a_log_an_answer_says_that_it_is_on_disk() {
    let folder = std::env::temp_dir().join(format!("driftline-session-{}", std::process::id()));
    let engine = Arc::new(Engine::new("w"));
    let directory = Arc::new(FileDirectory::open(&folder).unwrap());
    engine.open_log(directory, 0, LogOptions { segment_bytes: 1 << 16 }, false, true).unwrap();
    let mut session = Session::new(Arc::clone(&engine), Limits::default());
    assert!(is_held(session.ingest(bytes(&request(1, [schema(FLOAT), rows(3)].concat())), NOW)));
    let answer = response(Ok(session.acknowledge()));
    let status = engine.log_status().unwrap();
    std::fs::remove_dir_all(folder).unwrap();
    assert_eq!((answer.durability(), answer.records), (Durability::Disk, 3));
    assert_eq!((status.appended, status.durable), (1, 1));
}

#[test]
fn a_later_start_of_a_producer_ends_the_one_before() {
    let (engine, mut session) = session();
    let of_epoch = |epoch, sequence| {
        let records = [schema(FLOAT), rows(1)].concat();
        let request =
            IngestRequest { producer_epoch: epoch, acknowledge: true, ..request(sequence, records) };
        bytes(&request)
    };
    assert_eq!(response(session.ingest(of_epoch(5, 1), NOW)).records, 1);
    assert_eq!(response(session.ingest(of_epoch(6, 1), NOW)).records, 1);
    let refused = response(session.ingest(of_epoch(5, 2), NOW));
    assert_eq!((refused.rejections[0].code, &*refused.rejections[0].reason), (9, "epoch"));
    assert_eq!(engine.counters().records, 2);
}

#[test]
fn nobody_uses_up_or_passes_for_the_numbers_of_another() {
    let (engine, _) = session();
    let ingest = |principal: &str, request: &IngestRequest| {
        let caller = Caller { principal: principal.to_owned(), ..Caller::default() };
        let mut session = Session::new(Arc::clone(&engine), Limits::default()).with_caller(caller);
        response(session.ingest(bytes(request), NOW))
    };
    let request = |epoch, sequence, rows_sent, records: Option<Vec<u8>>| IngestRequest {
        producer_epoch: epoch,
        acknowledge: true,
        ..request(sequence, records.unwrap_or_else(|| [schema(FLOAT), rows(rows_sent)].concat()))
    };
    assert_eq!(ingest("one", &request(5, 1, 3, None)).records, 3);
    // A stranger knows the id: it starts with a higher epoch, skips ahead, and has a batch refused for good.
    assert_eq!(ingest("other", &request(9, 1, 1, None)).records, 1);
    assert_eq!(ingest("other", &request(5, 1, 1, None)).rejections.len(), 1, "of an epoch that is over");
    assert_eq!(ingest("other", &request(9, 9_999, 1, None)).records, 1);
    assert_eq!(ingest("other", &request(9, 10_000, 0, Some(b"nonsense".to_vec()))).rejections.len(), 1);
    let mut forged = request(9, 1, 1, None);
    "one\u{1f}producer".clone_into(&mut forged.producer_id);
    for principal in ["", "other"] {
        assert_eq!(ingest(principal, &forged).rejections[0].reason, "value", "{principal:?}");
    }
    let again = ingest("one", &request(5, 1, 3, None));
    assert_eq!((again.records, again.duplicates), (0, 1));
    let next = ingest("one", &request(5, 2, 3, None));
    assert_eq!((next.records, next.rejections.len()), (3, 0));
    let caller = Caller { principal: "one".to_owned(), ..Caller::default() };
    let once = ingest_once(&engine, &Limits::default(), &caller, bytes(&request(5, 2, 3, None)), NOW);
    assert_eq!(decoded(once).duplicates, 1, "one principal through both calls");
    assert_eq!(engine.counters().records, 8);
}

#[test]
fn batches_of_other_models_are_refused() {
    let (engine, session) = session();
    let caller = Caller { models: Some(HashSet::from(["another".to_owned()])), ..Caller::default() };
    let mut session = session.with_caller(caller.clone());
    let answer = response(session.ingest(bytes(&request(1, [schema(FLOAT), rows(3)].concat())), NOW));
    let rejection = &answer.rejections[0];
    assert_eq!((rejection.sequence, rejection.code, &*rejection.reason), (1, 7, "permission"));
    assert!(rejection.message.contains("\"model\""), "{}", rejection.message);
    let mut own = request(2, [schema(FLOAT), rows(4)].concat());
    "another".clone_into(&mut own.model);
    own.acknowledge = true;
    assert_eq!(response(session.ingest(bytes(&own), NOW)).records, 4);
    let once = bytes(&request(3, [schema(FLOAT), rows(3)].concat()));
    let error = ingest_once(&engine, &Limits::default(), &caller, once, NOW).unwrap_err();
    assert_eq!((error.reason(), error.code()), ("permission", 7));
    assert_eq!(engine.counters().records, 4);
    assert_eq!(engine.counters().batches_rejected["permission"], 2);
}

#[test]
fn what_does_not_fit_into_memory_is_refused_before_it_is_decoded_and_taken_later() {
    let used = Arc::new(AtomicU64::new(1 << 20));
    let budget = Budget::new(1 << 20, Meter::Given(Arc::clone(&used)));
    let engine = Arc::new(Engine::new("test").with_budget(budget));
    let mut session = Session::new(Arc::clone(&engine), Limits::default());
    let records = [schema(FLOAT), rows(3)].concat();
    let column: ArrayRef = Arc::new(Float64Array::from(vec![1.0]));
    let batch = RecordBatch::try_from_iter([("x", column)]).unwrap();
    let no_arrow = request(1, b"this is no Arrow at all".to_vec());
    for refusal in [
        session.ingest(bytes(&no_arrow), NOW).map(|_| ()),
        session.ingest(bytes(&request(1, records.clone())), NOW).map(|_| ()),
        ingest_once(&engine, &Limits::default(), &Caller::default(), bytes(&no_arrow), NOW).map(|_| ()),
        session.ingest_arrow(bytes(&request(1, Vec::new())), &batch, NOW).map(|_| ()),
    ] {
        let Err(error @ WireError::Engine(EngineError::Memory { .. })) = refusal else {
            panic!("refused as {refusal:?}")
        };
        assert_eq!((error.reason(), error.code()), ("memory", 14));
    }
    assert_eq!(engine.counters().batches_rejected, [("memory", 4)].into());
    used.store(0, Ordering::Relaxed);
    let mut again = request(1, records);
    again.acknowledge = true;
    let answer = response(session.ingest(bytes(&again), NOW));
    assert_eq!((answer.records, answer.duplicates, answer.rejections.len()), (3, 0, 0));
}
