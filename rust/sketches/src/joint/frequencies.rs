//! The frequencies of random Fourier features: the same in every process, without a seed from outside.

use std::f64::consts::{SQRT_2, TAU};

use super::features::{FEATURES, SQUARED_FEATURES};
use crate::hash::{SEED, murmur3_x64_128};

/// Frequencies are rounded to multiples of one over this, so that libraries whose logarithms differ in the last bit give
/// the same.
const GRID: f64 = 1_048_576.0;

/// Lengths that are drawn for each that is kept.
const LENGTHS_PER_FEATURE: usize = 32;

/// The bandwidth of the kernel `exp(-|x - y|^2 / (2 bandwidth^2))` for so many standardised columns.
///
/// The median heuristic, `bandwidth^2 = median |x - y|^2 / 2`, for independent standard normal columns: `|x - y|^2 / 2` is
/// then chi-square distributed, whose median is about `d (1 - 2 / (9 d))^3` (Wilson and Hilferty 1931).
pub fn bandwidth(columns: usize) -> f64 {
    let columns = columns.max(1) as f64;
    (columns * (1.0 - 2.0 / (9.0 * columns)).powi(3)).sqrt()
}

/// Frequencies in turns per unit, one row of as many columns a feature: those of the kernel, then those of its square.
///
/// Normal vectors, but such that sums over few of them come near the mean over all: as many at a time as there are columns
/// are at right angles (Yu et al. 2016), and their lengths are evenly spread over those that normal vectors have.
pub(super) fn draw(name: &str, columns: usize) -> Vec<f32> {
    let mut words = Words::new(name, columns);
    let scale = 1.0 / (TAU * bandwidth(columns));
    let mut drawn = Vec::with_capacity((FEATURES + SQUARED_FEATURES) * columns);
    // The square of the kernel has half the bandwidth squared.
    for (features, scale) in [(FEATURES, scale), (SQUARED_FEATURES, scale * SQRT_2)] {
        let lengths = lengths(&mut words, features, columns);
        let directions = directions(&mut words, features, columns);
        for (length, direction) in lengths.iter().zip(&directions) {
            drawn.extend(direction.iter().map(|part| ((part * length * scale * GRID).round() / GRID) as f32));
        }
    }
    drawn
}

/// Lengths of normal vectors: of many in order, one of each of as many equal groups; then in any order.
fn lengths(words: &mut Words, count: usize, columns: usize) -> Vec<f64> {
    let mut all: Vec<f64> =
        (0..count * LENGTHS_PER_FEATURE).map(|_| length(&words.next_normals(columns))).collect();
    all.sort_unstable_by(f64::total_cmp);
    let mut kept: Vec<f64> = all
        .chunks_exact(LENGTHS_PER_FEATURE)
        .map(|group| group[(words.next() % LENGTHS_PER_FEATURE as u64) as usize])
        .collect();
    for last in (1..kept.len()).rev() {
        kept.swap(last, (words.next() % (last as u64 + 1)) as usize);
    }
    kept
}

/// Vectors of length 1, in groups of as many as there are columns at right angles to each other: by Gram and Schmidt.
fn directions(words: &mut Words, count: usize, columns: usize) -> Vec<Vec<f64>> {
    let mut found: Vec<Vec<f64>> = Vec::with_capacity(count);
    while found.len() < count {
        let group = found.len() / columns * columns;
        let mut vector = words.next_normals(columns);
        for other in &found[group..] {
            let along: f64 = vector.iter().zip(other).map(|(left, right)| left * right).sum();
            vector.iter_mut().zip(other).for_each(|(part, other)| *part -= along * other);
        }
        let length = length(&vector);
        // All but never: one that lies in the span of the others to the last digits.
        if length > 1e-6 {
            found.push(vector.into_iter().map(|part| part / length).collect());
        }
    }
    found
}

fn length(vector: &[f64]) -> f64 {
    vector.iter().map(|part| part * part).sum::<f64>().sqrt()
}

/// `SplitMix64` (Steele, Lea and Flood 2014), begun with a hash of what the frequencies are for.
struct Words(u64);

impl Words {
    fn new(name: &str, columns: usize) -> Self {
        let bytes: Vec<u8> = (columns as u64).to_le_bytes().into_iter().chain(name.bytes()).collect();
        Self(murmur3_x64_128(&bytes, SEED).0)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let word = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    /// Uniform in `(0, 1)`.
    fn next_uniform(&mut self) -> f64 {
        ((self.next() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    fn next_normals(&mut self, count: usize) -> Vec<f64> {
        (0..count).map(|_| self.next_normal()).collect()
    }

    /// Standard normal, by the method of Box and Muller (1958).
    fn next_normal(&mut self) -> f64 {
        let radius = (-2.0 * self.next_uniform().ln()).sqrt();
        radius * (TAU * self.next_uniform()).cos()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequencies_have_the_deviation_that_the_bandwidth_asks_for() {
        for columns in [1, 2, 5, 32] {
            let drawn = draw("a set", columns);
            assert_eq!(drawn.len(), (FEATURES + SQUARED_FEATURES) * columns);
            let (kernel, squared) = drawn.split_at(FEATURES * columns);
            for (part, factor) in [(kernel, 1.0), (squared, SQRT_2)] {
                let features = (part.len() / columns) as f64;
                let squares = part.iter().map(|f| f64::from(*f).powi(2)).sum::<f64>() / features;
                let expected = columns as f64 * (factor / (TAU * bandwidth(columns))).powi(2);
                assert!((squares / expected - 1.0).abs() < 0.1, "{columns} {squares} {expected}");
            }
        }
    }

    #[test]
    fn a_group_of_frequencies_is_at_right_angles() {
        let drawn = draw("a set", 5);
        for group in drawn[..60 * 5].chunks(25) {
            for (left, right) in [(0, 1), (0, 4), (2, 3)] {
                let pairs = group[left * 5..][..5].iter().zip(&group[right * 5..][..5]);
                assert!(pairs.map(|(left, right)| left * right).sum::<f32>().abs() < 1e-5);
            }
        }
    }

    #[test]
    fn they_depend_on_the_name_and_the_number_of_columns_alone() {
        assert_eq!(draw("a", 3), draw("a", 3));
        assert_ne!(draw("a", 3), draw("b", 3));
        assert_ne!(draw("a", 3)[..3], draw("a", 4)[..3]);
        // What has been stored was counted with these.
        assert_eq!(
            draw("a", 1)[..3].iter().map(|f| f * 1_048_576.0).collect::<Vec<_>>(),
            [285_935.0, 93_104.0, -377_467.0]
        );
    }

    #[test]
    fn the_bandwidth_is_the_median_distance_of_normal_columns() {
        // Medians of the chi-square law.
        for (columns, median) in [(1, 0.454_9), (2, 1.386_3), (5, 4.351_5), (32, 31.336)] {
            assert!((bandwidth(columns).powi(2) / median - 1.0).abs() < 0.035, "{columns}");
        }
    }
}
