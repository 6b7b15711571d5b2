//! Offsets of the metadata that point at themselves.
//!
//! The verifier of the Rust flatbuffers takes an offset of zero, which makes the four bytes of the offset the thing that
//! it points to. No writer makes one and Arrow's own reader refuses it, so that whoever sends one means something else
//! for each of them.

use arrow_ipc::{DictionaryBatch, DictionaryEncoding, Field, KeyValue, Message, RecordBatch, Schema};
use flatbuffers::{ForwardsUOffset, Table, VOffsetT, Vector};

use crate::error::{Result, WireError};

const OFFSET_BYTES: usize = 4;

/// Refuses a message some offset of which is zero.
pub(super) fn check(message: &Message<'_>) -> Result<()> {
    of_table(&message._tab, &[Message::VT_HEADER, Message::VT_CUSTOM_METADATA])?;
    key_values(message.custom_metadata())?;
    if let Some(schema) = message.header_as_schema() {
        of_schema(&schema)?;
    }
    if let Some(batch) = message.header_as_record_batch() {
        of_batch(&batch)?;
    }
    if let Some(dictionary) = message.header_as_dictionary_batch() {
        of_table(&dictionary._tab, &[DictionaryBatch::VT_DATA])?;
        dictionary.data().map_or(Ok(()), |batch| of_batch(&batch))?;
    }
    Ok(())
}

fn of_batch(batch: &RecordBatch<'_>) -> Result<()> {
    of_table(
        &batch._tab,
        &[
            RecordBatch::VT_NODES,
            RecordBatch::VT_BUFFERS,
            RecordBatch::VT_COMPRESSION,
            RecordBatch::VT_VARIADICBUFFERCOUNTS,
        ],
    )
}

fn of_schema(schema: &Schema<'_>) -> Result<()> {
    of_table(&schema._tab, &[Schema::VT_FIELDS, Schema::VT_CUSTOM_METADATA, Schema::VT_FEATURES])?;
    key_values(schema.custom_metadata())?;
    let fields = schema.fields().unwrap_or_default();
    of_elements(&fields)?;
    fields.iter().try_for_each(|field| of_field(&field))
}

fn of_field(field: &Field<'_>) -> Result<()> {
    of_table(
        &field._tab,
        &[
            Field::VT_NAME,
            Field::VT_TYPE_,
            Field::VT_DICTIONARY,
            Field::VT_CHILDREN,
            Field::VT_CUSTOM_METADATA,
        ],
    )?;
    if let Some(timestamp) = field.type_as_timestamp() {
        of_table(&timestamp._tab, &[arrow_ipc::Timestamp::VT_TIMEZONE])?;
    }
    if let Some(dictionary) = field.dictionary() {
        of_table(&dictionary._tab, &[DictionaryEncoding::VT_INDEXTYPE])?;
    }
    key_values(field.custom_metadata())
}

/// Metadata of users: each entry has a key and a value.
fn key_values(entries: Option<Vector<'_, ForwardsUOffset<KeyValue<'_>>>>) -> Result<()> {
    let Some(entries) = entries else { return Ok(()) };
    of_elements(&entries)?;
    for entry in entries {
        of_table(&entry._tab, &[KeyValue::VT_KEY, KeyValue::VT_VALUE])?;
        if entry.key().is_none() || entry.value().is_none() {
            return Err(WireError::Corrupt(
                "an entry of custom metadata lacks its key or its value".to_owned(),
            ));
        }
    }
    Ok(())
}

fn of_table(table: &Table<'_>, fields: &[VOffsetT]) -> Result<()> {
    let vtable = table.vtable();
    let places = fields.iter().map(|&field| usize::from(vtable.get(field))).filter(|&place| place != 0);
    places.map(|place| table.loc() + place).try_for_each(|place| at(table.buf(), place))
}

fn of_elements<T>(vector: &Vector<'_, ForwardsUOffset<T>>) -> Result<()> {
    vector.bytes().chunks(OFFSET_BYTES).try_for_each(|offset| at(offset, 0))
}

fn at(bytes: &[u8], place: usize) -> Result<()> {
    match bytes.get(place..place + OFFSET_BYTES) {
        Some([0, 0, 0, 0]) => Err(WireError::Corrupt(
            "the metadata of a message has an offset that points at itself".to_owned(),
        )),
        _ => Ok(()),
    }
}
