use std::collections::HashMap;
use std::collections::hash_map::{DefaultHasher, Entry};
use std::hash::BuildHasherDefault;

use crate::error::{Error, Result};

/// The capacity of [`FrequentItems::default`].
pub const DEFAULT_CAPACITY: usize = 256;
/// The smallest capacity.
pub const MIN_CAPACITY: usize = 8;
/// The largest capacity; it has to fit the sixteen bits that the byte format has for it.
pub const MAX_CAPACITY: usize = 65_535;
/// Longer items are cut to this many bytes, at a character boundary.
pub const MAX_ITEM_BYTES: usize = 256;

/// Counts by item. The hasher has no random seed, so that the same input gives the same state; as
/// the map is small, keys chosen to collide cannot slow it down by much.
type Counts = HashMap<Box<str>, u64, BuildHasherDefault<DefaultHasher>>;

/// The most frequent strings of a stream. Memory: at most `capacity` items and their counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrequentItems {
    capacity: usize,
    total: u64,
    error: u64,
    counts: Counts,
}

impl Default for FrequentItems {
    fn default() -> Self {
        Self::empty(DEFAULT_CAPACITY)
    }
}

impl FrequentItems {
    /// An empty summary that keeps at most `capacity` items.
    ///
    /// # Errors
    /// `InvalidArgument` for a capacity outside `[MIN_CAPACITY, MAX_CAPACITY]`.
    pub fn new(capacity: usize) -> Result<Self> {
        if (MIN_CAPACITY..=MAX_CAPACITY).contains(&capacity) {
            return Ok(Self::empty(capacity));
        }
        Err(Error::invalid_argument(format!(
            "capacity must be in [{MIN_CAPACITY}, {MAX_CAPACITY}], got {capacity}"
        )))
    }

    fn empty(capacity: usize) -> Self {
        Self { capacity, total: 0, error: 0, counts: Counts::default() }
    }

    /// A summary from its stored parts: the sum of all counts ever added, the error, and the lower
    /// bounds of the kept items.
    ///
    /// # Errors
    /// `InvalidArgument` for a capacity out of range; `InvalidData` for more items than the capacity,
    /// an item that is too long or comes twice, a count of zero, or counts or an error above the total.
    pub fn from_parts(
        capacity: usize,
        total: u64,
        error: u64,
        items: impl IntoIterator<Item = (String, u64)>,
    ) -> Result<Self> {
        let mut summary = Self::new(capacity)?;
        if error > total {
            return Err(Error::invalid_data(format!("error must be at most the total {total}, got {error}")));
        }
        let mut left = total;
        for (item, count) in items {
            left = left.checked_sub(count).ok_or_else(|| {
                Error::invalid_data(format!("item counts must add up to at most the total {total}"))
            })?;
            summary.restore(item, count)?;
        }
        (summary.total, summary.error) = (total, error);
        Ok(summary)
    }

    fn restore(&mut self, item: String, count: u64) -> Result<()> {
        if count == 0 {
            return Err(Error::invalid_data("item count must be at least 1, got 0"));
        }
        if item.len() > MAX_ITEM_BYTES {
            return Err(Error::invalid_data(format!(
                "item must be at most {MAX_ITEM_BYTES} bytes long, got {}",
                item.len()
            )));
        }
        if self.counts.len() == self.capacity {
            return Err(Error::invalid_data(format!("items must be at most {}, got more", self.capacity)));
        }
        match self.counts.entry(item.into_boxed_str()) {
            Entry::Vacant(vacant) => {
                vacant.insert(count);
                Ok(())
            }
            Entry::Occupied(occupied) => {
                Err(Error::invalid_data(format!("items must differ, got {:?} twice", occupied.key())))
            }
        }
    }

    /// Adds an item `count` times.
    pub fn add(&mut self, item: &str, count: u64) {
        if count == 0 {
            return;
        }
        self.total = self.total.saturating_add(count);
        self.raise(cut(item), count);
        if self.counts.len() > self.capacity {
            self.shrink();
        }
    }

    /// Adds items that all differ, `item(i)` as often as `counts[i]` says, at least once: those of one batch, say.
    /// More items than the capacity are cut to the most frequent half of it before they are looked up, which is
    /// merging their exact summary. Items are UTF-8; other bytes are replaced.
    pub fn add_distinct<'a>(&mut self, counts: &[u64], item: impl Fn(usize) -> &'a [u8]) {
        self.add_cut(counts, item, 0);
    }

    /// Adds `count` items. Those that come more than `rare` times are given as to [`Self::add_distinct`]; the others
    /// have at most [`MAX_ITEM_BYTES`] bytes and are dropped. The error stays within its bound where they are
    /// `rare * capacity / 2` or more.
    pub fn add_often<'a>(&mut self, count: u64, counts: &[u64], item: impl Fn(usize) -> &'a [u8], rare: u64) {
        let total = self.total.saturating_add(count);
        self.add_cut(counts, item, rare);
        self.total = total;
    }

    /// Adds items that differ from each other, and from others which come at most `rare` times.
    fn add_cut<'a>(&mut self, counts: &[u64], item: impl Fn(usize) -> &'a [u8], rare: u64) {
        let dropped =
            if counts.len() > self.capacity { largest_dropped(counts, self.capacity / 2) } else { 0 };
        self.error = self.error.saturating_add(dropped.max(rare));
        for (index, &count) in counts.iter().enumerate() {
            let item = item(index);
            if item.len() > MAX_ITEM_BYTES {
                // Items that differ may be the same when they are cut: these are added one by one.
                self.add(&String::from_utf8_lossy(item), count);
                continue;
            }
            self.total = self.total.saturating_add(count);
            // As rare as what is dropped, it can be dropped too.
            if count > dropped.max(rare) {
                self.raise(&String::from_utf8_lossy(item), count - dropped);
            }
        }
        if self.counts.len() > self.capacity {
            self.shrink();
        }
    }

    /// Adds what `other` has seen, at the smaller capacity of both. An empty summary is the identity,
    /// whatever its capacity.
    pub fn merge(&mut self, other: &Self) {
        if other.total == 0 {
            return;
        }
        if self.total == 0 {
            self.clone_from(other);
            return;
        }
        self.capacity = self.capacity.min(other.capacity);
        self.total = self.total.saturating_add(other.total);
        self.error = self.error.saturating_add(other.error);
        for (item, count) in &other.counts {
            self.raise(item, *count);
        }
        if self.counts.len() > self.capacity {
            self.shrink();
        }
    }

    /// The most different items that are kept.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Sum of all counts added.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The most by which a count can be too low; zero while everything is exact.
    pub fn error(&self) -> u64 {
        self.error
    }

    /// The kept items with the lower bounds of their counts, the largest first, then by name.
    pub fn items(&self) -> Vec<(&str, u64)> {
        let mut items: Vec<(&str, u64)> = self.counts.iter().map(|(item, count)| (&**item, *count)).collect();
        items.sort_unstable_by(|left, right| right.1.cmp(&left.1).then(left.0.cmp(right.0)));
        items
    }

    /// Bounds that hold for certain on the count of an item.
    pub fn estimate(&self, item: &str) -> (u64, u64) {
        let lower = self.counts.get(cut(item)).copied().unwrap_or(0);
        (lower, lower.saturating_add(self.error).min(self.total))
    }

    fn raise(&mut self, item: &str, added: u64) {
        if let Some(count) = self.counts.get_mut(item) {
            *count = count.saturating_add(added);
        } else {
            self.counts.insert(item.into(), added);
        }
    }

    /// Subtracts from all counts the largest one that is not to be kept, so that half of the capacity
    /// or less remains.
    fn shrink(&mut self) {
        let mut counts: Vec<u64> = self.counts.values().copied().collect();
        let kept = self.capacity / 2;
        let (_, dropped, _) = counts.select_nth_unstable_by(kept, |left, right| right.cmp(left));
        let dropped = *dropped;
        self.error = self.error.saturating_add(dropped);
        self.counts.retain(|_, count| {
            *count -= dropped.min(*count);
            *count > 0
        });
    }
}

/// The largest of counts, each at least 1, that is not among the `kept` largest ones. Most counts of a batch are 1 where
/// there are many: only the others are put in order.
fn largest_dropped(counts: &[u64], kept: usize) -> u64 {
    let mut repeated: Vec<u64> = counts.iter().copied().filter(|count| *count > 1).collect();
    if repeated.len() <= kept {
        return 1;
    }
    *repeated.select_nth_unstable_by(kept, |left, right| right.cmp(left)).1
}

/// The first [`MAX_ITEM_BYTES`] bytes of an item, or a little less to keep characters whole.
pub(crate) fn cut(item: &str) -> &str {
    let mut end = item.len().min(MAX_ITEM_BYTES);
    while !item.is_char_boundary(end) {
        end -= 1;
    }
    &item[..end]
}
