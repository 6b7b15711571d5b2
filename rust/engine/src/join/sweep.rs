//! Taking slots of predictions that were let go out of the index.
//!
//! Each lies in a line of its own, anywhere in memory, which takes longer to find than all else that is done for a
//! prediction. So they stay until there are many, and then all lines are looked at one after another, a part at a time.

use std::ops::RangeInclusive;

use super::index::Index;
use super::line::Line;
use super::marks::Marks;
use super::prefetch::prefetch;
use super::table::Table;

/// A sweep takes so many parts.
const PARTS: usize = 16;

impl Index {
    /// Whether a sweep has begun and not ended.
    pub(super) fn is_being_swept(&self) -> bool {
        self.swept > 0
    }

    /// Takes slots that are gone out of the next part of the tables, and tells whether it was the last part.
    pub(super) fn sweep(&mut self, range: &RangeInclusive<u32>, is_gone: impl Fn(u32) -> bool) -> bool {
        let end = (self.swept + self.tables.len() / PARTS + 1).min(self.tables.len());
        self.sweep_tables(self.swept, end, range, is_gone);
        // What becomes two meanwhile is swept, or will be: one half keeps its number, the other gets the last.
        self.swept = if end < self.tables.len() { end } else { 0 };
        self.swept == 0
    }

    /// Takes all of them out at once.
    pub(super) fn sweep_all(&mut self, range: &RangeInclusive<u32>, is_gone: impl Fn(u32) -> bool) {
        self.sweep_tables(0, self.tables.len(), range, is_gone);
        self.swept = 0;
    }

    fn sweep_tables(
        &mut self,
        first: usize,
        end: usize,
        range: &RangeInclusive<u32>,
        is_gone: impl Fn(u32) -> bool,
    ) {
        let (mut rest, marks) = (&mut self.tables[first..end], self.marks);
        while let Some((table, others)) = rest.split_first_mut() {
            let next = others.first().map_or(&[][..], |next| &next.lines);
            self.len -= table.sweep(next, marks, range, &is_gone);
            rest = others;
        }
    }
}

impl Table {
    /// Takes slots that are gone out, and tells how many. Asks for the lines of the table that is the next.
    fn sweep(
        &mut self,
        next: &[Line],
        marks: Marks,
        range: &RangeInclusive<u32>,
        is_gone: impl Fn(u32) -> bool,
    ) -> usize {
        let before = self.len;
        for at in 0..self.lines.len() {
            if let Some(line) = next.get(at) {
                prefetch(line);
            }
            let mut places = self.lines[at].within(range, marks);
            // The last first: the last of all takes the place of one that goes.
            while places != 0 {
                let place = places.ilog2() as usize;
                if is_gone(marks.slot(self.lines[at].slots[place])) {
                    self.take_out(at, place);
                }
                places ^= 1 << place;
            }
        }
        before - self.len
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::index::Hash;
    use super::*;

    proptest! {
        /// Slots of each hundred come and go together. Those of the ones that are let go while a sweep is under way may stay
        /// until the next.
        #[test]
        fn what_is_gone_is_swept_and_nothing_else(
            gone in prop::collection::vec(any::<bool>(), 1..300), parts in 0..2 * PARTS, more in 0..3_000_u32,
        ) {
            let mut index = Index::default();
            let is_gone = |slot: u32| gone.get(slot as usize / 100).is_some_and(|&is_gone| is_gone);
            let add = |index: &mut Index, slot: u32| {
                let hash = index.hash(slot.into());
                index.insert(hash, slot, |hasher, slot| (!is_gone(slot)).then(|| Hash::of(hasher, slot.into())));
            };
            let slots = gone.len() as u32 * 100;
            (0..slots).for_each(|slot| add(&mut index, slot));
            let range = 0..=slots;
            let has_ended = (0..parts).any(|_| index.sweep(&range, is_gone));
            (slots..slots + more).for_each(|slot| add(&mut index, slot));
            if !has_ended {
                while !index.sweep(&range, is_gone) {}
            }
            prop_assert!(!index.is_being_swept());
            let kept = (0..slots + more).filter(|&slot| !is_gone(slot)).count();
            prop_assert_eq!(index.len, kept);
            for slot in 0..slots + more {
                let found = index.find(index.hash(slot.into()), |other| other == slot);
                prop_assert_eq!(found, (!is_gone(slot)).then_some(slot));
            }
            index.sweep_all(&(0..=slots + more), |_| true);
            prop_assert_eq!(index.len, 0);
        }
    }
}
