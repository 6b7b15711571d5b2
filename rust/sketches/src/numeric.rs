//! The profile of a numeric column.

use std::borrow::Cow;
use std::sync::Arc;

use crate::bins::{BinCounts, Binning};
use crate::error::{Error, Result};
use crate::histogram::ExponentialHistogram;
use crate::hll::Hll;
use crate::kll::Kll;
use crate::moments::Moments;
use crate::partition::Partition;
use crate::shape::Shape;
use crate::tally::Tally;
use crate::tdigest::TDigest;

/// Values that are fed to one sketch after the other while they are in the first-level cache.
const BLOCK: usize = 2048;
/// Up to this many values take less memory than the digest and the histogram of them.
const FEW_WAITING: usize = 1280;

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
///
/// A few values cost more in a batch of their own than among others. So those that wait in the digest wait for the
/// histogram, the bins and the KLL sketch too, which take them later from one batch; who reads these gets them with what
/// waits.
///
/// Memory: it grows with the values, up to some 12 KiB and at most 16 KiB of values that wait.
#[derive(Clone, Debug, Default)]
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
    /// Distinct finite values.
    pub distinct: Hll,
    digest: TDigest,
    /// Without the values that wait in the digest.
    histogram: ExponentialHistogram,
    /// Without the values that wait in the digest.
    bins: Tally<BinCounts>,
    /// Without the values that wait in the digest.
    kll: Option<Box<Kll>>,
    /// The bins that values are counted in, those that wait too.
    binning: Option<Arc<Binning>>,
}

impl PartialEq for NumericProfile {
    fn eq(&self, other: &Self) -> bool {
        let counts = |profile: &Self| (profile.nulls, profile.nans, profile.pos_infs, profile.neg_infs);
        counts(self) == counts(other)
            && (&self.moments, &self.shape) == (&other.moments, &other.shape)
            && (&self.distinct, &self.digest, &self.binning)
                == (&other.distinct, &other.digest, &other.binning)
            && (self.histogram(), self.bins(), self.kll()) == (other.histogram(), other.bins(), other.kll())
    }
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
        self.settle();
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
        self.add_ordered(finite.as_deref().unwrap_or(values));
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

    /// Feeds finite values to the sketches that go by order, or lets them wait.
    fn add_ordered(&mut self, values: &[f64]) {
        let (digest, mut others) = self.ordered();
        digest.add_with(values, |batch| others.add(batch));
    }

    /// The sketches that go by order: the digest, in which values wait, and the others.
    fn ordered(&mut self) -> (&mut TDigest, Ordered<'_>) {
        let Self { digest, histogram, bins, binning, kll, .. } = self;
        (digest, Ordered { histogram, bins, binning: binning.as_ref(), kll: kll.as_deref_mut() })
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

    /// Finite values by exponential buckets.
    pub fn histogram(&self) -> Cow<'_, ExponentialHistogram> {
        let waiting = self.digest.waiting();
        if waiting.is_empty() {
            return Cow::Borrowed(&self.histogram);
        }
        let mut histogram = self.histogram.clone();
        histogram.add_slice(waiting);
        Cow::Owned(histogram)
    }

    /// Quantiles of the finite values.
    pub fn digest(&self) -> &TDigest {
        &self.digest
    }

    /// Finite values by the bins of the baseline.
    pub fn bins(&self) -> Cow<'_, Tally<BinCounts>> {
        let waiting = self.digest.waiting();
        if waiting.is_empty() {
            return Cow::Borrowed(&self.bins);
        }
        let mut bins = self.bins.clone();
        bins.add_with(self.binning.as_ref(), |counts| counts.add_slice(waiting));
        Cow::Owned(bins)
    }

    /// Quantiles of the finite values with a bound of a stated probability. It holds all of them: `None`
    /// where the profile, or one that was merged into it, took values without such a sketch.
    pub fn kll(&self) -> Option<Cow<'_, Kll>> {
        let (kll, waiting) = (self.kll.as_deref()?, self.digest.waiting());
        if waiting.is_empty() {
            return Some(Cow::Borrowed(kll));
        }
        let mut kll = kll.clone();
        kll.add_slice(waiting);
        Some(Cow::Owned(kll))
    }

    /// Feeds what waits to its sketches, so that each reader need not do it anew.
    pub fn settle(&mut self) {
        let waiting = self.digest.waiting();
        if !waiting.is_empty() {
            self.histogram.add_slice(waiting);
            self.bins.add_with(self.binning.as_ref(), |counts| counts.add_slice(waiting));
            if let Some(kll) = &mut self.kll {
                kll.add_slice(waiting);
            }
        }
        self.digest.flush();
    }

    /// The part that distances are computed of: counts of what is not finite, moments, digest and bins. It is far smaller.
    #[must_use]
    pub fn distance_part(&self) -> Self {
        Self {
            nulls: self.nulls,
            nans: self.nans,
            pos_infs: self.pos_infs,
            neg_infs: self.neg_infs,
            moments: self.moments.clone(),
            digest: self.digest.clone(),
            bins: self.bins.clone(),
            binning: self.binning.clone(),
            shape: Shape::default(),
            distinct: Hll::default(),
            histogram: ExponentialHistogram::default(),
            kll: None,
        }
    }

    /// Takes as little memory as can be: for a profile to which no more values are expected.
    pub fn pack(&mut self) {
        let waiting = self.digest.waiting().len();
        if waiting as u64 == self.digest.count() && waiting <= FEW_WAITING {
            self.digest.shrink();
        } else {
            self.settle();
        }
    }

    /// Takes a histogram of all finite values that was read elsewhere.
    pub fn set_histogram(&mut self, histogram: ExponentialHistogram) {
        self.settle();
        self.histogram = histogram;
    }

    /// Takes a digest of all finite values that was read elsewhere.
    pub fn set_digest(&mut self, mut digest: TDigest) {
        self.settle();
        digest.flush();
        self.digest = digest;
    }

    /// Takes the counts of all finite values in the bins of a baseline that were read or counted elsewhere.
    pub fn set_bins(&mut self, bins: Tally<BinCounts>) {
        self.settle();
        self.bins = bins;
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
        self.shape.merge(&other.shape, &self.moments, &other.moments);
        self.moments.merge(&other.moments);
        self.merge_ordered(other);
        Ok(())
    }

    fn merge_ordered(&mut self, other: &Self) {
        let binning = self.binning.as_ref().or(other.binning.as_ref()).cloned();
        // What waits is counted in the bins that it came for.
        if !other.counts_in(binning.as_ref()) {
            let mut settled = other.clone();
            settled.settle();
            return self.merge_ordered(&settled);
        }
        if !self.counts_in(binning.as_ref()) {
            self.settle();
        }
        self.binning = binning;
        self.histogram.merge(&other.histogram);
        self.bins.merge(&other.bins);
        self.merge_kll(other);
        let (digest, mut others) = self.ordered();
        digest.merge_with(&other.digest, |batch| others.add(batch));
    }

    /// Whether what waits, if anything does, is to be counted in these bins.
    fn counts_in(&self, binning: Option<&Arc<Binning>>) -> bool {
        self.digest.waiting().is_empty() || self.binning.as_ref() == binning
    }

    /// Before the digests are merged: a side without values has no say against one with values.
    fn merge_kll(&mut self, other: &Self) {
        let (is_empty, adds_nothing) = (self.digest.count() == 0, other.digest.count() == 0);
        match (&mut self.kll, &other.kll) {
            (Some(own), Some(added)) => own.merge(added),
            (None, Some(added)) if is_empty => self.kll = Some(added.clone()),
            (Some(_), None) if !adds_nothing => self.kll = None,
            _ => {}
        }
    }
}

/// The sketches that go by order besides the digest.
struct Ordered<'a> {
    histogram: &'a mut ExponentialHistogram,
    bins: &'a mut Tally<BinCounts>,
    binning: Option<&'a Arc<Binning>>,
    kll: Option<&'a mut Kll>,
}

impl Ordered<'_> {
    fn add(&mut self, batch: &mut Partition) {
        self.histogram.add_arranged(batch);
        self.bins.add_with(self.binning, |counts| counts.add_arranged(batch));
        if let Some(kll) = &mut self.kll {
            kll.add_arranged(batch);
        }
    }
}
