//! Counts strings that come again and again.

use std::hash::{BuildHasher, RandomState};

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
    distinct: Distinct,
    /// Spreads coupons over slots. It is random, so that nobody can choose strings that all fall on one slot.
    multiplier: u64,
}

impl Default for Table {
    fn default() -> Self {
        let multiplier = RandomState::new().hash_one(0) | 1;
        Self { slots: Vec::new(), keys: Vec::new(), distinct: Distinct::default(), multiplier }
    }
}

impl Table {
    /// Forgets all strings.
    pub(super) fn clear(&mut self) {
        // As many slots as before took in the end: columns come in turns, but growing is dear.
        let slots = (self.keys.len() * 2).next_power_of_two().max(FIRST_SLOTS);
        self.distinct.clear();
        self.keys.clear();
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
        let hash = self.hash(coupon);
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
    fn hash(&self, coupon: u32) -> u32 {
        (u64::from(coupon).wrapping_mul(self.multiplier) >> 32) as u32
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
        for (&coupon, number) in self.distinct.coupons.iter().zip(1..) {
            let hash = self.hash(coupon);
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
