//! The bytes of Apache `DataSketches` KLL sketches of doubles, little endian:
//!
//! ```text
//! 0  u8   preamble words of 4 bytes: 2 when empty or single, else 5
//! 1  u8   serial version: 2 when single, else 1
//! 2  u8   family 15
//! 3  u8   flags: 1 empty, 2 level 0 is sorted, 4 single value
//! 4  u16  k
//! 6  u8   least capacity of a level, 8
//! 7  u8   zero
//! 8  f64  the value                          (single only)
//! 8  u64  number of values                   (otherwise)
//! 16 u16  smallest k merged
//! 18 u8   number of levels, u8 zero
//! 20 u32  start of each level in an array of items that ends at the total capacity
//!    f64  minimum, f64 maximum
//!    f64  per item, level 0 first; sorted within a level
//! ```

use super::compaction::{LEVEL_WIDTH, total_capacity, weight_of};
use super::sketch::{Header, Kll};
use crate::error::{Error, Result};
use crate::order::{key_of, value_of};
use crate::reader::Reader;

const WORDS_SHORT: u8 = 2;
const WORDS_FULL: u8 = 5;
const SERIAL_VERSION: u8 = 1;
const SERIAL_VERSION_SINGLE: u8 = 2;
const FAMILY: u8 = 15;
const FLAG_EMPTY: u8 = 1;
const FLAG_SORTED: u8 = 2;
const FLAG_SINGLE: u8 = 4;
/// Two years of a billion values a second, and so few that hundreds of sketches read can be merged.
const MAX_COUNT: u64 = 1 << 56;
/// The top level of `MAX_COUNT` values holds items of this many.
const MAX_LEVELS: u8 = 57;

impl Kll {
    /// The bytes of a `DataSketches` KLL sketch of doubles, compacted to what fits one.
    pub fn to_bytes(&self) -> Vec<u8> {
        let settled = self.settled();
        let (words, version, flags) = match self.count() {
            0 => (WORDS_SHORT, SERIAL_VERSION, FLAG_EMPTY),
            1 => (WORDS_SHORT, SERIAL_VERSION_SINGLE, FLAG_SINGLE),
            _ => (WORDS_FULL, SERIAL_VERSION, FLAG_SORTED),
        };
        let mut bytes = vec![words, version, FAMILY, flags];
        bytes.extend(self.k().to_le_bytes());
        bytes.extend([LEVEL_WIDTH, 0]);
        if words == WORDS_FULL {
            settled.write_header(&mut bytes);
        }
        bytes.extend(settled.levels().iter().flatten().flat_map(|key| value_of(*key).to_le_bytes()));
        bytes
    }

    fn write_header(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.count().to_le_bytes());
        bytes.extend(self.min_k().to_le_bytes());
        bytes.extend([self.levels().len() as u8, 0]);
        let mut start = total_capacity(self.k(), self.levels().len()) - self.retained();
        for items in self.levels() {
            bytes.extend((start as u32).to_le_bytes());
            start += items.len();
        }
        bytes.extend([self.min(), self.max()].into_iter().flatten().flat_map(f64::to_le_bytes));
    }

    /// Reads the bytes of a `DataSketches` KLL sketch of doubles. That they are doubles is not in the
    /// bytes: those of floats have another length, those of integers are taken for doubles.
    ///
    /// # Errors
    /// `InvalidData` for bytes of another kind or length, and for values that make no sketch: not
    /// finite, out of order, outside the extremes, or with weights that do not add up to the count.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let (words, version) = (reader.u8()?, reader.u8()?);
        reader.expect_u8(FAMILY, "KLL family")?;
        let (flags, k) = (reader.u8()?, reader.u16()?);
        reader.expect_u8(LEVEL_WIDTH, "KLL level width")?;
        reader.take(1)?;
        let mut sketch = Self::new(k).map_err(|error| Error::invalid_data(error.message()))?;
        match (words, version, flags & (FLAG_EMPTY | FLAG_SINGLE)) {
            (WORDS_SHORT, SERIAL_VERSION, FLAG_EMPTY) => reader.expect_remaining(0)?,
            (WORDS_SHORT, SERIAL_VERSION_SINGLE, FLAG_SINGLE) => {
                reader.expect_remaining(8)?;
                let value = reader.f64()?;
                check_range(&[key_of(value)], value, value)?;
                sketch.add_slice(&[value]);
            }
            (WORDS_FULL, SERIAL_VERSION, 0) => return read_full(k, flags & FLAG_SORTED != 0, &mut reader),
            _ => {
                return Err(Error::invalid_data(format!(
                    "KLL preamble words, serial version and flags must be 2, 1, 1 if empty, 2, 2, 4 if single \
                     and 5, 1, 0 otherwise, got {words}, {version}, {flags}"
                )));
            }
        }
        Ok(sketch)
    }
}

fn read_full(k: u16, is_sorted: bool, reader: &mut Reader<'_>) -> Result<Kll> {
    let (count, min_k, level_count) = (reader.u64()?, reader.u16()?, reader.u8()?);
    reader.take(1)?;
    Kll::new(min_k).map_err(|error| Error::invalid_data(format!("smallest {}", error.message())))?;
    if min_k > k {
        return Err(Error::invalid_data(format!("smallest k must be at most k = {k}, got {min_k}")));
    }
    let lengths = read_lengths(k, level_count, reader)?;
    check_weights(count, &lengths)?;
    reader.expect_remaining((lengths.iter().sum::<usize>() + 2) * 8)?;
    let (min, max) = (reader.f64()?, reader.f64()?);
    let mut levels = Vec::with_capacity(lengths.len());
    for (level, length) in lengths.into_iter().enumerate() {
        let mut keys = Vec::with_capacity(length);
        for _ in 0..length {
            keys.push(read_key(reader)?);
        }
        check_range(&keys, min, max)?;
        if (level > 0 || is_sorted) && !keys.is_sorted() {
            return Err(Error::invalid_data(format!(
                "KLL items must rise within a level, got a fall in level {level}"
            )));
        }
        levels.push(keys);
    }
    Ok(Kll::from_parts(&Header { k, min_k, count, min, max }, levels))
}

fn read_key(reader: &mut Reader<'_>) -> Result<u64> {
    let value = reader.f64()?;
    if value.is_finite() {
        return Ok(key_of(value));
    }
    Err(Error::invalid_data(format!("KLL items must be finite, got {value}")))
}

/// How many items each level has, from where each starts.
fn read_lengths(k: u16, level_count: u8, reader: &mut Reader<'_>) -> Result<Vec<usize>> {
    if !(1..=MAX_LEVELS).contains(&level_count) {
        return Err(Error::invalid_data(format!(
            "KLL levels must be in [1, {MAX_LEVELS}], got {level_count}"
        )));
    }
    let capacity = total_capacity(k, usize::from(level_count));
    let mut starts = Vec::with_capacity(usize::from(level_count) + 1);
    for _ in 0..level_count {
        starts.push(reader.u32()? as usize);
    }
    starts.push(capacity);
    if let Some([start, next, ..]) = starts.windows(2).find(|pair| pair[0] > pair[1]) {
        return Err(Error::invalid_data(format!(
            "KLL levels must start in rising order up to {capacity}, got {start} before {next}"
        )));
    }
    Ok(starts.windows(2).map(|pair| pair[1] - pair[0]).collect())
}

fn check_weights(count: u64, lengths: &[usize]) -> Result<()> {
    if count > MAX_COUNT {
        return Err(Error::invalid_data(format!("KLL count must be at most {MAX_COUNT}, got {count}")));
    }
    if lengths.last() == Some(&0) {
        return Err(Error::invalid_data("KLL top level must hold at least 1 item, got 0"));
    }
    let weights = lengths.iter().enumerate();
    let sum: u128 = weights.map(|(level, length)| u128::from(weight_of(level)) * *length as u128).sum();
    if sum == u128::from(count) {
        return Ok(());
    }
    Err(Error::invalid_data(format!("KLL weights must add up to the count {count}, got {sum}")))
}

fn check_range(keys: &[u64], min: f64, max: f64) -> Result<()> {
    if !(min.is_finite() && max.is_finite() && min <= max) {
        return Err(Error::invalid_data(format!(
            "KLL sketch must have finite minimum <= maximum, got {min} and {max}"
        )));
    }
    let range = key_of(min)..=key_of(max);
    match keys.iter().find(|key| !range.contains(key)) {
        None => Ok(()),
        Some(key) => {
            Err(Error::invalid_data(format!("KLL items must lie in [{min}, {max}], got {}", value_of(*key))))
        }
    }
}
