//! Checks of dictionary keys.

use std::borrow::Cow;

use driftline_engine::batch::{Bitmap, Keys, Primitive};

use super::fixed_width;
use crate::error::{Result, WireError};

/// Keys that are all in range, those of null rows too if the dictionary has any entry.
///
/// # Errors
/// If the key of a row that is not null lies outside the dictionary.
pub(crate) fn keys<'a>(
    column: &str,
    rows: usize,
    primitive: Primitive,
    bytes: Cow<'a, [u8]>,
    entries: usize,
    validity: Option<&Bitmap<'_>>,
) -> Result<Keys<'a>> {
    let bytes = fixed_width(column, rows, primitive, bytes)?;
    let end = entries.min(positive_keys(primitive));
    let keys = Keys { primitive, bytes };
    if rows == 0 || largest(&keys) < end as u64 {
        return Ok(keys);
    }
    let is_outside = |&row: &usize| validity.is_none_or(|bitmap| bitmap.get(row)) && keys.get(row) >= end;
    if let Some(row) = (0..rows).find(is_outside) {
        return Err(WireError::Corrupt(format!(
            "column {column:?}, row {row}: key {} is outside its dictionary of {entries} entries",
            keys.get(row).cast_signed()
        )));
    }
    Ok(with_null_keys_zeroed(&keys, rows, end))
}

/// How many keys a type has: a signed one's negative half is none.
fn positive_keys(primitive: Primitive) -> usize {
    match primitive {
        Primitive::Int8 => 1 << 7,
        Primitive::Int16 => 1 << 15,
        Primitive::Int32 => 1 << 31,
        _ => usize::MAX,
    }
}

/// The largest key, read as unsigned. One straight loop a width, which the compiler turns into vector code.
fn largest(keys: &Keys<'_>) -> u64 {
    let bytes = &keys.bytes;
    match keys.primitive.width() {
        1 => bytes.iter().copied().max().unwrap_or(0).into(),
        2 => fold_max(bytes, u16::from_le_bytes).into(),
        4 => fold_max(bytes, u32::from_le_bytes).into(),
        _ => fold_max(bytes, u64::from_le_bytes),
    }
}

fn fold_max<const WIDTH: usize, T: Ord + Default>(bytes: &[u8], read: impl Fn([u8; WIDTH]) -> T) -> T {
    let (keys, _) = bytes.as_chunks::<WIDTH>();
    keys.iter().fold(T::default(), |largest, key| largest.max(read(*key)))
}

fn with_null_keys_zeroed<'a>(keys: &Keys<'_>, rows: usize, end: usize) -> Keys<'a> {
    let width = keys.primitive.width();
    let mut bytes = keys.bytes.to_vec();
    for row in (0..rows).filter(|&row| keys.get(row) >= end) {
        bytes[row * width..][..width].fill(0);
    }
    Keys { primitive: keys.primitive, bytes: Cow::Owned(bytes) }
}
