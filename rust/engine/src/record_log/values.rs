//! Values of a record, copied out of a batch.

use super::columns::RecordedColumn;
use super::stamp::Stamp;
use crate::batch::{Column, Primitive, TimeUnit, Values};
use crate::numbers::Numbers;
use crate::read::Rows;

/// Longer text is cut, so that a record has a bound.
pub(crate) const MOST_TEXT_BYTES: usize = 16_384;

/// One value; what it means is in [`super::RecordedKind`].
#[derive(Debug, Clone, PartialEq)]
pub enum RecordValue {
    /// None.
    Null,
    /// A boolean.
    Boolean(bool),
    /// A whole number: of days or nanoseconds, where it is a time.
    Integer(i64),
    /// A whole number from 0.
    Unsigned(u64),
    /// Another number.
    Float(f64),
    /// Text.
    Text(Box<str>),
}

/// The value of a row as the record shows it.
pub(crate) fn recorded(
    column: &Column<'_>,
    recorded: &RecordedColumn,
    row: usize,
    stamp: &Stamp,
) -> RecordValue {
    let value = plain(column, row);
    let Some(redaction) = recorded.redaction else { return value };
    let replaced = |bytes: &[u8]| RecordValue::Text(stamp.redacted(redaction, bytes).into());
    match value {
        RecordValue::Null => RecordValue::Null,
        RecordValue::Text(text) => replaced(text.as_bytes()),
        RecordValue::Boolean(value) => replaced(value.to_string().as_bytes()),
        RecordValue::Integer(value) => replaced(value.to_string().as_bytes()),
        RecordValue::Unsigned(value) => replaced(value.to_string().as_bytes()),
        RecordValue::Float(value) => replaced(value.to_string().as_bytes()),
    }
}

fn plain(column: &Column<'_>, row: usize) -> RecordValue {
    if column.validity.as_ref().is_some_and(|valid| !valid.get(row)) {
        return RecordValue::Null;
    }
    match &column.values {
        Values::Null => RecordValue::Null,
        Values::Boolean(bits) => RecordValue::Boolean(bits.get(row)),
        Values::Text(text) => RecordValue::Text(cut(&String::from_utf8_lossy(text.get(row))).into()),
        Values::Dictionary(keys, dictionary) => RecordValue::Text(cut(dictionary.get(keys.get(row))).into()),
        Values::Primitive(primitive, _) => number(*primitive, column, row),
        Values::Hashes(bytes) => {
            let hash = crate::batch::read_array::<8>(bytes, row).map_or(0, u64::from_le_bytes);
            RecordValue::Text(format!("{hash:016x}").into())
        }
    }
}

fn cut(text: &str) -> &str {
    let mut end = text.len().min(MOST_TEXT_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn number(primitive: Primitive, column: &Column<'_>, row: usize) -> RecordValue {
    let Values::Primitive(_, bytes) = &column.values else { return RecordValue::Null };
    let width = primitive.width();
    let raw = &bytes[row * width..(row + 1) * width];
    let signed = || {
        raw.iter().rev().fold(i64::from(raw[width - 1] as i8) >> 7, |sum, &byte| sum << 8 | i64::from(byte))
    };
    let unsigned = || raw.iter().rev().fold(0_u64, |sum, &byte| sum << 8 | u64::from(byte));
    let nanoseconds = |unit: TimeUnit| signed().saturating_mul(1_000_000_000 / unit.ticks_per_second());
    match primitive {
        Primitive::Int8 | Primitive::Int16 | Primitive::Int32 | Primitive::Int64 | Primitive::Date32 => {
            RecordValue::Integer(signed())
        }
        Primitive::UInt8 | Primitive::UInt16 | Primitive::UInt32 => RecordValue::Integer(unsigned() as i64),
        Primitive::UInt64 => RecordValue::Unsigned(unsigned()),
        Primitive::Date64 => RecordValue::Integer(nanoseconds(TimeUnit::Millisecond)),
        Primitive::Timestamp(unit)
        | Primitive::Time32(unit)
        | Primitive::Time64(unit)
        | Primitive::Duration(unit) => RecordValue::Integer(nanoseconds(unit)),
        Primitive::Float16
        | Primitive::Float32
        | Primitive::Float64
        | Primitive::Decimal32(_)
        | Primitive::Decimal64(_)
        | Primitive::Decimal128(_)
        | Primitive::Decimal256(_) => {
            let mut numbers = Numbers::default();
            numbers.read(column, Rows::Some(&[row as u32]));
            numbers.values.first().map_or(RecordValue::Null, |&value| RecordValue::Float(value))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use proptest::prelude::*;

    use super::*;

    fn read<const N: usize>(primitive: Primitive, values: &[[u8; N]], row: usize) -> RecordValue {
        let values = Values::Primitive(primitive, Cow::Owned(values.concat()));
        plain(&Column { validity: None, values }, row)
    }

    proptest! {
        #[test]
        fn numbers_of_all_widths_are_what_was_sent(value: i64, row in 0..3_usize) {
            let (small, middle, large) = (value as i8, value as i16, value as i32);
            let integer = |value: i64| RecordValue::Integer(value);
            prop_assert_eq!(read(Primitive::Int8, &[small.to_le_bytes(); 3], row), integer(small.into()));
            prop_assert_eq!(read(Primitive::Int16, &[middle.to_le_bytes(); 3], row), integer(middle.into()));
            prop_assert_eq!(read(Primitive::Int32, &[large.to_le_bytes(); 3], row), integer(large.into()));
            prop_assert_eq!(read(Primitive::Int64, &[value.to_le_bytes(); 3], row), integer(value));
            prop_assert_eq!(read(Primitive::UInt8, &[(small as u8).to_le_bytes(); 3], row), integer((small as u8).into()));
            prop_assert_eq!(read(Primitive::UInt32, &[(large as u32).to_le_bytes(); 3], row), integer((large as u32).into()));
            prop_assert_eq!(read(Primitive::UInt64, &[value.to_le_bytes(); 3], row), RecordValue::Unsigned(value as u64));
            prop_assert_eq!(read(Primitive::Date32, &[large.to_le_bytes(); 3], row), integer(large.into()));
            let seconds = Primitive::Timestamp(TimeUnit::Second);
            prop_assert_eq!(read(seconds, &[value.to_le_bytes(); 3], row), integer(value.saturating_mul(1_000_000_000)));
            let float = f64::from_bits(value as u64);
            if !float.is_nan() {
                prop_assert_eq!(read(Primitive::Float64, &[float.to_le_bytes(); 3], row), RecordValue::Float(float));
            }
        }
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        let text = format!("a{}", "ä".repeat(MOST_TEXT_BYTES));
        assert_eq!(cut(&text).len(), MOST_TEXT_BYTES - 1);
        assert_eq!(cut(&text[..9]), &text[..9], "nothing else is");
    }
}
