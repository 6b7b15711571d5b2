//! Ids of predictions and queries: only their hashes are looked at and kept.
//!
//! An id may be the name of a person or an order. Labels find their predictions by its hash alone, so that it is replaced by
//! that before a batch is logged, counted or segmented, unless records are kept with their ids (see [`crate::record_log`]). The hash has no key: who holds one can try ids out.

use std::borrow::Cow;
use std::sync::Arc;

use driftline_sketches::hash;

use crate::batch::{Batch, Bitmap, Column, Keys, Text, Values};
use crate::plan::Plan;
use crate::read::per_row;

/// The batches with hashes in place of their ids, as their plans say which these are.
pub(crate) fn hashed<'b>(batches: &'b [Batch<'b>], plans: &[Arc<Plan>]) -> Cow<'b, [Batch<'b>]> {
    if plans.iter().all(|plan| plan.hidden_identifiers().next().is_none()) {
        return Cow::Borrowed(batches);
    }
    let of_each = batches.iter().zip(plans);
    of_each.map(|(batch, plan)| hashed_batch(batch, &plan.hidden_identifiers().collect::<Vec<_>>())).collect()
}

fn hashed_batch<'b>(batch: &'b Batch<'_>, identifiers: &[usize]) -> Batch<'b> {
    let columns = batch.columns.iter().enumerate().map(|(index, column)| {
        if identifiers.contains(&index) { hashed_column(column, batch.rows) } else { borrowed(column) }
    });
    Batch { schema: Arc::clone(&batch.schema), rows: batch.rows, columns: columns.collect() }
}

fn hashed_column<'b>(column: &'b Column<'_>, rows: usize) -> Column<'b> {
    let hashes = match &column.values {
        Values::Hashes(_) | Values::Null | Values::Boolean(_) => return borrowed(column),
        Values::Text(_) | Values::Dictionary(..) | Values::Primitive(..) => read_identifiers(column, rows),
    };
    let bytes = hashes.into_iter().flat_map(|hash| hash.unwrap_or(0).to_le_bytes()).collect();
    Column {
        validity: column.validity.as_ref().map(borrowed_bits),
        values: Values::Hashes(Cow::Owned(bytes)),
    }
}

/// The same column without a copy.
fn borrowed<'b>(column: &'b Column<'_>) -> Column<'b> {
    let values = match &column.values {
        Values::Null => Values::Null,
        Values::Boolean(bits) => Values::Boolean(borrowed_bits(bits)),
        Values::Primitive(primitive, bytes) => Values::Primitive(*primitive, Cow::Borrowed(bytes)),
        Values::Text(text) => Values::Text(Text {
            offsets: Cow::Borrowed(&text.offsets),
            large: text.large,
            bytes: Cow::Borrowed(&text.bytes),
        }),
        Values::Dictionary(keys, dictionary) => Values::Dictionary(
            Keys { primitive: keys.primitive, bytes: Cow::Borrowed(&keys.bytes) },
            Arc::clone(dictionary),
        ),
        Values::Hashes(bytes) => Values::Hashes(Cow::Borrowed(bytes)),
    };
    Column { validity: column.validity.as_ref().map(borrowed_bits), values }
}

fn borrowed_bits<'b>(bits: &'b Bitmap<'_>) -> Bitmap<'b> {
    Bitmap { bytes: Cow::Borrowed(&bits.bytes), offset: bits.offset }
}

/// 64-bit hashes of the identifiers in all rows; `None` for null. Integers of all widths agree, and so do plain
/// and dictionary-encoded text. Among n identifiers two collide with a probability of about n^2 / 2^65.
pub fn read_identifiers(column: &Column<'_>, rows: usize) -> Vec<Option<u64>> {
    let is_valid = |row| column.validity.as_ref().is_none_or(|valid| valid.get(row));
    match &column.values {
        Values::Text(text) => {
            (0..rows).map(|row| is_valid(row).then(|| identifier_hash(text.get(row)))).collect()
        }
        Values::Dictionary(keys, dictionary) => (0..rows)
            .map(|row| is_valid(row).then(|| identifier_hash(dictionary.get(keys.get(row)).as_bytes())))
            .collect(),
        Values::Primitive(..) => per_row(column, rows, |_, key| Some(hash::hash_key(key).0)),
        Values::Hashes(bytes) => {
            let (hashes, _) = bytes.as_chunks::<8>();
            (0..rows).map(|row| is_valid(row).then(|| u64::from_le_bytes(hashes[row]))).collect()
        }
        Values::Null | Values::Boolean(_) => vec![None; rows],
    }
}

fn identifier_hash(bytes: &[u8]) -> u64 {
    hash::murmur3_x64_128(bytes, hash::SEED).0
}
