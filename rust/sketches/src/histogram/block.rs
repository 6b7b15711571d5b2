//! Counting a block of values without a branch for any of them.

use super::boundaries::{
    FIRST_POSITION_OF_INFINITIES, LAST_POSITION_OF_SUBNORMALS, MAGNITUDE, POSITION_BIAS, POSITION_BITS,
    index_of, position_of,
};
use super::side::Side;
use super::sketch::MAX_BUCKETS;
use crate::simd::dispatch;

/// The most values of a block: they stay in the first-level cache, and their counts fit 16 bits.
pub(super) const MAX_BLOCK: usize = 4096;

/// Values whose cells are found, in vector registers, before they are counted.
const GROUP: usize = 128;
/// Copies of the cells, so that neighbouring values in one bucket do not wait for each other.
const COPIES: usize = 4;
/// The cells of one sign: its buckets, and one after the last for all that lies outside of them.
const SIDE_CELLS: usize = MAX_BUCKETS + 1;
const CELLS: usize = 2 * SIDE_CELLS;

/// Counts of a block's values by the buckets that a histogram has.
pub(super) struct BlockCells {
    spans: Spans,
    copies: [[u16; CELLS]; COPIES],
}

/// The buckets of both signs, by positions.
struct Spans {
    /// From a position to the bucket at the histogram's scale.
    shift: u32,
    starts: [u64; 2],
    lengths: [u64; 2],
}

impl Spans {
    #[inline(always)]
    fn cell_of(&self, value: f64) -> u64 {
        let bits = value.to_bits();
        // Chosen by masks, as vectors have no indexing.
        let negative = ((bits as i64) >> 63) as u64;
        let choose = |both: [u64; 2]| both[0] ^ ((both[0] ^ both[1]) & negative);
        let bucket = position_of(bits & MAGNITUDE) >> self.shift;
        let offset = bucket.wrapping_sub(choose(self.starts)).min(choose(self.lengths));
        offset + (negative & SIDE_CELLS as u64)
    }
}

impl BlockCells {
    /// No counts. `None` where the buckets are so far out that values which are not normal would seem to
    /// belong to them.
    pub(super) fn new(shift: u32, sides: &[Side; 2]) -> Option<Self> {
        let mut spans = Spans { shift: POSITION_BITS + shift, starts: [0; 2], lengths: [0; 2] };
        for (sign, side) in sides.iter().enumerate() {
            let Some((first, last)) = side.first_and_last() else { continue };
            let biased = |index: i32| (index + (POSITION_BIAS >> shift)) as u64;
            if first + (POSITION_BIAS >> shift) <= (LAST_POSITION_OF_SUBNORMALS >> shift) as i32
                || biased(last) >= FIRST_POSITION_OF_INFINITIES >> shift
            {
                return None;
            }
            spans.starts[sign] = biased(first);
            spans.lengths[sign] = (last - first + 1) as u64;
        }
        Some(Self { spans, copies: [[0; CELLS]; COPIES] })
    }

    /// Counts up to [`MAX_BLOCK`] values.
    pub(super) fn count(&mut self, block: &[f64]) {
        count_cells(block, &self.spans, &mut self.copies);
    }

    /// How many of the values lie in none of the buckets; zeros always do.
    pub(super) fn outside(&self) -> u64 {
        (0..2).map(|sign| self.total(sign * SIDE_CELLS + self.spans.lengths[sign] as usize)).sum()
    }

    fn total(&self, cell: usize) -> u64 {
        self.copies.iter().map(|copy| u64::from(copy[cell])).sum()
    }

    /// Adds the counts to the buckets, which must be those that the cells were made for.
    pub(super) fn add_to(&self, sides: &mut [Side; 2]) {
        for (sign, side) in sides.iter_mut().enumerate() {
            let [first, second, third, fourth] = &self.copies;
            for (count, cell) in side.consecutive_mut().1.iter_mut().zip(sign * SIDE_CELLS..) {
                let added = [first[cell], second[cell], third[cell], fourth[cell]].map(u32::from);
                *count = count.saturating_add(u64::from(added.iter().sum::<u32>()));
            }
        }
    }
}

#[inline(always)]
fn count_kernel(block: &[f64], spans: &Spans, copies: &mut [[u16; CELLS]; COPIES]) {
    let mut cells = [0u16; GROUP];
    for group in block.chunks(GROUP) {
        for (cell, value) in cells.iter_mut().zip(group) {
            *cell = spans.cell_of(*value) as u16;
        }
        let (fours, rest) = cells[..group.len()].as_chunks::<COPIES>();
        for four in fours {
            for (copy, cell) in copies.iter_mut().zip(four) {
                copy[usize::from(*cell)] += 1;
            }
        }
        for cell in rest {
            copies[0][usize::from(*cell)] += 1;
        }
    }
}

#[inline(always)]
fn zeros_kernel(block: &[f64]) -> u64 {
    block.iter().map(|value| u64::from(*value == 0.0)).sum()
}

dispatch! {
    fn count_cells(block: &[f64], spans: &Spans, copies: &mut [[u16; CELLS]; COPIES]) = count_kernel;
    /// How many of the values are zero.
    pub(super) fn zeros_of(block: &[f64]) -> u64 = zeros_kernel;
}

/// The first and the last bucket, at the finest scale, of the positive values and of the negative ones.
pub(super) fn index_ranges(block: &[f64]) -> [Option<(i32, i32)>; 2] {
    let mut extremes = [(u64::MAX, 0); 2];
    for value in block.iter().filter(|value| value.is_finite() && **value != 0.0) {
        let (least, greatest) = &mut extremes[usize::from(value.is_sign_negative())];
        let magnitude = value.to_bits() & MAGNITUDE;
        (*least, *greatest) = (magnitude.min(*least), magnitude.max(*greatest));
    }
    extremes.map(|(least, greatest)| {
        let index = |magnitude| index_of(f64::from_bits(magnitude));
        (least <= greatest).then(|| index(least).zip(index(greatest))).flatten()
    })
}
