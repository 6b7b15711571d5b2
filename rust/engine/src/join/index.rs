//! Where a prediction lies, by its identifier.
//!
//! An extendible hash index: the first bits of a keyed hash choose one of many small tables, and the bits after them, of
//! which 15 stand beside each slot, the place in it. A table grows by two fifths, and becomes two when it is large, so
//! that no prediction waits for all others to move and few places stay empty.
//!
//! A table becomes two by the first of the bits that stand beside its slots, and each of these then knows one bit less: it
//! ends in a one and zeros, which say how many it knows. Only one that knows too few is made anew from its identifier, which
//! happens after five times, and most slots come when the index has nearly its size: identifiers, which lie all over the
//! memory, are read for few of them. What is no longer there stays until the index is swept.

use std::hash::BuildHasher;

use foldhash::quality::RandomState;

use super::line::{Line, SLOTS};
use super::marks::Marks;
use super::prefetch::prefetch;
use super::table::{Table, lines_for};
use super::tags::{self, LEAST_KNOWN};

/// A table grows to so many fifths of what it was.
const GROWN: usize = 7;
/// A table of which less than one in so many slots is filled is made smaller.
const LEAST_FILLED: usize = 4;
/// Entries of a table from which it may become two: not all do at once.
const LARGE: usize = 640;
/// The most bits that choose a table.
const MOST_DEPTH: u32 = 28;
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
    pub(super) tables: Vec<Table>,
    pub(super) len: usize,
    /// Lines of all tables.
    lines: usize,
    /// How slots are kept in lines.
    pub(super) marks: Marks,
    /// Tables that the sweep under way has been through.
    pub(super) swept: usize,
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
            marks: Marks::default(),
            swept: 0,
        }
    }
}

/// The hash of an identifier.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Hash(u64);

/// What the line that a hash belongs to says of it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Looked {
    /// A slot that may hold the identifier.
    pub(super) slot: Option<u32>,
    /// It may be in another line, or would go there.
    pub(super) goes_on: bool,
}

impl Hash {
    pub(super) fn of(hasher: &RandomState, id: u64) -> Self {
        Self(hasher.hash_one(id))
    }

    /// The 15 bits after those that choose a table, and a one.
    pub(super) fn tag(self, depth: u32) -> u16 {
        (self.0 << depth >> 48) as u16 | 1
    }

    /// Its last bits, as the first ones: those that choose tables and tags are at the other end.
    pub(super) fn mark(self) -> u32 {
        (self.0 as u32).swap_bytes()
    }

    pub(super) fn prefix(self, bits: u32) -> usize {
        // In two: a shift by all 64 is none.
        (self.0 >> 1 >> (63 - bits)) as usize
    }
}

impl Index {
    pub(super) fn hash(&self, id: u64) -> Hash {
        Hash::of(&self.hasher, id)
    }

    /// The slot of which `is_it` says that it holds the identifier with this hash.
    #[inline]
    pub(super) fn find(&self, hash: Hash, is_it: impl Fn(u32) -> bool) -> Option<u32> {
        let (table, marks) = (self.table(hash), self.marks);
        let is_it = |marked| marks.agree(marked, hash) && is_it(marks.slot(marked));
        let (line, place) = table.find(hash.tag(table.depth), is_it)?;
        Some(marks.slot(table.lines[line].slots[place]))
    }

    /// Asks for the line that a hash belongs to.
    pub(super) fn prefetch(&self, hash: Hash) {
        if let Some(line) = self.table(hash).line(hash) {
            prefetch(line);
        }
    }

    /// Looks at that line for a slot that may hold the identifier, and asks for the other one where entries like this may
    /// have gone on to, or would go.
    #[inline]
    pub(super) fn look(&self, hash: Hash) -> Looked {
        let table = self.table(hash);
        let tag = hash.tag(table.depth);
        let Some(line) = table.line(hash) else { return Looked::default() };
        let goes_on = line.goes_on(tag);
        if goes_on {
            prefetch(&table.lines[table.other_home(tag)]);
        }
        Looked { slot: self.slot_like(line, hash, tag), goes_on }
    }

    /// Looks at that other line. Where entries may have gone on from that too, or would go, asks for the next.
    #[inline]
    pub(super) fn look_further(&self, hash: Hash) -> Option<u32> {
        let table = self.table(hash);
        let tag = hash.tag(table.depth);
        let at = table.other_home(tag);
        let line = table.lines.get(at)?;
        if line.goes_on(tag) {
            prefetch(&table.lines[table.after(tag, 2, at)]);
        }
        self.slot_like(line, hash, tag)
    }

    #[inline]
    fn slot_like(&self, line: &Line, hash: Hash, tag: u16) -> Option<u32> {
        let place = line.find(tag, |marked| self.marks.agree(marked, hash))?;
        Some(self.marks.slot(line.slots[place]))
    }

    /// The number of the table that a hash belongs to.
    #[inline]
    fn number(&self, hash: Hash) -> usize {
        self.directory[hash.prefix(self.depth)] as usize
    }

    fn table(&self, hash: Hash) -> &Table {
        &self.tables[self.number(hash)]
    }

    /// Adds a slot whose identifier is not here; `hash_of` tells the hash of any slot that is, unless it is gone.
    pub(super) fn insert(
        &mut self,
        hash: Hash,
        slot: u32,
        hash_of: impl Fn(&RandomState, u32) -> Option<Hash>,
    ) {
        let number = self.number(hash);
        let table = &mut self.tables[number];
        if table.len >= table.most || !self.marks.has_room(slot) {
            return self.insert_with_room(hash, slot, hash_of);
        }
        table.put(hash.tag(table.depth), self.marks.mark(slot, hash));
        self.len += 1;
    }

    #[cold]
    fn insert_with_room(
        &mut self,
        hash: Hash,
        slot: u32,
        hash_of: impl Fn(&RandomState, u32) -> Option<Hash>,
    ) {
        let number = self.number(hash);
        if !self.marks.has_room(slot) {
            let bits = self.marks.widen(slot);
            self.tables.iter_mut().flat_map(|table| &mut table.lines).for_each(|line| line.clear(bits));
        } else if self.tables[number].len >= most_entries(number) && self.tables[number].depth < MOST_DEPTH {
            self.split(hash, &hash_of);
        } else {
            let table = &mut self.tables[number];
            self.lines -= table.lines.len();
            table.grow(grown(table.lines.len(), number));
            self.lines += table.lines.len();
        }
        self.insert(hash, slot, hash_of);
    }

    /// Takes a slot out.
    pub(super) fn remove(&mut self, hash: Hash, slot: u32) {
        let (number, marks) = (self.number(hash), self.marks);
        let table = &mut self.tables[number];
        let is_it = |marked| marks.slot(marked) == slot;
        self.len -= usize::from(table.remove(hash.tag(table.depth), is_it));
    }

    /// Makes two tables of the one that a hash belongs to, by the next bit of the hashes.
    fn split(&mut self, hash: Hash, hash_of: impl Fn(&RandomState, u32) -> Option<Hash>) {
        let number = self.number(hash);
        let added = self.tables.len();
        let whole = std::mem::take(&mut self.tables[number]);
        let depth = whole.depth + 1;
        let upper = whole.lines.iter().map(Line::upper).sum();
        // With room to grow at once, or the next entry would make them anew.
        let with_room = |entries, number| Table::new(depth, grown(lines_for(entries), number));
        let (mut lower, mut upper) = (with_room(whole.len - upper, number), with_room(upper, added));
        for line in &whole.lines {
            for (tag, marked) in line.entries() {
                let mut left = tag << 1;
                if tags::known(left) < LEAST_KNOWN {
                    let Some(hash) = hash_of(&self.hasher, self.marks.slot(marked)) else { continue };
                    left = hash.tag(depth);
                }
                // Of neighbours nearly all go the same way.
                if tag >> 15 == 0 { lower.put(left, marked) } else { upper.put(left, marked) }
            }
        }
        if depth > self.depth {
            self.directory = self.directory.iter().flat_map(|&table| [table; 2]).collect();
            self.depth = depth;
        }
        self.lines += lower.lines.len() + upper.lines.len();
        self.lines -= whole.lines.len();
        self.len += lower.len + upper.len;
        self.len -= whole.len;
        self.tables[number] = lower;
        self.tables.push(upper);
        let places = 1 << (self.depth - depth);
        let first = (hash.prefix(depth) | 1) * places;
        self.directory[first..first + places].fill(added as u32);
    }

    /// An empty one with the same hashes.
    pub(super) fn emptied(&self) -> Self {
        Self { hasher: self.hasher.clone(), ..Self::default() }
    }

    /// Whether few entries are left for so many tables.
    pub(super) fn is_sparse(&self) -> bool {
        self.tables.len() > 1 && self.len < self.tables.len() * FEW
    }

    /// Gives memory back that only earlier entries needed.
    pub(super) fn shrink(&mut self) {
        for table in &mut self.tables {
            if table.len * LEAST_FILLED < table.lines.len() * SLOTS && table.lines.len() > 1 {
                self.lines -= table.lines.len();
                table.grow(lines_for(table.len));
                self.lines += table.lines.len();
            }
        }
    }

    /// Whether its lines take more than so many bytes.
    #[inline]
    pub(super) fn is_larger(&self, bytes: usize) -> bool {
        self.lines * size_of::<Line>() > bytes
    }

    pub(super) fn bytes(&self) -> usize {
        self.lines * size_of::<Line>()
            + self.tables.capacity() * size_of::<Table>()
            + self.directory.capacity() * size_of::<u32>()
    }
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::join::line::MANY;

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
                        index.insert(hash, slot, |hasher, slot| Some(Hash::of(hasher, ids[slot as usize])));
                        map.insert(id, slot);
                    }
                    _ => {}
                }
            }
            prop_assert_eq!(index.len, map.len());
            index.shrink();
            for (&id, &slot) in &map {
                prop_assert_eq!(index.find(index.hash(id), |slot| ids[slot as usize] == id), Some(slot));
            }
        }
    }

    fn filled(count: u32) -> Index {
        let mut index = Index::default();
        for slot in 0..count {
            index.insert(index.hash(slot.into()), slot, |hasher, slot| {
                Some(Hash::of(hasher, u64::from(slot)))
            });
        }
        index
    }

    #[test]
    fn it_stays_well_filled_while_it_grows() {
        // How full a small one is depends on its keys, which are random; the mean of some does not.
        for (count, indexes) in [(20_000, 8), (50_000, 1), (100_000, 1), (130_000, 1)] {
            let filled: Vec<Index> = (0..indexes).map(|_| filled(count)).collect();
            let bytes = filled.iter().map(Index::bytes).sum::<usize>() as f64 / f64::from(indexes * count);
            assert!(bytes < 9.6, "{bytes} bytes an entry at {count}");
            for index in filled {
                let lines = index.tables.iter().map(|table| table.lines.len()).sum::<usize>();
                assert_eq!(index.lines, lines);
                let most = index.tables.iter().map(|table| table.len).max();
                assert!(most.is_some_and(|most| most <= 2 * LARGE), "{most:?}");
            }
        }
    }

    #[test]
    fn what_was_taken_out_leaves_no_overflow_behind() {
        let mut index = filled(10_000);
        for slot in 0..10_000 {
            index.remove(index.hash(slot.into()), slot);
        }
        let all = || index.tables.iter().flat_map(|table| &table.lines);
        assert_eq!(all().map(|line| line.used).max(), Some(0));
        let counters = || all().flat_map(|line| (0..4).map(|class| line.overflowed >> (4 * class) & MANY));
        // One that has come to the most stays there, which happens to hardly any.
        assert!(counters().all(|count| count == 0 || count == MANY));
        assert!(counters().filter(|&count| count > 0).count() <= 4);
        index.shrink();
        assert!(index.bytes() < 2_000, "{}", index.bytes());
        assert!(index.is_sparse());
        assert!(index.emptied().bytes() < 1_000);
    }
}
