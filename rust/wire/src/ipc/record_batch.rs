//! Record batch messages to the engine's batches.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_ipc::RecordBatch;
use driftline_engine::batch::{Batch, Bitmap, Column, Values};

use super::body::Body;
use super::compression::Decompressor;
use super::schema::{Layout, StreamSchema};
use crate::column;
use crate::column::dictionary::{StoredDictionary, dictionary_column};
use crate::error::{Result, WireError};

/// What record batches are read with.
pub(super) struct Context<'s> {
    pub(super) stream: &'s StreamSchema,
    pub(super) dictionaries: &'s BTreeMap<i64, StoredDictionary>,
}

/// Length of a batch, checked against what is allowed.
pub(super) fn checked_length(batch: &RecordBatch<'_>, allowed: usize) -> Result<usize> {
    let length = batch.length();
    match usize::try_from(length) {
        Ok(rows) if rows <= allowed => Ok(rows),
        Ok(_) => Err(WireError::Limit(format!("it has {length} rows, {allowed} are allowed"))),
        Err(_) => Err(WireError::Corrupt(format!("it declares {length} rows"))),
    }
}

/// Decodes a batch of `rows` rows, borrowing the body where it is not compressed.
pub(super) fn decode<'a>(
    context: &Context<'_>,
    batch: &RecordBatch<'a>,
    rows: usize,
    bytes: &'a [u8],
    decompressor: &mut Decompressor,
) -> Result<Batch<'a>> {
    let stream = context.stream;
    let nodes = batch.nodes().unwrap_or_default();
    if nodes.len() != stream.layouts.len() {
        return Err(WireError::Schema(format!(
            "it has {} columns, the schema of the stream has {}: send a schema again when it changes",
            nodes.len(),
            stream.layouts.len()
        )));
    }
    let mut body = Body::new(batch, bytes, stream.buffers, decompressor)?;
    let mut columns = Vec::with_capacity(nodes.len());
    for ((layout, field), node) in stream.layouts.iter().zip(&stream.schema.fields).zip(nodes) {
        let name = &field.name;
        let nulls = checked_nulls(name, rows, node.length(), node.null_count())?;
        columns.push(decode_column(context, *layout, name, rows, nulls, &mut body)?);
    }
    Ok(Batch { schema: Arc::clone(&stream.schema), rows, columns })
}

pub(super) fn checked_nulls(column: &str, rows: usize, length: i64, nulls: i64) -> Result<usize> {
    if usize::try_from(length) != Ok(rows) {
        return Err(WireError::Corrupt(format!("column {column:?} has {length} rows, its batch has {rows}")));
    }
    usize::try_from(nulls)
        .ok()
        .filter(|&nulls| nulls <= rows)
        .ok_or_else(|| WireError::Corrupt(format!("column {column:?} declares {nulls} nulls in {rows} rows")))
}

fn decode_column<'a>(
    context: &Context<'_>,
    layout: Layout,
    name: &str,
    rows: usize,
    nulls: usize,
    body: &mut Body<'a, '_>,
) -> Result<Column<'a>> {
    if layout == Layout::Null {
        if nulls != rows {
            return Err(WireError::Corrupt(format!(
                "column {name:?} is of type null and declares {nulls} nulls in {rows} rows"
            )));
        }
        return Ok(Column { validity: None, values: Values::Null });
    }
    let validity = column::validity(name, rows, nulls, bitmap(body.next_buffer(name)?))?;
    let values = match layout {
        Layout::Null => Values::Null,
        Layout::Boolean => {
            let bytes = body.next_buffer(name)?;
            Values::Boolean(column::boolean(name, rows, Bitmap { bytes, offset: 0 })?)
        }
        Layout::Primitive(primitive, range) => {
            let bytes = column::fixed_width(name, rows, primitive, body.next_buffer(name)?)?;
            range.check(name, primitive, &bytes, validity.as_ref())?;
            Values::Primitive(primitive, bytes)
        }
        Layout::Text { is_large } => {
            let (offsets, bytes) = (body.next_buffer(name)?, body.next_buffer(name)?);
            Values::Text(column::text::text(name, rows, is_large, offsets, bytes)?)
        }
        Layout::Dictionary { id, key } => {
            let dictionary = context.dictionaries.get(&id).ok_or_else(|| {
                WireError::Schema(format!(
                    "column {name:?}: its dictionary {id} has not been sent since the schema"
                ))
            })?;
            return dictionary_column(name, rows, key, body.next_buffer(name)?, validity, dictionary);
        }
    };
    Ok(Column { validity, values })
}

/// An empty validity buffer means that all values are present.
pub(super) fn bitmap(bytes: Cow<'_, [u8]>) -> Option<Bitmap<'_>> {
    (!bytes.is_empty()).then_some(Bitmap { bytes, offset: 0 })
}
