//! Counts strings that come again and again.

use std::hash::{BuildHasher, Hasher};

use foldhash::fast::RandomState;

use super::Distinct;
use super::text::{Key, MAX_STRINGS, is_long};
use crate::batch::Text;

const INDEX_BITS: u32 = (MAX_STRINGS as u32).ilog2() + 1;
const INDEX_MASK: u32 = (1 << INDEX_BITS) - 1;
/// Slots there are at least: most columns have few different strings.
const FIRST_SLOTS: usize = 256;

/// An open-addressed table of different strings, at most half full.
#[derive(Debug)]
pub(super) struct Table {
    /// The number of an entry from 1 on in the lowest [`INDEX_BITS`], above them bits of its hash, so that few other
    /// entries are looked at; 0 where there is none.
    slots: Vec<u32>,
    keys: Vec<Key>,
    hashes: Vec<u32>,
    distinct: Distinct,
    /// Spreads strings over slots. It has a random key, so that nobody can choose strings that all fall on one slot,
    /// as he can choose strings with the same coupon. The order of the entries does not depend on it.
    hasher: RandomState,
    secrets: [u64; 2],
}

impl Default for Table {
    fn default() -> Self {
        let hasher = RandomState::default();
        let secrets = [hasher.hash_one(0), hasher.hash_one(1)];
        Self {
            slots: Vec::new(),
            keys: Vec::new(),
            hashes: Vec::new(),
            distinct: Distinct::default(),
            hasher,
            secrets,
        }
    }
}

impl Table {
    /// Forgets all strings.
    pub(super) fn clear(&mut self) {
        // As many slots as before took in the end: columns come in turns, but growing is dear.
        let slots = (self.keys.len() * 2).next_power_of_two().max(FIRST_SLOTS);
        self.distinct.clear();
        self.keys.clear();
        self.hashes.clear();
        self.slots.clear();
        self.slots.resize(slots, 0);
    }

    /// The strings, in order of appearance.
    pub(super) fn distinct(&self) -> &Distinct {
        &self.distinct
    }

    /// Counts the string of one row.
    #[inline]
    pub(super) fn add(&mut self, text: &Text<'_>, row: u32, coupon: u32, key: Key) {
        let hash = self.hash(text, row, key);
        let mut slot = self.home(hash);
        while self.slots[slot] != 0 {
            if (self.slots[slot] ^ hash) & !INDEX_MASK == 0 {
                let entry = (self.slots[slot] & INDEX_MASK) as usize - 1;
                if self.keys[entry] == key && self.is_same(text, entry, row, key) {
                    self.distinct.counts[entry] += 1;
                    return;
                }
            }
            slot = (slot + 1) & (self.slots.len() - 1);
        }
        self.keys.push(key);
        self.hashes.push(hash);
        self.distinct.push(row, coupon, 1);
        self.slots[slot] = slot_of(hash, self.keys.len());
        if self.keys.len() * 2 > self.slots.len() {
            self.grow();
        }
    }

    /// Whether strings with the same key are the same.
    fn is_same(&self, text: &Text<'_>, entry: usize, row: u32, key: Key) -> bool {
        !is_long(key) || text.get(self.distinct.places[entry] as usize) == text.get(row as usize)
    }

    #[inline]
    fn hash(&self, text: &Text<'_>, row: u32, key: Key) -> u32 {
        if is_long(key) {
            return self.hash_long(text.get(row as usize));
        }
        // One multiplication of secret words, folded: the string is the key.
        let [low, high] = self.secrets;
        let product = u128::from(key.low ^ low) * u128::from(key.high ^ high);
        (product >> 32) as u32 ^ (product >> 96) as u32
    }

    fn hash_long(&self, bytes: &[u8]) -> u32 {
        let mut hasher = self.hasher.build_hasher();
        hasher.write(bytes);
        (hasher.finish() >> 32) as u32
    }

    /// Where an entry of a hash is, or else the next vacant slot: by the bits that slots do not hold first.
    #[inline]
    fn home(&self, hash: u32) -> usize {
        hash as usize & (self.slots.len() - 1)
    }

    fn grow(&mut self) {
        let slots = self.slots.len() * 4;
        self.slots.clear();
        self.slots.resize(slots, 0);
        for (&hash, number) in self.hashes.iter().zip(1..) {
            let mut slot = self.home(hash);
            while self.slots[slot] != 0 {
                slot = (slot + 1) & (slots - 1);
            }
            self.slots[slot] = slot_of(hash, number);
        }
    }
}

fn slot_of(hash: u32, number: usize) -> u32 {
    hash & !INDEX_MASK | number as u32
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::counted::text::keys_of;

    /// As many different strings as there can be, behind a prefix that is short or longer than a key.
    fn strings(prefix: &str) -> Text<'static> {
        let (mut bytes, mut offsets) = (Vec::new(), 0_u32.to_le_bytes().to_vec());
        for number in 0..MAX_STRINGS {
            bytes.extend_from_slice(format!("{prefix}{number}").as_bytes());
            offsets.extend((bytes.len() as u32).to_le_bytes());
        }
        Text { offsets: Cow::Owned(offsets), large: false, bytes: Cow::Owned(bytes) }
    }

    /// Counts every string twice; all have the same coupon, as strings have that somebody chose so.
    fn attacked(text: &Text<'_>) -> Table {
        let mut table = Table::default();
        table.clear();
        let keys = keys_of(text, MAX_STRINGS);
        for row in (0..MAX_STRINGS).chain(0..MAX_STRINGS) {
            table.add(text, row as u32, 7, keys[row]);
        }
        table
    }

    #[test]
    fn strings_with_one_coupon_do_not_fall_on_one_slot() {
        for prefix in ["", "a prefix that is longer than a key "] {
            let text = strings(prefix);
            let longest = || attacked(&text).slots.split(|&slot| slot == 0).map(<[u32]>::len).max();
            // One key of 50,000 is a bad one, as of many ones or zeros in a row. Three are not.
            let longest = (0..3).map(|_| longest()).min().flatten();
            assert!(longest < Some(MAX_STRINGS / 64), "{prefix:?}: a run of {longest:?} slots");
        }
    }

    #[test]
    fn the_random_key_shows_nowhere() {
        let text = strings("x");
        let (left, right) = (attacked(&text), attacked(&text));
        assert_ne!(left.slots, right.slots, "the keys differ");
        assert_eq!(left.distinct.places, right.distinct.places);
        assert_eq!(left.distinct.counts, right.distinct.counts);
        assert_eq!(left.distinct.counts, vec![2; MAX_STRINGS]);
    }
}
