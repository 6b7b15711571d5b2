//! Sums of random Fourier features (Rahimi and Recht 2007), from which distances between distributions follow.
//!
//! A feature is a pair `cos(2 pi f z)`, `sin(2 pi f z)` of a row `z` of standardised values, `f` a frequency in turns. The
//! mean of `cos(2 pi f (x - y))` over the frequencies estimates the kernel of `x` and `y`. Features of the frequencies of
//! the squared kernel tell how much the distance varies by chance.
//!
//! All of it is arithmetic in single precision, in one order on every processor: two states were made by exactly the
//! same features, whatever made them, and how far those are from true sines is no matter for their difference.

use super::scales::Scales;
use crate::error::{Error, Result};
use crate::simd::dispatch;

/// Pairs of features of the kernel.
pub const FEATURES: usize = 64;
/// Pairs of features of the squared kernel: only how much varies by chance hangs on these.
pub const SQUARED_FEATURES: usize = 32;
const PAIRS: usize = FEATURES + SQUARED_FEATURES;

/// Standardised values are cut to this, so that phases keep their digits: so far out the kernel sees no difference.
pub(super) const LARGEST_SCORE: f32 = 64.0;

/// Rows whose values are kept at a time, column by column, in a near cache.
pub(super) const BLOCK: usize = 512;
/// Rows that are computed at once.
const LANES: usize = 16;

/// Sums over rows. Memory: 1.5 KiB.
#[derive(Clone, Debug, PartialEq)]
pub struct FeatureSums {
    count: u64,
    /// Of the cosines, then of the sines, of all pairs: those of the kernel first.
    sums: Box<[f64]>,
}

impl Default for FeatureSums {
    fn default() -> Self {
        Self { count: 0, sums: vec![0.0; 2 * PAIRS].into() }
    }
}

impl FeatureSums {
    /// Sums from their stored parts.
    ///
    /// # Errors
    /// `InvalidData` unless there are as many sums as features and none is larger than so many rows can make it.
    pub fn from_parts(count: u64, sums: Vec<f64>) -> Result<Self> {
        if sums.len() != 2 * PAIRS {
            return Err(Error::invalid_data(format!(
                "feature sums must be {}, got {}",
                2 * PAIRS,
                sums.len()
            )));
        }
        let most = count as f64 * 1.000_01;
        if let Some(sum) = sums.iter().find(|sum| !(-most..=most).contains(*sum)) {
            return Err(Error::invalid_data(format!(
                "feature sums of {count} rows must be at most {count} in magnitude, got {sum}"
            )));
        }
        Ok(Self { count, sums: sums.into() })
    }

    /// Adds up to [`BLOCK`] rows of standardised values, column by column in blocks of that length.
    pub(super) fn add_block(&mut self, scales: &Scales, scores: &[f32], rows: usize) {
        debug_assert!(rows <= BLOCK);
        add_pairs(scales.frequencies(), scores, rows, &mut self.sums);
        self.count = self.count.saturating_add(rows as u64);
    }

    /// Adds what `other` has seen.
    pub fn merge(&mut self, other: &Self) {
        self.count = self.count.saturating_add(other.count);
        for (own, added) in self.sums.iter_mut().zip(&other.sums) {
            *own += added;
        }
    }

    /// Number of rows.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// All sums: cosines, then sines, of the pairs of the kernel and then of its square.
    pub fn sums(&self) -> &[f64] {
        &self.sums
    }

    /// The means of cosine and sine of each pair of the kernel; zeros without rows.
    pub fn means(&self) -> impl Iterator<Item = (f64, f64)> + Clone + '_ {
        self.pairs(0..FEATURES)
    }

    /// The same of the squared kernel.
    pub fn squared_means(&self) -> impl Iterator<Item = (f64, f64)> + Clone + '_ {
        self.pairs(FEATURES..PAIRS)
    }

    fn pairs(&self, pairs: std::ops::Range<usize>) -> impl Iterator<Item = (f64, f64)> + Clone + '_ {
        let count = self.count.max(1) as f64;
        pairs.map(move |pair| (self.sums[pair] / count, self.sums[PAIRS + pair] / count))
    }
}

/// By how much a computed cosine or sine may differ from the true one at a phase of so many turns.
pub fn largest_phase_error(turns: f64) -> f64 {
    // The polynomials, and one rounding of the phase.
    3.0e-6 + turns.abs() * f64::from(f32::EPSILON) * std::f64::consts::TAU
}

/// One and a half times 2^23: added and taken away again it rounds a smaller number to a whole one.
const ROUNDER: f32 = 12_582_912.0;

/// `sin(pi x) / x` and `cos(pi x)` in `x^2` for `x` in `[-1/2, 1/2]`, with the least largest error of so few terms: 6e-7 of
/// the sine, 5e-8 of the cosine (by Lawson's iteration, 1961).
const SINE: [f32; 4] = [3.141_582, -5.167_143, 2.541_898_5, -0.554_635];
const COSINE: [f32; 5] = [0.999_999_95, -4.934_793, 4.058_412, -1.331_880_2, 0.219_696_8];

#[inline(always)]
fn polynomial<const N: usize>(terms: &[f32; N], square: f32) -> f32 {
    let mut value = terms[N - 1];
    for term in terms[..N - 1].iter().rev() {
        value = value * square + term;
    }
    value
}

/// Cosine and sine of a phase in turns.
#[inline(always)]
fn turned(phase: f32) -> (f32, f32) {
    let rest = phase - ((phase + ROUNDER) - ROUNDER);
    let square = rest * rest;
    let sine = rest * polynomial(&SINE, square);
    let cosine = polynomial(&COSINE, square);
    // Of twice the angle.
    (1.0 - 2.0 * sine * sine, 2.0 * sine * cosine)
}

#[inline(always)]
fn add_pairs_kernel(frequencies: &[f32], scores: &[f32], rows: usize, sums: &mut [f64]) {
    let columns = frequencies.len() / PAIRS;
    let (cosines, sines) = sums.split_at_mut(PAIRS);
    for (pair, (cosine_sum, sine_sum)) in cosines.iter_mut().zip(sines).enumerate() {
        let frequencies = &frequencies[pair * columns..][..columns];
        let (mut cosine_lanes, mut sine_lanes) = ([0.0_f32; LANES], [0.0_f32; LANES]);
        let mut first = 0;
        while first < rows {
            let mut phases = [0.0_f32; LANES];
            for (column, frequency) in frequencies.iter().enumerate() {
                let scores = &scores[column * BLOCK + first..][..LANES];
                for (phase, score) in phases.iter_mut().zip(scores) {
                    *phase += frequency * score;
                }
            }
            let (mut cosine, mut sine) = ([0.0_f32; LANES], [0.0_f32; LANES]);
            for ((cosine, sine), phase) in cosine.iter_mut().zip(&mut sine).zip(phases) {
                (*cosine, *sine) = turned(phase);
            }
            let left = rows - first;
            if left < LANES {
                cosine[left..].fill(0.0);
                sine[left..].fill(0.0);
            }
            for ((lane, sum), (cosine, sine)) in
                cosine_lanes.iter_mut().zip(&mut sine_lanes).zip(cosine.iter().zip(&sine))
            {
                *lane += cosine;
                *sum += sine;
            }
            first += LANES;
        }
        *cosine_sum += cosine_lanes.iter().map(|lane| f64::from(*lane)).sum::<f64>();
        *sine_sum += sine_lanes.iter().map(|lane| f64::from(*lane)).sum::<f64>();
    }
}

dispatch! {
    /// Adds cosines and sines of the rows to the sums of each pair.
    fn add_pairs(frequencies: &[f32], scores: &[f32], rows: usize, sums: &mut [f64]) = add_pairs_kernel;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cosines_and_sines_are_as_accurate_as_stated() {
        let mut worst = 0.0_f64;
        for step in -200_000..200_000 {
            let phase = step as f32 * 1.7e-4;
            let (cosine, sine) = turned(phase);
            let (exact_sine, exact_cosine) = (std::f64::consts::TAU * f64::from(phase)).sin_cos();
            let error = (f64::from(cosine) - exact_cosine).abs().max((f64::from(sine) - exact_sine).abs());
            assert!(error <= largest_phase_error(0.0), "{phase} {error}");
            worst = worst.max(error);
        }
        assert!(worst > 1e-8, "nothing was compared");
    }

    #[test]
    fn sums_are_those_of_cosines_and_sines() {
        let frequencies: Vec<f32> = (0..PAIRS * 3).map(|n| (n as f32 * 0.37).sin()).collect();
        let scores: Vec<f32> = (0..3 * BLOCK).map(|n| (n as f32 * 1.1).cos() * 5.0).collect();
        let mut sums = vec![0.0; 2 * PAIRS];
        for rows in [1, LANES, BLOCK - 1, BLOCK] {
            sums.fill(0.0);
            add_pairs(&frequencies, &scores, rows, &mut sums);
            for pair in [0, 7, PAIRS - 1] {
                let phase = |row: usize| -> f64 {
                    let of = |column| {
                        f64::from(frequencies[pair * 3 + column]) * f64::from(scores[column * BLOCK + row])
                    };
                    (0..3).map(of).sum()
                };
                let angles = || (0..rows).map(|row| std::f64::consts::TAU * phase(row));
                let most = rows as f64 * largest_phase_error(20.0);
                assert!((sums[pair] - angles().map(f64::cos).sum::<f64>()).abs() < most);
                assert!((sums[PAIRS + pair] - angles().map(f64::sin).sum::<f64>()).abs() < most);
            }
        }
    }
}
