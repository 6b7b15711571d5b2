//! Where to cut a sorted list into clusters.

use std::hint::select_unpredictable;

use super::cluster::{Centroid, SizeLimit};
use crate::simd::dispatch;

/// A centroid stays in the cluster of the one before it; the bits are a mask.
pub(super) const STAYS: u64 = u64::MAX;
/// A centroid starts a cluster.
pub(super) const STARTS: u64 = 0;

/// Memory that is kept from call to call.
#[derive(Default)]
pub(super) struct Cuts {
    /// How many values come before each centroid, and before the end.
    before: Vec<i64>,
    /// How far a cluster may reach that has its outer end there, by the limit at that end.
    reach: Vec<i64>,
    rising: Vec<u32>,
    falling: Vec<u32>,
    stays: Vec<u64>,
}

impl Cuts {
    /// Tells of each centroid, in a list that comes after one single value, whether it [`STARTS`] a cluster or [`STAYS`]
    /// in one (the first starts one, untold), and how many clusters there are: as few as the limits at both ends of each
    /// allow.
    ///
    /// Taking as much as fits, from the left, would give every cluster too many of the values above its mean, and from
    /// the right, of those below. Both ways agree on the number of clusters; each cut is made half way between theirs.
    pub(super) fn find(&mut self, centroids: &[Centroid], limit: &SizeLimit) -> (&[u64], usize) {
        let end = centroids.len();
        let Self { before, reach, rising, falling, stays } = self;
        for list in [&mut *before, &mut *reach] {
            list.resize(end + 1, 0);
        }
        // What these two hold is written before it is read.
        for list in [&mut *rising, &mut *falling] {
            list.resize(end, 0);
        }
        measure(centroids, limit, before, reach);
        let middle = before.partition_point(|before| limit.is_in_lower_half(*before as u64));
        // A count that has overflowed may make one way find more than the other.
        let cuts =
            fill_rising(before, reach, middle, rising).min(fill_falling(before, reach, middle, falling));
        stays.clear();
        stays.resize(end, STAYS);
        for (left, right) in rising.iter().zip(falling[..cuts].iter().rev()) {
            stays[left.midpoint(*right) as usize] = STARTS;
        }
        (stays, cuts + 1)
    }
}

#[inline(always)]
fn measure_kernel(centroids: &[Centroid], limit: &SizeLimit, before: &mut [i64], reach: &mut [i64]) {
    let mut sum = 1u64;
    for (before, centroid) in before.iter_mut().zip(centroids) {
        *before = sum as i64;
        sum = sum.wrapping_add(centroid.weight);
    }
    if let Some(before) = before.last_mut() {
        *before = sum as i64;
    }
    for (reach, before) in reach.iter_mut().zip(before) {
        let room = limit.at(*before as u64) as i64;
        let inward = if limit.is_in_lower_half(*before as u64) { room } else { -room };
        *reach = before.wrapping_add(inward);
    }
}

// Whether a cut comes next is as good as random: it is written in any case, and overwritten unless it does. The outer
// end of a cluster is where the limit is smaller: the left one in the lower half, the right one in the upper half. In
// the middle, which a cluster may lie across, the limit is flat.

/// Fills one cluster after the other, from the left; writes the cuts, and returns how many there are.
#[inline(always)]
fn rising_kernel(before: &[i64], reach: &[i64], middle: usize, cuts: &mut [u32]) -> usize {
    let (end, reach) = (before.len() - 1, &reach[..before.len()]);
    let (mut begin, mut farthest, mut count) = (before[0], reach[0], 0);
    for here in 1..middle.saturating_sub(1).min(end) {
        let is_cut = before[here + 1] > farthest;
        farthest = select_unpredictable(is_cut, reach[here], farthest);
        begin = select_unpredictable(is_cut, before[here], begin);
        cuts[count] = here as u32;
        count += usize::from(is_cut);
    }
    for here in middle.saturating_sub(1).max(1)..end {
        let is_cut = reach[here + 1] > begin;
        begin = select_unpredictable(is_cut, before[here], begin);
        cuts[count] = here as u32;
        count += usize::from(is_cut);
    }
    count
}

/// Fills one cluster after the other, from the right.
#[inline(always)]
fn falling_kernel(before: &[i64], reach: &[i64], middle: usize, cuts: &mut [u32]) -> usize {
    let (top, reach) = (before.len() - 1, &reach[..before.len()]);
    let (mut end, mut earliest, mut count) = (before[top], reach[top], 0);
    for here in (middle.saturating_add(1).max(1)..top).rev() {
        let is_cut = before[here - 1] < earliest;
        earliest = select_unpredictable(is_cut, reach[here], earliest);
        end = select_unpredictable(is_cut, before[here], end);
        cuts[count] = here as u32;
        count += usize::from(is_cut);
    }
    for here in (1..middle.saturating_add(1).min(top)).rev() {
        let is_cut = reach[here - 1] < end;
        end = select_unpredictable(is_cut, before[here], end);
        cuts[count] = here as u32;
        count += usize::from(is_cut);
    }
    count
}

dispatch! {
    fn measure(centroids: &[Centroid], limit: &SizeLimit, before: &mut [i64], reach: &mut [i64]) = measure_kernel;
    fn fill_rising(before: &[i64], reach: &[i64], middle: usize, cuts: &mut [u32]) -> usize = rising_kernel;
    fn fill_falling(before: &[i64], reach: &[i64], middle: usize, cuts: &mut [u32]) -> usize = falling_kernel;
}
