//! Reads columns: rows into numbers, keys, times, identifiers.

use driftline_sketches::hash;

use crate::batch::{Bitmap, Column, Primitive, TimeUnit, Values};

/// Which rows of a batch.
#[derive(Debug, Clone, Copy)]
pub enum Rows<'a> {
    /// The first so many: all of them.
    All(usize),
    /// These, in order.
    Some(&'a [u32]),
}

impl Rows<'_> {
    /// How many.
    pub fn len(self) -> usize {
        match self {
            Self::All(count) => count,
            Self::Some(rows) => rows.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Calls with every row number.
    #[inline]
    pub fn for_each(self, mut call: impl FnMut(usize)) {
        match self {
            Self::All(count) => (0..count).for_each(call),
            Self::Some(rows) => rows.iter().for_each(|&row| call(row as usize)),
        }
    }
}

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

/// Numbers of one column and the keys of their distinct count, side by side, nulls left out.
#[derive(Debug, Default)]
pub struct Numbers {
    /// The values; NaN and infinities included.
    pub values: Vec<f64>,
    /// Their keys.
    pub keys: Vec<u64>,
    /// Null rows left out.
    pub nulls: u64,
}

impl Numbers {
    fn clear(&mut self, capacity: usize) {
        self.values.clear();
        self.keys.clear();
        self.values.reserve(capacity);
        self.keys.reserve(capacity);
        self.nulls = 0;
    }

    /// Reads the rows of a numeric column; anything else reads as nulls.
    pub fn read(&mut self, column: &Column<'_>, rows: Rows<'_>) {
        self.clear(rows.len());
        let Values::Primitive(primitive, bytes) = &column.values else {
            self.nulls = rows.len() as u64;
            return;
        };
        let validity = column.validity.as_ref();
        match *primitive {
            Primitive::Int8 => self.integers(bytes, rows, validity, i8::from_le_bytes),
            Primitive::Int16 => self.integers(bytes, rows, validity, i16::from_le_bytes),
            Primitive::Int32 => self.integers(bytes, rows, validity, i32::from_le_bytes),
            Primitive::UInt8 => self.integers(bytes, rows, validity, u8::from_le_bytes),
            Primitive::UInt16 => self.integers(bytes, rows, validity, u16::from_le_bytes),
            Primitive::UInt32 => self.integers(bytes, rows, validity, u32::from_le_bytes),
            Primitive::Int64 => self.gather(bytes, rows, validity, |raw| {
                let ticks = i64::from_le_bytes(raw);
                (ticks as f64, ticks as u64)
            }),
            Primitive::UInt64 => self.gather(bytes, rows, validity, |raw| {
                let number = u64::from_le_bytes(raw);
                (number as f64, number)
            }),
            Primitive::Float16 => {
                self.floats(bytes, rows, validity, |raw| half_to_f64(u16::from_le_bytes(raw)));
            }
            Primitive::Float32 => {
                self.floats(bytes, rows, validity, |raw| f64::from(f32::from_le_bytes(raw)));
            }
            Primitive::Float64 => self.floats(bytes, rows, validity, f64::from_le_bytes),
            Primitive::Decimal32(scale) => self.floats(bytes, rows, validity, |raw| {
                f64::from(i32::from_le_bytes(raw)) / power_of_ten(scale)
            }),
            Primitive::Decimal64(scale) => {
                self.floats(bytes, rows, validity, |raw| {
                    i64::from_le_bytes(raw) as f64 / power_of_ten(scale)
                });
            }
            Primitive::Decimal128(scale) => self
                .floats(bytes, rows, validity, |raw| i128::from_le_bytes(raw) as f64 / power_of_ten(scale)),
            Primitive::Decimal256(scale) => {
                self.floats(bytes, rows, validity, |raw| decimal256_to_f64(raw) / power_of_ten(scale));
            }
            Primitive::Date32 => self.gather(bytes, rows, validity, |raw| {
                let days = i64::from(i32::from_le_bytes(raw));
                ((days * 86_400) as f64, days as u64)
            }),
            Primitive::Time32(unit) => self.gather(bytes, rows, validity, |raw| {
                let ticks = i64::from(i32::from_le_bytes(raw));
                (seconds(ticks, unit), ticks as u64)
            }),
            Primitive::Date64 => self.ticks(bytes, rows, validity, TimeUnit::Millisecond),
            Primitive::Timestamp(unit) | Primitive::Time64(unit) | Primitive::Duration(unit) => {
                self.ticks(bytes, rows, validity, unit);
            }
        }
    }

    fn integers<const N: usize, T: Into<i64>>(
        &mut self,
        bytes: &[u8],
        rows: Rows<'_>,
        validity: Option<&Bitmap<'_>>,
        convert: impl Fn([u8; N]) -> T,
    ) {
        self.gather(bytes, rows, validity, |raw| {
            let number: i64 = convert(raw).into();
            (number as f64, number as u64)
        });
    }

    fn floats<const N: usize>(
        &mut self,
        bytes: &[u8],
        rows: Rows<'_>,
        validity: Option<&Bitmap<'_>>,
        convert: impl Fn([u8; N]) -> f64,
    ) {
        self.gather(bytes, rows, validity, |raw| {
            let value = convert(raw);
            (value, float_key(value))
        });
    }

    fn ticks(&mut self, bytes: &[u8], rows: Rows<'_>, validity: Option<&Bitmap<'_>>, unit: TimeUnit) {
        self.gather(bytes, rows, validity, |raw| {
            let ticks = i64::from_le_bytes(raw);
            (seconds(ticks, unit), ticks as u64)
        });
    }

    #[inline]
    fn gather<const N: usize>(
        &mut self,
        bytes: &[u8],
        rows: Rows<'_>,
        validity: Option<&Bitmap<'_>>,
        convert: impl Fn([u8; N]) -> (f64, u64),
    ) {
        let (items, _) = bytes.as_chunks::<N>();
        match (rows, validity) {
            (Rows::All(count), None) => {
                self.values.extend(items[..count].iter().map(|&raw| convert(raw).0));
                self.keys.extend(items[..count].iter().map(|&raw| convert(raw).1));
            }
            (Rows::Some(rows), None) => {
                for &row in rows {
                    self.push(convert(items[row as usize]));
                }
            }
            (rows, Some(valid)) => rows.for_each(|row| {
                if valid.get(row) {
                    self.push(convert(items[row]));
                } else {
                    self.nulls += 1;
                }
            }),
        }
    }

    #[inline]
    fn push(&mut self, (value, key): (f64, u64)) {
        self.values.push(value);
        self.keys.push(key);
    }
}

/// The key of a float: whole numbers as 64-bit integers, so that a column that comes as integers from one sender
/// and as floats from another (pandas does so when a value is missing) has each value once; others as the
/// `DataSketches` library hashes doubles.
#[inline]
fn float_key(value: f64) -> u64 {
    let whole = value as i64;
    if whole as f64 == value { whole as u64 } else { driftline_sketches::canonical_float_key(value) }
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

/// Event times of all rows, nanoseconds since the Unix epoch; `None` for null and not-a-number.
pub fn read_times(column: &Column<'_>, rows: usize) -> Vec<Option<i64>> {
    let Values::Primitive(primitive, bytes) = &column.values else {
        return vec![None; rows];
    };
    let is_valid = |row| column.validity.as_ref().is_none_or(|valid| valid.get(row));
    let unit = match *primitive {
        Primitive::Timestamp(unit) => Some(unit),
        Primitive::Date64 => Some(TimeUnit::Millisecond),
        _ => None,
    };
    if let Some(unit) = unit {
        let factor = 1_000_000_000 / unit.ticks_per_second();
        let (items, _) = bytes.as_chunks::<8>();
        return (0..rows)
            .map(|row| is_valid(row).then(|| i64::from_le_bytes(items[row]).saturating_mul(factor)))
            .collect();
    }
    let whole = is_integer(*primitive) && *primitive != Primitive::Date32;
    per_row(column, rows, |value, key| {
        if whole { Some(epoch_from_integer(key as i64)) } else { epoch_from_seconds(value) }
    })
}

/// Calls with value and key of every row that holds a number; `None` for the others.
fn per_row<T>(column: &Column<'_>, rows: usize, convert: impl Fn(f64, u64) -> Option<T>) -> Vec<Option<T>> {
    let mut numbers = Numbers::default();
    numbers.read(column, Rows::All(rows));
    let mut present = numbers.values.iter().zip(&numbers.keys);
    (0..rows)
        .map(|row| {
            let is_valid = column.validity.as_ref().is_none_or(|valid| valid.get(row));
            let (&value, &key) = is_valid.then(|| present.next()).flatten()?;
            convert(value, key)
        })
        .collect()
}

/// The numbers of all rows, `None` where there is none.
pub fn read_optional_numbers(column: &Column<'_>, rows: usize) -> Vec<Option<f64>> {
    match &column.values {
        Values::Primitive(..) => per_row(column, rows, |value, _| (!value.is_nan()).then_some(value)),
        _ => vec![None; rows],
    }
}

/// Integer times in seconds, milliseconds, microseconds or nanoseconds: for the years 1973 to 5138 their
/// magnitudes do not overlap.
fn epoch_from_integer(number: i64) -> i64 {
    match number.unsigned_abs() {
        0..100_000_000_000 => number.saturating_mul(1_000_000_000),
        100_000_000_000..100_000_000_000_000 => number.saturating_mul(1_000_000),
        100_000_000_000_000..100_000_000_000_000_000 => number.saturating_mul(1_000),
        _ => number,
    }
}

fn epoch_from_seconds(seconds: f64) -> Option<i64> {
    seconds.is_finite().then_some((seconds * 1e9) as i64)
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
        Values::Null | Values::Boolean(_) => vec![None; rows],
    }
}

fn identifier_hash(bytes: &[u8]) -> u64 {
    hash::murmur3_x64_128(bytes, hash::SEED).0
}
