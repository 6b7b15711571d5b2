//! Reading what a batch will need before it is asked for.
//!
//! Most of what a join takes is waiting for memory, and each thing it needs says where the next one lies: the line of the
//! index, the prediction that this says may be the one, the label of that. So identifiers are taken in steps of a few, and
//! with each step goes one request for every step on its way: the lines of the last one, the predictions of the one before,
//! the labels of the one before that. What came with earlier requests arrives while records are joined.

use super::entries::Entries;
use super::index::{Hash, Index};

/// Identifiers of a step. Twice as many are more reads than a processor has at a time.
pub(super) const STEP: usize = 16;
/// Steps from the first request for an identifier to its turn.
const STEPS: usize = 3;

/// Identifiers on their way.
#[derive(Debug, Default)]
pub(super) struct ReadAhead {
    /// Of the step whose lines of the index have been asked for.
    hashes: Vec<(u64, Hash)>,
    /// With slots that may hold them, of the step before it.
    slots: Vec<(u64, u32)>,
    /// With the slots that hold them, of the step before that, whose labels have been asked for; and of the step whose turn
    /// it is.
    next: Vec<(u64, u32)>,
    now: Vec<(u64, u32)>,
    /// Those of this step whose turn has been.
    passed: usize,
}

impl ReadAhead {
    /// Asks for what identifiers will need, before the turn of the one at `row`, which is the first of a step.
    pub(super) fn before(&mut self, row: usize, ids: &[Option<u64>], index: &Index, entries: &Entries) {
        let mut step = |first: usize| {
            let end = ids.len().min(first + STEP);
            self.step(index, entries, &ids[first.min(end)..end]);
        };
        if row == 0 {
            (0..STEPS).for_each(|number| step(number * STEP));
        }
        step(row + STEPS * STEP);
    }

    /// The slot of an identifier whose turn it is, if it was found on the way, which saves a search.
    #[inline]
    pub(super) fn find(&mut self, id: u64) -> Option<u32> {
        let rest = &self.now[self.passed..];
        let at = rest.iter().position(|(other, _)| *other == id)?;
        self.passed += at + 1;
        Some(rest[at].1)
    }

    /// Forgets slots, of which some are no longer right. Those that are added are no reason: each stays where it is.
    pub(super) fn forget(&mut self) {
        self.slots.clear();
        self.next.clear();
        self.now.clear();
        self.passed = 0;
    }

    /// Takes in the next few identifiers and asks for the next thing that each needs.
    fn step(&mut self, index: &Index, entries: &Entries, ids: &[Option<u64>]) {
        std::mem::swap(&mut self.now, &mut self.next);
        self.passed = 0;
        self.next.clear();
        self.next.extend(self.slots.drain(..).filter(|&(id, slot)| entries.id(slot) == id));
        for &(_, slot) in &self.next {
            entries.prefetch_label(slot);
        }
        for &(id, hash) in &self.hashes {
            index.prefetch_others(hash, |slot| self.slots.push((id, slot)));
        }
        for &(_, slot) in &self.slots {
            entries.prefetch(slot);
        }
        self.hashes.clear();
        self.hashes.extend(ids.iter().flatten().map(|&id| (id, index.hash(id))));
        for &(_, hash) in &self.hashes {
            index.prefetch(hash);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Prediction;
    use super::*;
    use crate::outcome::Outcome;

    #[test]
    fn each_identifier_finds_its_prediction_in_time() {
        let (mut index, mut entries) = (Index::default(), Entries::new(1 << 20));
        let mut slots = Vec::new();
        for id in 0..10_000 {
            let prediction = Prediction {
                time: id as i64,
                predicted: Outcome::Boolean(true),
                score: 0.5,
                weight: None,
                query: None,
                place: 0,
                label: None,
            };
            slots.push(entries.add(id, &prediction));
            index.insert(index.hash(id), slots[id as usize], |_, _| unreachable!("tags know enough"));
        }
        let mut ahead = ReadAhead::default();
        let ids: Vec<_> = (0..10_000).map(Some).collect();
        let mut found = 0;
        for (row, id) in (0..10_000).enumerate() {
            if row.is_multiple_of(STEP) {
                ahead.before(row, &ids, &index, &entries);
            }
            if let Some(slot) = ahead.find(id) {
                assert_eq!(slot, slots[row]);
                found += 1;
            }
        }
        // One that has gone on to another line than its own is left to a search.
        assert!((8_500..=10_000).contains(&found), "{found}");
        ahead.before(0, &ids, &index, &entries);
        ahead.forget();
        assert_eq!(ahead.find(0), None);
    }
}
