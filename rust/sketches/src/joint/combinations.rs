use std::sync::Arc;

use super::known::KnownCombinations;
use crate::error::{Error, Result};
use crate::hash::{SEED, murmur3_x64_128};
use crate::tally::TallyCounts;

/// The hash of a combination from those of its values, in the order of the columns.
#[inline]
pub fn combination_hash(values: &[u64]) -> (u64, u64) {
    // A set has at most so many columns.
    let mut bytes = [0; 8 * super::MAX_JOINT_COLUMNS];
    for (bytes, value) in bytes.as_chunks_mut::<8>().0.iter_mut().zip(values) {
        *bytes = value.to_le_bytes();
    }
    murmur3_x64_128(&bytes[..8 * values.len().min(super::MAX_JOINT_COLUMNS)], SEED)
}

/// Records whose combination of categories a baseline does not know; of the baseline's own records, those whose
/// combination no other of them has.
#[derive(Clone, Debug, PartialEq)]
pub struct UnseenCombinations {
    known: Arc<KnownCombinations>,
    records: u64,
    unseen: u64,
}

impl UnseenCombinations {
    /// Of no record.
    pub fn new(known: Arc<KnownCombinations>) -> Self {
        Self { known, records: 0, unseen: 0 }
    }

    /// Counts from their stored parts.
    ///
    /// # Errors
    /// `InvalidData` for more unseen records than records.
    pub fn from_parts(known: Arc<KnownCombinations>, records: u64, unseen: u64) -> Result<Self> {
        if unseen > records {
            return Err(Error::invalid_data(format!(
                "records of unseen combinations must be at most {records}, got {unseen}"
            )));
        }
        Ok(Self { known, records, unseen })
    }

    pub(super) fn of_known(known: Arc<KnownCombinations>, records: u64, once: u64) -> Self {
        Self { known, records, unseen: once.min(records) }
    }

    pub(super) fn add(&mut self, combinations: &[(u64, u64)]) {
        let unseen = combinations.iter().filter(|(hash, _)| !self.known.contains(*hash)).count();
        self.records = self.records.saturating_add(combinations.len() as u64);
        self.unseen = self.unseen.saturating_add(unseen as u64);
    }

    /// The same counts beside the combinations without their content.
    #[must_use]
    pub fn without_content(&self) -> Self {
        Self { known: Arc::new(self.known.without_content()), ..self.clone() }
    }

    /// The same counts beside the combinations with their content, if these are the same.
    #[must_use]
    pub fn with_content(self, known: &Arc<KnownCombinations>) -> Self {
        if *self.known == **known { Self { known: Arc::clone(known), ..self } } else { self }
    }

    /// What is known.
    pub fn known(&self) -> &Arc<KnownCombinations> {
        &self.known
    }

    /// Number of records.
    pub fn records(&self) -> u64 {
        self.records
    }

    /// Those of them whose combination is not known, as far as [`KnownCombinations::contains`] can tell.
    pub fn unseen(&self) -> u64 {
        self.unseen
    }
}

impl TallyCounts for UnseenCombinations {
    type Layout = KnownCombinations;

    fn empty(layout: &Arc<KnownCombinations>) -> Self {
        Self::new(Arc::clone(layout))
    }

    fn is_of(&self, layout: &KnownCombinations) -> bool {
        *self.known == *layout
    }

    fn merge(&mut self, other: &Self) -> Result<()> {
        if self.known != other.known {
            return Err(Error::incompatible(format!(
                "unseen combinations must be of the same known ones, got fingerprints {:016x} and {:016x}",
                self.known.fingerprint(),
                other.known.fingerprint()
            )));
        }
        if !self.known.is_here() {
            self.known = Arc::clone(&other.known);
        }
        self.records = self.records.saturating_add(other.records);
        self.unseen = self.unseen.saturating_add(other.unseen);
        Ok(())
    }
}
