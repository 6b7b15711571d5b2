//! The record batch of one column that a dictionary batch holds.

use arrow_ipc::RecordBatch;

use super::body::Body;
use super::compression::Decompressor;
use super::record_batch::{bitmap, checked_nulls};
use crate::column;
use crate::column::dictionary::Entries;
use crate::error::{Result, WireError};

/// The `length` entries of dictionary `id`.
pub(super) fn decode<'a>(
    id: i64,
    is_large: bool,
    batch: &RecordBatch<'a>,
    length: usize,
    bytes: &'a [u8],
    decompressor: &mut Decompressor,
) -> Result<Entries<'a>> {
    let name = format!("dictionary {id}");
    let nodes = batch.nodes().unwrap_or_default();
    let [node] = nodes.iter().collect::<Vec<_>>()[..] else {
        return Err(WireError::Corrupt(format!("it has {} columns, expected 1", nodes.len())));
    };
    let nulls = checked_nulls(&name, length, node.length(), node.null_count())?;
    let mut body = Body::new(batch, bytes, 3, decompressor)?;
    let validity = column::validity(&name, length, nulls, bitmap(body.next_buffer(&name)?))?;
    let (offsets, characters) = (body.next_buffer(&name)?, body.next_buffer(&name)?);
    let text = column::text::text(&name, length, is_large, offsets, characters)?;
    Ok(Entries { length, validity, text })
}
