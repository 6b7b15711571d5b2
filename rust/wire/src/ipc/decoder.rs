//! The decoder of one stream.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_ipc::MessageHeader;
use driftline_engine::batch::Batch;

use super::compression::Decompressor;
use super::dictionary;
use super::message::{Message, Messages};
use super::record_batch::{self, Context, checked_length};
use super::schema::StreamSchema;
use crate::column::dictionary::{Entries, StoredDictionary};
use crate::error::{Result, WireError};
use crate::limits::{DICTIONARY_ENTRY_BYTES, Limits};

/// How many times over a request may rebuild the dictionaries that it is allowed to hold. Every delta rebuilds its
/// dictionary, so that without a bound a request of small deltas would cost the square of its size.
const REBUILD_FACTOR: usize = 4;

/// Decodes the requests of one stream, one after the other.
pub struct IpcDecoder {
    limits: Limits,
    state: State,
    decompressor: Decompressor,
}

/// What later requests of a stream build on.
#[derive(Clone, Default)]
struct State {
    stream: Option<Arc<StreamSchema>>,
    dictionaries: Arc<BTreeMap<i64, StoredDictionary>>,
}

/// What is left of the limits of one request.
struct Allowance {
    batches: usize,
    rows: usize,
    values: usize,
    rebuilt_bytes: usize,
}

impl IpcDecoder {
    /// A decoder that has seen no schema.
    pub fn new(limits: Limits) -> Self {
        Self { limits, state: State::default(), decompressor: Decompressor::default() }
    }

    /// The record batches of one request: a complete stream, or messages that continue what earlier calls sent.
    ///
    /// A schema may only come first; it replaces the earlier one and its dictionaries. Uncompressed bodies are
    /// borrowed from `bytes`.
    ///
    /// # Errors
    /// `NotArrow`, `Corrupt`, `Compression`, `Schema`, `UnsupportedType` or `Limit`; the decoder is then as it was.
    pub fn decode<'a>(&mut self, bytes: &'a [u8]) -> Result<Vec<Batch<'a>>> {
        if bytes.is_empty() {
            return Err(WireError::NotArrow("records are empty, expected an Arrow IPC stream".to_owned()));
        }
        let mut pass = Pass {
            limits: &self.limits,
            state: self.state.clone(),
            decompressor: &mut self.decompressor,
            allowance: Allowance {
                batches: self.limits.max_batches,
                rows: self.limits.max_rows,
                values: self.limits.max_values,
                rebuilt_bytes: self.limits.max_dictionary_bytes.saturating_mul(REBUILD_FACTOR),
            },
            batches: Vec::new(),
        };
        pass.decompressor.allow(self.limits.max_decompressed_bytes);
        let mut messages = Messages::new(bytes);
        let mut is_first = true;
        while let Some(message) = messages.next_message()? {
            pass.take(&message, is_first)?;
            #[cfg(test)]
            failpoint::hit();
            is_first = false;
        }
        let Pass { state, batches, .. } = pass;
        self.state = state;
        Ok(batches)
    }
}

/// One request on its way through.
struct Pass<'d, 'a> {
    limits: &'d Limits,
    state: State,
    decompressor: &'d mut Decompressor,
    allowance: Allowance,
    batches: Vec<Batch<'a>>,
}

impl<'a> Pass<'_, 'a> {
    fn take(&mut self, message: &Message<'a>, is_first: bool) -> Result<()> {
        match message.kind() {
            MessageHeader::Schema if is_first => self.take_schema(message),
            MessageHeader::Schema => Err(WireError::Schema(
                "a schema comes in the middle of a request, expected it first: send another request"
                    .to_owned(),
            )),
            MessageHeader::DictionaryBatch => {
                self.count_batch()?;
                self.take_dictionary(message)
            }
            MessageHeader::RecordBatch => {
                self.count_batch()?;
                let number = self.batches.len() + 1;
                self.take_record_batch(message)
                    .map_err(|error| error.within(&format!("record batch {number}")))
            }
            other => Err(WireError::NotArrow(format!(
                "a message is of kind {}, expected schema, dictionary batch or record batch",
                other.variant_name().map_or_else(|| other.0.to_string(), str::to_owned)
            ))),
        }
    }

    fn count_batch(&mut self) -> Result<()> {
        self.allowance.batches = self.allowance.batches.checked_sub(1).ok_or_else(|| {
            WireError::Limit(format!(
                "a request may have at most {} record and dictionary batches",
                self.limits.max_batches
            ))
        })?;
        Ok(())
    }

    fn take_schema(&mut self, message: &Message<'a>) -> Result<()> {
        let decoded = StreamSchema::decode(&message.header, self.limits)?;
        let is_same = self.state.stream.as_ref().is_some_and(|stream| stream.describes_like(&decoded));
        // An equal schema stays the same object, so that those behind can recognise it at a glance.
        if !is_same {
            self.state.stream = Some(Arc::new(decoded));
        }
        self.state.dictionaries = Arc::default();
        Ok(())
    }

    fn stream(&self) -> Result<Arc<StreamSchema>> {
        self.state.stream.clone().ok_or_else(|| {
            WireError::Schema("a batch comes before any schema: send the schema first".to_owned())
        })
    }

    fn take_record_batch(&mut self, message: &Message<'a>) -> Result<()> {
        let stream = self.stream()?;
        let batch = message
            .header
            .header_as_record_batch()
            .ok_or_else(|| WireError::Corrupt("the message has no header".to_owned()))?;
        let rows = checked_length(&batch, self.allowance.rows)?;
        self.allowance.rows -= rows;
        let values = rows * stream.layouts.len();
        self.allowance.values = self.allowance.values.checked_sub(values).ok_or_else(|| {
            WireError::Limit(format!(
                "a request may have at most {} values (rows times columns), this batch alone has {values}",
                self.limits.max_values
            ))
        })?;
        let context = Context { stream: &stream, dictionaries: &self.state.dictionaries };
        let decoded = record_batch::decode(&context, &batch, rows, message.body, self.decompressor)?;
        self.batches.push(decoded);
        Ok(())
    }

    fn take_dictionary(&mut self, message: &Message<'a>) -> Result<()> {
        let header = message.header.header_as_dictionary_batch();
        let Some((id, is_delta, batch)) = header.and_then(|h| Some((h.id(), h.isDelta(), h.data()?))) else {
            return Err(WireError::Corrupt("a dictionary batch has no data".to_owned()));
        };
        let place = format!("batch of dictionary {id}");
        let stream = self.stream()?;
        let Some(&is_large) = stream.dictionaries.get(&id) else {
            return Err(WireError::Schema(format!("{place}: no column of the schema has it")));
        };
        let before = self.state.dictionaries.get(&id).filter(|_| is_delta).cloned();
        if is_delta && before.is_none() {
            return Err(WireError::Schema(format!(
                "{place}: it extends a dictionary that has not been sent since the schema"
            )));
        }
        let known = before.as_ref().map_or(0, |dictionary| dictionary.values.len());
        let stored = checked_length(&batch, self.limits.max_rows - known)
            .and_then(|length| {
                dictionary::decode(id, is_large, &batch, length, message.body, self.decompressor)
            })
            .and_then(|entries| {
                self.count_dictionary(id, before.as_ref(), &entries)?;
                Ok(StoredDictionary::new(before.as_ref(), &entries))
            })
            .map_err(|error| error.within(&place))?;
        Arc::make_mut(&mut self.state.dictionaries).insert(id, stored);
        Ok(())
    }

    fn count_dictionary(
        &mut self,
        id: i64,
        before: Option<&StoredDictionary>,
        entries: &Entries<'_>,
    ) -> Result<()> {
        let bytes = entries.bytes() + before.map_or(0, |dictionary| dictionary.bytes);
        let others = self.state.dictionaries.iter().filter(|(other, _)| **other != id);
        let held: usize = others.map(|(_, dictionary)| dictionary.bytes).sum::<usize>() + bytes;
        if held > self.limits.max_dictionary_bytes {
            return Err(WireError::Limit(format!(
                "the dictionaries of a stream may take at most {} bytes (text and {DICTIONARY_ENTRY_BYTES} an \
                 entry), these take {held}",
                self.limits.max_dictionary_bytes
            )));
        }
        self.allowance.rebuilt_bytes = self.allowance.rebuilt_bytes.checked_sub(bytes).ok_or_else(|| {
            WireError::Limit("the request extends its dictionaries too often: send them whole".to_owned())
        })?;
        Ok(())
    }
}

/// Where tests can make the calling thread panic in the middle of a request.
#[cfg(test)]
pub(crate) mod failpoint {
    use std::cell::Cell;

    thread_local! {
        static MESSAGES: Cell<Option<usize>> = const { Cell::new(None) };
    }

    /// Panics after so many more messages.
    pub(crate) fn arm(messages: usize) {
        MESSAGES.set(Some(messages));
    }

    pub(super) fn hit() {
        let left = MESSAGES.get().map(|messages| messages - 1);
        MESSAGES.set(left.filter(|&left| left > 0));
        assert_ne!(left, Some(0), "failpoint decode");
    }
}
