//! What a stream says that it will grow to, for readers that allocate before they look.

use arrow_ipc::RecordBatch;

use super::message::{Message, Messages};
use crate::error::{Result, WireError};
use crate::limits::Limits;

/// What is left of the limits.
struct Left {
    batches: usize,
    rows: usize,
    bytes: usize,
}

/// Checks an Arrow IPC stream of any types that another reader is to decode: that its metadata are sound, and that its
/// batches, rows, values of a column and decompressed bytes are within the limits by what it declares. A reader
/// allocates no more than is declared.
///
/// # Errors
/// `NotArrow`, `Corrupt`, `Compression` or `Limit`, saying what and how much is allowed.
pub fn check_declared(bytes: &[u8], limits: &Limits) -> Result<()> {
    let mut left =
        Left { batches: limits.max_batches, rows: limits.max_rows, bytes: limits.max_decompressed_bytes };
    let mut messages = Messages::new(bytes);
    while let Some(message) = messages.next_message()? {
        let of_dictionary = || message.header.header_as_dictionary_batch().and_then(|batch| batch.data());
        if let Some(batch) = message.header.header_as_record_batch().or_else(of_dictionary) {
            left.take(&message, &batch, limits)?;
        }
    }
    Ok(())
}

impl Left {
    fn take(&mut self, message: &Message<'_>, batch: &RecordBatch<'_>, limits: &Limits) -> Result<()> {
        self.batches = left_of(self.batches, 1, "record and dictionary batches", limits.max_batches)?;
        let rows = usize::try_from(batch.length()).unwrap_or(usize::MAX);
        self.rows = left_of(self.rows, rows, "rows", limits.max_rows)?;
        for node in batch.nodes().unwrap_or_default() {
            let length = usize::try_from(node.length()).unwrap_or(usize::MAX);
            left_of(limits.max_values, length, "values in a column", limits.max_values)?;
        }
        if batch.compression().is_some() {
            for buffer in batch.buffers().unwrap_or_default() {
                let grown = declared(message.body, buffer.offset(), buffer.length())?;
                self.bytes =
                    left_of(self.bytes, grown, "bytes when decompressed", limits.max_decompressed_bytes)?;
            }
        }
        Ok(())
    }
}

fn left_of(left: usize, wanted: usize, what: &str, allowed: usize) -> Result<usize> {
    left.checked_sub(wanted).ok_or_else(|| {
        WireError::Limit(format!("the stream may have at most {allowed} {what}, it declares more"))
    })
}

/// Bytes that a compressed buffer declares; 0 where it is empty or stored as it is.
fn declared(body: &[u8], offset: i64, length: i64) -> Result<usize> {
    let outside = || {
        WireError::Corrupt(format!(
            "a compressed buffer of {length} bytes at {offset} lies outside the body of {} bytes",
            body.len()
        ))
    };
    if length == 0 {
        return Ok(0);
    }
    let start = usize::try_from(offset).map_err(|_| outside())?;
    let stored = body.get(start..).and_then(<[u8]>::first_chunk::<8>).ok_or_else(outside)?;
    match i64::from_le_bytes(*stored) {
        -1 => Ok(0),
        grown => usize::try_from(grown)
            .map_err(|_| WireError::Compression(format!("a compressed buffer declares {grown} bytes"))),
    }
}
