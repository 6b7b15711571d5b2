//! What the cells of a batch will take at least, before it is counted.

use driftline_sketches::joint::{FEATURES, SQUARED_FEATURES};
use driftline_sketches::{JointProfile, NumericProfile};

use crate::batch::Batch;
use crate::cell::Cell;
use crate::ingest::window_start;
use crate::keyed::KeyedMap;
use crate::monitor::Monitor;
use crate::plan::Plan;
use crate::read::read_times;
use crate::segment::count_groups;

/// What a cell takes beside its columns, and one column of few values beside its own size.
const CELL_BYTES: u64 = size_of::<Cell>() as u64 + 1_024;
const COLUMN_BYTES: u64 = size_of::<NumericProfile>() as u64 + 256;

/// What a column set takes beside its own size: co-moments, and sums of features.
fn set_bytes(numeric: u64) -> u64 {
    let features = if numeric > 0 { (FEATURES + SQUARED_FEATURES) as u64 * 16 } else { 0 };
    size_of::<JointProfile>() as u64 + (numeric * (numeric + 3) / 2) * 8 + features + 256
}

/// Bytes of as many cells as a batch has windows and segments, were all of them new; 0 where that is surely not worth
/// counting: no more than `ignored`.
pub(crate) fn cell_bytes(batch: &Batch<'_>, plan: &Plan, monitor: &Monitor, now: i64, ignored: u64) -> u64 {
    if plan.labels_only || batch.rows == 0 {
        return 0;
    }
    let sets: Vec<_> = plan.segments.iter().flatten().collect();
    let of_sets: u64 = plan.sets.iter().map(|set| set_bytes(set.numeric.len() as u64)).sum();
    let cell = CELL_BYTES + plan.profiled.len() as u64 * COLUMN_BYTES + of_sets;
    let rows = batch.rows as u64;
    let most = |windows: u64| {
        let segments = windows.saturating_mul(u64::from(monitor.max_segments) + 1).min(rows);
        (windows + segments * sets.len() as u64).saturating_mul(cell)
    };
    if most(rows) <= ignored {
        return 0;
    }
    let Some(column) = plan.timestamp else {
        let one_window = || vec![0; batch.rows];
        return if most(1) <= ignored { 0 } else { groups(batch, &sets, 1, one_window) * cell };
    };
    let times = read_times(&batch.columns[column], batch.rows);
    let times = || times.iter().map(|time| time.unwrap_or(now));
    let (first, last) =
        times().fold((i64::MAX, i64::MIN), |(first, last), time| (first.min(time), last.max(time)));
    let windows = (last.saturating_sub(first) / monitor.window + 2) as u64;
    if most(windows.min(rows)) <= ignored {
        return 0;
    }
    let mut numbers: KeyedMap<i64, u32> = KeyedMap::default();
    let of_row: Vec<u32> = times()
        .map(|time| {
            let next = numbers.len() as u32;
            *numbers.entry(window_start(time, monitor.window)).or_insert(next)
        })
        .collect();
    groups(batch, &sets, numbers.len(), || of_row.clone()) * cell
}

/// Cells of a batch whose rows lie in so many windows, with the number of each row's.
fn groups(batch: &Batch<'_>, sets: &[&Vec<usize>], windows: usize, of_row: impl Fn() -> Vec<u32>) -> u64 {
    let of_sets = sets.iter().map(|columns| count_groups(batch, columns, of_row()) as u64);
    windows as u64 + of_sets.sum::<u64>()
}
