//! Counts of a fixed set of category names, taken from a baseline.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::frequent::{FrequentItems, MAX_ITEM_BYTES, cut};
use crate::hash::{SEED, murmur3_x64_128};
use crate::hll::coupon_of_bytes;
use crate::tally::TallyCounts;

/// The most names a set of categories may have.
pub const MAX_CATEGORIES: usize = 65_536;

/// Category names, sorted and each once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Categories {
    names: Vec<String>,
    index: Index,
    fingerprint: u64,
}

/// Where the names are, by their coupon: an open-addressed table.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Index {
    /// A coupon and the position of a name; [`Index::VACANT`] where there is none.
    slots: Box<[(u32, u32)]>,
}

impl Index {
    const VACANT: (u32, u32) = (0, u32::MAX);
    /// So many slots are in a near cache.
    const SPARSE_SLOTS: usize = 1 << 14;

    fn new(names: &[String]) -> Self {
        // Where most of what is looked up is no name, a sparse table tells at the first look.
        let sparse = (names.len() * 8).next_power_of_two().min(Self::SPARSE_SLOTS);
        let mut slots = vec![Self::VACANT; (names.len() * 2).next_power_of_two().max(sparse)];
        for (name, position) in names.iter().zip(0..) {
            let coupon = coupon_of_bytes(name.as_bytes());
            let mut slot = coupon as usize & (slots.len() - 1);
            while slots[slot] != Self::VACANT {
                slot = (slot + 1) & (slots.len() - 1);
            }
            slots[slot] = (coupon, position);
        }
        Self { slots: slots.into() }
    }

    /// The position of the name with a coupon and these bytes, which are asked for only where a coupon is the same.
    #[inline]
    fn find<'a>(&self, names: &[String], coupon: u32, bytes: impl Fn() -> &'a [u8]) -> Option<usize> {
        let mask = self.slots.len() - 1;
        let mut slot = coupon as usize & mask;
        while self.slots[slot] != Self::VACANT {
            let (known, position) = self.slots[slot];
            if known == coupon && names[position as usize].as_bytes() == bytes() {
                return Some(position as usize);
            }
            slot = (slot + 1) & mask;
        }
        None
    }
}

impl Categories {
    /// Categories from names in any order; repetitions are dropped. Names, and what is looked up, are cut to
    /// [`MAX_ITEM_BYTES`] bytes as frequent items are.
    ///
    /// # Errors
    /// `InvalidArgument` for more than [`MAX_CATEGORIES`] names.
    pub fn new(mut names: Vec<String>) -> Result<Self> {
        for name in &mut names {
            name.truncate(cut(name).len());
        }
        names.sort_unstable();
        names.dedup();
        if names.len() > MAX_CATEGORIES {
            return Err(Error::invalid_argument(format!(
                "categories must be at most {MAX_CATEGORIES}, got {}",
                names.len()
            )));
        }
        // The lengths keep ["ab"] and ["a", "b"] apart.
        let lengths = names.iter().flat_map(|name| (name.len() as u64).to_le_bytes());
        let bytes: Vec<u8> = lengths.chain(names.iter().flat_map(|name| name.bytes())).collect();
        Ok(Self { fingerprint: murmur3_x64_128(&bytes, SEED).0, index: Index::new(&names), names })
    }

    /// The names, sorted.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The position of a name, if it is one of the categories.
    pub fn index_of(&self, name: &str) -> Option<usize> {
        let name = cut(name).as_bytes();
        self.index.find(&self.names, coupon_of_bytes(name), || name)
    }

    /// The position of a name in UTF-8 whose coupon is known.
    fn index_of_hashed(&self, coupon: u32, name: &[u8]) -> Option<usize> {
        if name.len() > MAX_ITEM_BYTES {
            return self.index_of(&String::from_utf8_lossy(name));
        }
        self.index.find(&self.names, coupon, || name)
    }

    /// A hash of the names: the same in every process, different for different names.
    pub fn fingerprint(&self) -> u64 {
        self.fingerprint
    }
}

/// Counts per category, and of everything that is none of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CategoryCounts {
    categories: Arc<Categories>,
    counts: Vec<u64>,
    unseen: u64,
}

impl CategoryCounts {
    /// The items of a summary as categories, with their counts. `None` where it does not know them exactly.
    pub fn of_frequent(frequent: &FrequentItems) -> Option<Self> {
        if frequent.error() > 0 {
            return None;
        }
        let items = frequent.items();
        let names = items.iter().map(|(item, _)| (*item).to_owned()).collect();
        let mut counts = Self::new(Arc::new(Categories::new(names).ok()?));
        for (item, times) in items {
            counts.add(item, times);
        }
        Some(counts)
    }

    /// No counts of these categories.
    pub fn new(categories: Arc<Categories>) -> Self {
        let counts = vec![0; categories.names.len()];
        Self { categories, counts, unseen: 0 }
    }

    /// Stored counts of these categories.
    ///
    /// # Errors
    /// `InvalidData` unless there is one count a category and their sum with `unseen` fits `u64`.
    pub fn from_parts(categories: Arc<Categories>, counts: Vec<u64>, unseen: u64) -> Result<Self> {
        if counts.len() != categories.names.len() {
            return Err(Error::invalid_data(format!(
                "category counts must be {}, got {}",
                categories.names.len(),
                counts.len()
            )));
        }
        if counts.iter().try_fold(unseen, |total, count| total.checked_add(*count)).is_none() {
            return Err(Error::invalid_data(format!("category counts must add up to at most {}", u64::MAX)));
        }
        Ok(Self { categories, counts, unseen })
    }

    /// Adds a name `count` times.
    pub fn add(&mut self, name: &str, count: u64) {
        self.add_hashed(coupon_of_bytes(name.as_bytes()), name.as_bytes(), count);
    }

    /// Adds the name with these bytes, whose coupon is known, `count` times.
    pub fn add_hashed(&mut self, coupon: u32, name: &[u8], count: u64) {
        self.raise(self.categories.index_of_hashed(coupon, name), count);
    }

    /// Adds a name of at most [`MAX_ITEM_BYTES`] bytes once, which is asked for only where its coupon is that of a category.
    #[inline]
    pub fn add_short<'a>(&mut self, coupon: u32, name: impl Fn() -> &'a [u8]) {
        self.raise(self.categories.index.find(&self.categories.names, coupon, name), 1);
    }

    #[inline]
    fn raise(&mut self, index: Option<usize>, added: u64) {
        let count = index.map_or(&mut self.unseen, |index| &mut self.counts[index]);
        *count = count.saturating_add(added);
    }

    /// Adds the counts of `other`.
    ///
    /// # Errors
    /// `Incompatible` when the categories differ.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        let (own, others) = (self.categories.fingerprint, other.categories.fingerprint);
        if own != others {
            return Err(Error::incompatible(format!(
                "category counts must have the same names, got fingerprints {own:016x} and {others:016x}"
            )));
        }
        for (count, added) in self.counts.iter_mut().zip(&other.counts) {
            *count = count.saturating_add(*added);
        }
        self.unseen = self.unseen.saturating_add(other.unseen);
        Ok(())
    }

    /// The categories.
    pub fn categories(&self) -> &Arc<Categories> {
        &self.categories
    }

    /// The count of each category, in the order of the names.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// Number of values that are none of the categories.
    pub fn unseen(&self) -> u64 {
        self.unseen
    }

    /// Number of values.
    pub fn total(&self) -> u64 {
        self.counts.iter().fold(self.unseen, |total, count| total.saturating_add(*count))
    }
}

impl TallyCounts for CategoryCounts {
    type Layout = Categories;

    fn empty(layout: &Arc<Categories>) -> Self {
        Self::new(Arc::clone(layout))
    }

    fn is_of(&self, layout: &Categories) -> bool {
        self.categories.fingerprint == layout.fingerprint
    }

    fn merge(&mut self, other: &Self) -> Result<()> {
        Self::merge(self, other)
    }
}
