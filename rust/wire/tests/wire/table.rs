//! Tables of expected values (see `golden/make_ipc.py`), and batches compared with them.

use std::fs;
use std::path::PathBuf;

use arrow_buffer::i256;
use driftline_engine::batch::{Batch, Column, Primitive, Values};

const NULL: &str = "\\N";

pub(crate) fn golden(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Column names and rows of cells.
pub(crate) fn table(name: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let text = String::from_utf8(golden(&format!("{name}.tsv"))).unwrap();
    let mut lines = text.lines().map(|line| line.split('\t').map(str::to_owned).collect::<Vec<_>>());
    let names = lines.next().unwrap();
    (names, lines.collect())
}

/// Asserts that the batches hold the rows of the table, one after the other, and nothing else.
pub(crate) fn assert_holds(batches: &[Batch<'_>], name: &str) {
    let (names, rows) = table(name);
    let mut expected = rows.iter();
    for batch in batches {
        let found: Vec<_> = batch.schema.fields.iter().map(|field| &field.name).collect();
        assert_eq!(found, names.iter().collect::<Vec<_>>(), "{name}");
        for row in 0..batch.rows {
            let cells = expected.next().unwrap_or_else(|| panic!("{name}: more rows than expected"));
            for ((column, cell), field) in batch.columns.iter().zip(cells).zip(&names) {
                assert!(
                    equals(column, row, cell),
                    "{name}, column {field}, row {row}: expected {cell}, got {}",
                    show(column, row)
                );
            }
        }
    }
    assert!(expected.next().is_none(), "{name}: fewer rows than expected");
}

fn equals(column: &Column<'_>, row: usize, expected: &str) -> bool {
    let found = show(column, row);
    let is_float = matches!(
        column.values,
        Values::Primitive(Primitive::Float16 | Primitive::Float32 | Primitive::Float64, _)
    );
    if is_float && found != NULL && expected != NULL {
        let (found, expected): (f64, f64) = (found.parse().unwrap(), expected.parse().unwrap());
        return found.to_bits() == expected.to_bits() || found.is_nan() && expected.is_nan();
    }
    found == expected
}

/// A value as the table shows it.
pub(crate) fn show(column: &Column<'_>, row: usize) -> String {
    if column.validity.as_ref().is_some_and(|validity| !validity.get(row)) {
        return NULL.to_owned();
    }
    match &column.values {
        Values::Null => NULL.to_owned(),
        Values::Boolean(bits) => bits.get(row).to_string(),
        Values::Primitive(primitive, bytes) => {
            let width = primitive.width();
            number(*primitive, &bytes[row * width..(row + 1) * width])
        }
        Values::Text(text) => escape(std::str::from_utf8(text.get(row)).unwrap()),
        Values::Dictionary(keys, dictionary) => escape(dictionary.get(keys.get(row))),
        Values::Hashes(_) => panic!("the decoder makes none"),
    }
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\t', "\\t")
}

fn number(primitive: Primitive, bytes: &[u8]) -> String {
    macro_rules! read {
        ($type:ty) => {
            <$type>::from_le_bytes(bytes.try_into().unwrap()).to_string()
        };
    }
    match primitive {
        Primitive::Int8 => read!(i8),
        Primitive::UInt8 => read!(u8),
        Primitive::Int16 => read!(i16),
        Primitive::UInt16 => read!(u16),
        Primitive::UInt32 => read!(u32),
        Primitive::UInt64 => read!(u64),
        Primitive::Float16 => half(u16::from_le_bytes(bytes.try_into().unwrap())).to_string(),
        Primitive::Float32 => f64::from(f32::from_le_bytes(bytes.try_into().unwrap())).to_string(),
        Primitive::Float64 => read!(f64),
        Primitive::Decimal128(_) => read!(i128),
        Primitive::Decimal256(_) => i256::from_le_bytes(bytes.try_into().unwrap()).to_string(),
        Primitive::Int32 | Primitive::Decimal32(_) | Primitive::Date32 | Primitive::Time32(_) => read!(i32),
        Primitive::Int64
        | Primitive::Decimal64(_)
        | Primitive::Date64
        | Primitive::Timestamp(_)
        | Primitive::Time64(_)
        | Primitive::Duration(_) => read!(i64),
    }
}

/// IEEE half precision, from its definition.
fn half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let exponent = i32::from(bits >> 10 & 0x1f);
    let fraction = f64::from(bits & 0x3ff) / 1024.0;
    sign * match exponent {
        0 => fraction * (-14_f64).exp2(),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1.0 + fraction) * f64::from(exponent - 15).exp2(),
    }
}
