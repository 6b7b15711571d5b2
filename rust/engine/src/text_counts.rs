//! Counts the different strings of a batch, so that each is put into the sketches once.

use std::hash::Hasher;

use driftline_sketches::hll::coupon_of_bytes;
use rustc_hash::FxHasher;

use crate::batch::{Bitmap, Text};
use crate::profile::Counted;
use crate::read::Rows;

/// A slot that no entry has: there are not so many entries.
const VACANT: u64 = u64::MAX;
/// Slots there are at least: most columns have few different strings.
const FIRST_SLOTS: usize = 256;

#[derive(Debug)]
struct Entry {
    hash: u64,
    first_row: u32,
    count: u64,
}

/// An open-addressed table of the strings of one batch, at most half full. It is kept from batch to batch, because
/// fresh memory costs more than the counting.
#[derive(Debug, Default)]
pub(crate) struct TextCounts {
    /// The upper half of an entry's hash, so that few other entries are looked at, and its index.
    slots: Vec<u64>,
    entries: Vec<Entry>,
}

impl TextCounts {
    /// Counts the strings in rows, those of the batch before forgotten.
    pub(crate) fn count(&mut self, text: &Text<'_>, validity: Option<&Bitmap<'_>>, rows: Rows<'_>) {
        // As many slots as the batch before took in the end: columns come in turns, but growing is dear.
        let slots = (self.entries.len() * 2).next_power_of_two().max(FIRST_SLOTS);
        self.entries.clear();
        self.slots.clear();
        self.slots.resize(slots, VACANT);
        match validity {
            None => rows.for_each(|row| self.add(text, row)),
            Some(valid) => rows.for_each(|row| {
                if valid.get(row) {
                    self.add(text, row);
                }
            }),
        }
    }

    /// The different strings in order of appearance, each with its coupon and count.
    pub(crate) fn counted<'a>(&self, text: &'a Text<'_>) -> Counted<'a> {
        let counted = |entry: &Entry| {
            let bytes = text.get(entry.first_row as usize);
            (bytes, coupon_of_bytes(bytes), entry.count)
        };
        self.entries.iter().map(counted).collect()
    }

    #[inline]
    fn add(&mut self, text: &Text<'_>, row: usize) {
        let bytes = text.get(row);
        let hash = hash_of(bytes);
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        while self.slots[slot] != VACANT {
            if self.slots[slot] >> 32 == hash >> 32 {
                let entry = &mut self.entries[self.slots[slot] as u32 as usize];
                if text.get(entry.first_row as usize) == bytes {
                    entry.count += 1;
                    return;
                }
            }
            slot = (slot + 1) & mask;
        }
        self.slots[slot] = slot_of(hash, self.entries.len());
        self.entries.push(Entry { hash, first_row: row as u32, count: 1 });
        if self.entries.len() * 2 > self.slots.len() {
            self.grow();
        }
    }

    fn grow(&mut self) {
        let mask = self.slots.len() * 4 - 1;
        self.slots.clear();
        self.slots.resize(mask + 1, VACANT);
        for (entry, index) in self.entries.iter().zip(0..) {
            let mut slot = entry.hash as usize & mask;
            while self.slots[slot] != VACANT {
                slot = (slot + 1) & mask;
            }
            self.slots[slot] = slot_of(entry.hash, index);
        }
    }
}

fn slot_of(hash: u64, index: usize) -> u64 {
    hash >> 32 << 32 | index as u64
}

/// A cheap hash: strings are compared in full, and there is one table a batch.
#[inline]
fn hash_of(bytes: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(bytes);
    hasher.finish()
}
