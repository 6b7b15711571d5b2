use std::sync::Arc;

use super::columns::MAX_JOINT_COLUMNS;
use super::features::{BLOCK, FeatureSums, LARGEST_SCORE};
use super::scales::Scales;
use crate::error::{Error, Result};
use crate::simd::dispatch;
use crate::tally::TallyCounts;

/// Records by how many of their columns lie outside the baseline's range.
pub type OutsideCounts = [u64; MAX_JOINT_COLUMNS + 1];

/// What is counted of numeric columns beside a baseline's scales.
#[derive(Clone, Debug)]
pub struct ScaledSums {
    scales: Arc<Scales>,
    features: FeatureSums,
    fourth_powers: f64,
    outside: OutsideCounts,
}

impl PartialEq for ScaledSums {
    fn eq(&self, other: &Self) -> bool {
        self.scales == other.scales
            && self.features == other.features
            && self.fourth_powers == other.fourth_powers
            && self.outside == other.outside
    }
}

impl ScaledSums {
    /// Of no record.
    pub fn new(scales: Arc<Scales>) -> Self {
        let outside = [0; MAX_JOINT_COLUMNS + 1];
        Self { scales, features: FeatureSums::default(), fourth_powers: 0.0, outside }
    }

    /// Sums from their stored parts; `outside` may leave zeros at its end out.
    ///
    /// # Errors
    /// `InvalidData` where more columns than there are lie outside, records are more than `u64` counts, or fourth powers are more than these can have.
    pub fn from_parts(
        scales: Arc<Scales>,
        features: FeatureSums,
        fourth_powers: f64,
        outside: &[u64],
    ) -> Result<Self> {
        let columns = scales.columns().numeric().len();
        if outside.len() > columns + 1 {
            return Err(Error::invalid_data(format!(
                "of {columns} columns at most {columns} can be outside, got {}",
                outside.len() - 1
            )));
        }
        if outside.iter().try_fold(0_u64, |sum, count| sum.checked_add(*count)).is_none() {
            return Err(Error::invalid_data(format!("records must be at most {} in sum", u64::MAX)));
        }
        let largest = (columns as f64 * f64::from(LARGEST_SCORE).powi(2)).powi(2);
        let most = largest * features.count() as f64 * 1.000_01;
        if !(0.0..=most).contains(&fourth_powers) {
            return Err(Error::invalid_data(format!(
                "fourth powers of {} records must be in [0, {most:e}], got {fourth_powers}",
                features.count()
            )));
        }
        let mut sums = Self { scales, features, fourth_powers, outside: [0; MAX_JOINT_COLUMNS + 1] };
        sums.outside[..outside.len()].copy_from_slice(outside);
        Ok(sums)
    }

    /// Adds records, given as their columns: all of them to what is outside, the complete ones to the features.
    pub(super) fn add(&mut self, all: &[Vec<f64>], complete: &[Vec<f64>]) {
        self.add_outside(&self.scales.count_outside(all));
        let rows = complete.first().map_or(0, Vec::len);
        let mut scores = vec![0.0_f32; complete.len() * BLOCK];
        let scales = Arc::clone(&self.scales);
        for start in (0..rows).step_by(BLOCK) {
            let end = (start + BLOCK).min(rows);
            for (column, (values, scores)) in complete.iter().zip(scores.chunks_exact_mut(BLOCK)).enumerate()
            {
                standardise(&values[start..end], scales.means()[column], scales.deviations()[column], scores);
            }
            self.features.add_block(&scales, &scores, end - start);
            self.fourth_powers += fourth_powers(&scores, end - start);
        }
    }

    fn add_outside(&mut self, added: &OutsideCounts) {
        for (own, added) in self.outside.iter_mut().zip(added) {
            *own = own.saturating_add(*added);
        }
    }

    /// What values were standardised by.
    pub fn scales(&self) -> &Arc<Scales> {
        &self.scales
    }

    /// Sums of features of the complete records.
    pub fn features(&self) -> &FeatureSums {
        &self.features
    }

    /// The sum over the complete records of the fourth power of how far a record lies from the means, in standard
    /// deviations: the length of the vector of its standardised values.
    pub fn fourth_powers(&self) -> f64 {
        self.fourth_powers
    }

    /// Records by how many of their columns lie outside; a null or NaN does not.
    pub fn outside(&self) -> &OutsideCounts {
        &self.outside
    }

    /// Number of records of which that was counted.
    pub fn records(&self) -> u64 {
        self.outside.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }
}

impl Scales {
    /// Counts records, given as their columns, by how many of these lie outside.
    pub fn count_outside(&self, columns: &[Vec<f64>]) -> OutsideCounts {
        let mut counts = [0; MAX_JOINT_COLUMNS + 1];
        let rows = columns.first().map_or(0, Vec::len);
        let mut outside = [0_u8; BLOCK];
        for start in (0..rows).step_by(BLOCK) {
            let end = (start + BLOCK).min(rows);
            let outside = &mut outside[..end - start];
            outside.fill(0);
            for ((values, low), high) in columns.iter().zip(self.lows()).zip(self.highs()) {
                note_outside(&values[start..end], *low, *high, outside);
            }
            for count in outside {
                counts[usize::from(*count)] += 1;
            }
        }
        counts
    }
}

impl TallyCounts for ScaledSums {
    type Layout = Scales;

    fn empty(layout: &Arc<Scales>) -> Self {
        Self::new(Arc::clone(layout))
    }

    fn is_of(&self, layout: &Scales) -> bool {
        *self.scales == *layout
    }

    fn merge(&mut self, other: &Self) -> Result<()> {
        if self.scales != other.scales {
            return Err(Error::incompatible(format!(
                "features must be of the same scales, got fingerprints {:016x} and {:016x}",
                self.scales.fingerprint(),
                other.scales.fingerprint()
            )));
        }
        self.features.merge(&other.features);
        self.fourth_powers += other.fourth_powers;
        self.add_outside(&other.outside);
        Ok(())
    }
}

#[inline(always)]
fn standardise_kernel(values: &[f64], mean: f64, deviation: f64, scores: &mut [f32]) {
    for (score, value) in scores.iter_mut().zip(values) {
        let scaled = ((value - mean) / deviation) as f32;
        let scaled = if scaled > LARGEST_SCORE { LARGEST_SCORE } else { scaled };
        *score = if scaled < -LARGEST_SCORE { -LARGEST_SCORE } else { scaled };
    }
}

#[inline(always)]
fn note_outside_kernel(values: &[f64], low: f64, high: f64, outside: &mut [u8]) {
    for (outside, value) in outside.iter_mut().zip(values) {
        *outside += u8::from(*value < low) | u8::from(*value > high);
    }
}

/// Of blocks of [`BLOCK`] rows, column by column.
#[inline(always)]
fn fourth_powers_kernel(scores: &[f32], rows: usize) -> f64 {
    let mut squares = [0.0_f32; BLOCK];
    for column in scores.chunks_exact(BLOCK) {
        for (square, score) in squares.iter_mut().zip(column) {
            *square += score * score;
        }
    }
    squares[..rows].iter().map(|square| f64::from(*square) * f64::from(*square)).sum()
}

dispatch! {
    fn fourth_powers(scores: &[f32], rows: usize) -> f64 = fourth_powers_kernel;
    fn standardise(values: &[f64], mean: f64, deviation: f64, scores: &mut [f32]) = standardise_kernel;
    /// Adds one for each value outside the range.
    fn note_outside(values: &[f64], low: f64, high: f64, outside: &mut [u8]) = note_outside_kernel;
}
