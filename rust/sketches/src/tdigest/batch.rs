//! Single values gathered into centroids.

use std::ops::Range;

use super::cluster::{Centroid, SizeLimit, end_outside_tie, with_ties_joined};
use super::slots::SlottedKeys;
use crate::order::{key_of, value_of};
use crate::simd::dispatch;

/// Gathers values into clusters within the limit that `compression` sets; few different values are kept as they
/// are, however often each comes. The first and the last value become centroids of their own.
pub(super) fn gather_values(values: &[f64], compression: f64, few: usize) -> Vec<Centroid> {
    let limit = SizeLimit::new(values.len() as u64, compression);
    let sorted = match SlottedKeys::new(values) {
        Some(slotted) if slotted.occupied().nth(few).is_some() => return gather_slots(slotted, &limit),
        Some(slotted) => slotted.into_sorted(),
        None => {
            let mut keys: Vec<u64> = values.iter().map(|value| key_of(*value)).collect();
            keys.sort_unstable();
            keys
        }
    };
    if different(&sorted) <= few {
        return atoms_of(&sorted);
    }
    let mut gathered = Vec::with_capacity(512.min(sorted.len()));
    gather_sorted(&sorted, 0..sorted.len(), &limit, &mut gathered);
    gathered
}

/// Gathers whole slots. Only a slot that is heavier than the limit is sorted, as is the last one, which holds the
/// maximum; so all of them near the ends, where the limit is one.
fn gather_slots(slotted: SlottedKeys, limit: &SizeLimit) -> Vec<Centroid> {
    let slots: Vec<Range<usize>> = slotted.occupied().collect();
    let mut keys = slotted.keys;
    let mut gathered = Vec::with_capacity(512);
    let last = slots.len() - 1;
    let mut slot = 0;
    while slot <= last {
        let first = slots[slot].clone();
        let room = (limit.after(first.start as u64) as usize).max(1);
        if slot == last || first.len() > room {
            keys[first.clone()].sort_unstable();
            gather_sorted(&keys, first, limit, &mut gathered);
            slot += 1;
            continue;
        }
        let size = slots[slot..last].iter().take_while(|next| next.end - first.start <= room).count();
        slot += size;
        let low = keys[first.clone()].iter().min();
        let final_slot = slots[slot - 1].clone();
        let high = keys[final_slot.clone()].iter().max();
        if let (Some(low), Some(high)) = (low, high) {
            gathered.push(centroid_of(&keys[first.start..final_slot.end], value_of(*low), value_of(*high)));
        }
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
    let runs = keys.chunk_by(|left, right| left == right);
    let atoms: Vec<_> = runs.map(|run| Centroid::atom(value_of(run[0]), run.len() as u64)).collect();
    with_ties_joined(&atoms)
}
