//! A batch of finite values arranged by value, once for all the sketches that need order.
//!
//! Values are laid out by slot, as by one pass of a radix sort; what lies within a slot is sorted only where somebody
//! has to know. From the slots, the rank of any edge is found by looking at the few values of one slot, so that counts
//! between edges, of a histogram or of bins, cost nothing for each value.

use std::cell::RefCell;
use std::ops::Range;

use crate::order::{key_of, value_of};

mod ranks;
mod scale;

use ranks::Ranks;
use scale::{Scale, find_slots};

/// Fewer values than this cost less to sort than to partition.
const MIN_SLOTTED: usize = 512;
/// The most values that are arranged at once: they stay in the second-level cache.
pub(crate) const MAX_VALUES: usize = 16 * 1024;
/// Slots there are at most: their counters stay in the first-level cache.
const MAX_SLOTS: usize = 4096;
/// A slot with more keys than this is sorted before it is searched.
const LONG_SLOT: usize = 64;

/// The arranged batch. Memory is kept from batch to batch, because fresh memory costs more than the arranging.
#[derive(Debug, Default)]
pub(crate) struct Partition {
    /// Keys by slot (see [`key_of`]); all of a value are in one slot.
    keys: Vec<u64>,
    /// Where each slot ends in the keys; the last one at their length.
    ends: Vec<u32>,
    is_sorted: Vec<bool>,
    /// `None`: there is one slot, which is sorted.
    scale: Option<Scale>,
    slot_of: Vec<u16>,
    /// Values that came in two lists.
    joined: Vec<f64>,
    ranks: Ranks,
}

thread_local! {
    static PARTITION: RefCell<Partition> = RefCell::default();
}

/// Calls with the values of both lists arranged.
pub(crate) fn with_arranged<T>(first: &[f64], second: &[f64], call: impl FnOnce(&mut Partition) -> T) -> T {
    PARTITION.with(|kept| {
        let mut partition = kept.take();
        if first.is_empty() {
            partition.arrange(second);
        } else {
            let mut joined = std::mem::take(&mut partition.joined);
            joined.clear();
            joined.extend_from_slice(first);
            joined.extend_from_slice(second);
            partition.arrange(&joined);
            partition.joined = joined;
        }
        let result = call(&mut partition);
        kept.replace(partition);
        result
    })
}

impl Partition {
    fn arrange(&mut self, values: &[f64]) {
        debug_assert!(values.len() <= MAX_VALUES);
        let slots = (values.len() / 2).next_power_of_two().min(MAX_SLOTS);
        self.scale = if values.len() < MIN_SLOTTED { None } else { Scale::of(values, slots) };
        match self.scale {
            Some(scale) => self.lay_out(&scale, values, slots),
            None => self.sort(values),
        }
    }

    fn sort(&mut self, values: &[f64]) {
        self.keys.clear();
        self.keys.extend(values.iter().map(|value| key_of(*value)));
        self.keys.sort_unstable();
        refill(&mut self.ends, 1, values.len() as u32);
        refill(&mut self.is_sorted, 1, true);
    }

    fn lay_out(&mut self, scale: &Scale, values: &[f64], slots: usize) {
        self.slot_of.resize(values.len(), 0);
        find_slots(scale, values, &mut self.slot_of);
        refill(&mut self.ends, slots, 0);
        refill(&mut self.is_sorted, slots, false);
        self.keys.resize(values.len(), 0);
        let (slot_of, ends, keys) = (&self.slot_of[..], &mut self.ends[..], &mut self.keys[..]);
        for slot in slot_of {
            ends[usize::from(*slot)] += 1;
        }
        let mut start = 0;
        for end in ends.iter_mut() {
            start += std::mem::replace(end, start);
        }
        for (value, slot) in values.iter().zip(slot_of) {
            // From the start of the slot to its end, one key at a time.
            let end = &mut ends[usize::from(*slot)];
            keys[*end as usize] = key_of(*value);
            *end += 1;
        }
    }

    /// Number of values.
    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }

    /// The keys by slot.
    pub(crate) fn keys(&self) -> &[u64] {
        &self.keys
    }

    /// Number of slots, with empty ones.
    pub(crate) fn slots(&self) -> usize {
        self.ends.len()
    }

    /// Where a slot ends.
    #[inline]
    pub(crate) fn end(&self, slot: usize) -> usize {
        self.ends[slot] as usize
    }

    /// Where the keys of a slot are.
    #[inline]
    pub(crate) fn range(&self, slot: usize) -> Range<usize> {
        let start = if slot == 0 { 0 } else { self.end(slot - 1) };
        start..self.end(slot)
    }

    /// The first slot from `slot` on that has keys.
    pub(crate) fn occupied_from(&self, slot: usize) -> Option<usize> {
        let ends = self.ends.get(slot..)?;
        let start = if slot == 0 { 0 } else { self.ends[slot - 1] };
        ends.iter().position(|end| *end > start).map(|empty| slot + empty)
    }

    /// The last slot with keys, from `slot` on, that ends within the first `keys` keys; `slot` must do so.
    pub(crate) fn last_within(&self, slot: usize, keys: usize) -> usize {
        const STRIDE: usize = 8;
        let is_within = |slot: usize| self.ends.get(slot).is_some_and(|end| *end as usize <= keys);
        let mut last = slot;
        while is_within(last + STRIDE) {
            last += STRIDE;
        }
        while is_within(last + 1) {
            last += 1;
        }
        while last > slot && self.ends[last - 1] == self.ends[last] {
            last -= 1;
        }
        last
    }

    /// Sorts the keys of a slot, if they are not sorted yet.
    pub(crate) fn sort_slot(&mut self, slot: usize) {
        if self.is_sorted[slot] {
            return;
        }
        let range = self.range(slot);
        self.keys[range].sort_unstable();
        self.is_sorted[slot] = true;
    }

    /// All keys in order.
    pub(crate) fn sorted(&mut self) -> &[u64] {
        for slot in 0..self.slots() {
            self.sort_slot(slot);
        }
        &self.keys
    }

    /// The value that so many come before in order.
    pub(crate) fn value_at(&mut self, before: usize) -> Option<f64> {
        (before < self.len()).then(|| value_of(self.key_at(before)))
    }

    /// The key that so many, fewer than there are, come before in order.
    pub(crate) fn key_at(&mut self, before: usize) -> u64 {
        self.sort_slot(self.ends.partition_point(|end| *end as usize <= before));
        self.keys[before]
    }

    /// For each edge, all of which are finite, the number of values that are at most so large.
    pub(crate) fn ranks(&mut self, edges: impl Iterator<Item = f64>) -> &[u32] {
        let mut ranks = std::mem::take(&mut self.ranks);
        ranks.look_up(self, edges);
        self.ranks = ranks;
        self.ranks.found()
    }

    /// Number of values that are at most `edge`, which is finite.
    pub(crate) fn rank(&mut self, edge: f64) -> usize {
        let slot = self.slot_of(edge);
        let range = self.range(slot);
        let edge_key = key_of(edge);
        if range.len() > LONG_SLOT {
            self.sort_slot(slot);
            return range.start + self.keys[range].partition_point(|key| *key <= edge_key);
        }
        range.start + self.keys[range].iter().filter(|key| **key <= edge_key).count()
    }

    fn slot_of(&self, value: f64) -> usize {
        self.scale.map_or(0, |scale| usize::from(scale.slot_of(value)))
    }
}

fn refill<T: Copy>(items: &mut Vec<T>, len: usize, item: T) {
    items.clear();
    items.resize(len, item);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ranks_are_exact(
            values in proptest::collection::vec(
                prop_oneof![-3.0..3.0f64, Just(0.0), Just(-0.0), Just(2.5), -1e300..1e300], 0..2000),
            edges in proptest::collection::vec(-3.5..3.5f64, 1..20),
        ) {
            let of_values = values.iter().copied().take(20);
            let edges: Vec<f64> = edges.into_iter().chain(of_values).chain([0.0, -f64::MAX, f64::MAX]).collect();
            let at_once = with_arranged(&values, &[], |partition| partition.ranks(edges.iter().copied()).to_vec());
            for (edge, rank) in edges.into_iter().zip(at_once) {
                let exact = values.iter().filter(|value| **value <= edge).count();
                assert_eq!(rank as usize, exact);
                with_arranged(&values, &[], |partition| {
                    assert_eq!(partition.rank(edge), exact);
                    let largest = exact.checked_sub(1).and_then(|before| partition.value_at(before));
                    assert!(largest.is_none_or(|value| value <= edge));
                    let above = partition.value_at(exact);
                    assert_eq!(above, values.iter().copied().filter(|value| *value > edge).reduce(f64::min));
                    assert_eq!(partition.rank(edge), exact);
                    assert!(partition.sorted().is_sorted());
                });
            }
        }
    }
}
