//! The profile of one column: all its sketches, and the counts of what they do not take.

use std::sync::Arc;

use crate::bins::{BinCounts, Binning};
use crate::categories::{Categories, CategoryCounts};
use crate::error::{Error, Result};
use crate::frequent::FrequentItems;
use crate::histogram::ExponentialHistogram;
use crate::hll::Hll;
use crate::kll::Kll;
use crate::moments::Moments;
use crate::partition::{MAX_VALUES, with_arranged};
use crate::shape::Shape;
use crate::tally::Tally;
use crate::tdigest::TDigest;

/// Values that are fed to one sketch after the other while they are in the first-level cache.
const BLOCK: usize = 2048;
/// Fewer values than this cost less to count one by one than to arrange.
const MIN_ARRANGED: usize = 1024;

/// The items whose values are finite.
fn finite_of<T: Copy + Default>(values: &[f64], items: &[T]) -> Vec<T> {
    // Every item is written, and one that is not taken is overwritten by the next: no branch to mispredict.
    let mut finite = vec![T::default(); items.len() + 1];
    let mut taken = 0;
    for (value, item) in values.iter().zip(items) {
        finite[taken] = *item;
        taken += usize::from(value.is_finite());
    }
    finite.truncate(taken);
    finite
}

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
    /// Third and fourth moments of the finite values.
    pub shape: Shape,
    /// Finite values by exponential buckets.
    pub histogram: ExponentialHistogram,
    /// Quantiles of the finite values.
    pub digest: TDigest,
    /// Distinct finite values.
    pub distinct: Hll,
    /// Finite values by the bins of the baseline.
    pub bins: Tally<BinCounts>,
    /// Quantiles of the finite values with a bound of a stated probability. It holds all of them: `None`
    /// where the profile, or one that was merged into it, took values without such a sketch.
    pub kll: Option<Box<Kll>>,
    binning: Option<Arc<Binning>>,
}

impl NumericProfile {
    /// An empty profile that counts values in the bins of a baseline, if there is one.
    pub fn new(binning: Option<Arc<Binning>>) -> Self {
        Self { binning, ..Self::default() }
    }

    /// An empty profile of which a KLL sketch is part too.
    pub fn with_kll(binning: Option<Arc<Binning>>) -> Self {
        Self { kll: Some(Box::default()), ..Self::new(binning) }
    }

    /// Takes a KLL sketch of all finite values that was read or made elsewhere.
    ///
    /// # Errors
    /// `InvalidArgument` when it holds more or fewer values than the profile.
    pub fn set_kll(&mut self, kll: Kll) -> Result<()> {
        let (held, finite) = (kll.count(), self.moments.count());
        if held != finite {
            return Err(Error::invalid_argument(format!(
                "the KLL sketch must hold all {finite} finite values, got {held}"
            )));
        }
        self.kll = Some(Box::new(kll));
        Ok(())
    }

    /// Adds values that are not null, with the key under which each is counted as distinct (see
    /// [`crate::coupon_of_key`]).
    ///
    /// # Panics
    /// When there are not as many keys as values.
    pub fn add_slice(&mut self, values: &[f64], keys: &[u64]) {
        assert_eq!(values.len(), keys.len(), "values and keys must be equally many");
        self.add_blocks(values, Some(keys));
    }

    /// Adds values that are not null, each counted as distinct by its [`crate::hll::number_key`].
    pub fn add_numbers(&mut self, values: &[f64]) {
        self.add_blocks(values, None);
    }

    fn add_blocks(&mut self, values: &[f64], keys: Option<&[u64]>) {
        // The finite values so far, once one has come that is not.
        let mut finite: Option<Vec<f64>> = None;
        let mut begin = 0;
        for block in values.chunks(BLOCK) {
            let keys = keys.map(|keys| &keys[begin..begin + block.len()]);
            if let Some(moments) = Moments::of_finite_block(block) {
                self.add_block(block, &moments, keys);
                if let Some(finite) = &mut finite {
                    finite.extend_from_slice(block);
                }
            } else {
                let (block, keys) = self.take_finite(block, keys);
                if let Some(moments) = Moments::of_finite_block(&block) {
                    self.add_block(&block, &moments, keys.as_deref());
                }
                finite.get_or_insert_with(|| values[..begin].to_vec()).extend(block);
            }
            begin += block.len();
        }
        let finite = finite.as_deref().unwrap_or(values);
        self.add_ordered(finite);
        if let Some(kll) = &mut self.kll {
            kll.add_slice(finite);
        }
    }

    /// Feeds a block of finite values, with their keys unless they are numbers' own, to the sketches that do not go
    /// by order.
    fn add_block(&mut self, block: &[f64], moments: &Moments, keys: Option<&[u64]>) {
        if block.is_empty() {
            return;
        }
        self.shape.merge(&Shape::of_block(block, moments), &self.moments, moments);
        self.moments.merge(moments);
        match keys {
            Some(keys) => self.distinct.add_slice(keys),
            None => self.distinct.add_numbers(block, moments.magnitude()),
        }
    }

    /// Feeds finite values to the sketches that go by order.
    fn add_ordered(&mut self, values: &[f64]) {
        for batch in values.chunks(MAX_VALUES) {
            if batch.len() < MIN_ARRANGED {
                self.histogram.add_slice(batch);
                self.bins.add_with(self.binning.as_ref(), |counts| counts.add_slice(batch));
                self.digest.add_slice(batch);
                continue;
            }
            self.digest.flush();
            with_arranged(batch, |batch| {
                // First the digest: looking for ranks changes the order within slots, which its sums feel.
                self.digest.add_arranged(batch);
                self.histogram.add_arranged(batch);
                self.bins.add_with(self.binning.as_ref(), |counts| counts.add_arranged(batch));
            });
        }
    }

    /// The finite values of a block and their keys; counts the others.
    fn take_finite(&mut self, block: &[f64], keys: Option<&[u64]>) -> (Vec<f64>, Option<Vec<u64>>) {
        let number_of =
            |is_one: fn(f64) -> bool| block.iter().map(|value| u64::from(is_one(*value))).sum::<u64>();
        self.nans += number_of(f64::is_nan);
        self.pos_infs += number_of(|value| value == f64::INFINITY);
        self.neg_infs += number_of(|value| value == f64::NEG_INFINITY);
        (finite_of(block, block), keys.map(|keys| finite_of(block, keys)))
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
        self.merge_kll(other);
        for (own, added) in [
            (&mut self.nulls, other.nulls),
            (&mut self.nans, other.nans),
            (&mut self.pos_infs, other.pos_infs),
            (&mut self.neg_infs, other.neg_infs),
        ] {
            *own = own.saturating_add(added);
        }
        self.shape.merge(&other.shape, &self.moments, &other.moments);
        self.moments.merge(&other.moments);
        self.histogram.merge(&other.histogram);
        self.digest.merge(&other.digest);
        self.bins.merge(&other.bins);
        self.binning = self.binning.take().or_else(|| other.binning.clone());
        Ok(())
    }

    /// Before the counts are merged: a side without values has no say against one with values.
    fn merge_kll(&mut self, other: &Self) {
        let (is_empty, adds_nothing) = (self.moments.count() == 0, other.moments.count() == 0);
        match (&mut self.kll, &other.kll) {
            (Some(own), Some(added)) => own.merge(added),
            (None, Some(added)) if is_empty => self.kll = Some(added.clone()),
            (Some(_), None) if !adds_nothing => self.kll = None,
            _ => {}
        }
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

    /// Adds values that all differ, UTF-8 text: `item(i)`, whose coupon (see [`crate::coupon_of_bytes`]) is
    /// `coupons[i]`, as often as `counts[i]` says, at least once. There are as many coupons as counts.
    pub fn add_counted<'a>(&mut self, coupons: &[u32], counts: &[u64], item: impl Fn(usize) -> &'a [u8]) {
        if counts.is_empty() {
            return;
        }
        self.distinct.add_coupons(coupons);
        self.frequent.add_distinct(counts, &item);
        self.count = counts.iter().fold(self.count, |sum, count| sum.saturating_add(*count));
        self.categories.add_with(self.known_categories.as_ref(), |tally| {
            for (index, (coupon, count)) in coupons.iter().zip(counts).enumerate() {
                tally.add_hashed(*coupon, item(index), *count);
            }
        });
    }

    /// Adds values, `item(i)`, whose coupon is `coupons[i]`, once each, to all but the most frequent ones: these
    /// [`FrequentItems::add_often`] takes.
    pub fn add_rows<'a>(&mut self, coupons: &[u32], item: impl Fn(usize) -> &'a [u8]) {
        if coupons.is_empty() {
            return;
        }
        self.distinct.add_coupons(coupons);
        self.count = self.count.saturating_add(coupons.len() as u64);
        self.categories.add_with(self.known_categories.as_ref(), |tally| {
            for (index, coupon) in coupons.iter().enumerate() {
                tally.add_hashed(*coupon, item(index), 1);
            }
        });
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
