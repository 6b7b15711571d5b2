//! Gathering centroids into fewer: two sorted lists in one.

use std::cell::RefCell;
use std::hint::select_unpredictable;

use super::cluster::{Centroid, SizeLimit};
use super::cuts::{Cuts, STARTS};
use crate::simd::dispatch;

/// Memory that is kept from call to call.
#[derive(Default)]
struct Scratch {
    merged: Vec<Centroid>,
    cuts: Cuts,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// Gathers the centroids of two digests within the limit. Each list is sorted by mean and begins and ends with a single
/// value, its minimum and maximum; so does the result. If there are at most `few` different values, they are kept as
/// they are.
pub(super) fn gather(left: &[Centroid], right: &[Centroid], limit: &SizeLimit, few: usize) -> Vec<Centroid> {
    let (min, left, right) = match (left, right) {
        ([first, rest @ ..], [second, ..]) if first.mean <= second.mean => (*first, rest, right),
        ([first, rest @ ..], []) => (*first, rest, right),
        (_, [second, rest @ ..]) => (*second, left, rest),
        ([], []) => return Vec::new(),
    };
    let (max, left, right) = match (left, right) {
        ([.., first], [rest @ .., second]) if first.mean <= second.mean => (*second, left, rest),
        ([], [rest @ .., second]) => (*second, left, rest),
        ([rest @ .., first], _) => (*first, rest, right),
        ([], []) => return vec![min],
    };
    SCRATCH.with_borrow_mut(|Scratch { merged, cuts }| {
        let merged = merge(left, right, merged);
        let different = unite_ties(merged);
        let merged = &merged[..different];
        if different <= few && merged.iter().all(Centroid::is_atom) {
            return [&[min], merged, &[max]].concat();
        }
        let (stays, clusters) = cuts.find(merged, limit);
        let mut gathered = vec![min; clusters + 2];
        gathered[clusters + 1] = max;
        join(merged, stays, &mut gathered[1..=clusters]);
        gathered
    })
}

/// Merges two sorted lists into one.
fn merge<'a>(left: &[Centroid], right: &[Centroid], memory: &'a mut Vec<Centroid>) -> &'a mut [Centroid] {
    let centroids = left.len() + right.len();
    if memory.len() < centroids {
        memory.resize(centroids, Centroid::atom(0.0, 1));
    }
    let merged = &mut memory[..centroids];
    let (mut from_left, mut from_right) = (0, 0);
    let (mut to_left, mut to_right) = (left.len(), right.len());
    // Which list is next is as good as random: the next one is selected, not branched to. Both ends are merged at once,
    // because each has to wait for its own last choice only.
    while from_left + 1 < to_left && from_right + 1 < to_right {
        let (first, second) = (&left[from_left], &right[from_right]);
        let is_left = first.mean <= second.mean;
        merged[from_left + from_right] = *select_unpredictable(is_left, first, second);
        from_left += usize::from(is_left);
        from_right += usize::from(!is_left);
        let (first, second) = (&left[to_left - 1], &right[to_right - 1]);
        let is_right = first.mean <= second.mean;
        merged[to_left + to_right - 1] = *select_unpredictable(is_right, second, first);
        to_left -= usize::from(!is_right);
        to_right -= usize::from(is_right);
    }
    while from_left < to_left && from_right < to_right {
        let (first, second) = (&left[from_left], &right[from_right]);
        let is_left = first.mean <= second.mean;
        merged[from_left + from_right] = *select_unpredictable(is_left, first, second);
        from_left += usize::from(is_left);
        from_right += usize::from(!is_left);
    }
    let rest = &mut merged[from_left + from_right..to_left + to_right];
    let (rest_of_left, rest_of_right) = rest.split_at_mut(to_left - from_left);
    rest_of_left.copy_from_slice(&left[from_left..to_left]);
    rest_of_right.copy_from_slice(&right[from_right..to_right]);
    merged
}

/// Makes one of neighbours that are the same value so many times, so that a value that is heavier than the limit keeps a
/// centroid of its own and is answered exactly. Returns how many centroids are left.
#[allow(clippy::needless_bitwise_bool)]
fn unite_ties(merged: &mut [Centroid]) -> usize {
    // Most often there are none: looked for without a branch.
    let has_ties = merged.windows(2).fold(false, |has, pair| has | (pair[0].mean == pair[1].mean));
    if !has_ties {
        return merged.len();
    }
    let mut last = 0;
    for index in 1..merged.len() {
        let next = merged[index];
        let is_tie = next.is_atom() && merged[last].is_atom() && next.mean == merged[last].mean;
        if is_tie {
            merged[last].weight = merged[last].weight.saturating_add(next.weight);
        } else {
            last += 1;
            merged[last] = next;
        }
    }
    last + 1
}

/// Makes one centroid of each cluster.
fn join(merged: &[Centroid], stays: &[u64], joined: &mut [Centroid]) {
    join_clusters(merged, stays, joined);
    if joined.iter().all(|centroid| centroid.mean.is_finite()) {
        return;
    }
    let mut start = 0;
    for centroid in joined {
        let end = (start + 1..merged.len()).find(|index| stays[*index] == STARTS).unwrap_or(merged.len());
        *centroid = Centroid::of_neighbours(&merged[start..end]);
        start = end;
    }
}

/// Writes one centroid for each cluster, or one whose mean is not finite where a sum overflows. Each is written anew with
/// every member, because a branch at its end would be as good as random.
#[inline(always)]
fn join_kernel(merged: &[Centroid], stays: &[u64], joined: &mut [Centroid]) {
    let Some(mut first) = merged.first().map(|centroid| centroid.mean) else { return };
    // The greatest is the least of the negated: so both ends are found by one instruction.
    let (mut sum, mut weight, mut ends) = (0.0, 0u64, [f64::INFINITY; 2]);
    let mut cluster = 0;
    for (next, stays) in merged.iter().zip(stays) {
        let kept =
            |old: f64, otherwise: f64| f64::from_bits(old.to_bits() & stays | otherwise.to_bits() & !stays);
        cluster += usize::from(*stays == STARTS);
        first = kept(first, next.mean);
        sum = kept(sum, 0.0) + next.mean * next.weight as i64 as f64;
        weight = (weight & stays).saturating_add(next.weight);
        let own = [next.low, -next.high];
        ends = [kept(ends[0], own[0]), kept(ends[1], own[1])];
        ends = [
            if own[0] < ends[0] { own[0] } else { ends[0] },
            if own[1] < ends[1] { own[1] } else { ends[1] },
        ];
        // Between the first and the last mean, so that the list stays sorted.
        let mean = sum / weight as i64 as f64;
        let mean = if mean < first { first } else { mean };
        let mean = if mean > next.mean { next.mean } else { mean };
        joined[cluster] = Centroid { mean, weight, low: ends[0], high: -ends[1] };
    }
}

dispatch! {
    fn join_clusters(merged: &[Centroid], stays: &[u64], joined: &mut [Centroid]) = join_kernel;
}
