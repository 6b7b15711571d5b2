//! Reads columns: rows into times and numbers.

use crate::batch::{Column, Primitive, TimeUnit, Values};
use crate::numbers::{Numbers, is_integer};

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
pub(crate) fn per_row<T>(
    column: &Column<'_>,
    rows: usize,
    convert: impl Fn(f64, u64) -> Option<T>,
) -> Vec<Option<T>> {
    let mut numbers = Numbers::default();
    numbers.read(column, Rows::All(rows));
    let mut present = numbers.values.iter().enumerate();
    (0..rows)
        .map(|row| {
            let is_valid = column.validity.as_ref().is_none_or(|valid| valid.get(row));
            let (index, &value) = is_valid.then(|| present.next()).flatten()?;
            convert(value, numbers.key(index))
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
