//! Counts the strings of a column: in a table, all of them or, where most are rare, only those that are not.

use driftline_sketches::frequent::MAX_ITEM_BYTES;
use driftline_sketches::hll::{ShortText, coupon_of_bytes, coupons_of_short};

use super::sieve::Sieve;
use super::table::Table;
use super::{Counted, Items};
use crate::batch::{Bitmap, Text, Values};
use crate::read::Rows;

/// The most strings that are counted at once: they and their hashes stay in the second cache.
pub(super) const MAX_STRINGS: usize = 1 << 14;

/// A short string itself, or the first bytes of a longer one and in place of its length [`LONG`].
pub(super) type Key = ShortText;

const LONG: u64 = 0xff << 56;

/// Whether a string is longer than its key.
#[inline]
pub(super) fn is_long(key: Key) -> bool {
    key.high >= LONG
}

/// Counts strings in memory that it keeps.
#[derive(Debug, Default)]
pub(super) struct TextCounter {
    present: Vec<u32>,
    keys: Vec<Key>,
    coupons: Vec<u32>,
    sieve: Sieve,
    table: Table,
}

impl TextCounter {
    /// Calls with the strings of every [`MAX_STRINGS`] of some rows, nulls left out.
    pub(super) fn count(
        &mut self,
        (values, text): (&Values<'_>, &Text<'_>),
        validity: Option<&Bitmap<'_>>,
        rows: Rows<'_>,
        mut call: impl FnMut(Counted<'_>),
    ) {
        let mut present = std::mem::take(&mut self.present);
        present.clear();
        match (rows, validity) {
            (Rows::All(count), None) => present.extend(0..count as u32),
            (_, None) => rows.for_each(|row| present.push(row as u32)),
            (_, Some(valid)) => rows.for_each(|row| {
                if valid.get(row) {
                    present.push(row as u32);
                }
            }),
        }
        for rows in present.chunks(MAX_STRINGS) {
            let are_most_rare = self.count_some(text, rows);
            let (table, counts) = (self.table.distinct().items(values), &self.table.distinct().counts);
            call(if are_most_rare {
                let items = Items { values, places: rows, coupons: &self.coupons };
                Counted::Rows { items, often: table, counts, rare: Sieve::RARE }
            } else {
                Counted::Different(table, counts)
            });
        }
        self.present = present;
    }

    /// Counts all strings; or, if most are rare, which it tells, those that come often.
    fn count_some(&mut self, text: &Text<'_>, rows: &[u32]) -> bool {
        let has_long = read_keys(text, rows, &mut self.keys);
        self.coupons.resize(rows.len(), 0);
        coupons_of_short(&self.keys, &mut self.coupons);
        let longest = if has_long { self.hash_long(text, rows) } else { 0 };
        self.table.clear();
        let coupons = &self.coupons;
        let mut add = |index: usize| self.table.add(text, rows[index], coupons[index], self.keys[index]);
        // Long ones are cut, and then different rare ones may be the same.
        let often = if longest <= MAX_ITEM_BYTES { self.sieve.pick_often(coupons) } else { None };
        match often {
            Some(indices) => indices.iter().for_each(|&index| add(index as usize)),
            None => (0..rows.len()).for_each(add),
        }
        often.is_some()
    }

    /// Hashes the long strings; tells the length of the longest one.
    fn hash_long(&mut self, text: &Text<'_>, rows: &[u32]) -> usize {
        let mut longest = 0;
        for ((&key, &row), coupon) in self.keys.iter().zip(rows).zip(&mut self.coupons) {
            if is_long(key) {
                let bytes = text.get(row as usize);
                *coupon = coupon_of_bytes(bytes);
                longest = longest.max(bytes.len());
            }
        }
        longest
    }
}

/// The keys of all rows.
#[cfg(test)]
pub(super) fn keys_of(text: &Text<'_>, rows: usize) -> Vec<Key> {
    let mut keys = Vec::new();
    read_keys(text, &(0..rows as u32).collect::<Vec<_>>(), &mut keys);
    keys
}

/// Reads the keys of rows; tells whether there are long strings.
fn read_keys(text: &Text<'_>, rows: &[u32], keys: &mut Vec<Key>) -> bool {
    keys.resize(rows.len(), Key::default());
    if text.large {
        let (offsets, _) = text.offsets.as_chunks::<8>();
        fill_keys(&text.bytes, rows, keys, |row| u64::from_le_bytes(offsets[row]) as usize)
    } else {
        let (offsets, _) = text.offsets.as_chunks::<4>();
        fill_keys(&text.bytes, rows, keys, |row| u32::from_le_bytes(offsets[row]) as usize)
    }
}

#[inline]
fn fill_keys(bytes: &[u8], rows: &[u32], keys: &mut [Key], offset: impl Fn(usize) -> usize) -> bool {
    let mut has_long = false;
    for (key, &row) in keys.iter_mut().zip(rows) {
        *key = key_of(bytes, offset(row as usize), offset(row as usize + 1));
        has_long |= is_long(*key);
    }
    has_long
}

#[inline]
fn key_of(bytes: &[u8], start: usize, end: usize) -> Key {
    let Some(window) = bytes[start..].first_chunk() else {
        // Behind the last strings there are no bytes to read.
        return last_key(&bytes[start..end]);
    };
    ShortText::new(window, end - start).unwrap_or_else(|| long_key(window))
}

#[cold]
fn last_key(bytes: &[u8]) -> Key {
    let mut window = [0; 16];
    window[..bytes.len()].copy_from_slice(bytes);
    ShortText::new(&window, bytes.len()).unwrap_or_else(|| long_key(&window))
}

fn long_key(window: &[u8; 16]) -> Key {
    let word = u128::from_le_bytes(*window);
    Key { low: word as u64, high: (word >> 64) as u64 | LONG }
}
