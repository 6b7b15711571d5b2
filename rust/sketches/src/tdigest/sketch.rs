use std::borrow::Cow;
use std::sync::Arc;

use super::batch::gather_values;
use super::cluster::{Centroid, SizeLimit};
use super::gather::gather;
use crate::error::{Error, Result};
use crate::partition::{MAX_VALUES, Partition, with_arranged};

/// The compression of [`TDigest::default`].
pub const DEFAULT_COMPRESSION: u16 = 100;
/// The smallest compression, which `DataSketches` asks for too.
pub const MIN_COMPRESSION: u16 = 10;

/// Values are buffered until there are this many: what a batch costs at all is little for each of them.
const BUFFER: usize = 2048;
/// How much finer than the digest a batch is gathered before it is merged into it.
const BATCH_FINENESS: f64 = 2.0;
/// How much finer the first batch is kept: it is packed more tightly than what has been merged often, and has room.
const FIRST_FINENESS: f64 = 1.25;

/// A t-digest of finite values. Memory: 32 bytes a centroid, of which there are at most about twice the
/// compression, and at most 16 KiB of buffered values.
///
/// The order of additions and merges changes the centroids slightly; the certified intervals hold
/// in every order.
#[derive(Clone, Debug, PartialEq)]
pub struct TDigest {
    compression: u16,
    /// Sorted by mean; the first is the minimum and the last the maximum, each of weight one.
    /// Shared by copies: they are replaced as a whole.
    centroids: Arc<[Centroid]>,
    /// Sum of the centroids' weights.
    gathered: u64,
    buffer: Vec<f64>,
}

impl Default for TDigest {
    fn default() -> Self {
        Self::empty(DEFAULT_COMPRESSION)
    }
}

impl TDigest {
    /// An empty digest; a higher compression keeps more centroids.
    ///
    /// # Errors
    /// `InvalidArgument` for a compression below [`MIN_COMPRESSION`].
    pub fn new(compression: u16) -> Result<Self> {
        if compression < MIN_COMPRESSION {
            return Err(Error::invalid_argument(format!(
                "compression must be at least {MIN_COMPRESSION}, got {compression}"
            )));
        }
        Ok(Self::empty(compression))
    }

    fn empty(compression: u16) -> Self {
        Self { compression, centroids: Arc::default(), gathered: 0, buffer: Vec::new() }
    }

    /// A digest from centroids in rising order of mean. The least `low` is taken as the minimum and
    /// the greatest `high` as the maximum; where the ends are heavier than one value, one member is
    /// split off as the extreme.
    ///
    /// # Errors
    /// `InvalidArgument` for a compression below [`MIN_COMPRESSION`]; `InvalidData` unless weights are
    /// positive with a sum within `u64`, means rise, and `low <= mean <= high` are finite.
    pub fn from_centroids(compression: u16, centroids: &[Centroid]) -> Result<Self> {
        let mut digest = Self::new(compression)?;
        let (mut min, mut max) = (f64::INFINITY, f64::NEG_INFINITY);
        for (position, centroid) in centroids.iter().enumerate() {
            check_centroid(position, centroid)?;
            digest.gathered = digest.gathered.checked_add(centroid.weight).ok_or_else(|| {
                Error::invalid_data(format!("centroid weights must add up to at most {}", u64::MAX))
            })?;
            (min, max) = (min.min(centroid.low), max.max(centroid.high));
        }
        if let Some(pair) = centroids.windows(2).find(|pair| pair[0].mean > pair[1].mean) {
            return Err(Error::invalid_data(format!(
                "centroid means must rise, got {} before {}",
                pair[0].mean, pair[1].mean
            )));
        }
        digest.centroids = with_single_ends(centroids, min, max).into();
        Ok(digest)
    }

    /// Adds finite values.
    pub fn add_slice(&mut self, values: &[f64]) {
        self.add_with(values, |_| ());
    }

    /// Adds finite values, or lets them wait. Values that have waited long enough are arranged together with those that
    /// come; `call` gets every such batch.
    pub(crate) fn add_with(&mut self, values: &[f64], mut call: impl FnMut(&mut Partition)) {
        let mut rest = values;
        while self.buffer.len() + rest.len() >= BUFFER {
            let (batch, after) = rest.split_at(rest.len().min(MAX_VALUES - self.buffer.len()));
            let waited = std::mem::take(&mut self.buffer);
            with_arranged(&waited, batch, |batch| {
                // First the digest: looking for ranks changes the order within slots, which its sums feel.
                self.add_arranged(batch);
                call(batch);
            });
            self.buffer = waited;
            self.buffer.clear();
            rest = after;
        }
        self.wait(rest);
    }

    /// Adds what `other` has seen, at the coarser compression of both. An empty digest is the
    /// identity, whatever its compression.
    pub fn merge(&mut self, other: &Self) {
        self.merge_with(other, |_| ());
    }

    /// As [`Self::merge`]; `call` gets every batch of values that have waited here or there.
    pub(crate) fn merge_with(&mut self, other: &Self, call: impl FnMut(&mut Partition)) {
        if other.count() == 0 {
            return;
        }
        if self.count() == 0 {
            self.clone_from(other);
            return;
        }
        self.compression = self.compression.min(other.compression);
        self.add_centroids(&other.centroids);
        self.add_with(&other.buffer, call);
    }

    /// Number of values.
    pub fn count(&self) -> u64 {
        self.gathered.saturating_add(self.buffer.len() as u64)
    }

    /// The compression that sizes the clusters.
    pub fn compression(&self) -> u16 {
        self.compression
    }

    /// Smallest value, exact.
    pub fn min(&self) -> Option<f64> {
        let gathered = self.centroids.first().map(|centroid| centroid.mean);
        self.buffer.iter().copied().chain(gathered).reduce(f64::min).map(|min| min + 0.0)
    }

    /// Largest value, exact.
    pub fn max(&self) -> Option<f64> {
        let gathered = self.centroids.last().map(|centroid| centroid.mean);
        self.buffer.iter().copied().chain(gathered).reduce(f64::max).map(|max| max + 0.0)
    }

    /// All centroids by rising mean, buffered values gathered in. The first is the minimum and the
    /// last the maximum, each of weight one.
    pub fn centroids(&self) -> Cow<'_, [Centroid]> {
        if self.buffer.is_empty() {
            return Cow::Borrowed(&self.centroids);
        }
        let mut flushed = self.clone();
        flushed.flush();
        Cow::Owned(flushed.centroids.to_vec())
    }

    pub(super) fn gathered_and_buffered(&self) -> (&[Centroid], &[f64]) {
        (&self.centroids, &self.buffer)
    }

    /// The values that wait to be gathered in.
    pub(crate) fn waiting(&self) -> &[f64] {
        &self.buffer
    }

    /// Gives back memory that only values to come would need.
    pub(crate) fn shrink(&mut self) {
        self.buffer.shrink_to_fit();
    }

    /// Buffers values.
    fn wait(&mut self, values: &[f64]) {
        let len = self.buffer.len() + values.len();
        if len > self.buffer.capacity() {
            self.buffer.reserve_exact(len.next_power_of_two() - self.buffer.len());
        }
        self.buffer.extend_from_slice(values);
    }

    /// Gathers the buffered values in, and gives their memory back.
    pub(crate) fn flush(&mut self) {
        let waited = std::mem::take(&mut self.buffer);
        if !waited.is_empty() {
            with_arranged(&waited, &[], |batch| self.add_arranged(batch));
        }
    }

    fn add_arranged(&mut self, values: &mut Partition) {
        let batch = gather_values(values, self.fineness() * BATCH_FINENESS, self.few());
        self.add_centroids(&batch);
    }

    fn add_centroids(&mut self, added: &[Centroid]) {
        let weights = added.iter().map(|centroid| centroid.weight);
        self.gathered = weights.fold(self.gathered, u64::saturating_add);
        let finer = if self.centroids.is_empty() { FIRST_FINENESS } else { 1.0 };
        let limit = SizeLimit::new(self.gathered, self.fineness() * finer);
        self.centroids = gather(&self.centroids, added, &limit, self.few()).into();
    }

    /// The compression of the scale function: as in `DataSketches`, twice that of the digest.
    fn fineness(&self) -> f64 {
        2.0 * f64::from(self.compression)
    }

    /// So many different values are kept as they are.
    fn few(&self) -> usize {
        2 * usize::from(self.compression)
    }
}

fn check_centroid(position: usize, centroid: &Centroid) -> Result<()> {
    let Centroid { mean, weight, low, high } = *centroid;
    if weight == 0 {
        return Err(Error::invalid_data(format!(
            "centroid weight must be at least 1, got 0 at position {position}"
        )));
    }
    if low.is_finite() && high.is_finite() && low <= mean && mean <= high {
        return Ok(());
    }
    Err(Error::invalid_data(format!(
        "centroid must hold finite low <= mean <= high, got {low}, {mean}, {high} at position {position}"
    )))
}

/// The centroids with a minimum and a maximum of weight one at the ends.
fn with_single_ends(centroids: &[Centroid], min: f64, max: f64) -> Vec<Centroid> {
    let mut ended = centroids.to_vec();
    let is_single = |centroid: Option<&Centroid>, value: f64| centroid == Some(&Centroid::atom(value, 1));
    if !is_single(ended.first(), min) {
        let holders = ended.iter().enumerate().filter(|(_, centroid)| centroid.low == min);
        // Of all that may hold the minimum the one that ends first: no lower bound of a rank then
        // counts it twice.
        if let Some((holder, _)) = holders.min_by(|left, right| left.1.high.total_cmp(&right.1.high)) {
            take_member(&mut ended, holder);
            ended.insert(0, Centroid::atom(min, 1));
        }
    }
    if !is_single(ended.last(), max) {
        let holders = ended.iter().enumerate().skip(1).filter(|(_, centroid)| centroid.high == max);
        if let Some((holder, _)) = holders.max_by(|left, right| left.1.low.total_cmp(&right.1.low)) {
            take_member(&mut ended, holder);
            ended.push(Centroid::atom(max, 1));
        }
    }
    ended
}

fn take_member(centroids: &mut Vec<Centroid>, position: usize) {
    if centroids[position].weight == 1 {
        centroids.remove(position);
    } else {
        centroids[position].weight -= 1;
    }
}
