//! The profile of one column: all its sketches, and the counts of what they do not take.

use std::sync::Arc;

use crate::bins::{BinCounts, Binning};
use crate::categories::{Categories, CategoryCounts};
use crate::error::{Error, Result};
use crate::frequent::FrequentItems;
use crate::histogram::ExponentialHistogram;
use crate::hll::Hll;
use crate::moments::Moments;
use crate::tally::Tally;
use crate::tdigest::TDigest;

/// The profile of a numeric column. NaN and infinities are counted apart and enter no sketch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NumericProfile {
    /// Number of nulls.
    pub nulls: u64,
    /// Number of NaN.
    pub nans: u64,
    /// Number of positive infinities.
    pub pos_infs: u64,
    /// Number of negative infinities.
    pub neg_infs: u64,
    /// Count, mean, spread and extremes of the finite values.
    pub moments: Moments,
    /// Finite values by exponential buckets.
    pub histogram: ExponentialHistogram,
    /// Quantiles of the finite values.
    pub digest: TDigest,
    /// Distinct finite values.
    pub distinct: Hll,
    /// Finite values by the bins of the baseline.
    pub bins: Tally<BinCounts>,
    binning: Option<Arc<Binning>>,
}

impl NumericProfile {
    /// An empty profile that counts values in the bins of a baseline, if there is one.
    pub fn new(binning: Option<Arc<Binning>>) -> Self {
        Self { binning, ..Self::default() }
    }

    /// Adds values that are not null, with the key under which each is counted as distinct (see
    /// [`crate::canonical_float_key`]).
    ///
    /// # Panics
    /// When there are not as many keys as values.
    pub fn add_slice(&mut self, values: &[f64], keys: &[u64]) {
        assert_eq!(values.len(), keys.len(), "values and keys must be equally many");
        if values.iter().fold(true, |finite, value| finite & value.is_finite()) {
            self.add_finite(values, keys);
            return;
        }
        let (mut finite_values, mut finite_keys) = (Vec::new(), Vec::new());
        for (value, key) in values.iter().zip(keys) {
            if value.is_finite() {
                finite_values.push(*value);
                finite_keys.push(*key);
            } else if value.is_nan() {
                self.nans += 1;
            } else if *value > 0.0 {
                self.pos_infs += 1;
            } else {
                self.neg_infs += 1;
            }
        }
        self.add_finite(&finite_values, &finite_keys);
    }

    fn add_finite(&mut self, values: &[f64], keys: &[u64]) {
        if values.is_empty() {
            return;
        }
        self.moments.add_slice(values);
        self.histogram.add_slice(values);
        self.digest.add_slice(values);
        self.distinct.add_slice(keys);
        self.bins.add_with(self.binning.as_ref(), |counts| counts.add_slice(values));
    }

    /// Adds nulls.
    pub fn add_nulls(&mut self, count: u64) {
        self.nulls = self.nulls.saturating_add(count);
    }

    /// Number of values that are not null, NaN and infinities included.
    pub fn count(&self) -> u64 {
        [self.nans, self.pos_infs, self.neg_infs]
            .iter()
            .fold(self.moments.count(), |sum, part| sum.saturating_add(*part))
    }

    /// Adds what `other` has seen. On an error nothing is changed.
    ///
    /// # Errors
    /// `Incompatible` when the distinct counts differ in size.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        self.distinct.merge(&other.distinct)?;
        for (own, added) in [
            (&mut self.nulls, other.nulls),
            (&mut self.nans, other.nans),
            (&mut self.pos_infs, other.pos_infs),
            (&mut self.neg_infs, other.neg_infs),
        ] {
            *own = own.saturating_add(added);
        }
        self.moments.merge(&other.moments);
        self.histogram.merge(&other.histogram);
        self.digest.merge(&other.digest);
        self.bins.merge(&other.bins);
        self.binning = self.binning.take().or_else(|| other.binning.clone());
        Ok(())
    }
}

/// The profile of a column of strings or other categories.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CategoricalProfile {
    /// Number of nulls.
    pub nulls: u64,
    /// Number of values that are not null.
    pub count: u64,
    /// Distinct values.
    pub distinct: Hll,
    /// The most frequent values.
    pub frequent: FrequentItems,
    /// Values by the categories of the baseline.
    pub categories: Tally<CategoryCounts>,
    known_categories: Option<Arc<Categories>>,
}

impl CategoricalProfile {
    /// An empty profile that counts values by the categories of a baseline, if there is one.
    pub fn new(categories: Option<Arc<Categories>>) -> Self {
        Self { known_categories: categories, ..Self::default() }
    }

    /// Adds values with their coupon (see [`crate::coupon_of_bytes`]) and how often each occurred.
    /// Each value may come once. Counts of zero are skipped.
    pub fn add_counted(&mut self, items: &[(&str, u32, u64)]) {
        let present = items.iter().filter(|(_, _, count)| *count > 0);
        let coupons: Vec<u32> = present.clone().map(|(_, coupon, _)| *coupon).collect();
        self.distinct.add_coupons(&coupons);
        self.frequent.add_distinct(present.clone().map(|(item, _, count)| (*item, *count)));
        for (item, _, count) in present {
            self.count = self.count.saturating_add(*count);
            self.categories.add_with(self.known_categories.as_ref(), |counts| {
                counts.add(item, *count);
            });
        }
    }

    /// Adds nulls.
    pub fn add_nulls(&mut self, count: u64) {
        self.nulls = self.nulls.saturating_add(count);
    }

    /// Adds what `other` has seen. On an error nothing is changed.
    ///
    /// # Errors
    /// `Incompatible` when the distinct counts differ in size.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        self.distinct.merge(&other.distinct)?;
        self.nulls = self.nulls.saturating_add(other.nulls);
        self.count = self.count.saturating_add(other.count);
        self.frequent.merge(&other.frequent);
        self.categories.merge(&other.categories);
        self.known_categories = self.known_categories.take().or_else(|| other.known_categories.clone());
        Ok(())
    }
}

/// The profile of a column of either kind.
#[derive(Clone, Debug, PartialEq)]
pub enum ColumnProfile {
    /// Numbers.
    Numeric(Box<NumericProfile>),
    /// Strings or other categories.
    Categorical(Box<CategoricalProfile>),
}

impl ColumnProfile {
    /// Adds what `other` has seen. On an error nothing is changed.
    ///
    /// # Errors
    /// `Incompatible` when the kinds or the sizes of the distinct counts differ.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        match (&mut *self, other) {
            (Self::Numeric(own), Self::Numeric(added)) => own.merge(added),
            (Self::Categorical(own), Self::Categorical(added)) => own.merge(added),
            _ => Err(Error::incompatible(format!(
                "column profiles must be of the same kind, got {} and {}",
                self.kind(),
                other.kind()
            ))),
        }
    }

    /// Number of nulls.
    pub fn nulls(&self) -> u64 {
        match self {
            Self::Numeric(profile) => profile.nulls,
            Self::Categorical(profile) => profile.nulls,
        }
    }

    /// Number of values that are not null.
    pub fn count(&self) -> u64 {
        match self {
            Self::Numeric(profile) => profile.count(),
            Self::Categorical(profile) => profile.count,
        }
    }

    /// Number of rows, null or not.
    pub fn rows(&self) -> u64 {
        self.nulls().saturating_add(self.count())
    }

    /// `numeric` or `categorical`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Numeric(_) => "numeric",
            Self::Categorical(_) => "categorical",
        }
    }
}
