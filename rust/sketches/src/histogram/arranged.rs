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
        if let Some(range) = positive {
            let within = |magnitude: f64| values.rank(magnitude) - up_to_zero;
            add_to_side(&mut self.sides[0], shift, range, above_zero, within);
        }
        if let Some(range) = negative {
            let within = |magnitude: f64| below_zero - values.rank((-magnitude).next_down());
            add_to_side(&mut self.sides[1], shift, range, below_zero, within);
        }
    }
}

/// Adds `total` values, whose magnitudes are in the buckets `range` at the finest scale, to a side that has room for
/// them; `within` tells how many magnitudes are at most so large.
fn add_to_side(
    side: &mut Side,
    shift: u32,
    range: (i32, i32),
    total: usize,
    mut within: impl FnMut(f64) -> usize,
) {
    let (first, last) = (range.0 >> shift, range.1 >> shift);
    let (start, counts) = side.consecutive_mut();
    let counts = &mut counts[(first - start) as usize..=(last - start) as usize];
    let mut before = 0;
    for (count, index) in counts.iter_mut().zip(first..=last) {
        let up_to = if index == last { total } else { within(lower_bound(i64::from(index + 1) << shift)) };
        *count = count.saturating_add((up_to - before) as u64);
        before = up_to;
    }
}
