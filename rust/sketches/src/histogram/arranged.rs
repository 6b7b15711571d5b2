//! Counting values that are arranged: the ranks of the buckets' bounds are all that is needed.

use super::boundaries::{index_of, lower_bound};
use super::side::Side;
use super::sketch::ExponentialHistogram;
use crate::partition::Partition;

impl ExponentialHistogram {
    /// Adds values that are arranged.
    pub(crate) fn add_arranged(&mut self, values: &mut Partition) {
        let below_zero = values.rank(0f64.next_down());
        let up_to_zero = values.rank(0.0);
        let above_zero = values.len() - up_to_zero;
        self.zeros = self.zeros.saturating_add((up_to_zero - below_zero) as u64);
        let mut range = |smallest: usize, largest: usize| {
            index_of(values.value_at(smallest)?).zip(index_of(values.value_at(largest)?))
        };
        let positive = (above_zero > 0).then(|| range(up_to_zero, up_to_zero + above_zero - 1)).flatten();
        let negative = (below_zero > 0).then(|| range(below_zero - 1, 0)).flatten();
        self.make_room([positive, negative]);
        let shift = self.shift;
        if let Some((first, last)) = positive.map(at(shift)) {
            let bounds = (first + 1..=last).map(|index| bound(index, shift));
            let ends = values.ranks(bounds).iter().map(|rank| *rank as usize - up_to_zero);
            add_to_side(&mut self.sides[0], first, ends.chain([above_zero]));
        }
        if let Some((first, last)) = negative.map(at(shift)) {
            let bounds = (first + 1..=last).map(|index| (-bound(index, shift)).next_down());
            let ends = values.ranks(bounds).iter().map(|rank| below_zero - *rank as usize);
            add_to_side(&mut self.sides[1], first, ends.chain([below_zero]));
        }
    }
}

/// Maps buckets at the finest scale to those that `shift` halvings of resolution make of them.
fn at(shift: u32) -> impl Fn((i32, i32)) -> (i32, i32) {
    move |(first, last)| (first >> shift, last >> shift)
}

/// The lower bound of a bucket.
fn bound(index: i32, shift: u32) -> f64 {
    lower_bound(i64::from(index) << shift)
}

/// Adds values to a side that has room for them: `ends` tells, for the bucket `first` and those after it, how many
/// values come up to its end.
fn add_to_side(side: &mut Side, first: i32, ends: impl Iterator<Item = usize>) {
    let (start, counts) = side.consecutive_mut();
    let mut before = 0;
    for (count, end) in counts[(first - start) as usize..].iter_mut().zip(ends) {
        *count = count.saturating_add((end - before) as u64);
        before = end;
    }
}
