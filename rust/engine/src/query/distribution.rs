//! How the values of one column are distributed.

use driftline_sketches::histogram::MIN_SCALE;
use driftline_sketches::{ColumnProfile, ExponentialHistogram};

use super::gathering::{Asked, Gathering};
use super::selection::{Coverage, Selection};
use super::summary::{ItemCount, items};
use crate::engine::Engine;
use crate::error::Result;

/// Most bins or items when none are asked for.
const DEFAULT_LIMIT: usize = 64;

/// Values x with lower < x <= upper (below zero: lower <= x < upper; the zero bin: lower = upper = 0).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bin {
    /// Lower bound.
    pub lower: f64,
    /// Upper bound.
    pub upper: f64,
    /// Values in it, exactly.
    pub count: u64,
}

/// The values of one column.
#[derive(Debug, Clone)]
pub struct Distribution {
    /// Bins or items.
    pub shape: Shape,
    /// Values that are not null.
    pub count: u64,
    /// Nulls.
    pub nulls: u64,
    /// Where they come from.
    pub coverage: Coverage,
}

/// Bins or items.
#[derive(Debug, Clone)]
pub enum Shape {
    /// Of a numeric column, ascending.
    Bins(Vec<Bin>),
    /// Of a categorical column, descending count.
    Items(Vec<ItemCount>),
    /// No record in the selection has the column.
    Nothing,
}

impl Engine {
    /// The distribution of one column; `limit` 0 means 64.
    ///
    /// # Errors
    /// [`crate::error::EngineError::NotFound`], [`crate::error::EngineError::InvalidArgument`].
    pub fn distribution(&self, selection: &Selection, column: &str, limit: u32) -> Result<Distribution> {
        let gathering = self.gather_all(&[Asked::columns(selection, &[column.to_owned()])])?;
        Ok(gathering.distribution(column, limit))
    }
}

impl Gathering {
    /// See [`Engine::distribution`].
    pub fn distribution(self, column: &str, limit: u32) -> Distribution {
        let limit = if limit == 0 { DEFAULT_LIMIT } else { limit as usize };
        let merged = self.into_merged();
        let coverage = merged.coverage;
        let Some(found) = merged.columns.get(column) else {
            return Distribution { shape: Shape::Nothing, count: 0, nulls: 0, coverage };
        };
        let shape = match &found.profile {
            ColumnProfile::Numeric(numeric) => Shape::Bins(bins(&numeric.histogram(), limit)),
            ColumnProfile::Categorical(categorical) => Shape::Items(items(categorical, limit)),
        };
        Distribution { shape, count: found.profile.count(), nulls: found.profile.nulls(), coverage }
    }
}

/// The histogram at the finest scale with at most `limit` bins; at the coarsest scale there may be more.
fn bins(histogram: &ExponentialHistogram, limit: usize) -> Vec<Bin> {
    let mut histogram = histogram.clone();
    while filled(&histogram) > limit && histogram.scale() > MIN_SCALE {
        histogram = histogram.downscale_to(histogram.scale() - 1);
    }
    let mut bins = Vec::with_capacity(filled(&histogram));
    for &(index, count) in histogram.negative().iter().rev() {
        let (low, high) = histogram.bucket_bounds(index);
        bins.push(Bin { lower: -high, upper: -low, count });
    }
    if histogram.zero_count() > 0 {
        bins.push(Bin { lower: 0.0, upper: 0.0, count: histogram.zero_count() });
    }
    for &(index, count) in &histogram.positive() {
        let (lower, upper) = histogram.bucket_bounds(index);
        bins.push(Bin { lower, upper, count });
    }
    bins
}

fn filled(histogram: &ExponentialHistogram) -> usize {
    histogram.negative().len() + histogram.positive().len() + usize::from(histogram.zero_count() > 0)
}
