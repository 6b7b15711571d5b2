//! Gathering centroids into fewer: two sorted lists in one.

use std::cell::RefCell;

use super::cluster::{Centroid, SizeLimit};
use crate::simd::dispatch;

/// Memory that is kept from call to call.
#[derive(Default)]
struct Scratch {
    merged: Vec<Centroid>,
    starts: Vec<u32>,
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
    SCRATCH.with_borrow_mut(|Scratch { merged, starts }| {
        let merged = merge(left, right, merged);
        let starts = if is_few_atoms(merged, few) {
            starts_of_values(merged, starts)
        } else {
            starts_of_clusters(merged, limit, starts)
        };
        let mut gathered = Vec::with_capacity(starts.len() + 2);
        gathered.push(min);
        let ends = starts.iter().skip(1).copied().chain([merged.len() as u32]);
        let clusters = starts.iter().zip(ends).map(|(start, end)| &merged[*start as usize..end as usize]);
        gathered.extend(clusters.map(Centroid::of_neighbours));
        gathered.push(max);
        gathered
    })
}

/// Merges two sorted lists into one.
fn merge<'a>(left: &[Centroid], right: &[Centroid], memory: &'a mut Vec<Centroid>) -> &'a [Centroid] {
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
        merged[from_left + from_right] = *if is_left { first } else { second };
        from_left += usize::from(is_left);
        from_right += usize::from(!is_left);
        let (first, second) = (&left[to_left - 1], &right[to_right - 1]);
        let is_right = first.mean <= second.mean;
        merged[to_left + to_right - 1] = *if is_right { second } else { first };
        to_left -= usize::from(!is_right);
        to_right -= usize::from(is_right);
    }
    while from_left < to_left && from_right < to_right {
        let (first, second) = (&left[from_left], &right[from_right]);
        let is_left = first.mean <= second.mean;
        merged[from_left + from_right] = *if is_left { first } else { second };
        from_left += usize::from(is_left);
        from_right += usize::from(!is_left);
    }
    let rest = &mut merged[from_left + from_right..to_left + to_right];
    let (rest_of_left, rest_of_right) = rest.split_at_mut(to_left - from_left);
    rest_of_left.copy_from_slice(&left[from_left..to_left]);
    rest_of_right.copy_from_slice(&right[from_right..to_right]);
    merged
}

/// Whether two centroids are the same value so many times. Without a branch, as the kernel needs it.
#[inline(always)]
#[allow(clippy::needless_bitwise_bool)]
fn is_tie(left: &Centroid, right: &Centroid) -> bool {
    (left.low == right.high) & (left.high == right.high) & (left.low == right.low)
}

/// Whether there are only atoms, of at most `few` values.
fn is_few_atoms(merged: &[Centroid], few: usize) -> bool {
    merged.iter().all(Centroid::is_atom) && merged.chunk_by(is_tie).nth(few).is_none()
}

/// Where each value starts.
fn starts_of_values<'a>(merged: &[Centroid], starts: &'a mut Vec<u32>) -> &'a [u32] {
    starts.clear();
    let mut start = 0;
    for run in merged.chunk_by(is_tie) {
        starts.push(start);
        start += run.len() as u32;
    }
    starts
}

/// Where each cluster starts that is as large as the limit allows.
fn starts_of_clusters<'a>(merged: &[Centroid], limit: &SizeLimit, starts: &'a mut Vec<u32>) -> &'a [u32] {
    if starts.len() < merged.len() {
        starts.resize(merged.len(), 0);
    }
    let clusters = find_starts(merged, limit, starts);
    &starts[..clusters]
}

/// Writes where clusters start; returns how many do. Whether one does at a given centroid is as good as random: every
/// place is written, and overwritten unless one does. Equal values stay together and start a cluster, so that a value
/// that is heavier than the limit gets a centroid of its own and is answered exactly.
#[inline(always)]
#[allow(clippy::needless_bitwise_bool)]
fn starts_kernel(merged: &[Centroid], limit: &SizeLimit, starts: &mut [u32]) -> usize {
    let Some(mut previous) = merged.first() else { return 0 };
    starts[0] = 0;
    let mut clusters = 1;
    // The limits at both ends of a cluster have to allow it.
    let mut begin = 1;
    let mut last_end = limit.at(begin).wrapping_add(begin);
    let mut before = begin.wrapping_add(previous.weight);
    let mut room_before = limit.at(before);
    for (index, next) in merged.iter().enumerate().skip(1) {
        let following = &merged[(index + 1).min(merged.len() - 1)];
        let end = before.wrapping_add(next.weight);
        let room = limit.at(end);
        let is_allowed = (end <= last_end) & (end.wrapping_sub(room) as i64 <= begin as i64);
        let starts_run = is_tie(next, following) & (index + 1 < merged.len());
        let is_new = !is_tie(previous, next) & (!is_allowed | starts_run);
        begin = if is_new { before } else { begin };
        last_end = if is_new { before.wrapping_add(room_before) } else { last_end };
        starts[clusters] = index as u32;
        clusters += usize::from(is_new);
        (before, room_before, previous) = (end, room, next);
    }
    clusters
}

dispatch! {
    fn find_starts(merged: &[Centroid], limit: &SizeLimit, starts: &mut [u32]) -> usize = starts_kernel;
}
