//! Ids of records: 64 bits that look drawn, the same whenever the same request is counted.

use super::settings::Redaction;
use crate::engine::Header;
use crate::hashed::HashKey;
use crate::log::RecordNumber;

/// What the ids of a request are made of, and what its values are hashed with.
#[derive(Debug, Clone)]
pub(crate) struct Stamp {
    key: HashKey,
    seed: u64,
}

impl Stamp {
    /// Of a request: its producer's number for it, or, of a producer that gives none, when it arrived as which record of
    /// the log.
    pub(crate) fn new(key: &HashKey, header: &Header, arrived: i64, position: RecordNumber) -> Self {
        let mut bytes = b"driftline: a request\0".to_vec();
        if header.producer_id.is_empty() {
            bytes.extend(arrived.to_le_bytes());
            bytes.extend(position.to_le_bytes());
        } else {
            bytes.extend(header.epoch.to_le_bytes());
            bytes.extend(header.sequence.to_le_bytes());
        }
        for text in [&header.producer(), header.model.as_str(), &header.version] {
            bytes.extend((text.len() as u64).to_le_bytes());
            bytes.extend(text.as_bytes());
        }
        Self { key: key.clone(), seed: key.number(&bytes) }
    }

    /// The stamp of one of the request's batches.
    pub(crate) fn of_batch(&self, number: usize) -> Self {
        Self { key: self.key.clone(), seed: mixed(self.seed ^ mixed(number as u64)) }
    }

    /// The id of a row. Rows of a batch have different ones.
    #[inline]
    pub(crate) fn id(&self, row: usize) -> u64 {
        mixed(self.seed.wrapping_add((row as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    }

    /// What stands in place of a value, given as bytes.
    pub(crate) fn redacted(&self, redaction: Redaction, value: &[u8]) -> String {
        match redaction {
            Redaction::Mask => "[redacted]".into(),
            Redaction::Hash => self.key.digits(value),
        }
    }
}

/// The finalizer of splitmix64: one to one.
fn mixed(mut bits: u64) -> u64 {
    bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ bits >> 31
}
