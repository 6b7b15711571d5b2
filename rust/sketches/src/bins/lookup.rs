//! Finding the bin of a value in constant time where the edges allow it.

/// Slots of equal width between the first and the last edge are doubled up to this many.
const MAX_SLOTS: usize = 8192;
/// Values are counted in 32 bits before they are added to the 64-bit counts.
const BLOCK: usize = 1 << 16;
/// Copies of the counters, so that neighbouring values in one bin do not wait for each other.
const COPIES: usize = 4;

#[derive(Clone, Debug)]
pub(super) enum Lookup {
    /// No slot holds more than two edges: two comparisons decide.
    Slots(Slots),
    /// The edges lie too unevenly for slots.
    Search,
}

/// A table of how many edges lie in lower slots. The slot of a value does not fall as the value
/// rises, whatever the rounding; so edges in lower slots are less than the value, edges in higher
/// slots greater, and only edges in the same slot have to be
/// compared. Two are allowed, as a repeated value puts an edge right before itself.
#[derive(Clone, Debug)]
pub(super) struct Slots {
    first: f64,
    per_unit: f64,
    edges_below: Vec<u16>,
    /// The edges in the slot, or the next ones above it.
    next_edges: Vec<[f64; 2]>,
}

impl Slots {
    fn new(edges: &[f64], slots: usize) -> Option<Self> {
        let (first, last) = (*edges.first()?, *edges.last()?);
        let per_unit = if edges.len() > 1 { slots as f64 / (last - first) } else { 1.0 };
        if !(per_unit.is_finite() && per_unit > 0.0) {
            return None;
        }
        let mut table = Self { first, per_unit, edges_below: vec![0; slots + 2], next_edges: Vec::new() };
        let edge_slots: Vec<usize> = edges.iter().map(|edge| table.slot_of(*edge)).collect();
        if edge_slots.windows(3).any(|three| three[0] == three[2]) {
            return None;
        }
        for slot in 0..table.edges_below.len() {
            let below = edge_slots.partition_point(|edge_slot| *edge_slot < slot);
            table.edges_below[slot] = below as u16;
            let edge_at = |index: usize| edges.get(index).copied().unwrap_or(f64::INFINITY);
            table.next_edges.push([edge_at(below), edge_at(below + 1)]);
        }
        Some(table)
    }

    /// Conversion to an integer stops at its ends, so values far outside get the outermost slots.
    #[inline]
    fn slot_of(&self, value: f64) -> usize {
        let position = (value - self.first) * self.per_unit + 1.0;
        (position as i32).clamp(0, self.edges_below.len() as i32 - 1) as usize
    }

    #[inline]
    fn index_of(&self, value: f64) -> usize {
        let slot = self.slot_of(value);
        let [first, second] = self.next_edges[slot];
        usize::from(self.edges_below[slot]) + usize::from(value > first) + usize::from(value > second)
    }
}

impl Lookup {
    pub(super) fn new(edges: &[f64]) -> Self {
        let mut slots = (2 * edges.len()).next_power_of_two();
        while slots <= MAX_SLOTS {
            if let Some(table) = Slots::new(edges, slots) {
                return Self::Slots(table);
            }
            slots *= 2;
        }
        Self::Search
    }

    #[inline]
    pub(super) fn index_of(&self, edges: &[f64], value: f64) -> usize {
        match self {
            Self::Slots(table) => table.index_of(value),
            Self::Search => edges.partition_point(|edge| *edge < value),
        }
    }

    /// Adds the values to the counts of their bins.
    pub(super) fn count(&self, edges: &[f64], values: &[f64], counts: &mut [u64]) {
        match self {
            Self::Slots(table) => count_by(|value| table.index_of(value), values, counts),
            Self::Search => {
                count_by(|value| edges.partition_point(|edge| *edge < value), values, counts);
            }
        }
    }
}

fn count_by(index_of: impl Fn(f64) -> usize, values: &[f64], counts: &mut [u64]) {
    if values.len() < counts.len() * COPIES {
        for value in values {
            let count = &mut counts[index_of(*value)];
            *count = count.saturating_add(1);
        }
        return;
    }
    let mut copies = vec![[0u32; COPIES]; counts.len()];
    for block in values.chunks(BLOCK) {
        for group in block.chunks(COPIES) {
            for (copy, value) in group.iter().enumerate() {
                copies[index_of(*value)][copy] += 1;
            }
        }
        for (count, copies) in counts.iter_mut().zip(&mut copies) {
            let added = copies.iter().map(|copy| u64::from(*copy)).sum();
            *count = count.saturating_add(added);
            *copies = [0; COPIES];
        }
    }
}
