//! The bytes of known combinations, little endian; everything else of a joint profile is lists of numbers.
//!
//! ```text
//! 0  u8  layout 1
//! 1  u8  0 all combinations, 1 a Bloom filter of 2^23 bits of which each combination sets 7
//! 2  u64 all combinations: their hashes, rising; filter: its bits, the lowest first
//! ```

use std::sync::Arc;

use super::columns::JointColumns;
use super::known::{Content, FILTER_BITS, Filter, KnownCombinations, MAX_EXACT_COMBINATIONS, Table};
use crate::error::{Error, Result};
use crate::reader::Reader;

const LAYOUT: u8 = 1;
const EXACT: u8 = 0;
const FILTER: u8 = 1;

impl KnownCombinations {
    /// The bytes of the combinations; `None` where they are kept elsewhere.
    pub fn to_bytes(&self) -> Option<Vec<u8>> {
        let (kind, words) = match &self.content {
            Content::Exact(table) => (EXACT, table.sorted()),
            Content::Filter(filter) => (FILTER, &*filter.words),
            Content::Elsewhere => return None,
        };
        let mut bytes = vec![LAYOUT, kind];
        bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        Some(bytes)
    }

    /// Reads the combinations of a set of columns.
    ///
    /// # Errors
    /// `InvalidData` for another layout, hashes that do not rise, and too many or too few of them.
    pub fn from_bytes(columns: Arc<JointColumns>, bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        reader.expect_u8(LAYOUT, "layout of known combinations")?;
        let content = match reader.u8()? {
            EXACT => {
                let count = reader.remaining() / 8;
                if count > MAX_EXACT_COMBINATIONS {
                    return Err(Error::invalid_data(format!(
                        "known combinations must be at most {MAX_EXACT_COMBINATIONS}, got {count}"
                    )));
                }
                let hashes = words(&mut reader, count)?;
                if !hashes.is_sorted_by(|left, right| left < right) {
                    return Err(Error::invalid_data("hashes of known combinations must rise"));
                }
                Content::Exact(Table::new(hashes))
            }
            FILTER => Content::Filter(Filter { words: words(&mut reader, FILTER_BITS / 64)?.into() }),
            other => {
                return Err(Error::invalid_data(format!(
                    "kind of known combinations must be 0 or 1, got {other}"
                )));
            }
        };
        Ok(Self::new(columns, content))
    }
}

fn words(reader: &mut Reader<'_>, count: usize) -> Result<Vec<u64>> {
    reader.expect_remaining(8 * count)?;
    (0..count).map(|_| reader.u64()).collect()
}
