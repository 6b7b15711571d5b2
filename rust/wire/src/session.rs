//! Requests in, answers out: one ingest stream, and the single call.

use std::collections::HashSet;
use std::sync::Arc;

use arrow_array::RecordBatch;
use bytes::Bytes;
use driftline_engine::batch::{Batch, Bitmap, Column, Values};
use driftline_engine::engine::{Engine, Header, Receipt};
use driftline_engine::log::RecordNumber;
use driftline_engine::panics;
use prost::Message as _;

use crate::answer::{Answer, durability};
use crate::arrow::batch_from_arrow;
use crate::error::{Result, WireError};
use crate::ipc::IpcDecoder;
use crate::limits::Limits;
use crate::proto::driftline_v1::{IngestRequest, IngestResponse, Rejection};

/// Batches that one answer covers at most.
const MAX_HELD_BATCHES: u32 = 64;

/// Models that a caller may send records of; `None`: all.
pub type AllowedModels = Option<HashSet<String>>;

/// Who sends, and what they may.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Caller {
    /// Who it is known to be, whose producers are told apart from those of others; empty: nobody is known.
    pub principal: String,
    /// Models that it may send records of.
    pub models: AllowedModels,
}

/// One ingest stream: its schema and dictionaries, and the answer held back.
pub struct Session {
    engine: Arc<Engine>,
    limits: Limits,
    caller: Caller,
    decoder: IpcDecoder,
    held: IngestResponse,
    /// Highest sequence number that was handled, held answers or not.
    handled: u64,
    /// Record of the log that must be on disk before the held answer is given.
    position: RecordNumber,
}

impl Session {
    /// A stream that has sent nothing yet.
    pub fn new(engine: Arc<Engine>, limits: Limits) -> Self {
        let decoder = IpcDecoder::new(limits);
        let held = IngestResponse::default();
        Self { engine, limits, caller: Caller::default(), decoder, held, handled: 0, position: 0 }
    }

    /// The same stream of a caller that is known; batches of models other than its own are refused.
    #[must_use]
    pub fn with_caller(self, caller: Caller) -> Self {
        Self { caller, ..self }
    }

    /// Handles one serialised `IngestRequest` at time `now` (nanoseconds since the Unix epoch) and returns an answer
    /// when one is due: asked for, after a refusal, or after 64 batches.
    ///
    /// A refused batch is listed in the response; so is one on which we fail.
    ///
    /// # Errors
    /// Where the batch may be sent again later: nothing of it is counted. The stream should answer what is held
    /// ([`Session::acknowledge`]) and end.
    pub fn ingest(&mut self, request: Bytes, now: i64) -> Result<Option<Answer>> {
        let size = request.len();
        let request = match decode_request(request) {
            Ok(request) => request,
            Err(error) => return self.settle(&IngestRequest::default(), Err(error), now),
        };
        let Self { engine, limits, caller, decoder, .. } = self;
        let outcome = guarded(|| {
            check_size(size, limits)?;
            check_model(&request.model, caller)?;
            let _room = engine.admit(size)?;
            let batches = decoder.decode(&request.records)?;
            Ok(engine.ingest(&header(&request, caller, size), &batches, now)?)
        });
        self.settle(&request, outcome, now)
    }

    /// The same for a batch that is in memory already; `request` is an `IngestRequest` without records.
    ///
    /// # Errors
    /// See [`Session::ingest`].
    pub fn ingest_arrow(&mut self, request: Bytes, batch: &RecordBatch, now: i64) -> Result<Option<Answer>> {
        let size = request.len();
        let request = match decode_request(request) {
            Ok(request) => request,
            Err(error) => return self.settle(&IngestRequest::default(), Err(error), now),
        };
        let Self { engine, limits, caller, .. } = self;
        let outcome = guarded(|| {
            check_model(&request.model, caller)?;
            let batch = batch_from_arrow(batch, limits)?;
            let size = size + batch_bytes(&batch);
            check_memory(size, limits)?;
            let _room = engine.admit(size)?;
            let header = header(&request, caller, size);
            Ok(engine.ingest(&header, &[batch], now)?)
        });
        self.settle(&request, outcome, now)
    }

    /// The answer held back, at the end of the stream; `None` if nothing is unanswered.
    pub fn acknowledge(&mut self) -> Option<Answer> {
        if self.held.batches == 0 {
            return None;
        }
        let mut response = std::mem::take(&mut self.held);
        response.acknowledged_sequence = self.handled;
        Some(Answer::new(&self.engine, response, std::mem::take(&mut self.position)))
    }

    fn settle(
        &mut self,
        request: &IngestRequest,
        outcome: Result<Receipt>,
        now: i64,
    ) -> Result<Option<Answer>> {
        match outcome {
            Err(WireError::Engine(error)) if error.is_retryable() => return Err(error.into()),
            Ok(receipt) => {
                self.held.records += receipt.records;
                self.held.duplicates += u32::from(receipt.duplicate);
                self.position = self.position.max(receipt.position);
            }
            Err(error) => {
                count(&self.engine, request, &self.caller, &error, now);
                self.held.rejections.push(rejection(request.sequence, &error));
            }
        }
        self.held.batches += 1;
        // Requests are handled in the order of the stream, so all that came before the highest number are too.
        self.handled = self.handled.max(request.sequence);
        let is_due =
            request.acknowledge || !self.held.rejections.is_empty() || self.held.batches >= MAX_HELD_BATCHES;
        Ok(if is_due { self.acknowledge() } else { None })
    }
}

/// Handles one serialised `IngestRequest` that carries its schema, and returns a serialised `IngestResponse`.
///
/// # Errors
/// Why the batch was refused; nothing is counted then but the refusal.
pub fn ingest_once(
    engine: &Engine,
    limits: &Limits,
    caller: &Caller,
    request: Bytes,
    now: i64,
) -> Result<Vec<u8>> {
    let size = request.len();
    let request = decode_request(request)
        .inspect_err(|error| count(engine, &IngestRequest::default(), caller, error, now))?;
    let outcome = guarded(|| {
        check_size(size, limits)?;
        check_model(&request.model, caller)?;
        let _room = engine.admit(size)?;
        let mut decoder = IpcDecoder::new(*limits);
        let batches = decoder.decode(&request.records)?;
        Ok(engine.ingest(&header(&request, caller, size), &batches, now)?)
    });
    let receipt = outcome.inspect_err(|error| count(engine, &request, caller, error, now))?;
    engine.wait_durable(receipt.position)?;
    let response = IngestResponse {
        acknowledged_sequence: request.sequence,
        batches: 1,
        records: receipt.records,
        duplicates: receipt.duplicate.into(),
        rejections: Vec::new(),
        durability: durability(engine).into(),
        most_unanswered: 0,
    };
    Ok(response.encode_to_vec())
}

fn decode_request(request: Bytes) -> Result<IngestRequest> {
    IngestRequest::decode(request)
        .map_err(|error| WireError::NotArrow(format!("the request is no IngestRequest: {error}")))
}

fn check_size(size: usize, limits: &Limits) -> Result<()> {
    if size > limits.max_message_bytes {
        return Err(WireError::Limit(format!(
            "a request may have at most {} bytes, got {size}",
            limits.max_message_bytes
        )));
    }
    Ok(())
}

fn check_model(model: &str, caller: &Caller) -> Result<()> {
    if caller.models.as_ref().is_some_and(|models| !models.contains(model)) {
        return Err(WireError::Permission(format!("the caller may not send records of model {model:?}")));
    }
    Ok(())
}

/// What is in memory already may be as large as what a request of the other door grows to.
fn check_memory(size: usize, limits: &Limits) -> Result<()> {
    if size > limits.max_decompressed_bytes {
        return Err(WireError::Limit(format!(
            "a batch may have at most {} bytes in memory, got {size}",
            limits.max_decompressed_bytes
        )));
    }
    Ok(())
}

/// The engine checks the names; a number without a producer is nobody's.
fn header(request: &IngestRequest, caller: &Caller, bytes: usize) -> Header {
    let is_numbered = !request.producer_id.is_empty();
    Header {
        principal: caller.principal.clone(),
        producer_id: request.producer_id.clone(),
        epoch: if is_numbered { request.producer_epoch } else { 0 },
        sequence: if is_numbered { request.sequence } else { 0 },
        model: request.model.clone(),
        version: request.version.clone(),
        dropped_records: request.dropped_records,
        bytes,
    }
}

/// Runs what must not take the process down: a panic becomes a refusal.
fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    // The decoder replaces its state only after success, and the engine answers for its own.
    panics::catch(work).unwrap_or_else(|defect| Err(WireError::Internal(defect)))
}

/// Tells the engine of refusals; its own it has counted.
fn count(engine: &Engine, request: &IngestRequest, caller: &Caller, error: &WireError, now: i64) {
    if !matches!(error, WireError::Engine(_)) {
        // Who may not send anything may not settle the numbers of others either.
        let settles = !matches!(error, WireError::Permission(_));
        engine.refuse(&header(request, caller, 0), error.reason(), !settles, now);
    }
}

fn rejection(sequence: u64, error: &WireError) -> Rejection {
    Rejection {
        sequence,
        code: error.code(),
        reason: error.reason().to_owned(),
        message: error.to_string(),
        ..Rejection::default()
    }
}

/// Bytes that a batch spans, as its message would.
fn batch_bytes(batch: &Batch<'_>) -> usize {
    let bits = |bitmap: &Bitmap<'_>| bitmap.bytes.len().min(batch.rows.div_ceil(8));
    let column_bytes = |column: &Column<'_>| {
        let values = match &column.values {
            Values::Null => 0,
            Values::Boolean(bitmap) => bits(bitmap),
            Values::Primitive(_, bytes) | Values::Hashes(bytes) => bytes.len(),
            Values::Text(text) => text.offsets.len() + text.bytes.len(),
            Values::Dictionary(keys, _) => keys.bytes.len(),
        };
        values + column.validity.as_ref().map_or(0, bits)
    };
    batch.columns.iter().map(column_bytes).sum()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::path::Path;

    use driftline_engine::query::Selection;

    use super::*;
    use crate::ipc::failpoint;

    #[test]
    fn a_panic_is_a_refusal() {
        let error = guarded::<()>(|| panic!("row {}", 7)).unwrap_err();
        assert_eq!((error.reason(), error.code()), ("internal", 13));
        assert!(error.to_string().ends_with("row 7"), "{error}");
    }

    /// A schema, dictionaries and record batches.
    fn stream() -> Vec<u8> {
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/dictionary_replaced.arrows");
        std::fs::read(golden).unwrap()
    }

    fn request(sequence: u64) -> Bytes {
        let request = IngestRequest {
            producer_id: "producer".to_owned(),
            sequence,
            model: "m".to_owned(),
            records: stream().into(),
            acknowledge: true,
            ..IngestRequest::default()
        };
        request.encode_to_vec().into()
    }

    fn answer(session: &mut Session, sequence: u64) -> IngestResponse {
        IngestResponse::decode(&*session.ingest(request(sequence), 0).unwrap().unwrap().wait().unwrap())
            .unwrap()
    }

    #[test]
    fn a_panic_while_decoding_costs_its_batch_and_nothing_else() {
        let engine = Arc::new(Engine::new("test"));
        let mut session = Session::new(Arc::clone(&engine), Limits::default());
        let records = answer(&mut session, 1).records;
        assert!(records > 0);
        let selection = Selection { model: "m".to_owned(), ..Selection::default() };
        let state = || format!("{:?}", engine.profile(&selection, &[]));
        let before = state();
        // After the schema, after a dictionary, after a record batch.
        for (messages, sequence) in (1..=3).zip(2..) {
            failpoint::arm(messages);
            let refused = answer(&mut session, sequence);
            let [rejection] = &refused.rejections[..] else { panic!("{refused:?}") };
            assert_eq!((rejection.sequence, rejection.code, &*rejection.reason), (sequence, 13, "internal"));
            assert!(rejection.message.contains("failpoint decode"), "{}", rejection.message);
            assert_eq!(state(), before, "after {messages} messages");
        }
        assert_eq!(engine.counters().batches_rejected["internal"], 3);
        // The stream goes on, and a batch that failed was never counted.
        let again = answer(&mut session, 2);
        assert_eq!((again.records, again.duplicates, again.rejections.len()), (records, 0, 0));
    }
}
