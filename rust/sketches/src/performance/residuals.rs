use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::error::{Error, Result};

/// Bits of a number that tell its bin at level 0: sign, exponent, and the first of the fraction.
const BITS: u32 = 13;
/// The level at which one bin holds all negative numbers, and one all others.
const MOST_LEVEL: u8 = BITS as u8 - 1;
/// The most pairs of bins that are counted.
const MOST_CELLS: usize = 2_048;

/// How large the errors of predicted numbers are, apart for predictions of each size.
///
/// Predictions and errors, label minus prediction, are counted in pairs of bins, two of them from each power of two to the next.
/// Where that would be more than 2,048 pairs, two bins become one, a level at a time: the level depends on what was counted and
/// not on the order in which it came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Residuals {
    level: u8,
    cells: BTreeMap<(u16, u16), u64>,
}

impl Residuals {
    /// Stored counts by bins of prediction and error; a pair that comes twice is added up.
    ///
    /// # Errors
    /// `InvalidData` for a level or a bin that there is none of, or counts beyond `u64`.
    pub fn from_parts(level: u8, cells: impl IntoIterator<Item = (u16, u16, u64)>) -> Result<Self> {
        if level > MOST_LEVEL {
            return Err(Error::invalid_data(format!(
                "level of residuals must be at most {MOST_LEVEL}, got {level}"
            )));
        }
        let bins = 1_u16 << (BITS - u32::from(level));
        let mut residuals = Self { level, cells: BTreeMap::new() };
        let mut total = 0_u64;
        for (prediction, error, count) in cells {
            let bin = prediction.max(error);
            if bin >= bins {
                return Err(Error::invalid_data(format!("bin of residuals must be below {bins}, got {bin}")));
            }
            total = total.checked_add(count).ok_or_else(|| {
                Error::invalid_data(format!("counts of residuals must add up to at most {}", u64::MAX))
            })?;
            if count > 0 {
                *residuals.cells.entry((prediction, error)).or_default() += count;
            }
        }
        residuals.settle();
        Ok(residuals)
    }

    /// Adds pairs of a prediction and its error, all finite. Pairs end with the shorter of both.
    pub(super) fn add(&mut self, predictions: &[f64], errors: &[f64]) {
        let pairs = predictions.iter().zip(errors);
        let bin = |number: f64| bin_of(number) >> self.level;
        let mut bins: Vec<(u16, u16)> =
            pairs.map(|(prediction, error)| (bin(*prediction), bin(*error))).collect();
        bins.sort_unstable();
        for same in bins.chunk_by(|one, next| one == next) {
            let count = self.cells.entry(same[0]).or_default();
            *count = count.saturating_add(same.len() as u64);
        }
        self.settle();
    }

    /// Adds what `other` holds.
    pub(super) fn merge(&mut self, other: &Self) {
        self.coarsen_to(other.level);
        for (&(prediction, error), added) in &other.at_level(self.level).cells {
            let count = self.cells.entry((prediction, error)).or_default();
            *count = count.saturating_add(*added);
        }
        self.settle();
    }

    /// What is left when pairs that were added before are taken out again.
    pub(super) fn without(&self, taken: &Self) -> Self {
        let mut left = self.clone();
        left.coarsen_to(taken.level);
        let taken = taken.at_level(left.level);
        left.cells.retain(|pair, count| {
            *count = count.saturating_sub(taken.cells.get(pair).copied().unwrap_or(0));
            *count > 0
        });
        left
    }

    /// How many times two bins have become one.
    pub fn level(&self) -> u8 {
        self.level
    }

    /// Number of pairs.
    pub fn count(&self) -> u64 {
        self.cells.values().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// Counts by rising bins of prediction and of error.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (u16, u16, u64)> + '_ {
        self.cells.iter().map(|(&(prediction, error), &count)| (prediction, error, count))
    }

    /// The same counts in coarser bins; as they are where they are as coarse already.
    pub fn at_level(&self, level: u8) -> Cow<'_, Self> {
        if level <= self.level {
            return Cow::Borrowed(self);
        }
        let mut coarser = self.clone();
        coarser.coarsen_to(level);
        Cow::Owned(coarser)
    }

    /// The numbers between which those of a bin are, both finite.
    pub fn range(bin: u16, level: u8) -> (f64, f64) {
        let last = (1 << (BITS - u32::from(level))) - 1;
        (start_of(bin, level), if bin < last { start_of(bin + 1, level) } else { f64::MAX })
    }

    /// The bin of the absolute value of what is in a bin: 0 for the smallest.
    pub fn magnitude(bin: u16, level: u8) -> u16 {
        let zero = Self::zero(level);
        if bin >= zero { bin - zero } else { zero - 1 - bin }
    }

    /// The bin that holds 0.
    pub fn zero(level: u8) -> u16 {
        1 << (BITS - 1 - u32::from(level))
    }

    fn settle(&mut self) {
        while self.cells.len() > MOST_CELLS {
            self.coarsen_to(self.level + 1);
        }
    }

    fn coarsen_to(&mut self, level: u8) {
        if level <= self.level {
            return;
        }
        let by = level - self.level;
        let mut cells = BTreeMap::new();
        for ((prediction, error), count) in std::mem::take(&mut self.cells) {
            let sum: &mut u64 = cells.entry((prediction >> by, error >> by)).or_default();
            *sum = sum.saturating_add(count);
        }
        (self.level, self.cells) = (level, cells);
    }
}

/// The bin of a finite number; bins rise with the numbers.
fn bin_of(number: f64) -> u16 {
    // -0 is 0.
    let bits = (number + 0.0).to_bits();
    let ordered = if bits >> 63 == 1 { !bits } else { bits | 1 << 63 };
    (ordered >> (u64::BITS - BITS)) as u16
}

/// The least finite number of a bin.
fn start_of(bin: u16, level: u8) -> f64 {
    let ordered = u64::from(bin) << (u64::BITS - BITS + u32::from(level));
    let is_negative = ordered >> 63 == 0;
    let start = f64::from_bits(if is_negative { !ordered } else { ordered & !(1 << 63) });
    if start.is_finite() {
        start
    } else if is_negative {
        -f64::MAX
    } else {
        f64::MAX
    }
}
