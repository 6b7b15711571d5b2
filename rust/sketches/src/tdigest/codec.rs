//! The bytes of Apache `DataSketches` t-digests of doubles, little endian:
//!
//! ```text
//! 0  u8   preamble words: 1 when empty or single, else 2
//! 1  u8   serial version 1
//! 2  u8   family 20
//! 3  u16  compression
//! 5  u8   flags: 1 empty, 2 single value, 4 next merge runs backwards
//! 6  u16  zero
//! 8  f64  the value                      (single only)
//! 8  u32  number of centroids            (otherwise)
//! 12 u32  number of buffered values
//! 16 f64  minimum, f64 maximum
//! 32      f64 mean, u64 weight           per centroid
//!         f64                            per buffered value
//! ```
//!
//! The bounds of the centroids are not part of it. After reading, a centroid of one value is known
//! exactly; of any other it is only certain that it lies between minimum and maximum.

use super::cluster::Centroid;
use super::sketch::TDigest;
use crate::error::{Error, Result};
use crate::reader::Reader;

const SERIAL_VERSION: u8 = 1;
const FAMILY: u8 = 20;
const FLAG_EMPTY: u8 = 1;
const FLAG_SINGLE: u8 = 2;
const PAIR_BYTES: usize = 16;

impl TDigest {
    /// The bytes of a `DataSketches` `tdigest_double`, with buffered values gathered in.
    pub fn to_bytes(&self) -> Vec<u8> {
        let centroids = self.centroids();
        let (words, flags) = match self.count() {
            0 => (1, FLAG_EMPTY),
            1 => (1, FLAG_SINGLE),
            _ => (2, 0),
        };
        let mut bytes = vec![words, SERIAL_VERSION, FAMILY];
        bytes.extend(self.compression().to_le_bytes());
        bytes.extend([flags, 0, 0]);
        if words == 1 {
            bytes.extend(centroids.iter().flat_map(|single| single.mean.to_le_bytes()));
            return bytes;
        }
        bytes.extend((centroids.len() as u32).to_le_bytes());
        bytes.extend(0u32.to_le_bytes());
        for extreme in [centroids.first(), centroids.last()].into_iter().flatten() {
            bytes.extend(extreme.mean.to_le_bytes());
        }
        for centroid in centroids.iter() {
            bytes.extend(centroid.mean.to_le_bytes());
            bytes.extend(centroid.weight.to_le_bytes());
        }
        bytes
    }

    /// Reads the bytes of a `DataSketches` `tdigest_double`.
    ///
    /// # Errors
    /// `InvalidData` for bytes of another kind or length, or values that make no digest.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let words = reader.u8()?;
        reader.expect_u8(SERIAL_VERSION, "t-digest serial version")?;
        reader.expect_u8(FAMILY, "t-digest family")?;
        let compression = reader.u16()?;
        let flags = reader.u8()?;
        reader.take(2)?;
        let empty = TDigest::new(compression).map_err(|error| Error::invalid_data(error.message()))?;
        match (words, flags & (FLAG_EMPTY | FLAG_SINGLE)) {
            (1, FLAG_EMPTY) => reader.expect_remaining(0).map(|()| empty),
            (1, FLAG_SINGLE) => {
                reader.expect_remaining(8)?;
                Self::from_centroids(compression, &[Centroid::atom(reader.f64()?, 1)])
            }
            (2, 0) => read_many(compression, &mut reader),
            _ => Err(Error::invalid_data(format!(
                "t-digest must have 1 preamble word if empty or single and 2 otherwise, got {words} with flags {flags}"
            ))),
        }
    }
}

fn read_many(compression: u16, reader: &mut Reader<'_>) -> Result<TDigest> {
    let (centroid_count, buffered_count) = (reader.u32()? as usize, reader.u32()? as usize);
    let (min, max) = (reader.f64()?, reader.f64()?);
    reader.expect_remaining(centroid_count * PAIR_BYTES + buffered_count * 8)?;
    let mut centroids = Vec::with_capacity(centroid_count);
    for _ in 0..centroid_count {
        let (mean, weight) = (reader.f64()?, reader.u64()?);
        centroids.push(if weight == 1 {
            Centroid::atom(mean, 1)
        } else {
            Centroid { mean, weight, low: min, high: max }
        });
    }
    let mut buffered = Vec::with_capacity(buffered_count);
    for _ in 0..buffered_count {
        buffered.push(reader.f64()?);
    }
    check_extremes(min, max, &centroids, &buffered)?;
    let mut digest = TDigest::from_centroids(compression, &centroids)?;
    if digest.count().checked_add(buffered.len() as u64).is_none() {
        return Err(Error::invalid_data(format!("t-digest weights must add up to at most {}", u64::MAX)));
    }
    digest.add_slice(&buffered);
    Ok(digest)
}

fn check_extremes(min: f64, max: f64, centroids: &[Centroid], buffered: &[f64]) -> Result<()> {
    if !(min.is_finite() && max.is_finite() && min <= max) {
        return Err(Error::invalid_data(format!(
            "t-digest must have finite minimum <= maximum, got {min} and {max}"
        )));
    }
    let values = centroids.iter().map(|centroid| centroid.mean).chain(buffered.iter().copied());
    let mut seen = 0;
    for value in values {
        if !(min <= value && value <= max) {
            return Err(Error::invalid_data(format!(
                "t-digest values must lie in [{min}, {max}], got {value}"
            )));
        }
        seen += 1;
    }
    if seen == 0 {
        return Err(Error::invalid_data("t-digest that is not empty must have at least 1 value, got 0"));
    }
    Ok(())
}
