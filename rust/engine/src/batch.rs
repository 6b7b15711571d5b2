//! The only input of the engine: one validated record batch, borrowed from the bytes it came in.
//!
//! Whoever makes a [`Batch`] (the crate `wire`) has checked everything: lengths, offsets, indices, UTF-8.
//! Nothing in the engine checks it again. Values stay little-endian bytes, because message bodies are rarely
//! aligned; [`crate::read`] turns them into numbers a block at a time.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use crate::keyed::KeyedMap;

/// Fields of a batch, shared by all batches of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    /// Columns in order.
    pub fields: Vec<Field>,
}

/// Name and type of one column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Column name as sent.
    pub name: String,
    /// Type of the values.
    pub data_type: DataType,
    /// Value of the field metadata key `driftline.role`, if set.
    pub role: Option<String>,
}

/// Types that the engine takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DataType {
    /// No values, only nulls.
    Null,
    /// One bit a value.
    Boolean,
    /// Fixed-width number or time.
    Primitive(Primitive),
    /// UTF-8 text with 32-bit or 64-bit offsets.
    Text,
    /// Integer keys into a dictionary of text.
    Dictionary,
}

/// Fixed-width types, read as `f64` by the sketches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Primitive {
    /// Signed 8-bit integer.
    Int8,
    /// Signed 16-bit integer.
    Int16,
    /// Signed 32-bit integer.
    Int32,
    /// Signed 64-bit integer.
    Int64,
    /// Unsigned 8-bit integer.
    UInt8,
    /// Unsigned 16-bit integer.
    UInt16,
    /// Unsigned 32-bit integer.
    UInt32,
    /// Unsigned 64-bit integer.
    UInt64,
    /// IEEE half precision.
    Float16,
    /// IEEE single precision.
    Float32,
    /// IEEE double precision.
    Float64,
    /// 32-bit decimal with this many digits after the point.
    Decimal32(i8),
    /// 64-bit decimal with this many digits after the point.
    Decimal64(i8),
    /// 128-bit decimal with this many digits after the point.
    Decimal128(i8),
    /// 256-bit decimal with this many digits after the point.
    Decimal256(i8),
    /// Days since the Unix epoch, 32 bits.
    Date32,
    /// Milliseconds since the Unix epoch, 64 bits.
    Date64,
    /// Ticks since the Unix epoch, UTC, 64 bits.
    Timestamp(TimeUnit),
    /// Ticks since midnight, 32 bits.
    Time32(TimeUnit),
    /// Ticks since midnight, 64 bits.
    Time64(TimeUnit),
    /// Elapsed ticks, 64 bits.
    Duration(TimeUnit),
}

/// Length of a tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimeUnit {
    /// 1 s
    Second,
    /// 1e-3 s
    Millisecond,
    /// 1e-6 s
    Microsecond,
    /// 1e-9 s
    Nanosecond,
}

impl TimeUnit {
    /// Ticks in one second.
    pub fn ticks_per_second(self) -> i64 {
        match self {
            Self::Second => 1,
            Self::Millisecond => 1_000,
            Self::Microsecond => 1_000_000,
            Self::Nanosecond => 1_000_000_000,
        }
    }
}

impl Primitive {
    /// Bytes of one value.
    pub fn width(self) -> usize {
        match self {
            Self::Int8 | Self::UInt8 => 1,
            Self::Int16 | Self::UInt16 | Self::Float16 => 2,
            Self::Int32
            | Self::UInt32
            | Self::Float32
            | Self::Decimal32(_)
            | Self::Date32
            | Self::Time32(_) => 4,
            Self::Int64
            | Self::UInt64
            | Self::Float64
            | Self::Decimal64(_)
            | Self::Date64
            | Self::Timestamp(_)
            | Self::Time64(_)
            | Self::Duration(_) => 8,
            Self::Decimal128(_) => 16,
            Self::Decimal256(_) => 32,
        }
    }
}

/// One batch of records.
#[derive(Debug, Clone)]
pub struct Batch<'a> {
    /// Fields of `columns`, in the same order.
    pub schema: Arc<Schema>,
    /// Rows of every column.
    pub rows: usize,
    /// Columns, each of `rows` values.
    pub columns: Vec<Column<'a>>,
}

/// One column of a batch.
#[derive(Debug, Clone)]
pub struct Column<'a> {
    /// Which rows hold a value; `None` when all do.
    pub validity: Option<Bitmap<'a>>,
    /// The values; those of null rows are unspecified but in range.
    pub values: Values<'a>,
}

/// Bits, least significant first, as Arrow packs them.
#[derive(Debug, Clone)]
pub struct Bitmap<'a> {
    /// At least `(offset + rows).div_ceil(8)` bytes.
    pub bytes: Cow<'a, [u8]>,
    /// Position of row 0, in bits.
    pub offset: usize,
}

impl Bitmap<'_> {
    /// The bit of a row.
    #[inline]
    pub fn get(&self, row: usize) -> bool {
        let position = self.offset + row;
        self.bytes[position / 8] >> (position % 8) & 1 == 1
    }

    /// Set bits among the first `rows`.
    pub fn count_ones(&self, rows: usize) -> usize {
        let (start, end) = (self.offset, self.offset + rows);
        let (first, last) = (start.div_ceil(8), end / 8);
        if first > last {
            return (0..rows).filter(|&row| self.get(row)).count();
        }
        let whole: usize = self.bytes[first..last].iter().map(|byte| byte.count_ones() as usize).sum();
        let head = (0..first * 8 - start).filter(|&row| self.get(row)).count();
        let tail = (last * 8 - start..rows).filter(|&row| self.get(row)).count();
        head + whole + tail
    }
}

/// Values of one column.
#[derive(Debug, Clone)]
pub enum Values<'a> {
    /// All rows are null.
    Null,
    /// One bit a row.
    Boolean(Bitmap<'a>),
    /// `rows * primitive.width()` little-endian bytes.
    Primitive(Primitive, Cow<'a, [u8]>),
    /// UTF-8 text.
    Text(Text<'a>),
    /// Keys into a dictionary; every key of a valid row is in range.
    Dictionary(Keys<'a>, Arc<Dictionary>),
    /// `rows * 8` little-endian bytes: hashes in place of prediction ids, see [`crate::identifiers`]. The engine makes
    /// them, and its log holds them; the field keeps the type that was sent.
    Hashes(Cow<'a, [u8]>),
}

/// A run of UTF-8 strings; offsets are monotone, in range and on character boundaries.
#[derive(Debug, Clone)]
pub struct Text<'a> {
    /// `rows + 1` little-endian offsets into `bytes`.
    pub offsets: Cow<'a, [u8]>,
    /// Whether offsets have 64 bits, not 32.
    pub large: bool,
    /// The characters.
    pub bytes: Cow<'a, [u8]>,
}

impl Text<'_> {
    /// The bytes of one row, valid UTF-8.
    #[inline]
    pub fn get(&self, row: usize) -> &[u8] {
        &self.bytes[self.range(row)]
    }

    /// Where they are.
    #[inline]
    pub fn range(&self, row: usize) -> Range<usize> {
        if self.large {
            let (offsets, _) = self.offsets.as_chunks::<8>();
            u64::from_le_bytes(offsets[row]) as usize..u64::from_le_bytes(offsets[row + 1]) as usize
        } else {
            let (offsets, _) = self.offsets.as_chunks::<4>();
            u32::from_le_bytes(offsets[row]) as usize..u32::from_le_bytes(offsets[row + 1]) as usize
        }
    }
}

/// Dictionary keys.
#[derive(Debug, Clone)]
pub struct Keys<'a> {
    /// One of the integer types.
    pub primitive: Primitive,
    /// `rows * primitive.width()` little-endian bytes.
    pub bytes: Cow<'a, [u8]>,
}

impl Keys<'_> {
    /// The key of one row; unspecified for a null row.
    #[inline]
    pub fn get(&self, row: usize) -> usize {
        match self.primitive.width() {
            1 => self.bytes[row] as usize,
            2 => read_array::<2>(&self.bytes, row).map_or(0, |b| u16::from_le_bytes(b) as usize),
            4 => read_array::<4>(&self.bytes, row).map_or(0, |b| u32::from_le_bytes(b) as usize),
            _ => read_array::<8>(&self.bytes, row).map_or(0, |b| u64::from_le_bytes(b) as usize),
        }
    }
}

#[inline]
pub(crate) fn read_array<const N: usize>(bytes: &[u8], index: usize) -> Option<[u8; N]> {
    bytes.get(index * N..(index + 1) * N)?.try_into().ok()
}

/// The values of a dictionary, owned, because a stream sends them once for many batches.
#[derive(Debug, PartialEq, Eq)]
pub struct Dictionary {
    offsets: Vec<u32>,
    bytes: String,
    coupons: Vec<u32>,
    /// First key with the same value as each key; empty when all values differ.
    first_keys: Vec<u32>,
}

impl Dictionary {
    /// Copies and hashes the values once; null entries are given as empty strings by the reader,
    /// which also marks rows that point to them as null.
    pub fn new<'s>(values: impl IntoIterator<Item = &'s str>) -> Self {
        let mut offsets = vec![0];
        let mut bytes = String::new();
        let mut coupons = Vec::new();
        let mut keys: KeyedMap<&str, u32> = KeyedMap::default();
        let mut first_keys = Vec::new();
        for (value, key) in values.into_iter().zip(0..) {
            bytes.push_str(value);
            offsets.push(bytes.len() as u32);
            coupons.push(driftline_sketches::hll::coupon_of_bytes(value.as_bytes()));
            first_keys.push(*keys.entry(value).or_insert(key));
        }
        if keys.len() == coupons.len() {
            first_keys.clear();
        }
        Self { offsets, bytes, coupons, first_keys }
    }

    /// Adds the counts of keys with equal values to the first of them.
    pub(crate) fn fold(&self, counts: &mut [u64]) {
        for (key, &first) in self.first_keys.iter().enumerate() {
            if first as usize != key {
                counts[first as usize] += std::mem::take(&mut counts[key]);
            }
        }
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.coupons.len()
    }

    /// Whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.coupons.is_empty()
    }

    /// One value.
    pub fn get(&self, key: usize) -> &str {
        &self.bytes[self.offsets[key] as usize..self.offsets[key + 1] as usize]
    }

    /// The distinct-count coupon of one value.
    pub fn coupon(&self, key: usize) -> u32 {
        self.coupons[key]
    }
}
