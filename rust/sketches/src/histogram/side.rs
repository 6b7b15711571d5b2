//! The buckets of one sign: consecutive ones, or pairs of index and count while there are few.

use std::collections::BTreeMap;

use super::layout::halvings;

/// The most buckets that are kept as pairs.
const FEW: usize = 12;
/// From this many values on they are kept as consecutive buckets, which are found faster.
const FEW_VALUES: u64 = 64;

/// Counts of buckets. Equal contents are equal sides, however they are kept.
#[derive(Clone, Debug)]
pub(super) enum Side {
    /// Index and count of non-empty buckets, by rising index.
    Few(Box<[(i32, u64)]>),
    /// Counts of the buckets `start, start + 1, ...`, without empty ones at either end.
    Many { start: i32, counts: Box<[u64]> },
}

impl Default for Side {
    fn default() -> Self {
        Self::Few(Box::default())
    }
}

impl PartialEq for Side {
    fn eq(&self, other: &Self) -> bool {
        self.buckets().eq(other.buckets())
    }
}

impl Eq for Side {}

/// The buckets at one scale that `shift` halvings of resolution join into one.
fn coarser(index: i32, shift: u32) -> i32 {
    index >> shift
}

impl Side {
    /// A side of these buckets, in any order; `first..=last` is their span.
    pub(super) fn of(buckets: impl Iterator<Item = (i32, u64)>, first: i32, last: i32) -> Self {
        let mut side = Self::consecutive(first, last);
        let (start, counts) = side.consecutive_mut();
        for (index, count) in buckets {
            let bucket = &mut counts[(index - start) as usize];
            *bucket = bucket.saturating_add(count);
        }
        let few: Box<[_]> = side.buckets().take(FEW + 1).collect();
        if few.len() > FEW || side.total() >= FEW_VALUES { side } else { Self::Few(few) }
    }

    fn consecutive(first: i32, last: i32) -> Self {
        Self::Many { start: first, counts: vec![0; (last - first + 1) as usize].into() }
    }

    pub(super) fn first_and_last(&self) -> Option<(i32, i32)> {
        match self {
            Self::Few(pairs) => Some((pairs.first()?.0, pairs.last()?.0)),
            Self::Many { start, counts } => Some((*start, *start + counts.len() as i32 - 1)),
        }
    }

    pub(super) fn total(&self) -> u64 {
        self.buckets().fold(0, |total, (_, count)| total.saturating_add(count))
    }

    /// The non-empty buckets by rising index.
    pub(super) fn buckets(&self) -> impl DoubleEndedIterator<Item = (i32, u64)> + '_ {
        let (start, counts, pairs): (_, &[u64], &[(i32, u64)]) = match self {
            Self::Few(pairs) => (0, &[], pairs),
            Self::Many { start, counts } => (*start, counts, &[]),
        };
        let consecutive =
            counts.iter().enumerate().map(move |(offset, count)| (start + offset as i32, *count));
        pairs.iter().copied().chain(consecutive.filter(|(_, count)| *count > 0))
    }

    /// First index and counts of what are consecutive buckets; nothing while there are few.
    #[inline]
    pub(super) fn consecutive_mut(&mut self) -> (i32, &mut [u64]) {
        match self {
            Self::Few(_) => (0, &mut []),
            Self::Many { start, counts } => (*start, counts),
        }
    }

    /// Keeps the buckets, if there are any, as consecutive ones.
    pub(super) fn spread(&mut self) {
        let Self::Few(pairs) = self else { return };
        let pairs = std::mem::take(pairs);
        if let (Some((first, _)), Some((last, _))) = (pairs.first(), pairs.last()) {
            *self = Self::consecutive(*first, *last);
            let (start, counts) = self.consecutive_mut();
            pairs.iter().for_each(|(index, count)| counts[(*index - start) as usize] = *count);
        }
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
        halvings(first, last, limit)
    }

    /// Joins each run of `2^shift` buckets into one.
    pub(super) fn reduce(&mut self, shift: u32) {
        let Some((first, last)) = self.first_and_last() else {
            return;
        };
        if shift > 0 {
            let joined = self.buckets().map(|(index, count)| (coarser(index, shift), count));
            *self = Self::of(joined, coarser(first, shift), coarser(last, shift));
        }
    }

    /// Adds `count > 0` to a bucket, making room for it.
    pub(super) fn add(&mut self, index: i32, count: u64) {
        if let Self::Few(pairs) = self {
            match pairs.binary_search_by_key(&index, |(own, _)| *own) {
                Ok(place) => pairs[place].1 = pairs[place].1.saturating_add(count),
                Err(place) => {
                    let [before, after] = [&pairs[..place], &pairs[place..]];
                    *pairs = [before, &[(index, count)], after].concat().into();
                }
            }
            if pairs.len() > FEW || self.total() >= FEW_VALUES {
                self.spread();
            }
            return;
        }
        self.make_room(index, index);
        let (start, counts) = self.consecutive_mut();
        let bucket = &mut counts[(index - start) as usize];
        *bucket = bucket.saturating_add(count);
    }

    /// Adds the buckets of `other`, which were reduced by `shift` fewer halvings than these.
    pub(super) fn add_all(&mut self, other: &Self, shift: u32) {
        if let Self::Few(pairs) = other {
            pairs.iter().for_each(|(index, count)| self.add(coarser(*index, shift), *count));
            return;
        }
        let Some((first, last)) = other.first_and_last() else {
            return;
        };
        self.make_room(coarser(first, shift), coarser(last, shift));
        let (start, counts) = self.consecutive_mut();
        for (index, count) in other.buckets() {
            let bucket = &mut counts[(coarser(index, shift) - start) as usize];
            *bucket = bucket.saturating_add(count);
        }
    }

    /// What is left without the buckets of another side of one resolution.
    pub(super) fn without(&self, taken: &Self) -> Self {
        let taken: BTreeMap<i32, u64> = taken.buckets().collect();
        let left = self.buckets().map(|(index, count)| {
            (index, count.saturating_sub(taken.get(&index).copied().unwrap_or_default()))
        });
        let left: Vec<_> = left.filter(|(_, count)| *count > 0).collect();
        match (left.first(), left.last()) {
            (Some((first, _)), Some((last, _))) => Self::of(left.iter().copied(), *first, *last),
            _ => Self::default(),
        }
    }

    /// Makes consecutive room for the buckets `first..=last`, the outermost of which must then be filled.
    pub(super) fn make_room(&mut self, first: i32, last: i32) {
        self.spread();
        let Some((own_first, own_last)) = self.first_and_last() else {
            *self = Self::consecutive(first, last);
            return;
        };
        if first < own_first || last > own_last {
            let mut larger = Self::consecutive(first.min(own_first), last.max(own_last));
            let (start, counts) = larger.consecutive_mut();
            let own = self.consecutive_mut().1;
            let begin = (own_first - start) as usize;
            counts[begin..begin + own.len()].copy_from_slice(own);
            *self = larger;
        }
    }
}
