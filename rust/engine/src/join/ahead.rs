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
    hashes: Vec<Hash>,
    /// Slots, of the step before it, that may hold its identifiers.
    slots: Vec<u32>,
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

    /// Takes in the next few identifiers and asks for the next thing that each needs.
    fn step(&mut self, index: &Index, entries: &Entries, ids: &[Option<u64>]) {
        for &slot in &self.slots {
            entries.prefetch_label(slot);
        }
        self.slots.clear();
        for &hash in &self.hashes {
            index.prefetch_others(hash, |slot| self.slots.push(slot));
        }
        for &slot in &self.slots {
            entries.prefetch(slot);
        }
        self.hashes.clear();
        self.hashes.extend(ids.iter().flatten().map(|&id| index.hash(id)));
        for &hash in &self.hashes {
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
    fn each_identifier_leads_to_its_prediction_a_step_later() {
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
        for (number, step) in ids.chunks(STEP).enumerate() {
            ahead.step(&index, &entries, step);
            assert_eq!(ahead.hashes.len(), step.len());
            let before = number.checked_sub(1).map_or(&slots[..0], |before| &slots[before * STEP..][..STEP]);
            found += before.iter().filter(|slot| ahead.slots.contains(slot)).count();
        }
        ahead.step(&index, &entries, &[]);
        assert!(ahead.hashes.is_empty());
        // One that has gone on to another line than its own is asked for by nobody.
        assert!(found > 8_500, "{found}");
    }
}
