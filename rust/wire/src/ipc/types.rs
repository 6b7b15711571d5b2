//! Arrow types of the flatbuffer schema to the engine's.

use arrow_ipc::{DateUnit, Field, Int, Precision, Type};
use driftline_engine::batch::{DataType, Primitive, TimeUnit};

use crate::error::{Result, WireError};
use crate::schema::{CAST, CAST_TO_UTF8, DECODE, UNNEST, unsupported};

/// Type of the values of a field, text with whether its offsets have 64 bits. A dictionary is its value type here.
pub(super) fn value_type(column: &str, field: &Field<'_>) -> Result<(DataType, bool)> {
    let primitive = match field.type_type() {
        Type::Null => return Ok((DataType::Null, false)),
        Type::Bool => return Ok((DataType::Boolean, false)),
        Type::Utf8 => return Ok((DataType::Text, false)),
        Type::LargeUtf8 => return Ok((DataType::Text, true)),
        Type::Int => field.type_as_int().and_then(|int| integer(&int)),
        Type::FloatingPoint => field.type_as_floating_point().and_then(|float| match float.precision() {
            Precision::HALF => Some(Primitive::Float16),
            Precision::SINGLE => Some(Primitive::Float32),
            Precision::DOUBLE => Some(Primitive::Float64),
            _ => None,
        }),
        Type::Decimal => decimal(field),
        Type::Date => field.type_as_date().and_then(|date| match date.unit() {
            DateUnit::DAY => Some(Primitive::Date32),
            DateUnit::MILLISECOND => Some(Primitive::Date64),
            _ => None,
        }),
        Type::Time => time(field),
        Type::Timestamp => field.type_as_timestamp().and_then(|t| unit(t.unit())).map(Primitive::Timestamp),
        Type::Duration => field.type_as_duration().and_then(|d| unit(d.unit())).map(Primitive::Duration),
        other => return Err(refuse(column, other)),
    };
    let kind = || field.type_type().variant_name().unwrap_or("?").to_ascii_lowercase();
    let primitive = primitive
        .ok_or_else(|| WireError::Schema(format!("column {column:?}: no such type of {}", kind())))?;
    Ok((DataType::Primitive(primitive), false))
}

/// The type of dictionary keys and of integer columns; `None` for a width that does not exist.
pub(super) fn integer(int: &Int<'_>) -> Option<Primitive> {
    Some(match (int.bitWidth(), int.is_signed()) {
        (8, true) => Primitive::Int8,
        (16, true) => Primitive::Int16,
        (32, true) => Primitive::Int32,
        (64, true) => Primitive::Int64,
        (8, false) => Primitive::UInt8,
        (16, false) => Primitive::UInt16,
        (32, false) => Primitive::UInt32,
        (64, false) => Primitive::UInt64,
        _ => return None,
    })
}

fn decimal(field: &Field<'_>) -> Option<Primitive> {
    let decimal = field.type_as_decimal()?;
    let scale = i8::try_from(decimal.scale()).ok()?;
    let (primitive, digits) = match decimal.bitWidth() {
        32 => (Primitive::Decimal32(scale), 9),
        64 => (Primitive::Decimal64(scale), 18),
        128 => (Primitive::Decimal128(scale), 38),
        256 => (Primitive::Decimal256(scale), 76),
        _ => return None,
    };
    (1..=digits).contains(&decimal.precision()).then_some(primitive)
}

/// Decimal digits of a decimal; 0 for every other type.
pub(super) fn precision(field: &Field<'_>) -> u8 {
    field.type_as_decimal().and_then(|decimal| u8::try_from(decimal.precision()).ok()).unwrap_or(0)
}

fn time(field: &Field<'_>) -> Option<Primitive> {
    let time = field.type_as_time()?;
    let unit = unit(time.unit())?;
    match (unit, time.bitWidth()) {
        (TimeUnit::Second | TimeUnit::Millisecond, 32) => Some(Primitive::Time32(unit)),
        (TimeUnit::Microsecond | TimeUnit::Nanosecond, 64) => Some(Primitive::Time64(unit)),
        _ => None,
    }
}

fn unit(unit: arrow_ipc::TimeUnit) -> Option<TimeUnit> {
    Some(match unit {
        arrow_ipc::TimeUnit::SECOND => TimeUnit::Second,
        arrow_ipc::TimeUnit::MILLISECOND => TimeUnit::Millisecond,
        arrow_ipc::TimeUnit::MICROSECOND => TimeUnit::Microsecond,
        arrow_ipc::TimeUnit::NANOSECOND => TimeUnit::Nanosecond,
        _ => return None,
    })
}

fn refuse(column: &str, kind: Type) -> WireError {
    let (name, advice) = match kind {
        Type::Binary => ("binary", CAST_TO_UTF8),
        Type::LargeBinary => ("large_binary", CAST_TO_UTF8),
        Type::FixedSizeBinary => ("fixed_size_binary", CAST_TO_UTF8),
        Type::BinaryView => ("binary_view", CAST_TO_UTF8),
        Type::Utf8View => ("utf8_view", CAST_TO_UTF8),
        Type::Interval => ("interval", CAST),
        Type::List => ("list", UNNEST),
        Type::LargeList => ("large_list", UNNEST),
        Type::FixedSizeList => ("fixed_size_list", UNNEST),
        Type::ListView => ("list_view", UNNEST),
        Type::LargeListView => ("large_list_view", UNNEST),
        Type::Struct_ => ("struct", UNNEST),
        Type::Map => ("map", UNNEST),
        Type::Union => ("union", UNNEST),
        Type::RunEndEncoded => ("run_end_encoded", DECODE),
        _ => return unsupported(column, format!("number {}", kind.0), CAST),
    };
    unsupported(column, name, advice)
}
