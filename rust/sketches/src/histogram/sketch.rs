use super::block::{BlockCells, MAX_BLOCK, index_ranges, zeros_of};
use super::boundaries::{FINEST, index_of, index_of_normal};
use super::layout::{check_span, shift_of};
use super::side::Side;
use crate::error::{Error, Result};

/// The finest scale, with which every histogram starts: values are known to 0.27 percent.
pub const MAX_SCALE: i32 = FINEST as i32;
/// The coarsest scale: 16 octaves a bucket.
pub const MIN_SCALE: i32 = -4;
/// The most bucket indexes that one sign may span.
pub const MAX_BUCKETS: usize = 320;

/// From this many values on, counting them apart first costs less than finding room for each.
const MIN_BLOCK: usize = 128;

/// An exponential histogram of finite values. Memory: 8 bytes a bucket, at most 5 KiB.
///
/// Non-finite values are ignored. Counts stop at `u64::MAX`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExponentialHistogram {
    /// Halvings of resolution since the finest scale.
    pub(super) shift: u32,
    pub(super) zeros: u64,
    /// Positive values, then negative ones by magnitude: indexed by the sign bit.
    pub(super) sides: [Side; 2],
}

impl Default for ExponentialHistogram {
    fn default() -> Self {
        Self::new()
    }
}

impl ExponentialHistogram {
    /// An empty histogram at the finest scale, the identity of [`ExponentialHistogram::merge`].
    pub fn new() -> Self {
        Self { shift: 0, zeros: 0, sides: [Side::default(), Side::default()] }
    }

    /// A histogram from stored buckets, in any order; counts of one index are added up.
    ///
    /// # Errors
    /// `InvalidData` for a scale outside `[MIN_SCALE, MAX_SCALE]`, an index that no double has at
    /// that scale, more than [`MAX_BUCKETS`] indexes in a sign's span, or counts beyond `u64`.
    pub fn from_parts(
        scale: i32,
        zero_count: u64,
        positive: &[(i32, u64)],
        negative: &[(i32, u64)],
    ) -> Result<Self> {
        let shift = shift_of(scale)?;
        check_total(zero_count, positive, negative)?;
        let sides = [side_from(shift, positive)?, side_from(shift, negative)?];
        Ok(Self { shift, zeros: zero_count, sides })
    }

    /// Adds finite values.
    pub fn add_slice(&mut self, values: &[f64]) {
        for block in values.chunks(MAX_BLOCK) {
            if block.len() < MIN_BLOCK || !self.add_block(block) {
                self.add_each(block);
            }
        }
    }

    /// Adds a block at once, where that is possible.
    fn add_block(&mut self, block: &[f64]) -> bool {
        self.sides.iter_mut().for_each(Side::spread);
        let Some(mut cells) = BlockCells::new(self.shift, &self.sides) else {
            return false;
        };
        cells.count(block);
        if cells.outside() > zeros_of(block) {
            self.make_room(index_ranges(block));
            cells = match BlockCells::new(self.shift, &self.sides) {
                Some(cells) => cells,
                None => return false,
            };
            cells.count(block);
        }
        if cells.outside() > 0 {
            self.zeros = self.zeros.saturating_add(zeros_of(block));
        }
        cells.add_to(&mut self.sides);
        true
    }

    /// Sets scale and spans to what they are once values are counted whose magnitudes lie in these buckets at the
    /// finest scale: first those of the positive values, then of the negative ones.
    pub(super) fn make_room(&mut self, ranges: [Option<(i32, i32)>; 2]) {
        let at =
            |range: Option<(i32, i32)>, shift| range.map(|(first, last)| (first >> shift, last >> shift));
        let needed = |side: &Side, range| side.shift_to_hold(at(range, self.shift), MAX_BUCKETS as i32);
        self.reduce(needed(&self.sides[0], ranges[0]).max(needed(&self.sides[1], ranges[1])));
        for (side, range) in self.sides.iter_mut().zip(ranges) {
            if let Some((first, last)) = at(range, self.shift) {
                side.make_room(first, last);
            }
        }
    }

    fn add_each(&mut self, values: &[f64]) {
        for value in values {
            let Some(index) = index_of_normal(*value) else {
                if *value == 0.0 {
                    self.zeros = self.zeros.saturating_add(1);
                } else {
                    self.add_counted(*value, 1);
                }
                continue;
            };
            let side = &mut self.sides[usize::from(value.is_sign_negative())];
            let (start, counts) = side.consecutive_mut();
            if let Some(count) = counts.get_mut((index >> self.shift).wrapping_sub(start) as usize) {
                *count = count.saturating_add(1);
            } else {
                self.add_counted(*value, 1);
            }
        }
    }

    /// Adds one value `count` times.
    pub fn add_counted(&mut self, value: f64, count: u64) {
        if count == 0 || !value.is_finite() {
            return;
        }
        let Some(index) = index_of(value) else {
            self.zeros = self.zeros.saturating_add(count);
            return;
        };
        let sign = usize::from(value.is_sign_negative());
        let index = index >> self.shift;
        let more = self.sides[sign].shift_to_hold(Some((index, index)), MAX_BUCKETS as i32);
        self.reduce(more);
        self.sides[sign].add(index >> more, count);
    }

    /// Adds what `other` has counted. Exact, and free of order.
    pub fn merge(&mut self, other: &Self) {
        self.reduce(other.shift.saturating_sub(self.shift));
        let mut between = self.shift - other.shift;
        let mut more = 0;
        for (side, added) in self.sides.iter().zip(&other.sides) {
            let range = added.first_and_last().map(|(first, last)| (first >> between, last >> between));
            more = more.max(side.shift_to_hold(range, MAX_BUCKETS as i32));
        }
        self.reduce(more);
        between += more;
        for (side, added) in self.sides.iter_mut().zip(&other.sides) {
            side.add_all(added, between);
        }
        self.zeros = self.zeros.saturating_add(other.zeros);
    }

    /// What is left when values that were added before are taken out again, at the coarser of both scales.
    #[must_use]
    pub fn without(&self, taken: &Self) -> Self {
        let scale = self.scale().min(taken.scale());
        let (mut left, taken) = (self.downscale_to(scale), taken.downscale_to(scale));
        for (side, taken) in left.sides.iter_mut().zip(&taken.sides) {
            *side = side.without(taken);
        }
        left.zeros = left.zeros.saturating_sub(taken.zeros);
        left
    }

    /// Number of values.
    pub fn count(&self) -> u64 {
        let [positive, negative] = &self.sides;
        self.zeros.saturating_add(positive.total()).saturating_add(negative.total())
    }

    /// The scale `s`: bucket bounds are powers of `2^(2^-s)`.
    pub fn scale(&self) -> i32 {
        MAX_SCALE - self.shift as i32
    }

    /// Number of values that are zero.
    pub fn zero_count(&self) -> u64 {
        self.zeros
    }

    /// The non-empty buckets of the positive values, by rising index.
    pub fn positive(&self) -> Vec<(i32, u64)> {
        self.sides[0].buckets().collect()
    }

    /// The non-empty buckets of the magnitudes of the negative values, by rising index.
    pub fn negative(&self) -> Vec<(i32, u64)> {
        self.sides[1].buckets().collect()
    }

    /// The same values at a coarser scale; a scale that is not coarser changes nothing, one below
    /// [`MIN_SCALE`] is taken as that.
    #[must_use]
    pub fn downscale_to(&self, scale: i32) -> Self {
        let mut coarser = self.clone();
        coarser.reduce((self.scale() - scale.max(MIN_SCALE)).max(0) as u32);
        coarser
    }

    fn reduce(&mut self, shift: u32) {
        for side in &mut self.sides {
            side.reduce(shift);
        }
        self.shift += shift;
    }
}

fn check_total(zero_count: u64, positive: &[(i32, u64)], negative: &[(i32, u64)]) -> Result<()> {
    positive
        .iter()
        .chain(negative)
        .try_fold(zero_count, |total, (_, count)| total.checked_add(*count))
        .map(|_| ())
        .ok_or_else(|| Error::invalid_data(format!("histogram counts must add up to at most {}", u64::MAX)))
}

fn side_from(shift: u32, buckets: &[(i32, u64)]) -> Result<Side> {
    let filled = || buckets.iter().filter(|(_, count)| *count > 0);
    let indexes = filled().map(|(index, _)| *index);
    let Some((first, last)) = indexes.clone().min().zip(indexes.max()) else {
        return Ok(Side::default());
    };
    check_span(shift, first, last)?;
    Ok(Side::of(filled().copied(), first, last))
}
