//! The buffers of a message body, one after the other.

use std::borrow::Cow;

use arrow_ipc::{Buffer, RecordBatch};
use flatbuffers::VectorIter;

use super::compression::{Codec, Decompressor};
use crate::error::{Result, WireError};

/// Of every buffer in its body.
const ALIGNMENT: i64 = 8;

/// Hands out the buffers of one message in order.
pub(super) struct Body<'a, 'd> {
    bytes: &'a [u8],
    buffers: VectorIter<'a, Buffer>,
    codec: Option<Codec>,
    decompressor: &'d mut Decompressor,
    /// Bytes of the body that no buffer has claimed.
    unclaimed: usize,
}

impl<'a, 'd> Body<'a, 'd> {
    /// # Errors
    /// If the message has another number of buffers than its schema.
    pub(super) fn new(
        batch: &RecordBatch<'a>,
        bytes: &'a [u8],
        expected: usize,
        decompressor: &'d mut Decompressor,
    ) -> Result<Self> {
        let buffers = batch.buffers().unwrap_or_default();
        if buffers.len() != expected {
            return Err(WireError::Corrupt(format!(
                "it has {} buffers, its schema takes {expected}",
                buffers.len()
            )));
        }
        if batch.variadicBufferCounts().is_some_and(|counts| !counts.is_empty()) {
            return Err(WireError::Corrupt("it counts view buffers, its schema has no views".to_owned()));
        }
        Ok(Self {
            bytes,
            buffers: buffers.iter(),
            codec: Codec::of(batch)?,
            decompressor,
            unclaimed: bytes.len(),
        })
    }

    /// The next buffer, decompressed if need be.
    pub(super) fn next_buffer(&mut self, column: &str) -> Result<Cow<'a, [u8]>> {
        let missing = || WireError::Corrupt(format!("column {column:?}: a buffer is missing"));
        let buffer = self.buffers.next().ok_or_else(missing)?;
        let stored = self.locate(buffer).ok_or_else(|| {
            WireError::Corrupt(format!(
                "column {column:?}: a buffer of {} bytes at {} lies outside the body of {} bytes or over another",
                buffer.length(),
                buffer.offset(),
                self.bytes.len()
            ))
        })?;
        if buffer.length() != 0 && buffer.offset() % ALIGNMENT != 0 {
            return Err(WireError::Corrupt(format!(
                "column {column:?}: a buffer starts at byte {} of the body, expected a multiple of {ALIGNMENT}",
                buffer.offset()
            )));
        }
        match self.codec {
            None => Ok(Cow::Borrowed(stored)),
            Some(codec) => self
                .decompressor
                .decompress(codec, stored)
                .map_err(|error| error.within(&format!("column {column:?}"))),
        }
    }

    fn locate(&mut self, buffer: &Buffer) -> Option<&'a [u8]> {
        let offset = usize::try_from(buffer.offset()).ok()?;
        let length = usize::try_from(buffer.length()).ok()?;
        // Buffers that share bytes would make a short message stand for any amount of data.
        self.unclaimed = self.unclaimed.checked_sub(length)?;
        self.bytes.get(offset..offset.checked_add(length)?)
    }
}
