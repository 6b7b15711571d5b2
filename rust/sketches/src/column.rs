//! The profile of one column: all its sketches, and the counts of what they do not take.

use std::sync::Arc;

use crate::categories::{Categories, CategoryCounts};
use crate::error::{Error, Result};
use crate::frequent::FrequentItems;
use crate::hll::Hll;
use crate::numeric::NumericProfile;
use crate::tally::Tally;

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

    /// Adds values, `item(i)`, whose coupon is `coupons[i]`, once each and at most
    /// [`MAX_ITEM_BYTES`](crate::frequent::MAX_ITEM_BYTES) bytes long, to all but the most frequent ones: these
    /// [`FrequentItems::add_often`] takes.
    pub fn add_rows<'a>(&mut self, coupons: &[u32], item: impl Fn(usize) -> &'a [u8]) {
        if coupons.is_empty() {
            return;
        }
        self.distinct.add_coupons(coupons);
        self.count = self.count.saturating_add(coupons.len() as u64);
        self.categories.add_with(self.known_categories.as_ref(), |tally| {
            for (index, coupon) in coupons.iter().enumerate() {
                tally.add_short(*coupon, || item(index));
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

    /// As [`NumericProfile::settle`]; of categories none wait.
    pub fn settle(&mut self) {
        if let Self::Numeric(profile) = self {
            profile.settle();
        }
    }

    /// As [`NumericProfile::distance_part`]; of categories all.
    #[must_use]
    pub fn distance_part(&self) -> Self {
        match self {
            Self::Numeric(profile) => Self::Numeric(Box::new(profile.distance_part())),
            Self::Categorical(_) => self.clone(),
        }
    }

    /// As [`NumericProfile::pack`].
    pub fn pack(&mut self) {
        if let Self::Numeric(profile) = self {
            profile.pack();
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
