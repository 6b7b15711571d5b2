//! The bytes of Apache `DataSketches` frequent-items sketches of strings, little endian:
//!
//! ```text
//! 0  u8   preamble words: 1 when empty, else 4
//! 1  u8   serial version 1
//! 2  u8   family 10
//! 3  u8   lg of the largest map, which is used up to three quarters
//! 4  u8   lg of the present map
//! 5  u8   flags: 1 and 4 both say empty
//! 6  u16  capacity; unused by DataSketches, where it is zero
//! 8  u32  number of items, u32 0
//! 16 u64  total, u64 error
//! 32      u64 count per item, then u32 length and bytes per item
//! ```

use super::sketch::{FrequentItems, MAX_CAPACITY, MIN_CAPACITY};
use crate::error::{Error, Result};
use crate::reader::Reader;

const SERIAL_VERSION: u8 = 1;
const FAMILY: u8 = 10;
/// Java and C++ use different bits; both are written, either is read.
const FLAGS_EMPTY: u8 = 5;
const SMALLEST_MAP_LG: u8 = 3;
const LARGEST_MAP_LG: u8 = 17;

/// The items that a map of `2^lg` slots takes.
fn map_capacity(lg: u8) -> usize {
    3 << (lg - 2)
}

/// The smallest map that takes `items`.
fn map_lg(items: usize) -> u8 {
    let mut lg = SMALLEST_MAP_LG;
    while map_capacity(lg) < items {
        lg += 1;
    }
    lg
}

impl FrequentItems {
    /// The bytes of a `DataSketches` frequent-items sketch of strings.
    pub fn to_bytes(&self) -> Vec<u8> {
        let items = self.items();
        let (words, flags) = if self.total() == 0 { (1, FLAGS_EMPTY) } else { (4, 0) };
        let mut bytes =
            vec![words, SERIAL_VERSION, FAMILY, map_lg(self.capacity()), map_lg(items.len()), flags];
        bytes.extend((self.capacity() as u16).to_le_bytes());
        if self.total() == 0 {
            return bytes;
        }
        bytes.extend((items.len() as u32).to_le_bytes());
        bytes.extend(0u32.to_le_bytes());
        bytes.extend(self.total().to_le_bytes());
        bytes.extend(self.error().to_le_bytes());
        bytes.extend(items.iter().flat_map(|(_, count)| count.to_le_bytes()));
        for (item, _) in items {
            bytes.extend((item.len() as u32).to_le_bytes());
            bytes.extend(item.as_bytes());
        }
        bytes
    }

    /// Reads the bytes of a `DataSketches` frequent-items sketch of strings.
    ///
    /// # Errors
    /// `InvalidData` for bytes of another kind or length, and for values that make no summary.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let words = reader.u8()?;
        reader.expect_u8(SERIAL_VERSION, "frequent items serial version")?;
        reader.expect_u8(FAMILY, "frequent items family")?;
        let (largest_lg, _, flags) = (reader.u8()?, reader.u8()?, reader.u8()?);
        let capacity = capacity_of(reader.u16()?, largest_lg)?;
        let is_empty = flags & FLAGS_EMPTY != 0;
        if words != if is_empty { 1 } else { 4 } {
            return Err(Error::invalid_data(format!(
                "frequent items must have 1 preamble word if empty and 4 otherwise, got {words} with flags {flags}"
            )));
        }
        if is_empty {
            reader.expect_remaining(0)?;
            return Self::new(capacity);
        }
        let count = reader.u32()? as usize;
        reader.take(4)?;
        let (total, error) = (reader.u64()?, reader.u64()?);
        let items = read_items(&mut reader, count, capacity)?;
        reader.expect_remaining(0)?;
        Self::from_parts(capacity, total, error, items)
    }
}

fn capacity_of(stated: u16, largest_lg: u8) -> Result<usize> {
    if !(SMALLEST_MAP_LG..=LARGEST_MAP_LG).contains(&largest_lg) {
        return Err(Error::invalid_data(format!(
            "lg of the largest map must be in [{SMALLEST_MAP_LG}, {LARGEST_MAP_LG}], got {largest_lg}"
        )));
    }
    let of_map = map_capacity(largest_lg).clamp(MIN_CAPACITY, MAX_CAPACITY);
    match usize::from(stated) {
        0 => Ok(of_map),
        stated if (MIN_CAPACITY..=of_map).contains(&stated) => Ok(stated),
        stated => {
            Err(Error::invalid_data(format!("capacity must be in [{MIN_CAPACITY}, {of_map}], got {stated}")))
        }
    }
}

fn read_items(reader: &mut Reader<'_>, count: usize, capacity: usize) -> Result<Vec<(String, u64)>> {
    if count > capacity {
        return Err(Error::invalid_data(format!("items must be at most {capacity}, got {count}")));
    }
    let mut counts = Vec::with_capacity(count.min(reader.remaining() / 8));
    for _ in 0..count {
        counts.push(reader.u64()?);
    }
    let mut items = Vec::with_capacity(counts.len());
    for count in counts {
        let length = reader.u32()? as usize;
        let item = std::str::from_utf8(reader.take(length)?)
            .map_err(|error| Error::invalid_data(format!("items must be UTF-8, got {error}")))?;
        items.push((item.to_owned(), count));
    }
    Ok(items)
}
