//! Finding the bin of a value in constant time where the edges allow it.

use crate::order::key_of;
use crate::simd::dispatch;

/// Slots are doubled up to this many.
const MAX_SLOTS: usize = 8192;
/// Values whose slots are found before their edges are looked at.
const GROUP: usize = 128;
/// Values that are counted in 16 bits before they are added to the 64-bit counts.
const BLOCK: usize = 1 << 14;
/// Copies of the counters, so that neighbouring values in one bin do not wait for each other.
const COPIES: usize = 4;
/// With more bins than this, values are counted directly.
const MAX_COPIED: usize = 256;

type Copies = [[u16; MAX_COPIED]; COPIES];

#[derive(Clone, Debug)]
pub(super) enum Lookup {
    /// Slots of equal width, none of which holds more than two edges: two comparisons decide.
    Linear(Slots<Linear>),
    /// The same with slots of equal width in the order of doubles, which is nearly logarithmic.
    Logarithmic(Slots<Logarithmic>),
    /// The edges lie too unevenly for slots.
    Search,
}

/// Something that does not fall as the value rises, whatever the rounding.
pub(super) trait Scale: Sized {
    /// A scale with which edges lie in the slots from 0 to `slots`.
    fn new(edges: &[f64], slots: usize) -> Option<Self>;

    /// The slot of a value, at most `last`.
    fn slot_of(&self, value: f64, last: u32) -> u32;
}

#[derive(Clone, Debug)]
pub(super) struct Linear {
    first: f64,
    per_unit: f64,
}

impl Scale for Linear {
    fn new(edges: &[f64], slots: usize) -> Option<Self> {
        let (first, last) = (*edges.first()?, *edges.last()?);
        let per_unit = if edges.len() > 1 { slots as f64 / (last - first) } else { 1.0 };
        (per_unit.is_finite() && per_unit > 0.0).then_some(Self { first, per_unit })
    }

    #[inline(always)]
    fn slot_of(&self, value: f64, last: u32) -> u32 {
        let (low, high) = (0.0, f64::from(last));
        let position = (value - self.first) * self.per_unit;
        let position = if position > low { position } else { low };
        let position = if position < high { position } else { high };
        // Added to 2^52, a number is rounded to an integer in the lowest bits.
        (position + (1u64 << 52) as f64).to_bits() as u32
    }
}

#[derive(Clone, Debug)]
pub(super) struct Logarithmic {
    first: u64,
    shift: u32,
}

impl Scale for Logarithmic {
    fn new(edges: &[f64], slots: usize) -> Option<Self> {
        let (first, last) = (key_of(*edges.first()?), key_of(*edges.last()?));
        let shift = (u64::BITS - (last - first).leading_zeros()).saturating_sub(slots.ilog2());
        Some(Self { first, shift })
    }

    #[inline(always)]
    fn slot_of(&self, value: f64, last: u32) -> u32 {
        let position = key_of(value).saturating_sub(self.first) >> self.shift;
        position.min(u64::from(last)) as u32
    }
}

/// A table of how many edges lie in lower slots. Edges in lower slots are less than the value, edges in
/// higher slots greater, and only edges in the same slot have to be compared. Two are allowed, as a
/// repeated value puts an edge right before itself.
#[derive(Clone, Debug)]
pub(super) struct Slots<S> {
    scale: S,
    edges_below: Vec<u16>,
    /// The edges in the slot, or the next ones above it.
    next_edges: Vec<[f64; 2]>,
}

impl<S: Scale> Slots<S> {
    fn new(edges: &[f64], slots: usize) -> Option<Self> {
        let scale = S::new(edges, slots)?;
        let edge_slots: Vec<u32> = edges.iter().map(|edge| scale.slot_of(*edge, slots as u32)).collect();
        if edge_slots.windows(3).any(|three| three[0] == three[2]) {
            return None;
        }
        let edge_at = |index: usize| edges.get(index).copied().unwrap_or(f64::INFINITY);
        let below = |slot: usize| edge_slots.partition_point(|edge_slot| (*edge_slot as usize) < slot);
        Some(Self {
            scale,
            edges_below: (0..=slots).map(|slot| below(slot) as u16).collect(),
            next_edges: (0..=slots).map(|slot| [edge_at(below(slot)), edge_at(below(slot) + 1)]).collect(),
        })
    }

    #[inline(always)]
    fn slot_of(&self, value: f64) -> u32 {
        self.scale.slot_of(value, self.edges_below.len() as u32 - 1)
    }

    #[inline(always)]
    fn index_in(&self, slot: u32, value: f64) -> usize {
        let [first, second] = self.next_edges[slot as usize];
        usize::from(self.edges_below[slot as usize])
            + usize::from(value > first)
            + usize::from(value > second)
    }

    #[inline(always)]
    fn index_of(&self, value: f64) -> usize {
        self.index_in(self.slot_of(value), value)
    }

    /// Counts up to [`BLOCK`] values in up to [`MAX_COPIED`] bins.
    #[inline(always)]
    fn count(&self, block: &[f64], copies: &mut Copies) {
        let mut slots = [0u32; GROUP];
        for group in block.chunks(GROUP) {
            for (slot, value) in slots.iter_mut().zip(group) {
                *slot = self.slot_of(*value);
            }
            for (slots, values) in slots.chunks(COPIES).zip(group.chunks(COPIES)) {
                for ((copy, slot), value) in copies.iter_mut().zip(slots).zip(values) {
                    copy[self.index_in(*slot, *value)] += 1;
                }
            }
        }
    }
}

#[inline(always)]
fn linear_kernel(slots: &Slots<Linear>, block: &[f64], copies: &mut Copies) {
    slots.count(block, copies);
}

#[inline(always)]
fn logarithmic_kernel(slots: &Slots<Logarithmic>, block: &[f64], copies: &mut Copies) {
    slots.count(block, copies);
}

dispatch! {
    fn count_linear(slots: &Slots<Linear>, block: &[f64], copies: &mut Copies) = linear_kernel;
    fn count_logarithmic(slots: &Slots<Logarithmic>, block: &[f64], copies: &mut Copies) = logarithmic_kernel;
}

impl Lookup {
    pub(super) fn new(edges: &[f64]) -> Self {
        let mut slots = (2 * edges.len()).next_power_of_two();
        while slots <= MAX_SLOTS {
            if let Some(table) = Slots::new(edges, slots) {
                return Self::Linear(table);
            }
            if let Some(table) = Slots::new(edges, slots) {
                return Self::Logarithmic(table);
            }
            slots *= 2;
        }
        Self::Search
    }

    #[inline]
    pub(super) fn index_of(&self, edges: &[f64], value: f64) -> usize {
        match self {
            Self::Linear(table) => table.index_of(value),
            Self::Logarithmic(table) => table.index_of(value),
            Self::Search => edges.partition_point(|edge| *edge < value),
        }
    }

    /// Adds the values to the counts of their bins.
    pub(super) fn count(&self, edges: &[f64], values: &[f64], counts: &mut [u64]) {
        let count_block: &dyn Fn(&[f64], &mut Copies) = match self {
            Self::Linear(table) => &|block, copies| count_linear(table, block, copies),
            Self::Logarithmic(table) => &|block, copies| count_logarithmic(table, block, copies),
            Self::Search => return self.count_each(edges, values, counts),
        };
        if counts.len() > MAX_COPIED || values.len() < counts.len() {
            return self.count_each(edges, values, counts);
        }
        for block in values.chunks(BLOCK) {
            let mut copies = [[0; MAX_COPIED]; COPIES];
            count_block(block, &mut copies);
            for (bin, count) in counts.iter_mut().enumerate() {
                let added = copies.iter().map(|copy| u64::from(copy[bin])).sum();
                *count = count.saturating_add(added);
            }
        }
    }

    fn count_each(&self, edges: &[f64], values: &[f64], counts: &mut [u64]) {
        for value in values {
            let count = &mut counts[self.index_of(edges, *value)];
            *count = count.saturating_add(1);
        }
    }
}
