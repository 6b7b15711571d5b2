//! The hashes of a block of keys, which are hashed at once because that takes vector instructions.

use super::coupon::coupon_of_hash;
use crate::hash::hash_keys;

/// Keys in a block: their hashes stay in the nearest cache.
pub(super) const BLOCK: usize = 256;
/// Keys in the block of a short slice, for which setting up a whole one would take longer than hashing.
pub(super) const SHORT_BLOCK: usize = 128;

/// Room for the hashes of `SIZE` keys.
pub(super) struct HashBuffer<const SIZE: usize> {
    first_words: [u64; SIZE],
    second_words: [u64; SIZE],
}

impl<const SIZE: usize> HashBuffer<SIZE> {
    pub(super) fn new() -> Self {
        Self { first_words: [0; SIZE], second_words: [0; SIZE] }
    }

    /// Hashes at most `SIZE` keys.
    pub(super) fn hash(&mut self, keys: &[u64]) -> Hashes<'_> {
        let first_words = &mut self.first_words[..keys.len()];
        let second_words = &mut self.second_words[..keys.len()];
        hash_keys(keys, first_words, second_words);
        Hashes { first_words, second_words }
    }
}

/// The two words of each hash, equally many.
#[derive(Clone, Copy)]
pub(super) struct Hashes<'a> {
    pub(super) first_words: &'a [u64],
    pub(super) second_words: &'a [u64],
}

impl Hashes<'_> {
    pub(super) fn coupons(&self) -> impl Iterator<Item = u32> + '_ {
        self.first_words.iter().copied().zip(self.second_words.iter().copied()).map(coupon_of_hash)
    }
}
