use std::collections::BTreeMap;

use super::confusion::Content;
use super::weighted::Weights;
use crate::error::Result;
use crate::histogram::{MAX_BUCKETS, MAX_SCALE, bucket_bounds, check_span, halvings, index_of, shift_of};

/// Weights of records in the buckets that an [`ExponentialHistogram`](crate::ExponentialHistogram) of their absolute
/// errors has. As its, the scale is the largest at which the buckets with weight span at most [`MAX_BUCKETS`] indexes, so
/// it depends on the extremes alone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WeightedErrors {
    /// Halvings of resolution since the finest scale.
    shift: u32,
    zeros: Weights,
    buckets: BTreeMap<i32, Weights>,
}

impl WeightedErrors {
    /// Weights from stored buckets, in any order; those of one index are added up.
    ///
    /// # Errors
    /// `InvalidData` for a scale or an index that no histogram has, more than [`MAX_BUCKETS`] indexes, or a sum that is
    /// negative or not a number.
    pub fn from_parts(scale: i32, zeros: Weights, buckets: &[(i32, Weights)]) -> Result<Self> {
        let shift = shift_of(scale)?;
        let mut found = Self { shift, zeros: zeros.checked()?, buckets: BTreeMap::new() };
        for (index, weights) in buckets {
            found.put(*index, weights.checked()?);
        }
        if let Some((first, last)) = found.first_and_last() {
            check_span(shift, first, last)?;
        }
        Ok(found)
    }

    /// Adds the weight of a finite absolute error.
    pub(super) fn add(&mut self, weight: f64, absolute_error: f64) {
        if weight == 0.0 {
            return;
        }
        let added = Weights::of(weight);
        let Some(index) = index_of(absolute_error) else {
            self.zeros = self.zeros.plus(added);
            return;
        };
        if let Some(own) = self.buckets.get_mut(&(index >> self.shift)) {
            *own = own.plus(added);
            return;
        }
        let index = index >> self.shift;
        let more = self.shift_to_hold(index, index);
        self.reduce(more);
        self.put(index >> more, added);
    }

    /// Adds what `other` holds.
    pub(super) fn merge(&mut self, other: &Self) {
        self.zeros = self.zeros.plus(other.zeros);
        self.reduce(other.shift.saturating_sub(self.shift));
        let between = self.shift - other.shift;
        if let Some((first, last)) = other.first_and_last() {
            self.reduce(self.shift_to_hold(first >> between, last >> between));
        }
        let between = self.shift - other.shift;
        for (&index, &added) in &other.buckets {
            self.put(index >> between, added);
        }
    }

    /// What is left when that is taken out which was added before, at the coarser of both scales.
    pub(super) fn without(&self, taken: &Self) -> Self {
        let (mut own, mut taken) = (self.clone(), taken.clone());
        let shift = own.shift.max(taken.shift);
        own.reduce(shift - own.shift);
        taken.reduce(shift - taken.shift);
        let mut left = Self { shift, zeros: own.zeros.minus(taken.zeros), buckets: BTreeMap::new() };
        for (&index, own) in &own.buckets {
            left.put(index, own.minus(taken.buckets.get(&index).copied().unwrap_or_default()));
        }
        left
    }

    /// The scale `s`: bucket bounds are powers of `2^(2^-s)`.
    pub fn scale(&self) -> i32 {
        MAX_SCALE - self.shift as i32
    }

    /// Weights of the errors that are zero.
    pub fn zeros(&self) -> Weights {
        self.zeros
    }

    /// The buckets with weight, by rising index.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (i32, Weights)> + '_ {
        self.buckets.iter().map(|(&index, &weights)| (index, weights))
    }

    /// The bounds of a bucket: greater than the first, at most the second.
    pub fn bucket_bounds(&self, index: i32) -> (f64, f64) {
        bucket_bounds(index, self.shift)
    }

    fn first_and_last(&self) -> Option<(i32, i32)> {
        Some((*self.buckets.first_key_value()?.0, *self.buckets.last_key_value()?.0))
    }

    /// How many halvings of resolution it takes to hold these buckets as well.
    fn shift_to_hold(&self, first: i32, last: i32) -> u32 {
        let (own_first, own_last) = self.first_and_last().unwrap_or((first, last));
        halvings(own_first.min(first), own_last.max(last), MAX_BUCKETS as i32)
    }

    fn reduce(&mut self, shift: u32) {
        if shift > 0 {
            self.shift += shift;
            for (index, weights) in std::mem::take(&mut self.buckets) {
                self.put(index >> shift, weights);
            }
        }
    }

    fn put(&mut self, index: i32, added: Weights) {
        if added != Weights::default() {
            let own = self.buckets.entry(index).or_default();
            *own = own.plus(added);
        }
    }
}
