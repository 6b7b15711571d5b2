use super::compaction::{Run, level_capacity, offset_of, total_capacity, weight_of};
use crate::error::{Error, Result};
use crate::order::{key_of, value_of};
use crate::partition::{MAX_VALUES, Partition, with_arranged};

/// The k of [`Kll::default`], for a rank error of 1.33%.
pub const DEFAULT_K: u16 = 200;
/// The smallest k, which is that of `DataSketches` too.
pub const MIN_K: u16 = 8;

/// Items beyond the capacity that are put up with before anything is compacted, at least.
const SLACK: usize = 512;

/// A KLL sketch of finite values. Memory: 8 bytes an item, of which there are about `3 k` and at most
/// 512 (`k` if that is more) waiting; it grows with its data.
///
/// The order of additions and merges changes the items; the rank error holds in every order.
#[derive(Clone, Debug, PartialEq)]
pub struct Kll {
    k: u16,
    /// The smallest k of all that has been merged in compacted form.
    min_k: u16,
    count: u64,
    /// Keys of the extremes; meaningless without values.
    min: u64,
    max: u64,
    /// Keys of items by level. The first level is in no order, the others are sorted; the last one is
    /// never empty unless it is the first.
    levels: Vec<Vec<u64>>,
    /// How long the first level may grow until something has to be compacted; follows from the rest.
    first_limit: usize,
}

/// What bytes hold besides the items.
pub(super) struct Header {
    pub(super) k: u16,
    pub(super) min_k: u16,
    pub(super) count: u64,
    pub(super) min: f64,
    pub(super) max: f64,
}

impl Default for Kll {
    fn default() -> Self {
        Self::empty(DEFAULT_K)
    }
}

impl Kll {
    /// An empty sketch; the rank error falls about as `1 / k`.
    ///
    /// # Errors
    /// `InvalidArgument` for a `k` below [`MIN_K`].
    pub fn new(k: u16) -> Result<Self> {
        if k < MIN_K {
            return Err(Error::invalid_argument(format!("k must be at least {MIN_K}, got {k}")));
        }
        Ok(Self::empty(k))
    }

    fn empty(k: u16) -> Self {
        Self::of_keys(k, k, 0, (u64::MAX, 0), vec![Vec::new()])
    }

    /// A sketch of parts that have been checked.
    pub(super) fn from_parts(header: &Header, levels: Vec<Vec<u64>>) -> Self {
        let Header { k, min_k, count, min, max } = *header;
        Self::of_keys(k, min_k, count, (key_of(min), key_of(max)), levels)
    }

    fn of_keys(k: u16, min_k: u16, count: u64, (min, max): (u64, u64), levels: Vec<Vec<u64>>) -> Self {
        let mut sketch = Self { k, min_k, count, min, max, levels, first_limit: 0 };
        sketch.compress_beyond_slack();
        sketch
    }

    /// Adds finite values.
    pub fn add_slice(&mut self, values: &[f64]) {
        for batch in values.chunks(MAX_VALUES) {
            if batch.len() > self.slack() {
                with_arranged(&[], batch, |batch| self.add_arranged(batch));
                continue;
            }
            let keys = batch.iter().map(|value| key_of(*value));
            self.min = keys.clone().fold(self.min, u64::min);
            self.max = keys.clone().fold(self.max, u64::max);
            self.levels[0].extend(keys);
            self.count = self.count.saturating_add(batch.len() as u64);
            if self.levels[0].len() > self.first_limit {
                self.compress_beyond_slack();
            }
        }
    }

    /// Adds values that are arranged, in as few items as there is slack for. Half of a sorted batch misplaces a rank
    /// by at most one value, where halves of many small ones would each.
    pub(crate) fn add_arranged(&mut self, values: &mut Partition) {
        let Some(last) = values.len().checked_sub(1) else { return };
        self.min = self.min.min(values.key_at(0));
        self.max = self.max.max(values.key_at(last));
        self.compress();
        let mut run = Run::of(values.len());
        let mut level = 0;
        while run.len > self.slack() {
            if let Some(unpaired) = run.take_unpaired() {
                self.add_items(level, std::iter::once(values.key_at(unpaired)));
            }
            let offset = offset_of(self.count, level, run.sample().map(|place| values.key_at(place)));
            run.halve(offset);
            level += 1;
        }
        self.add_items(level, run.places().map(|place| values.key_at(place)));
        self.count = self.count.saturating_add(values.len() as u64);
        self.compress_beyond_slack();
    }

    /// Adds what `other` has seen. `k` stays; the rank error becomes the greater of both. An empty
    /// sketch is the identity, whatever its k.
    pub fn merge(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        if self.count == 0 {
            self.clone_from(other);
            return;
        }
        self.count = self.count.saturating_add(other.count);
        (self.min, self.max) = (self.min.min(other.min), self.max.max(other.max));
        if !other.is_exact() {
            self.min_k = self.min_k.min(other.min_k);
        }
        for (level, items) in other.levels.iter().enumerate() {
            self.add_items(level, items.iter().copied());
        }
        self.compress_beyond_slack();
    }

    /// Number of values.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The size parameter.
    pub fn k(&self) -> u16 {
        self.k
    }

    /// The smallest k of all that has been merged after it had lost detail; the rank error follows from it.
    pub fn min_k(&self) -> u16 {
        self.min_k
    }

    /// Smallest value, exact.
    pub fn min(&self) -> Option<f64> {
        (self.count > 0).then(|| value_of(self.min))
    }

    /// Largest value, exact.
    pub fn max(&self) -> Option<f64> {
        (self.count > 0).then(|| value_of(self.max))
    }

    /// Whether every value is still here, so that all answers are exact.
    pub fn is_exact(&self) -> bool {
        self.levels.len() == 1
    }

    /// Number of items kept.
    pub fn retained(&self) -> usize {
        self.levels.iter().map(Vec::len).sum()
    }

    /// The items kept and the number of values that each stands for, in no order. The weights add up
    /// to the count.
    pub fn items(&self) -> impl Iterator<Item = (f64, u64)> + '_ {
        let weighted = self.levels.iter().enumerate();
        weighted.flat_map(|(level, keys)| keys.iter().map(move |key| (value_of(*key), weight_of(level))))
    }

    pub(super) fn levels(&self) -> &[Vec<u64>] {
        &self.levels
    }

    /// The same with no more items than a sketch of `DataSketches` may have, every level sorted.
    pub(super) fn settled(&self) -> Self {
        let mut settled = self.clone();
        settled.compress();
        settled.levels[0].sort_unstable();
        settled
    }

    fn slack(&self) -> usize {
        SLACK.max(usize::from(self.k))
    }

    /// Puts sorted items into a level, which need not be there yet.
    fn add_items(&mut self, level: usize, sorted: impl ExactSizeIterator<Item = u64>) {
        if sorted.len() == 0 {
            return;
        }
        if level >= self.levels.len() {
            self.levels.resize_with(level + 1, Vec::new);
        }
        let items = &mut self.levels[level];
        let was_empty = items.is_empty();
        items.extend(sorted);
        if level > 0 && !was_empty {
            merge_runs(items);
        }
    }

    fn compress_beyond_slack(&mut self) {
        if self.retained() > self.capacity() + self.slack() {
            self.compress();
        }
        let above = self.retained() - self.levels[0].len();
        self.first_limit = (self.capacity() + self.slack()).saturating_sub(above);
    }

    /// How many items a sketch of as many levels has in `DataSketches` at most.
    fn capacity(&self) -> usize {
        total_capacity(self.k, self.levels.len())
    }

    /// Compacts levels, the lowest first, until all items fit. As long as they do not, some level is
    /// beyond its own capacity.
    fn compress(&mut self) {
        let mut level = 0;
        while self.retained() > self.capacity() {
            if self.levels[level].len() >= level_capacity(self.k, self.levels.len() - 1 - level) {
                self.compact(level);
            }
            level = (level + 1) % self.levels.len();
        }
    }

    fn compact(&mut self, level: usize) {
        let mut items = std::mem::take(&mut self.levels[level]);
        if level == 0 {
            items.sort_unstable();
        }
        let mut run = Run::of(items.len());
        self.levels[level].extend(run.take_unpaired().map(|place| items[place]));
        run.halve(offset_of(self.count, level, run.sample().map(|place| items[place])));
        self.add_items(level + 1, run.places().map(|place| items[place]));
    }
}

/// Sorts two sorted runs, one after the other: the stable sort finds them and merges them.
#[allow(clippy::stable_sort_primitive)]
fn merge_runs(items: &mut [u64]) {
    items.sort();
}
