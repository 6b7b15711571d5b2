//! Gathering centroids into fewer: two sorted lists in one.

use std::cell::RefCell;

use super::cluster::{Centroid, SizeLimit};
use super::cuts::{Cuts, STARTS};
use super::sorted::merge;
use crate::simd::dispatch;

/// Memory that is kept from call to call.
#[derive(Default)]
struct Scratch {
    merged: Vec<Centroid>,
    cuts: Cuts,
    joined: Vec<Centroid>,
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
    SCRATCH.with_borrow_mut(|Scratch { merged, cuts, joined }| {
        let merged = room_for(left.len() + right.len(), merged);
        merge(left, right, merged);
        let different = unite_ties(merged);
        let merged = &merged[..different];
        if different <= few && merged.iter().all(Centroid::is_atom) {
            return [&[min], merged, &[max]].concat();
        }
        let (stays, clusters) = cuts.find(merged, limit);
        [&[min], join(merged, stays, clusters, joined), &[max]].concat()
    })
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
fn join<'a>(
    merged: &[Centroid],
    stays: &[u64],
    clusters: usize,
    memory: &'a mut Vec<Centroid>,
) -> &'a [Centroid] {
    let joined = room_for(clusters, memory);
    if join_clusters(merged, stays, joined) {
        return joined;
    }
    let mut start = 0;
    for centroid in joined.iter_mut() {
        let end = (start + 1..merged.len()).find(|index| stays[*index] == STARTS).unwrap_or(merged.len());
        *centroid = Centroid::of_neighbours(&merged[start..end]);
        start = end;
    }
    joined
}

fn room_for(centroids: usize, memory: &mut Vec<Centroid>) -> &mut [Centroid] {
    if memory.len() < centroids {
        memory.resize(centroids, Centroid::atom(0.0, 1));
    }
    &mut memory[..centroids]
}

/// Writes one centroid for each cluster; returns whether their means are finite and rise, as they do unless a sum overflows
/// or is rounded past its neighbour.
#[inline(always)]
fn join_kernel(merged: &[Centroid], stays: &[u64], joined: &mut [Centroid]) -> bool {
    // The greatest is the least of the negated: so both ends are found by one instruction.
    let (mut sum, mut weight, mut ends) = (0.0, 0u64, [f64::INFINITY; 2]);
    let mut cluster = 0;
    // Each is written anew with every member, because a branch at its end would be as good as random.
    for (next, stays) in merged.iter().zip(stays) {
        let kept =
            |old: f64, otherwise: f64| f64::from_bits(old.to_bits() & stays | otherwise.to_bits() & !stays);
        let own = [next.low, -next.high];
        cluster += usize::from(*stays == STARTS);
        sum = kept(sum, 0.0) + next.mean * next.weight as i64 as f64;
        weight = (weight & stays).saturating_add(next.weight);
        ends = [kept(ends[0], own[0]), kept(ends[1], own[1])];
        ends = [
            if own[0] < ends[0] { own[0] } else { ends[0] },
            if own[1] < ends[1] { own[1] } else { ends[1] },
        ];
        joined[cluster] = Centroid { mean: sum, weight, low: ends[0], high: ends[1] };
    }
    let (mut is_sound, mut previous) = (true, f64::NEG_INFINITY);
    for centroid in joined {
        let (low, high) = (centroid.low, -centroid.high);
        let mean = centroid.mean / centroid.weight as i64 as f64;
        is_sound &= mean.is_finite();
        let mean = if mean < low { low } else { mean };
        let mean = if mean > high { high } else { mean };
        is_sound &= mean >= previous;
        previous = mean;
        (centroid.mean, centroid.high) = (mean, high);
    }
    is_sound
}

dispatch! {
    fn join_clusters(merged: &[Centroid], stays: &[u64], joined: &mut [Centroid]) -> bool = join_kernel;
}
