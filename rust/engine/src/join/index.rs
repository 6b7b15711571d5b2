//! Where a prediction lies, by its identifier.
//!
//! An extendible hash index: the first bits of a keyed hash choose one of many small tables, and the bits after them, of
//! which 15 stand beside each slot, the place in it. A table grows by two fifths, and becomes two when it is large, so
//! that no prediction waits for all others to move and few places stay empty.
//!
//! A table becomes two by the first of the bits that stand beside its slots, and each of these then knows one bit less: it
//! ends in a one and zeros, which say how many it knows. Only one that knows too few is made anew from its identifier, which
//! happens after five times, and most slots come when the index has nearly its size: identifiers, which lie all over the
//! memory, are read for few of them.
//!
//! A line of a table is one line of the processor's cache: ten slots, the bits of each, and how many entries went on to
//! another line because this one was full. That is not the next one, which such entries would fill in turn, but one far
//! away, and they are counted by two bits of their own: of those who ask for what is not here, few look any further.

use std::hash::BuildHasher;

use foldhash::quality::RandomState;

use super::prefetch::prefetch;
use super::tags::{self, TAGS as SLOTS};

/// A table grows when more than so many of a hundred slots would be filled.
const MOST_FILLED: usize = 87;
/// It grows to so many fifths of what it was.
const GROWN: usize = 7;
/// A table of which less than one in so many slots is filled is made smaller.
const LEAST_FILLED: usize = 4;
/// Entries of a table from which it may become two: not all do at once.
const LARGE: usize = 640;
/// The most bits that choose a table.
const MOST_DEPTH: u32 = 28;
/// Bits that a slot knows at least, by which it has its line.
const LEAST_KNOWN: u32 = 10;
/// Fewer entries than this for each table, and the index is made anew.
const FEW: usize = 20;

/// Slots by identifier. It knows no identifiers: who asks says which entry a slot holds.
#[derive(Debug)]
pub(super) struct Index {
    hasher: RandomState,
    /// Bits of the hash that choose a table.
    depth: u32,
    /// Numbers of tables by these bits.
    directory: Vec<u32>,
    tables: Vec<Table>,
    len: usize,
    /// Lines of all tables.
    lines: usize,
}

impl Default for Index {
    fn default() -> Self {
        Self {
            hasher: RandomState::default(),
            depth: 0,
            directory: vec![0],
            tables: vec![Table::default()],
            len: 0,
            lines: 0,
        }
    }
}

/// The hash of an identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hash(u64);

impl Hash {
    pub(super) fn of(hasher: &RandomState, id: u64) -> Self {
        Self(hasher.hash_one(id))
    }

    /// The 15 bits after those that choose a table, and a one.
    fn tag(self, depth: u32) -> u16 {
        (self.0 << depth >> 48) as u16 | 1
    }

    pub(super) fn prefix(self, bits: u32) -> usize {
        // A shift by all bits is none.
        self.0.checked_shr(64 - bits).unwrap_or(0) as usize
    }
}

impl Index {
    pub(super) fn hash(&self, id: u64) -> Hash {
        Hash::of(&self.hasher, id)
    }

    /// The slot of which `is_it` says that it holds the identifier with this hash.
    pub(super) fn find(&self, hash: Hash, is_it: impl Fn(u32) -> bool) -> Option<u32> {
        let table = self.table(hash);
        let (line, place) = table.find(hash.tag(table.depth), is_it)?;
        Some(table.lines[line].slots[place])
    }

    /// Asks for the line that a hash belongs to.
    pub(super) fn prefetch(&self, hash: Hash) {
        if let Some(line) = self.table(hash).line(hash) {
            prefetch(line);
        }
    }

    /// Looks at that line: asks for the other one where entries like this may have gone on to, and gives slots that may hold
    /// the identifier.
    pub(super) fn prefetch_others(&self, hash: Hash, mut may_be: impl FnMut(u32)) {
        let table = self.table(hash);
        let tag = hash.tag(table.depth);
        let Some(line) = table.line(hash) else { return };
        if line.overflowed(tag) || usize::from(line.used) == SLOTS {
            prefetch(&table.lines[table.other_home(tag)]);
        }
        let mut matches = line.matches(tag);
        while matches != 0 {
            may_be(line.slots[matches.trailing_zeros() as usize]);
            matches &= matches - 1;
        }
    }

    fn table(&self, hash: Hash) -> &Table {
        &self.tables[self.directory[hash.prefix(self.depth)] as usize]
    }

    /// Adds a slot whose identifier is not here; `hash_of` tells the hash of any slot that is.
    pub(super) fn insert(&mut self, hash: Hash, slot: u32, hash_of: impl Fn(&RandomState, u32) -> Hash) {
        let mut number = self.directory[hash.prefix(self.depth)] as usize;
        if self.tables[number].len >= most_entries(number) && self.tables[number].depth < MOST_DEPTH {
            self.split(hash, hash_of);
            number = self.directory[hash.prefix(self.depth)] as usize;
        }
        let table = &mut self.tables[number];
        let before = table.lines.len();
        table.insert(hash.tag(table.depth), slot, number);
        self.lines += table.lines.len() - before;
        self.len += 1;
    }

    /// Takes a slot out.
    pub(super) fn remove(&mut self, hash: Hash, slot: u32) {
        let table = &mut self.tables[self.directory[hash.prefix(self.depth)] as usize];
        self.len -= usize::from(table.remove(hash.tag(table.depth), slot));
    }

    /// Makes two tables of the one that a hash belongs to, by the next bit of the hashes.
    fn split(&mut self, hash: Hash, hash_of: impl Fn(&RandomState, u32) -> Hash) {
        let number = self.directory[hash.prefix(self.depth)] as usize;
        let depth = self.tables[number].depth + 1;
        let mut halves = [(); 2].map(|()| Vec::with_capacity(self.tables[number].len));
        for (tag, slot) in self.tables[number].entries() {
            let left = tag << 1;
            let tag_left =
                if tags::known(left) < LEAST_KNOWN { hash_of(&self.hasher, slot).tag(depth) } else { left };
            halves[usize::from(tag >> 15)].push((tag_left, slot));
        }
        if depth > self.depth {
            self.directory = self.directory.iter().flat_map(|&table| [table; 2]).collect();
            self.depth = depth;
        }
        let added = self.tables.len();
        // With room to grow at once, or the next entry would make them anew.
        let of = |half: &[_], number| Table::of(depth, grown(lines_for(half.len()), number), half);
        let [lower, upper] = [of(&halves[0], number), of(&halves[1], added)];
        self.lines += lower.lines.len() + upper.lines.len();
        self.lines -= self.tables[number].lines.len();
        self.tables[number] = lower;
        self.tables.push(upper);
        let places = 1 << (self.depth - depth);
        let first = (hash.prefix(depth) | 1) * places;
        self.directory[first..first + places].fill(added as u32);
    }

    /// Gives memory back that only earlier entries needed; `slots` are all that are here.
    pub(super) fn shrink(
        &mut self,
        slots: impl Iterator<Item = u32>,
        hash_of: impl Fn(&RandomState, u32) -> Hash,
    ) {
        if self.tables.len() > 1 && self.len < self.tables.len() * FEW {
            let hasher = self.hasher.clone();
            *self = Self { hasher, ..Self::default() };
            for slot in slots {
                self.insert(hash_of(&self.hasher, slot), slot, &hash_of);
            }
            return;
        }
        for table in &mut self.tables {
            if table.len * LEAST_FILLED < table.lines.len() * SLOTS && table.lines.len() > 1 {
                self.lines -= table.lines.len();
                let entries: Vec<_> = table.entries().collect();
                *table = Table::of(table.depth, lines_for(table.len), &entries);
                self.lines += table.lines.len();
            }
        }
    }

    pub(super) fn bytes(&self) -> usize {
        self.lines * size_of::<Line>()
            + self.tables.capacity() * size_of::<Table>()
            + self.directory.capacity() * size_of::<u32>()
    }
}

#[derive(Debug, Clone, Copy, Default)]
#[repr(align(64))]
struct Line {
    slots: [u32; SLOTS],
    tags: [u16; SLOTS],
    used: u16,
    /// Entries that would be here if there were room, by class of their tags: four bits each, which stay as they are
    /// from [`MANY`] on.
    overflowed: u16,
}

/// So many entries of a class, or more.
const MANY: u16 = 15;

/// By the last two of the bits that all tags know.
fn class_shift(tag: u16) -> u32 {
    u32::from(tag >> (16 - LEAST_KNOWN) & 3) * 4
}

/// Entries from which the table of a number becomes two. Tables do at different sizes, so that not all do at one time.
fn most_entries(number: usize) -> usize {
    LARGE + (number.wrapping_mul(0x9E37_79B9) >> 12) % LARGE
}

/// Lines of a table that has grown from so many: of one that will soon be two, no more than it needs until then.
fn grown(lines: usize, number: usize) -> usize {
    let (grown, last) = ((lines + 1).max(lines * GROWN / 5), lines_for(most_entries(number)));
    if lines < last && grown * 8 > last * 7 { last } else { grown }
}

/// Lines that so many entries need at least.
fn lines_for(entries: usize) -> usize {
    (entries * 100).div_ceil(SLOTS * MOST_FILLED)
}

impl Line {
    /// The places whose tags agree with one that knows all bits, in those that they know; as bits. All are compared: a
    /// branch for each would be foreseen by no processor.
    #[inline]
    fn matches(&self, tag: u16) -> u32 {
        tags::agreeing(&self.tags, tag) & ((1 << self.used) - 1)
    }

    /// Whether an entry like this may have gone on to another line.
    fn overflowed(&self, tag: u16) -> bool {
        self.overflowed >> class_shift(tag) & MANY > 0
    }

    fn count_overflow(&mut self, tag: u16) {
        let shift = class_shift(tag);
        if self.overflowed >> shift & MANY < MANY {
            self.overflowed += 1 << shift;
        }
    }

    fn uncount_overflow(&mut self, tag: u16) {
        let shift = class_shift(tag);
        if self.overflowed >> shift & MANY < MANY {
            self.overflowed -= 1 << shift;
        }
    }
}

#[derive(Debug, Default)]
struct Table {
    lines: Vec<Line>,
    len: usize,
    /// Bits of the hash that all entries agree in.
    depth: u32,
}

impl Table {
    fn of(depth: u32, lines: usize, entries: &[(u16, u32)]) -> Self {
        let mut table = Self { lines: vec![Line::default(); lines], len: 0, depth };
        for &(tag, slot) in entries {
            table.put(tag, slot);
        }
        table
    }

    /// The line that a tag belongs to, by the bits that all know.
    fn home(&self, tag: u16) -> usize {
        self.line_of(tag >> (16 - LEAST_KNOWN))
    }

    /// The line where it goes if that is full, and after it the next.
    fn other_home(&self, tag: u16) -> usize {
        // Any odd number that sends neighbours far from each other.
        self.line_of((tag >> (16 - LEAST_KNOWN)).wrapping_mul(611) & ((1 << LEAST_KNOWN) - 1))
    }

    fn line_of(&self, bits: u16) -> usize {
        (usize::from(bits) * self.lines.len()) >> LEAST_KNOWN
    }

    fn line(&self, hash: Hash) -> Option<&Line> {
        self.lines.get(self.home(hash.tag(self.depth)))
    }

    /// Where to look after so many lines, of which this is the last.
    fn after(&self, tag: u16, looked: usize, line: usize) -> usize {
        if looked == 1 {
            self.other_home(tag)
        } else if line + 1 == self.lines.len() {
            0
        } else {
            line + 1
        }
    }

    fn entries(&self) -> impl Iterator<Item = (u16, u32)> + '_ {
        self.lines.iter().flat_map(|line| {
            let used = usize::from(line.used);
            line.tags[..used].iter().copied().zip(line.slots[..used].iter().copied())
        })
    }

    fn find(&self, tag: u16, is_it: impl Fn(u32) -> bool) -> Option<(usize, usize)> {
        if self.lines.is_empty() {
            return None;
        }
        let mut at = self.home(tag);
        for looked in 1..=self.lines.len() + 1 {
            let line = &self.lines[at];
            let mut matches = line.matches(tag);
            while matches != 0 {
                let place = matches.trailing_zeros() as usize;
                if is_it(line.slots[place]) {
                    return Some((at, place));
                }
                matches &= matches - 1;
            }
            if !line.overflowed(tag) {
                return None;
            }
            at = self.after(tag, looked, at);
        }
        None
    }

    fn insert(&mut self, tag: u16, slot: u32, number: usize) {
        if (self.len + 1) * 100 > self.lines.len() * SLOTS * MOST_FILLED {
            self.grow(number);
        }
        self.put(tag, slot);
    }

    fn grow(&mut self, number: usize) {
        let grown = vec![Line::default(); grown(self.lines.len(), number)];
        self.len = 0;
        for line in &std::mem::replace(&mut self.lines, grown) {
            let used = usize::from(line.used);
            for (&tag, &slot) in line.tags[..used].iter().zip(&line.slots[..used]) {
                self.put(tag, slot);
            }
        }
    }

    /// Puts an entry where there is room.
    #[inline]
    fn put(&mut self, tag: u16, slot: u32) {
        let (mut at, mut looked) = (self.home(tag), 1);
        loop {
            let line = &mut self.lines[at];
            let place = usize::from(line.used);
            if let (Some(free), Some(free_tag)) = (line.slots.get_mut(place), line.tags.get_mut(place)) {
                (*free, *free_tag) = (slot, tag);
                line.used += 1;
                self.len += 1;
                return;
            }
            line.count_overflow(tag);
            at = self.after(tag, looked, at);
            looked += 1;
        }
    }

    /// Takes an entry out, and says whether it was there.
    fn remove(&mut self, tag: u16, slot: u32) -> bool {
        let Some((found, place)) = self.find(tag, |other| other == slot) else { return false };
        let line = &mut self.lines[found];
        line.used -= 1;
        let last = usize::from(line.used);
        (line.tags[place], line.slots[place]) = (line.tags[last], line.slots[last]);
        let (mut at, mut looked) = (self.home(tag), 1);
        while at != found {
            self.lines[at].uncount_overflow(tag);
            at = self.after(tag, looked, at);
            looked += 1;
        }
        self.len -= 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Slots are the places of identifiers in a list, as they are of predictions in theirs.
        #[test]
        fn it_finds_what_a_map_finds(steps in prop::collection::vec((0..20_000_u64, 0..4_u8), 1..20_000)) {
            let (mut index, mut ids) = (Index::default(), Vec::<u64>::new());
            let mut map: BTreeMap<u64, u32> = BTreeMap::new();
            for (id, what) in steps {
                let hash = index.hash(id);
                let found = index.find(hash, |slot| ids[slot as usize] == id);
                prop_assert_eq!(found, map.get(&id).copied());
                match (found, what) {
                    (Some(slot), 0) => {
                        index.remove(hash, slot);
                        map.remove(&id);
                    }
                    (None, 1..) => {
                        ids.push(id);
                        let slot = ids.len() as u32 - 1;
                        index.insert(hash, slot, |hasher, slot| Hash::of(hasher, ids[slot as usize]));
                        map.insert(id, slot);
                    }
                    _ => {}
                }
            }
            prop_assert_eq!(index.len, map.len());
            index.shrink(map.values().copied(), |hasher, slot| Hash::of(hasher, ids[slot as usize]));
            for (&id, &slot) in &map {
                prop_assert_eq!(index.find(index.hash(id), |slot| ids[slot as usize] == id), Some(slot));
            }
        }
    }

    fn filled(count: u32) -> Index {
        let mut index = Index::default();
        for slot in 0..count {
            index.insert(index.hash(slot.into()), slot, |hasher, slot| Hash::of(hasher, u64::from(slot)));
        }
        index
    }

    #[test]
    fn it_stays_well_filled_while_it_grows() {
        for count in [20_000, 50_000, 100_000, 130_000] {
            let index = filled(count);
            let bytes = index.bytes() as f64 / f64::from(count);
            assert!(bytes < 9.6, "{bytes} bytes an entry at {count}");
            let lines = index.tables.iter().map(|table| table.lines.len()).sum::<usize>();
            assert_eq!(index.lines, lines);
            let most = index.tables.iter().map(|table| table.len).max();
            assert!(most.is_some_and(|most| most <= 2 * LARGE), "{most:?}");
        }
    }

    #[test]
    fn what_was_taken_out_leaves_no_overflow_behind() {
        let mut index = filled(10_000);
        for slot in 0..10_000 {
            index.remove(index.hash(slot.into()), slot);
        }
        let all = index.tables.iter().flat_map(|table| &table.lines);
        assert_eq!(all.map(|line| u32::from(line.overflowed + line.used)).max(), Some(0));
        index.shrink(std::iter::empty(), |_, _| Hash(0));
        assert!(index.bytes() < 1_000, "{}", index.bytes());
    }
}
