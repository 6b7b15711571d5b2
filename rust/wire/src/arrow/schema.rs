//! Arrow's schema to the engine's.

use arrow_schema::DataType as ArrowType;
use driftline_engine::batch::{DataType, Field, Primitive, Schema, TimeUnit};

use crate::ROLE_KEY;
use crate::error::{Result, WireError};
use crate::limits::Limits;
use crate::schema::{
    CAST, CAST_TO_UTF8, DECODE, UNNEST, check_column_count, check_names_are_unique, checked_name,
    checked_role, unsupported,
};

/// The engine's schema, roles taken from the field metadata `driftline.role`.
///
/// # Errors
/// `Schema`, `UnsupportedType` or `Limit` for what the engine does not take.
pub fn schema_from_arrow(schema: &arrow_schema::Schema, limits: &Limits) -> Result<Schema> {
    check_column_count(schema.fields().len(), limits)?;
    let fields = schema
        .fields()
        .iter()
        .map(|field| {
            let name = checked_name(field.name(), limits)?;
            let data_type = data_type(&name, field.data_type())?;
            let role = field.metadata().get(ROLE_KEY).map(String::as_str);
            let role = checked_role(&name, role, limits)?;
            Ok(Field { name, data_type, role })
        })
        .collect::<Result<Vec<_>>>()?;
    check_names_are_unique(&fields)?;
    Ok(Schema { fields })
}

fn data_type(column: &str, arrow: &ArrowType) -> Result<DataType> {
    match arrow {
        ArrowType::Null => Ok(DataType::Null),
        ArrowType::Boolean => Ok(DataType::Boolean),
        ArrowType::Utf8 | ArrowType::LargeUtf8 | ArrowType::Utf8View => Ok(DataType::Text),
        ArrowType::Dictionary(_, values) => match values.as_ref() {
            ArrowType::Utf8 | ArrowType::LargeUtf8 | ArrowType::Utf8View => Ok(DataType::Dictionary),
            other => Err(unsupported(column, format!("dictionary of {other}"), DECODE)),
        },
        other => match primitive(other) {
            Some(primitive) => Ok(DataType::Primitive(primitive)),
            None => Err(refuse(column, other)),
        },
    }
}

/// The engine's fixed-width type, if it has one.
pub(super) fn primitive(arrow: &ArrowType) -> Option<Primitive> {
    Some(match arrow {
        ArrowType::Int8 => Primitive::Int8,
        ArrowType::Int16 => Primitive::Int16,
        ArrowType::Int32 => Primitive::Int32,
        ArrowType::Int64 => Primitive::Int64,
        ArrowType::UInt8 => Primitive::UInt8,
        ArrowType::UInt16 => Primitive::UInt16,
        ArrowType::UInt32 => Primitive::UInt32,
        ArrowType::UInt64 => Primitive::UInt64,
        ArrowType::Float16 => Primitive::Float16,
        ArrowType::Float32 => Primitive::Float32,
        ArrowType::Float64 => Primitive::Float64,
        ArrowType::Decimal32(_, scale) => Primitive::Decimal32(*scale),
        ArrowType::Decimal64(_, scale) => Primitive::Decimal64(*scale),
        ArrowType::Decimal128(_, scale) => Primitive::Decimal128(*scale),
        ArrowType::Decimal256(_, scale) => Primitive::Decimal256(*scale),
        ArrowType::Date32 => Primitive::Date32,
        ArrowType::Date64 => Primitive::Date64,
        ArrowType::Timestamp(unit, _) => Primitive::Timestamp(time_unit(*unit)),
        ArrowType::Time32(unit) => Primitive::Time32(time_unit(*unit)),
        ArrowType::Time64(unit) => Primitive::Time64(time_unit(*unit)),
        ArrowType::Duration(unit) => Primitive::Duration(time_unit(*unit)),
        _ => return None,
    })
}

fn time_unit(unit: arrow_schema::TimeUnit) -> TimeUnit {
    match unit {
        arrow_schema::TimeUnit::Second => TimeUnit::Second,
        arrow_schema::TimeUnit::Millisecond => TimeUnit::Millisecond,
        arrow_schema::TimeUnit::Microsecond => TimeUnit::Microsecond,
        arrow_schema::TimeUnit::Nanosecond => TimeUnit::Nanosecond,
    }
}

fn refuse(column: &str, arrow: &ArrowType) -> WireError {
    let (name, advice) = match arrow {
        ArrowType::Binary => ("binary", CAST_TO_UTF8),
        ArrowType::LargeBinary => ("large_binary", CAST_TO_UTF8),
        ArrowType::FixedSizeBinary(_) => ("fixed_size_binary", CAST_TO_UTF8),
        ArrowType::BinaryView => ("binary_view", CAST_TO_UTF8),
        ArrowType::List(_) => ("list", UNNEST),
        ArrowType::LargeList(_) => ("large_list", UNNEST),
        ArrowType::FixedSizeList(..) => ("fixed_size_list", UNNEST),
        ArrowType::ListView(_) => ("list_view", UNNEST),
        ArrowType::LargeListView(_) => ("large_list_view", UNNEST),
        ArrowType::Struct(_) => ("struct", UNNEST),
        ArrowType::Map(..) => ("map", UNNEST),
        ArrowType::Union(..) => ("union", UNNEST),
        ArrowType::RunEndEncoded(..) => ("run_end_encoded", DECODE),
        ArrowType::Interval(_) => ("interval", CAST),
        other => return unsupported(column, other.to_string(), CAST),
    };
    unsupported(column, name, advice)
}
