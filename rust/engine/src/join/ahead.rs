//! Reading what a batch will need before it is asked for.
//!
//! Most of what a join takes is waiting for memory, and each thing it needs says where the next one lies: the line of the
//! index, the prediction that this says may be the one, the label of that. So identifiers are taken in steps of a few, and
//! with each step goes one request for every step on its way: the labels of the next one, the predictions of the one after
//! it, the lines of the one after that. What came with earlier requests arrives while records are joined.

use super::entries::Entries;
use super::index::{Hash, Index, Looked};

/// Identifiers of a step. Before anything of a page is read, where the page is must be, which a processor does for a few
/// requests at a time and waits for: so those of a step come right after one another, in loops that do little else.
const STEP: usize = 16;
/// Requests for each, a step apart.
const REQUESTS: usize = 3;
/// Identifiers on their way, and those whose turn it is.
const ON_THE_WAY: usize = STEP * (REQUESTS + 1);

/// An identifier on its way.
#[derive(Debug, Clone, Copy, Default)]
struct Sought {
    id: Option<u64>,
    hash: Hash,
    /// What is known of it.
    looked: Looked,
}

/// Identifiers on their way.
#[derive(Debug)]
pub(super) struct ReadAhead {
    /// By the last bits of their row.
    sought: [Sought; ON_THE_WAY],
    /// Whose turn it is.
    row: usize,
}

impl Default for ReadAhead {
    fn default() -> Self {
        Self { sought: [Sought::default(); ON_THE_WAY], row: 0 }
    }
}

impl ReadAhead {
    /// Asks for what identifiers will need, before the turn of the one at `row`.
    #[inline]
    pub(super) fn before(&mut self, row: usize, ids: &[Option<u64>], index: &Index, entries: &Entries) {
        self.row = row;
        if !row.is_multiple_of(STEP) {
            return;
        }
        // A batch begins with nothing on its way.
        let first = if row == 0 { 0 } else { REQUESTS };
        for step in first..=REQUESTS {
            let row = row + step * STEP;
            if step >= 2 {
                self.ask_for_labels(row - 2 * STEP, index, entries);
            }
            if step >= 1 {
                self.ask_for_predictions(row - STEP, index, entries);
            }
            self.ask_for_lines(row, ids, index);
        }
    }

    /// The slot of an identifier whose turn it is, if it was found on the way, which saves a search.
    #[inline]
    pub(super) fn find(&self, id: u64, entries: &Entries) -> Option<u32> {
        self.sought[self.row % ON_THE_WAY].looked.slot.filter(|&slot| entries.holds(slot, id))
    }

    /// Forgets slots, of which some are no longer right though they hold what they held.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// Those of the step that begins with a row.
    fn step(&mut self, row: usize) -> &mut [Sought] {
        let first = row % ON_THE_WAY;
        &mut self.sought[first..first + STEP]
    }

    #[inline(never)]
    fn ask_for_lines(&mut self, row: usize, ids: &[Option<u64>], index: &Index) {
        let ids = ids.get(row..).unwrap_or_default();
        let step = self.step(row);
        step.fill(Sought::default());
        for (sought, &id) in step.iter_mut().zip(ids) {
            sought.id = id;
            if let Some(id) = id {
                sought.hash = index.hash(id);
                index.prefetch(sought.hash);
            }
        }
    }

    #[inline(never)]
    fn ask_for_predictions(&mut self, row: usize, index: &Index, entries: &Entries) {
        let step = self.step(row);
        for sought in step.iter_mut().filter(|sought| sought.id.is_some()) {
            sought.looked = index.look(sought.hash);
        }
        for slot in step.iter().filter_map(|sought| sought.looked.slot) {
            entries.prefetch(slot);
        }
    }

    #[inline(never)]
    fn ask_for_labels(&mut self, row: usize, index: &Index, entries: &Entries) {
        for sought in self.step(row) {
            let Some(id) = sought.id else { continue };
            let Looked { slot, goes_on } = sought.looked;
            if let Some(slot) = slot.filter(|&slot| entries.holds(slot, id)) {
                entries.prefetch_label(slot);
            } else if goes_on {
                sought.looked.slot = index.look_further(sought.hash);
                if let Some(slot) = sought.looked.slot {
                    entries.prefetch(slot);
                }
            }
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
            ahead.before(row, &ids, &index, &entries);
            if let Some(slot) = ahead.find(id, &entries) {
                assert_eq!(slot, slots[row]);
                found += 1;
            }
        }
        // One that has gone further than to a second line is left to a search.
        assert!((9_500..=10_000).contains(&found), "{found}");
        ahead.before(0, &ids, &index, &entries);
        ahead.forget();
        assert_eq!(ahead.find(0, &entries), None);
    }
}
