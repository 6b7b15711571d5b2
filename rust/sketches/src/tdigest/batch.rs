//! Single values gathered into centroids.

use std::ops::Range;

use super::cluster::{Centroid, SizeLimit, end_outside_tie};
use crate::order::value_of;
use crate::partition::Partition;
use crate::simd::dispatch;

/// Gathers values into clusters within the limit that `compression` sets; few different values are kept as they
/// are, however often each comes. The first and the last value become centroids of their own.
pub(super) fn gather_values(values: &mut Partition, compression: f64, few: usize) -> Vec<Centroid> {
    if different_slots(values, few) <= few {
        let sorted = values.sorted();
        if different(sorted) <= few {
            return atoms_of(sorted);
        }
    }
    gather_slots(values, &SizeLimit::new(values.len() as u64, compression))
}

/// How many slots have keys; not counted much further than `enough`.
fn different_slots(values: &Partition, enough: usize) -> usize {
    let occupied = std::iter::successors(values.occupied_from(0), |slot| values.occupied_from(slot + 1));
    occupied.take(enough + 1).count()
}

/// Gathers whole slots. Only a slot that is heavier than the limit is sorted, as is the last one, which holds the
/// maximum; so all of them near the ends, where the limit is one.
fn gather_slots(values: &mut Partition, limit: &SizeLimit) -> Vec<Centroid> {
    let mut gathered = Vec::with_capacity(512);
    let mut next = values.occupied_from(0);
    while let Some(slot) = next {
        let first = values.range(slot);
        let room = (limit.after(first.start as u64) as usize).max(1);
        if first.end == values.len() || first.len() > room {
            values.sort_slot(slot);
            gather_sorted(values.keys(), first, limit, &mut gathered);
            next = values.occupied_from(slot + 1);
            continue;
        }
        // The last slot is left for the maximum.
        let last = values.last_within(slot, (first.start + room).min(values.len() - 1));
        let keys = values.keys();
        let (begin, end) = (first.start, values.end(last));
        let low = keys[first].iter().min();
        let high = keys[values.range(last)].iter().max();
        if let (Some(low), Some(high)) = (low, high) {
            gathered.push(centroid_of(&keys[begin..end], value_of(*low), value_of(*high)));
        }
        next = values.occupied_from(last + 1);
    }
    gathered
}

/// Gathers the keys in a range, which are sorted and between the keys before and after it.
fn gather_sorted(keys: &[u64], range: Range<usize>, limit: &SizeLimit, gathered: &mut Vec<Centroid>) {
    let inner_end = keys.len() - 1;
    let mut begin = range.start;
    while begin < range.end {
        let size = if begin == 0 || begin == inner_end {
            1
        } else {
            let inner = &keys[begin..range.end.min(inner_end)];
            let size = (limit.after(begin as u64) as usize).clamp(1, inner.len());
            end_outside_tie(size, inner.len(), |left| inner[left] == inner[left + 1])
        };
        let cluster = &keys[begin..begin + size];
        gathered.push(centroid_of(cluster, value_of(cluster[0]), value_of(cluster[size - 1])));
        begin += size;
    }
}

fn centroid_of(keys: &[u64], low: f64, high: f64) -> Centroid {
    let weight = keys.len() as f64;
    let sum = sum_of(keys);
    let mean =
        if sum.is_finite() { sum / weight } else { keys.iter().map(|key| value_of(*key) / weight).sum() };
    Centroid { mean: mean.clamp(low, high), weight: keys.len() as u64, low, high }
}

/// The sum in independent lanes, whose additions overlap.
#[inline(always)]
fn sum_kernel(keys: &[u64]) -> f64 {
    let mut sums = [0.0; 8];
    let mut groups = keys.chunks_exact(sums.len());
    for group in &mut groups {
        for (sum, key) in sums.iter_mut().zip(group) {
            *sum += value_of(*key);
        }
    }
    let rest: f64 = groups.remainder().iter().map(|key| value_of(*key)).sum();
    sums.iter().sum::<f64>() + rest
}

dispatch! { fn sum_of(keys: &[u64]) -> f64 = sum_kernel; }

/// How many different keys a sorted list has.
fn different(keys: &[u64]) -> usize {
    usize::from(!keys.is_empty()) + keys.windows(2).filter(|pair| pair[0] != pair[1]).count()
}

/// Sorted single values, given by their keys, as one atom a value, the ends single.
fn atoms_of(keys: &[u64]) -> Vec<Centroid> {
    let [first, inner @ .., last] = keys else {
        return keys.iter().map(|key| Centroid::atom(value_of(*key), 1)).collect();
    };
    let single = |key: u64| Centroid::atom(value_of(key), 1);
    let runs = inner.chunk_by(|left, right| left == right);
    let atoms = runs.map(|run| Centroid::atom(value_of(run[0]), run.len() as u64));
    std::iter::once(single(*first)).chain(atoms).chain([single(*last)]).collect()
}
