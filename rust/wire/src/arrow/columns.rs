//! Arrow's arrays to the engine's columns.

use std::borrow::Cow;

use arrow_array::cast::AsArray;
use arrow_array::{Array, GenericStringArray, OffsetSizeTrait, StringViewArray, downcast_primitive_array};
use arrow_schema::DataType as ArrowType;
use driftline_engine::batch::{Bitmap, Column, Text, Values};

use super::schema::primitive;
use crate::column::dictionary::{Entries, StoredDictionary, dictionary_column};
use crate::column::{self, text};
use crate::error::{Result, WireError};
use crate::limits::Limits;
use crate::schema::{CAST, unsupported};

pub(super) fn column_from_array<'a>(name: &str, array: &'a dyn Array, limits: &Limits) -> Result<Column<'a>> {
    if array.data_type() == &ArrowType::Null {
        return Ok(Column { validity: None, values: Values::Null });
    }
    let rows = array.len();
    let validity = validity(name, array)?;
    let values = match array.data_type() {
        ArrowType::Boolean => {
            let values = array.as_boolean().values();
            let bits = Bitmap { bytes: Cow::Borrowed(values.inner().as_slice()), offset: values.offset() };
            Values::Boolean(column::boolean(name, rows, bits)?)
        }
        ArrowType::Utf8 | ArrowType::LargeUtf8 | ArrowType::Utf8View => {
            Values::Text(text_from_array(name, array, limits)?)
        }
        ArrowType::Dictionary(..) => {
            return dictionary_from_array(name, array, validity, limits);
        }
        other => {
            let (primitive, bytes) = primitive(other)
                .zip(primitive_bytes(array))
                .ok_or_else(|| unsupported(name, other.to_string(), CAST))?;
            Values::Primitive(primitive, column::fixed_width(name, rows, primitive, Cow::Borrowed(bytes))?)
        }
    };
    Ok(Column { validity, values })
}

fn validity<'a>(name: &str, array: &'a dyn Array) -> Result<Option<Bitmap<'a>>> {
    let bitmap = array
        .nulls()
        .map(|nulls| Bitmap { bytes: Cow::Borrowed(nulls.buffer().as_slice()), offset: nulls.offset() });
    column::validity(name, array.len(), array.null_count(), bitmap)
}

/// Values of a primitive array, its slice alone.
fn primitive_bytes(array: &dyn Array) -> Option<&[u8]> {
    downcast_primitive_array!(
        array => Some(array.values().inner().as_slice()),
        _ => None
    )
}

fn text_from_array<'a>(name: &str, array: &'a dyn Array, limits: &Limits) -> Result<Text<'a>> {
    match array.data_type() {
        ArrowType::Utf8 => text_from_strings(name, array.as_string::<i32>()),
        ArrowType::LargeUtf8 => text_from_strings(name, array.as_string::<i64>()),
        _ => text_from_views(name, array.as_string_view(), limits),
    }
}

fn text_from_strings<'a, O: OffsetSizeTrait>(
    name: &str,
    array: &'a GenericStringArray<O>,
) -> Result<Text<'a>> {
    let offsets = Cow::Borrowed(array.offsets().inner().inner().as_slice());
    let bytes = Cow::Borrowed(array.values().as_slice());
    text::text(name, array.len(), O::IS_LARGE, offsets, bytes)
}

/// Views may share their bytes, so that their text has to be laid out anew, within a bound.
fn text_from_views<'a>(name: &str, array: &StringViewArray, limits: &Limits) -> Result<Text<'a>> {
    // The low half of a view is its length; a null row's is not to be relied on.
    let length_of = |row: usize| if array.is_null(row) { 0 } else { array.views()[row] as u32 as usize };
    let total: usize = (0..array.len()).map(length_of).sum();
    if total > limits.max_decompressed_bytes {
        return Err(WireError::Limit(format!(
            "column {name:?}: text may take at most {} bytes, got {total}",
            limits.max_decompressed_bytes
        )));
    }
    let mut offsets = Vec::with_capacity((array.len() + 1) * 8);
    let mut bytes = Vec::with_capacity(total);
    offsets.extend_from_slice(&0_u64.to_le_bytes());
    for value in array {
        bytes.extend_from_slice(value.unwrap_or_default().as_bytes());
        offsets.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
    }
    text::text(name, array.len(), true, Cow::Owned(offsets), Cow::Owned(bytes))
}

fn dictionary_from_array<'a>(
    name: &str,
    array: &'a dyn Array,
    validity: Option<Bitmap<'a>>,
    limits: &Limits,
) -> Result<Column<'a>> {
    let dictionary = array.as_any_dictionary();
    let (keys, values) = (dictionary.keys(), dictionary.values().as_ref());
    let entries = Entries {
        length: values.len(),
        validity: self::validity(name, values)?,
        text: text_from_array(name, values, limits)?,
    };
    let bytes = entries.bytes();
    if bytes > limits.max_dictionary_bytes {
        return Err(WireError::Limit(format!(
            "column {name:?}: a dictionary may take at most {} bytes, got {bytes}",
            limits.max_dictionary_bytes
        )));
    }
    let (primitive, bytes) = primitive(keys.data_type())
        .zip(primitive_bytes(keys))
        .ok_or_else(|| unsupported(name, array.data_type().to_string(), CAST))?;
    let stored = StoredDictionary::new(None, &entries);
    dictionary_column(name, array.len(), primitive, Cow::Borrowed(bytes), validity, &stored)
}
