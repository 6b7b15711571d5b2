//! Counts the values of a categorical column before they are put into sketches, so that each is put there once, or, if
//! it is rare, at little cost.

mod sieve;
mod table;
mod text;

use driftline_sketches::hll::coupon_of_bytes;

use self::text::TextCounter;
use crate::batch::{Bitmap, Column, Dictionary, Keys, Values};
use crate::read::Rows;

const BOOLEANS: [&[u8]; 2] = [b"false", b"true"];

/// Values of a column, nulls left out.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Counted<'a> {
    /// Different values, and how often each came: at least once.
    Different(Items<'a>, &'a [u64]),
    /// The values of all rows; and different ones with counts, of which the others come at most `rare` times.
    Rows { items: Items<'a>, often: Items<'a>, counts: &'a [u64], rare: u64 },
}

/// The values themselves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Items<'a> {
    values: &'a Values<'a>,
    /// Where they are: rows of text, keys of a dictionary.
    places: &'a [u32],
    /// Their distinct-count coupons.
    pub(crate) coupons: &'a [u32],
}

impl<'a> Items<'a> {
    /// The bytes of one of them.
    #[inline]
    pub(crate) fn get(self, index: usize) -> &'a [u8] {
        let place = self.places[index] as usize;
        match self.values {
            Values::Text(text) => text.get(place),
            Values::Dictionary(_, dictionary) => dictionary.get(place).as_bytes(),
            Values::Boolean(_) => BOOLEANS[place],
            Values::Null | Values::Primitive(..) | Values::Hashes(_) => b"",
        }
    }
}

/// Where different values are, with coupons and counts.
#[derive(Debug, Default)]
struct Distinct {
    places: Vec<u32>,
    coupons: Vec<u32>,
    counts: Vec<u64>,
}

impl Distinct {
    fn clear(&mut self) {
        self.places.clear();
        self.coupons.clear();
        self.counts.clear();
    }

    fn push(&mut self, place: u32, coupon: u32, count: u64) {
        self.places.push(place);
        self.coupons.push(coupon);
        self.counts.push(count);
    }

    fn items<'a>(&'a self, values: &'a Values<'a>) -> Items<'a> {
        Items { values, places: &self.places, coupons: &self.coupons }
    }
}

/// Counts columns one after the other in memory that it keeps, because fresh memory costs more than counting.
#[derive(Debug, Default)]
pub(crate) struct Counter {
    distinct: Distinct,
    keys: Vec<u64>,
    text: TextCounter,
}

impl Counter {
    /// Calls with the values of some rows of a column: once, or several times for many rows, and then a value may
    /// come again.
    pub(crate) fn count(&mut self, column: &Column<'_>, rows: Rows<'_>, mut call: impl FnMut(Counted<'_>)) {
        let (values, validity) = (&column.values, column.validity.as_ref());
        self.distinct.clear();
        match values {
            Values::Null | Values::Primitive(..) | Values::Hashes(_) => {}
            Values::Boolean(bits) => {
                count_booleans(bits, validity, rows, &mut self.distinct);
                call(Counted::Different(self.distinct.items(values), &self.distinct.counts));
            }
            Values::Dictionary(keys, dictionary) => {
                count_keys(keys, validity, rows, zeroed(&mut self.keys, dictionary.len()));
                add_keys(dictionary, &mut self.keys, &mut self.distinct);
                call(Counted::Different(self.distinct.items(values), &self.distinct.counts));
            }
            Values::Text(text) => self.text.count((values, text), validity, rows, call),
        }
    }
}

fn count_booleans(bits: &Bitmap<'_>, validity: Option<&Bitmap<'_>>, rows: Rows<'_>, distinct: &mut Distinct) {
    let mut counts = [0u64; 2];
    rows.for_each(|row| {
        if validity.is_none_or(|valid| valid.get(row)) {
            counts[usize::from(bits.get(row))] += 1;
        }
    });
    for ((name, count), place) in BOOLEANS.into_iter().zip(counts).zip(0..) {
        if count > 0 {
            distinct.push(place, coupon_of_bytes(name), count);
        }
    }
}

fn zeroed(counts: &mut Vec<u64>, len: usize) -> &mut [u64] {
    counts.clear();
    counts.resize(len, 0);
    counts
}

fn count_keys(keys: &Keys<'_>, validity: Option<&Bitmap<'_>>, rows: Rows<'_>, counts: &mut [u64]) {
    match validity {
        None => rows.for_each(|row| counts[keys.get(row)] += 1),
        Some(valid) => rows.for_each(|row| {
            if valid.get(row) {
                counts[keys.get(row)] += 1;
            }
        }),
    }
}

fn add_keys(dictionary: &Dictionary, counts: &mut [u64], distinct: &mut Distinct) {
    dictionary.fold(counts);
    for (key, &count) in counts.iter().enumerate() {
        if count > 0 {
            distinct.push(key as u32, dictionary.coupon(key), count);
        }
    }
}
