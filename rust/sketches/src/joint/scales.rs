use std::sync::{Arc, OnceLock};

use super::columns::JointColumns;
use super::frequencies::draw;
use crate::error::{Error, Result};
use crate::hash::{SEED, murmur3_x64_128};

/// What a baseline says about the numeric columns of a set: where each lies and how far it spreads.
///
/// Two states that were counted by equal scales hold sums of the same features and can be compared.
#[derive(Debug)]
pub struct Scales {
    columns: Arc<JointColumns>,
    means: Vec<f64>,
    deviations: Vec<f64>,
    lows: Vec<f64>,
    highs: Vec<f64>,
    fingerprint: u64,
    frequencies: OnceLock<Vec<f32>>,
}

impl PartialEq for Scales {
    fn eq(&self, other: &Self) -> bool {
        self.fingerprint == other.fingerprint
    }
}

impl Scales {
    /// Mean and standard deviation of each numeric column, and the range outside which its values are strange.
    ///
    /// # Errors
    /// `InvalidArgument` unless each is given for every numeric column, of which there must be one, all are finite, the
    /// deviations positive, and no range ends before it begins.
    pub fn new(
        columns: Arc<JointColumns>,
        means: Vec<f64>,
        deviations: Vec<f64>,
        lows: Vec<f64>,
        highs: Vec<f64>,
    ) -> Result<Self> {
        let count = columns.numeric().len();
        let parts = [&means, &deviations, &lows, &highs];
        if count == 0 || parts.iter().any(|part| part.len() != count) {
            return Err(Error::invalid_argument(format!(
                "scales of {count} numeric columns must have a mean, a deviation and a range for each, got {}, {}, {} \
                 and {}",
                means.len(),
                deviations.len(),
                lows.len(),
                highs.len()
            )));
        }
        if let Some(number) = parts.into_iter().flatten().find(|number| !number.is_finite()) {
            return Err(Error::invalid_argument(format!("scales must be finite, got {number}")));
        }
        if let Some(deviation) = deviations.iter().find(|deviation| **deviation <= 0.0) {
            return Err(Error::invalid_argument(format!("deviations must be above 0, got {deviation}")));
        }
        if let Some((low, high)) = lows.iter().zip(&highs).find(|(low, high)| low > high) {
            return Err(Error::invalid_argument(format!("a range must rise, got {low} to {high}")));
        }
        let mut bytes = columns.to_bytes();
        // One bit pattern for zero, so that equal scales have equal fingerprints.
        let numbers = [&means, &deviations, &lows, &highs].into_iter().flatten();
        bytes.extend(numbers.flat_map(|number| (number + 0.0).to_le_bytes()));
        let fingerprint = murmur3_x64_128(&bytes, SEED).0;
        Ok(Self { columns, means, deviations, lows, highs, fingerprint, frequencies: OnceLock::new() })
    }

    /// The set that they are of.
    pub fn columns(&self) -> &Arc<JointColumns> {
        &self.columns
    }

    /// The mean of each numeric column.
    pub fn means(&self) -> &[f64] {
        &self.means
    }

    /// The standard deviation of each.
    pub fn deviations(&self) -> &[f64] {
        &self.deviations
    }

    /// The least value of each that is not strange.
    pub fn lows(&self) -> &[f64] {
        &self.lows
    }

    /// The greatest value of each that is not strange.
    pub fn highs(&self) -> &[f64] {
        &self.highs
    }

    /// A hash of all of it: the same in every process, different for different scales.
    pub fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    pub(super) fn frequencies(&self) -> &[f32] {
        self.frequencies.get_or_init(|| draw(self.columns.name(), self.columns.numeric().len()))
    }
}
