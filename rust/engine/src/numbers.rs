//! Reads numeric columns: rows into numbers and the keys of their distinct count.

use driftline_sketches::hll::number_key;

use crate::batch::{Bitmap, Column, Primitive, TimeUnit, Values};
use crate::read::Rows;

/// Whether values of a type are whole numbers.
pub fn is_integer(primitive: Primitive) -> bool {
    !matches!(
        primitive,
        Primitive::Float16
            | Primitive::Float32
            | Primitive::Float64
            | Primitive::Decimal32(_)
            | Primitive::Decimal64(_)
            | Primitive::Decimal128(_)
            | Primitive::Decimal256(_)
    )
}

/// Numbers of one column, nulls left out. Memory is kept from column to column.
#[derive(Debug, Default)]
pub struct Numbers {
    /// The values; NaN and infinities included.
    pub values: Vec<f64>,
    keys: Vec<u64>,
    has_keys: bool,
    /// Null rows left out.
    pub nulls: u64,
}

/// What is read: the raw bytes of the rows, which rows, and which of them are not null.
#[derive(Clone, Copy)]
struct Source<'a> {
    bytes: &'a [u8],
    rows: Rows<'a>,
    validity: Option<&'a Bitmap<'a>>,
}

impl Numbers {
    /// Reads the rows of a numeric column; anything else reads as nulls.
    pub fn read(&mut self, column: &Column<'_>, rows: Rows<'_>) {
        self.values.clear();
        self.keys.clear();
        self.has_keys = false;
        if let Values::Primitive(primitive, bytes) = &column.values {
            self.read_primitives(*primitive, Source { bytes, rows, validity: column.validity.as_ref() });
        }
        self.nulls = (rows.len() - self.values.len()) as u64;
    }

    /// The keys of the values in the distinct count; `None` where they are the [`number_key`] of each value.
    pub fn keys(&self) -> Option<&[u64]> {
        self.has_keys.then_some(&self.keys)
    }

    /// The key of one value.
    pub fn key(&self, index: usize) -> u64 {
        if self.has_keys { self.keys[index] } else { number_key(self.values[index]) }
    }

    fn read_primitives(&mut self, primitive: Primitive, source: Source<'_>) {
        match primitive {
            Primitive::Int8 => self.numbers(source, |raw| f64::from(i8::from_le_bytes(raw))),
            Primitive::Int16 => self.numbers(source, |raw| f64::from(i16::from_le_bytes(raw))),
            Primitive::Int32 => self.numbers(source, |raw| f64::from(i32::from_le_bytes(raw))),
            Primitive::UInt8 => self.numbers(source, |raw| f64::from(u8::from_le_bytes(raw))),
            Primitive::UInt16 => self.numbers(source, |raw| f64::from(u16::from_le_bytes(raw))),
            Primitive::UInt32 => self.numbers(source, |raw| f64::from(u32::from_le_bytes(raw))),
            Primitive::Float16 => self.numbers(source, |raw| half_to_f64(u16::from_le_bytes(raw))),
            Primitive::Float32 => self.numbers(source, |raw| f64::from(f32::from_le_bytes(raw))),
            Primitive::Float64 => self.numbers(source, f64::from_le_bytes),
            Primitive::Decimal32(scale) => {
                self.numbers(source, |raw| f64::from(i32::from_le_bytes(raw)) / power_of_ten(scale));
            }
            Primitive::Decimal64(scale) => {
                self.numbers(source, |raw| i64::from_le_bytes(raw) as f64 / power_of_ten(scale));
            }
            Primitive::Decimal128(scale) => {
                self.numbers(source, |raw| i128::from_le_bytes(raw) as f64 / power_of_ten(scale));
            }
            Primitive::Decimal256(scale) => {
                self.numbers(source, |raw| decimal256_to_f64(raw) / power_of_ten(scale));
            }
            // The rest may be wider than the whole numbers that floats hold, or are counted in other units.
            Primitive::Int64 => self.keyed(source, |raw| i64::from_le_bytes(raw) as f64, i64::from_le_bytes),
            Primitive::UInt64 => {
                self.keyed(source, |raw| u64::from_le_bytes(raw) as f64, i64::from_le_bytes);
            }
            Primitive::Date32 => {
                let days = |raw| i64::from(i32::from_le_bytes(raw));
                self.keyed(source, |raw| (days(raw) * 86_400) as f64, days);
            }
            Primitive::Time32(unit) => {
                let ticks = |raw| i64::from(i32::from_le_bytes(raw));
                self.keyed(source, |raw| seconds(ticks(raw), unit), ticks);
            }
            Primitive::Date64 => self.ticks(source, TimeUnit::Millisecond),
            Primitive::Timestamp(unit) | Primitive::Time64(unit) | Primitive::Duration(unit) => {
                self.ticks(source, unit);
            }
        }
    }

    fn numbers<const N: usize>(&mut self, source: Source<'_>, value: impl Fn([u8; N]) -> f64) {
        gather(&mut self.values, source, value);
    }

    fn ticks(&mut self, source: Source<'_>, unit: TimeUnit) {
        self.keyed(source, |raw| seconds(i64::from_le_bytes(raw), unit), i64::from_le_bytes);
    }

    fn keyed<const N: usize>(
        &mut self,
        source: Source<'_>,
        value: impl Fn([u8; N]) -> f64,
        key: impl Fn([u8; N]) -> i64,
    ) {
        gather(&mut self.values, source, value);
        gather(&mut self.keys, source, |raw| key(raw) as u64);
        self.has_keys = true;
    }
}

/// Converts the rows that are not null.
#[inline]
fn gather<const N: usize, T: Copy + Default>(
    items: &mut Vec<T>,
    source: Source<'_>,
    convert: impl Fn([u8; N]) -> T,
) {
    let (raw, _) = source.bytes.as_chunks::<N>();
    match (source.rows, source.validity) {
        (Rows::All(count), None) => items.extend(raw[..count].iter().map(|&raw| convert(raw))),
        (Rows::Some(rows), None) => items.extend(rows.iter().map(|&row| convert(raw[row as usize]))),
        (rows, Some(valid)) => {
            // Every row is written, and a null is overwritten by the next row: no branch to mispredict.
            items.resize(rows.len() + 1, T::default());
            let mut present = 0;
            rows.for_each(|row| {
                items[present] = convert(raw[row]);
                present += usize::from(valid.get(row));
            });
            items.truncate(present);
        }
    }
}

fn seconds(ticks: i64, unit: TimeUnit) -> f64 {
    ticks as f64 / unit.ticks_per_second() as f64
}

fn power_of_ten(scale: i8) -> f64 {
    10f64.powi(i32::from(scale))
}

/// Value of an IEEE 754 binary16.
fn half_to_f64(bits: u16) -> f64 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let exponent = i32::from(bits >> 10 & 0x1f);
    let fraction = f64::from(bits & 0x3ff);
    match exponent {
        0 => sign * fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => sign * f64::INFINITY,
        31 => f64::NAN,
        _ => sign * (1.0 + fraction / 1024.0) * 2f64.powi(exponent - 15),
    }
}

fn decimal256_to_f64(raw: [u8; 32]) -> f64 {
    let mut low = [0; 16];
    let mut high = [0; 16];
    low.copy_from_slice(&raw[..16]);
    high.copy_from_slice(&raw[16..]);
    let (low, high) = (i128::from_le_bytes(low), i128::from_le_bytes(high));
    if high == low >> 127 {
        return low as f64;
    }
    high as f64 * 2f64.powi(128) + low as u128 as f64
}
