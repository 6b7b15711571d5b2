use std::collections::BTreeMap;
use std::sync::Arc;

use super::columns::JointColumns;
use super::combinations::UnseenCombinations;
use crate::hash::{SEED, murmur3_x64_128};

/// The most combinations that are kept one by one; more go into a Bloom filter.
pub const MAX_EXACT_COMBINATIONS: usize = 65_536;

/// Bits of the filter, and how many of them a combination sets: one in a hundred unknown combinations passes for a known
/// one at 870,000 known ones, one in ten thousand at 370,000.
pub(super) const FILTER_BITS: usize = 1 << 23;
pub(super) const FILTER_HASHES: u64 = 7;

/// The combinations of categories that a baseline knows, as 64-bit hashes.
#[derive(Clone, Debug)]
pub struct KnownCombinations {
    columns: Arc<JointColumns>,
    fingerprint: u64,
    pub(super) content: Content,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// All of them.
    Exact(Table),
    /// Bits that are set by them, and a few unknown ones set too.
    Filter(Filter),
    /// They are kept somewhere else: nothing can be looked up.
    Elsewhere,
}

impl PartialEq for KnownCombinations {
    fn eq(&self, other: &Self) -> bool {
        self.fingerprint == other.fingerprint
    }
}

impl KnownCombinations {
    pub(super) fn new(columns: Arc<JointColumns>, content: Content) -> Self {
        let mut bytes = columns.to_bytes();
        match &content {
            Content::Exact(table) => {
                bytes.push(0);
                bytes.extend(table.sorted().iter().flat_map(|hash| hash.to_le_bytes()));
            }
            Content::Filter(filter) => {
                bytes.push(1);
                bytes.extend(filter.words.iter().flat_map(|word| word.to_le_bytes()));
            }
            Content::Elsewhere => bytes.push(2),
        }
        Self { columns, fingerprint: murmur3_x64_128(&bytes, SEED).0, content }
    }

    /// Those with a fingerprint, without the combinations themselves.
    pub fn elsewhere(columns: Arc<JointColumns>, fingerprint: u64) -> Self {
        Self { columns, fingerprint, content: Content::Elsewhere }
    }

    /// The same without the combinations themselves.
    #[must_use]
    pub fn without_content(&self) -> Self {
        Self::elsewhere(Arc::clone(&self.columns), self.fingerprint)
    }

    /// Whether the combinations are here, so that others can be looked up.
    pub fn is_here(&self) -> bool {
        self.content != Content::Elsewhere
    }

    /// The set that they are of.
    pub fn columns(&self) -> &Arc<JointColumns> {
        &self.columns
    }

    /// Whether a combination with this hash is known, as far as can be told: of unknown ones the share
    /// [`KnownCombinations::false_positive_rate`] passes for known.
    #[inline]
    pub fn contains(&self, hash: u64) -> bool {
        match &self.content {
            Content::Exact(table) => table.contains(hash),
            Content::Filter(filter) => filter.contains(hash),
            Content::Elsewhere => false,
        }
    }

    /// Which share of unknown combinations passes for known: 0 where all known ones are kept; `None` where that is known
    /// elsewhere.
    pub fn false_positive_rate(&self) -> Option<f64> {
        match &self.content {
            Content::Exact(_) => Some(0.0),
            Content::Filter(filter) => Some(filter.false_positive_rate()),
            Content::Elsewhere => None,
        }
    }

    /// A hash of all of it: the same in every process, different for different combinations.
    pub fn fingerprint(&self) -> u64 {
        self.fingerprint
    }
}

/// Takes the combinations of records in, to become known.
#[derive(Clone, Debug)]
pub struct KnownCombinationsBuilder {
    columns: Arc<JointColumns>,
    content: Building,
    records: u64,
    once: u64,
}

#[derive(Clone, Debug)]
enum Building {
    /// Combinations, and whether they have come more than once.
    Exact(BTreeMap<u64, bool>),
    /// Those that have come, and those that have come more than once.
    Filters(Filter, Filter),
}

impl KnownCombinationsBuilder {
    /// None yet.
    pub fn new(columns: Arc<JointColumns>) -> Self {
        Self { columns, content: Building::Exact(BTreeMap::new()), records: 0, once: 0 }
    }

    /// Adds the combination of each record by its hash.
    pub fn add(&mut self, hashes: impl IntoIterator<Item = u64>) {
        for hash in hashes {
            self.records = self.records.saturating_add(1);
            let (is_new, is_second) = match &mut self.content {
                Building::Exact(known) => match known.get_mut(&hash) {
                    Some(repeats) => (false, !std::mem::replace(repeats, true)),
                    None => (known.insert(hash, false).is_none(), false),
                },
                Building::Filters(known, repeated) => {
                    let is_new = known.add(hash);
                    (is_new, !is_new && repeated.add(hash))
                }
            };
            self.once = (self.once + u64::from(is_new)).saturating_sub(u64::from(is_second));
            if let Building::Exact(known) = &self.content
                && known.len() > MAX_EXACT_COMBINATIONS
            {
                let (mut all, mut repeated) = (Filter::new(), Filter::new());
                for (hash, repeats) in known {
                    all.add(*hash);
                    if *repeats {
                        repeated.add(*hash);
                    }
                }
                self.content = Building::Filters(all, repeated);
            }
        }
    }

    /// All of them, and how often a record of these has a combination that no other of them has: what a record more would
    /// be likely to be, if nothing has changed (Good 1953).
    pub fn finish(self) -> UnseenCombinations {
        let content = match self.content {
            Building::Exact(known) => Content::Exact(Table::new(known.into_keys().collect())),
            Building::Filters(known, _) => Content::Filter(known),
        };
        let known = Arc::new(KnownCombinations::new(self.columns, content));
        UnseenCombinations::of_known(known, self.records, self.once)
    }
}

/// Hashes in an open-addressed table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Table {
    sorted: Box<[u64]>,
    /// A power of two of slots, at most half of them taken; 0 where there is none.
    slots: Box<[u64]>,
}

impl Table {
    /// From hashes that rise.
    pub(super) fn new(sorted: Vec<u64>) -> Self {
        let mut slots = vec![0; (sorted.len() * 2).next_power_of_two().max(2)];
        let mask = slots.len() - 1;
        for hash in sorted.iter().map(|hash| Self::taken(*hash)) {
            let mut slot = hash as usize & mask;
            while slots[slot] != 0 {
                slot = (slot + 1) & mask;
            }
            slots[slot] = hash;
        }
        Self { sorted: sorted.into(), slots: slots.into() }
    }

    pub(super) fn sorted(&self) -> &[u64] {
        &self.sorted
    }

    /// The one hash that stands for a vacant slot passes for its neighbour.
    fn taken(hash: u64) -> u64 {
        hash.max(1)
    }

    #[inline]
    fn contains(&self, hash: u64) -> bool {
        let (hash, mask) = (Self::taken(hash), self.slots.len() - 1);
        let mut slot = hash as usize & mask;
        while self.slots[slot] != 0 {
            if self.slots[slot] == hash {
                return true;
            }
            slot = (slot + 1) & mask;
        }
        false
    }
}

/// A Bloom filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Filter {
    pub(super) words: Box<[u64]>,
}

impl Filter {
    fn new() -> Self {
        Self { words: vec![0; FILTER_BITS / 64].into() }
    }

    /// Places by double hashing (Kirsch and Mitzenmacher 2006).
    #[inline]
    fn places(hash: u64) -> impl Iterator<Item = usize> {
        let (first, step) = (hash & 0xffff_ffff, (hash >> 32) | 1);
        (0..FILTER_HASHES).map(move |number| (first + number * step) as usize % FILTER_BITS)
    }

    /// Adds a hash, and tells whether it was certainly not there.
    fn add(&mut self, hash: u64) -> bool {
        let mut is_new = false;
        for place in Self::places(hash) {
            let (word, bit) = (&mut self.words[place / 64], 1 << (place % 64));
            is_new |= *word & bit == 0;
            *word |= bit;
        }
        is_new
    }

    fn contains(&self, hash: u64) -> bool {
        Self::places(hash).all(|place| self.words[place / 64] >> (place % 64) & 1 == 1)
    }

    fn false_positive_rate(&self) -> f64 {
        let ones: u64 = self.words.iter().map(|word| u64::from(word.count_ones())).sum();
        (ones as f64 / FILTER_BITS as f64).powi(FILTER_HASHES as i32)
    }
}
