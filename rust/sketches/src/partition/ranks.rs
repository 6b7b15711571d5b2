//! Looking up the ranks of many edges at once.

use super::{Partition, key_of, refill};
use crate::partition::scale::find_slots;
use crate::simd::dispatch;

/// So many keys are compared with an edge whether they are in its slot or not.
const WINDOW: usize = 8;
/// Stands for the rank of an edge whose slot has more keys.
const UNKNOWN: u32 = u32::MAX;

/// Memory that is kept from look-up to look-up.
#[derive(Debug, Default)]
pub(super) struct Ranks {
    edges: Vec<f64>,
    slots: Vec<u16>,
    found: Vec<u32>,
}

impl Ranks {
    /// The ranks that were looked up last.
    pub(super) fn found(&self) -> &[u32] {
        &self.found
    }

    pub(super) fn look_up(&mut self, partition: &mut Partition, edges: impl Iterator<Item = f64>) {
        self.edges.clear();
        self.edges.extend(edges);
        refill(&mut self.found, self.edges.len(), UNKNOWN);
        if let Some(scale) = &partition.scale {
            refill(&mut self.slots, self.edges.len(), 0);
            find_slots(scale, &self.edges, &mut self.slots);
            look_into_windows(&partition.keys, &partition.ends, &self.edges, &self.slots, &mut self.found);
        }
        for (rank, edge) in self.found.iter_mut().zip(&self.edges) {
            if *rank == UNKNOWN {
                *rank = partition.rank(*edge) as u32;
            }
        }
    }
}

/// Counts in a window around each short slot. What comes before the slot is less than the edge, what comes after it
/// greater, so that it does not matter how much of either the window holds.
#[inline(always)]
fn windows_kernel(keys: &[u64], ends: &[u32], edges: &[f64], slots: &[u16], found: &mut [u32]) {
    let Some(last_start) = keys.len().checked_sub(WINDOW) else { return };
    for ((rank, edge), slot) in found.iter_mut().zip(edges).zip(slots) {
        let slot = usize::from(*slot);
        let start = if slot == 0 { 0 } else { ends[slot - 1] as usize };
        if ends[slot] as usize - start <= WINDOW {
            let start = start.min(last_start);
            let edge = key_of(*edge);
            let up_to = |count: u32, key: &u64| count + u32::from(*key <= edge);
            *rank = start as u32 + keys[start..start + WINDOW].iter().fold(0, up_to);
        }
    }
}

dispatch! {
    fn look_into_windows(keys: &[u64], ends: &[u32], edges: &[f64], slots: &[u16], found: &mut [u32]) = windows_kernel;
}
