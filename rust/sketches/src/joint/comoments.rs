//! Mean vector and co-moments.

use crate::error::{Error, Result};
use crate::moments::fold;
use crate::simd::dispatch;

/// Rows of which a value is larger than this in magnitude count as incomplete: no sum of products of such values, however
/// many, leaves the range of a float.
pub const LARGEST_VALUE: f64 = 1e140;

/// Rows whose deviations are kept at a time: 32 columns of them stay in the second-level cache.
const BLOCK: usize = 512;
/// Independent accumulators of a sum of products.
const LANES: usize = 16;
/// By how much a product of two columns may exceed what their own allow, from rounding.
const ROUNDING: f64 = 1e-9;

/// Count, means and sums of products of deviations from the means, of rows that are complete. Memory: 8 bytes a column
/// and pair of columns.
///
/// Blocks are read twice, once for their means and once for the products of what is left, and joined by the formula of
/// Chan, Golub and `LeVeque` (1979), so that a large offset with a small spread keeps its digits.
#[derive(Clone, Debug, PartialEq)]
pub struct Comoments {
    count: u64,
    means: Box<[f64]>,
    /// The upper triangle with its diagonal, row by row.
    products: Box<[f64]>,
}

impl Comoments {
    /// Of no row of so many columns, the identity of [`Comoments::merge`].
    pub fn new(columns: usize) -> Self {
        let products = vec![0.0; columns * (columns + 1) / 2].into();
        Self { count: 0, means: vec![0.0; columns].into(), products }
    }

    /// Co-moments from their stored parts: the products are the upper triangle with its diagonal, row by row. With a count
    /// of zero the numbers are ignored.
    ///
    /// # Errors
    /// `InvalidData` unless the lengths fit each other and rows of finite values can have these sums.
    pub fn from_parts(count: u64, means: Vec<f64>, products: Vec<f64>) -> Result<Self> {
        let columns = means.len();
        if products.len() != columns * (columns + 1) / 2 {
            return Err(Error::invalid_data(format!(
                "co-moments of {columns} columns must be {}, got {}",
                columns * (columns + 1) / 2,
                products.len()
            )));
        }
        if count == 0 {
            return Ok(Self::new(columns));
        }
        if let Some(mean) = means.iter().find(|mean| !within(**mean, LARGEST_VALUE)) {
            return Err(Error::invalid_data(format!(
                "means must be at most {LARGEST_VALUE:e} in magnitude, got {mean}"
            )));
        }
        let most = 4.0 * LARGEST_VALUE * LARGEST_VALUE * count as f64;
        if let Some(product) = products.iter().find(|product| !within(**product, most)) {
            return Err(Error::invalid_data(format!(
                "co-moments of {count} rows must be at most {most:e}, got {product}"
            )));
        }
        let found = Self { count, means: means.into(), products: products.into() };
        for row in 0..columns {
            let own = found.product(row, row);
            if own < 0.0 {
                return Err(Error::invalid_data(format!(
                    "sum of squared deviations must be at least 0, got {own}"
                )));
            }
            for column in 0..row {
                let (product, other) = (found.product(row, column), found.product(column, column));
                if product.abs() > own.sqrt() * other.sqrt() * (1.0 + ROUNDING) {
                    return Err(Error::invalid_data(format!(
                        "a co-moment must be at most the root of {own} times {other}, got {product}"
                    )));
                }
            }
        }
        Ok(found)
    }

    /// Adds rows, given as their columns, all equally long and of values up to [`LARGEST_VALUE`].
    pub fn add_columns(&mut self, columns: &[Vec<f64>]) {
        debug_assert_eq!(columns.len(), self.means.len());
        let rows = columns.first().map_or(0, Vec::len);
        let mut centered = vec![0.0; columns.len() * BLOCK.min(rows)];
        let mut block = Self::new(columns.len());
        for start in (0..rows).step_by(BLOCK) {
            let end = (start + BLOCK).min(rows);
            block.set_to_block(columns, start..end, &mut centered);
            self.merge_same(&block);
        }
    }

    fn set_to_block(&mut self, columns: &[Vec<f64>], rows: std::ops::Range<usize>, centered: &mut [f64]) {
        let length = rows.len();
        self.count = length as u64;
        let parts = centered.chunks_exact_mut(length);
        for ((values, centered), mean) in columns.iter().zip(parts).zip(&mut self.means) {
            *mean = center(&values[rows.clone()], centered);
        }
        let parts: Vec<&[f64]> = centered.chunks_exact(length).take(columns.len()).collect();
        // What rounding left in the means, which the products would otherwise hold.
        let rests: Vec<f64> = parts.iter().map(|part| sum(part) / length as f64).collect();
        let mut products = self.products.iter_mut();
        for (index, left) in parts.iter().enumerate() {
            for ((right, rest), product) in parts[index..].iter().zip(&rests[index..]).zip(&mut products) {
                *product = dot(left, right) - rests[index] * rest * length as f64;
            }
        }
        // Rounding may leave a little less than nothing of a column that does not vary.
        for index in 0..parts.len() {
            let place = self.place(index, index);
            self.products[place] = self.products[place].max(0.0);
        }
        for (mean, rest) in self.means.iter_mut().zip(&rests) {
            *mean += rest;
        }
    }

    /// Adds what `other` has seen.
    ///
    /// # Errors
    /// `Incompatible` when the numbers of columns differ.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        if self.means.len() != other.means.len() {
            return Err(Error::incompatible(format!(
                "co-moments must be of equally many columns, got {} and {}",
                self.means.len(),
                other.means.len()
            )));
        }
        self.merge_same(other);
        Ok(())
    }

    fn merge_same(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        if self.count == 0 {
            self.clone_from(other);
            return;
        }
        let count = self.count.saturating_add(other.count);
        let share = other.count as f64 / count as f64;
        let weight = self.count as f64 * share;
        let apart: Vec<f64> = self.means.iter().zip(&other.means).map(|(own, added)| added - own).collect();
        let mut pairs = self.products.iter_mut().zip(&other.products);
        for (index, left) in apart.iter().enumerate() {
            for (right, (own, added)) in apart[index..].iter().zip(&mut pairs) {
                *own += added + left * right * weight;
            }
        }
        for (mean, apart) in self.means.iter_mut().zip(&apart) {
            *mean += apart * share;
        }
        self.count = count;
    }

    /// Number of rows.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The mean of each column; zeros without rows.
    pub fn means(&self) -> &[f64] {
        &self.means
    }

    /// The upper triangle of the sums of products of deviations, with its diagonal, row by row.
    pub fn products(&self) -> &[f64] {
        &self.products
    }

    /// The sum of products of the deviations of two columns.
    pub fn product(&self, left: usize, right: usize) -> f64 {
        self.products[self.place(left.min(right), left.max(right))]
    }

    fn place(&self, row: usize, column: usize) -> usize {
        row * self.means.len() - row * row.saturating_sub(1) / 2 + column - row
    }
}

/// Whether a number is at most so large; NaN is not.
fn within(number: f64, most: f64) -> bool {
    (-most..=most).contains(&number)
}

/// Puts the values less their mean into `centered`, and tells the mean.
#[inline(always)]
fn center_kernel(values: &[f64], centered: &mut [f64]) -> f64 {
    let mean = fold(values, 0.0, |sum, value| sum + value).iter().sum::<f64>() / values.len() as f64;
    for (centered, value) in centered.iter_mut().zip(values) {
        *centered = value - mean;
    }
    mean
}

#[inline(always)]
fn sum_kernel(values: &[f64]) -> f64 {
    fold(values, 0.0, |sum, value| sum + value).iter().sum()
}

#[inline(always)]
fn dot_kernel(left: &[f64], right: &[f64]) -> f64 {
    let mut lanes = [0.0; LANES];
    let (left_groups, left_rest) = left.as_chunks::<LANES>();
    let (right_groups, right_rest) = right.as_chunks::<LANES>();
    for (left, right) in left_groups.iter().zip(right_groups) {
        for ((lane, left), right) in lanes.iter_mut().zip(left).zip(right) {
            *lane += left * right;
        }
    }
    for ((lane, left), right) in lanes.iter_mut().zip(left_rest).zip(right_rest) {
        *lane += left * right;
    }
    lanes.iter().sum()
}

dispatch! {
    fn center(values: &[f64], centered: &mut [f64]) -> f64 = center_kernel;
    fn sum(values: &[f64]) -> f64 = sum_kernel;
    fn dot(left: &[f64], right: &[f64]) -> f64 = dot_kernel;
}
