//! The buckets of one sign: counts of consecutive indexes, without empty buckets at either end.

/// Counts of buckets `start, start + 1, ...`. Either empty, with `start` zero, or with a non-empty
/// bucket at both ends, so that equal contents are equal structures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Side {
    pub(super) start: i32,
    pub(super) counts: Vec<u64>,
}

/// The buckets at one scale that `shift` halvings of resolution join into one.
fn coarser(index: i32, shift: u32) -> i32 {
    index >> shift
}

impl Side {
    pub(super) fn first_and_last(&self) -> Option<(i32, i32)> {
        (!self.counts.is_empty()).then(|| (self.start, self.start + self.counts.len() as i32 - 1))
    }

    pub(super) fn total(&self) -> u64 {
        self.counts.iter().fold(0, |total, count| total.saturating_add(*count))
    }

    /// The non-empty buckets by rising index.
    pub(super) fn buckets(&self) -> impl DoubleEndedIterator<Item = (i32, u64)> + '_ {
        self.counts
            .iter()
            .enumerate()
            .map(|(offset, count)| (self.start + offset as i32, *count))
            .filter(|(_, count)| *count > 0)
    }

    /// How many halvings of resolution it takes until these and the buckets `first..=last` span at
    /// most `limit` indexes.
    pub(super) fn shift_to_hold(&self, range: Option<(i32, i32)>, limit: i32) -> u32 {
        let (first, last) = match (self.first_and_last(), range) {
            (Some(own), Some(other)) => (own.0.min(other.0), own.1.max(other.1)),
            (Some(own), None) => own,
            (None, Some(other)) => other,
            (None, None) => return 0,
        };
        let mut shift = 0;
        while coarser(last, shift) - coarser(first, shift) >= limit {
            shift += 1;
        }
        shift
    }

    /// Joins each run of `2^shift` buckets into one.
    pub(super) fn reduce(&mut self, shift: u32) {
        let Some((first, last)) = self.first_and_last() else {
            return;
        };
        if shift == 0 {
            return;
        }
        let start = coarser(first, shift);
        let mut counts = vec![0u64; (coarser(last, shift) - start + 1) as usize];
        for (index, count) in self.buckets() {
            let joined = &mut counts[(coarser(index, shift) - start) as usize];
            *joined = joined.saturating_add(count);
        }
        *self = Self { start, counts };
    }

    /// Adds `count > 0` to a bucket, making room for it.
    pub(super) fn add(&mut self, index: i32, count: u64) {
        self.make_room(index, index);
        let bucket = &mut self.counts[(index - self.start) as usize];
        *bucket = bucket.saturating_add(count);
    }

    /// Adds the buckets of `other`, which were reduced by `shift` fewer halvings than these.
    pub(super) fn add_all(&mut self, other: &Self, shift: u32) {
        let Some((first, last)) = other.first_and_last() else {
            return;
        };
        self.make_room(coarser(first, shift), coarser(last, shift));
        for (index, count) in other.buckets() {
            let bucket = &mut self.counts[(coarser(index, shift) - self.start) as usize];
            *bucket = bucket.saturating_add(count);
        }
    }

    /// Makes room for the buckets `first..=last`, the outermost of which must then be filled.
    pub(super) fn make_room(&mut self, first: i32, last: i32) {
        let Some((own_first, own_last)) = self.first_and_last() else {
            self.start = first;
            self.counts = vec![0; (last - first + 1) as usize];
            return;
        };
        if first < own_first {
            let missing = (own_first - first) as usize;
            self.counts.splice(0..0, std::iter::repeat_n(0, missing));
            self.start = first;
        }
        if last > own_last {
            self.counts.resize((last - self.start + 1) as usize, 0);
        }
    }
}
