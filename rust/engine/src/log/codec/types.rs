//! Types as bytes: a tag, and a parameter that is 0 where a type has none.

use crate::batch::{DataType, Primitive, TimeUnit};

/// Tag and parameter of a type.
pub(super) fn to_bytes(data_type: DataType) -> [u8; 2] {
    match data_type {
        DataType::Null => [0, 0],
        DataType::Boolean => [1, 0],
        DataType::Text => [2, 0],
        DataType::Dictionary => [3, 0],
        DataType::Primitive(primitive) => primitive_to_bytes(primitive),
    }
}

/// The type of a tag and a parameter.
pub(super) fn from_bytes(bytes: [u8; 2]) -> Option<DataType> {
    match bytes {
        [0, 0] => Some(DataType::Null),
        [1, 0] => Some(DataType::Boolean),
        [2, 0] => Some(DataType::Text),
        [3, 0] => Some(DataType::Dictionary),
        _ => primitive_from_bytes(bytes).map(DataType::Primitive),
    }
}

/// The same for a number or time.
pub(super) fn primitive_to_bytes(primitive: Primitive) -> [u8; 2] {
    match primitive {
        Primitive::Int8 => [16, 0],
        Primitive::Int16 => [17, 0],
        Primitive::Int32 => [18, 0],
        Primitive::Int64 => [19, 0],
        Primitive::UInt8 => [20, 0],
        Primitive::UInt16 => [21, 0],
        Primitive::UInt32 => [22, 0],
        Primitive::UInt64 => [23, 0],
        Primitive::Float16 => [24, 0],
        Primitive::Float32 => [25, 0],
        Primitive::Float64 => [26, 0],
        Primitive::Decimal32(scale) => [32, scale.cast_unsigned()],
        Primitive::Decimal64(scale) => [33, scale.cast_unsigned()],
        Primitive::Decimal128(scale) => [34, scale.cast_unsigned()],
        Primitive::Decimal256(scale) => [35, scale.cast_unsigned()],
        Primitive::Date32 => [40, 0],
        Primitive::Date64 => [41, 0],
        Primitive::Timestamp(unit) => [42, unit_to_byte(unit)],
        Primitive::Time32(unit) => [43, unit_to_byte(unit)],
        Primitive::Time64(unit) => [44, unit_to_byte(unit)],
        Primitive::Duration(unit) => [45, unit_to_byte(unit)],
    }
}

/// The number or time of a tag and a parameter.
pub(super) fn primitive_from_bytes([tag, parameter]: [u8; 2]) -> Option<Primitive> {
    let scale = parameter.cast_signed();
    let plain = |primitive| (parameter == 0).then_some(primitive);
    match tag {
        16 => plain(Primitive::Int8),
        17 => plain(Primitive::Int16),
        18 => plain(Primitive::Int32),
        19 => plain(Primitive::Int64),
        20 => plain(Primitive::UInt8),
        21 => plain(Primitive::UInt16),
        22 => plain(Primitive::UInt32),
        23 => plain(Primitive::UInt64),
        24 => plain(Primitive::Float16),
        25 => plain(Primitive::Float32),
        26 => plain(Primitive::Float64),
        32 => Some(Primitive::Decimal32(scale)),
        33 => Some(Primitive::Decimal64(scale)),
        34 => Some(Primitive::Decimal128(scale)),
        35 => Some(Primitive::Decimal256(scale)),
        40 => plain(Primitive::Date32),
        41 => plain(Primitive::Date64),
        42 => unit_from_byte(parameter).map(Primitive::Timestamp),
        43 => unit_from_byte(parameter).map(Primitive::Time32),
        44 => unit_from_byte(parameter).map(Primitive::Time64),
        45 => unit_from_byte(parameter).map(Primitive::Duration),
        _ => None,
    }
}

fn unit_to_byte(unit: TimeUnit) -> u8 {
    match unit {
        TimeUnit::Second => 0,
        TimeUnit::Millisecond => 1,
        TimeUnit::Microsecond => 2,
        TimeUnit::Nanosecond => 3,
    }
}

fn unit_from_byte(byte: u8) -> Option<TimeUnit> {
    match byte {
        0 => Some(TimeUnit::Second),
        1 => Some(TimeUnit::Millisecond),
        2 => Some(TimeUnit::Microsecond),
        3 => Some(TimeUnit::Nanosecond),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tag_that_is_read_is_written_the_same() {
        let mut known = 0;
        for tag in 0..=255 {
            for parameter in 0..=255 {
                if let Some(data_type) = from_bytes([tag, parameter]) {
                    assert_eq!(to_bytes(data_type), [tag, parameter]);
                    known += 1;
                }
            }
        }
        assert_eq!(known, 4 + 11 + 4 * 256 + 2 + 4 * 4);
    }
}
