//! Windows that have left memory.
//!
//! Every version has a mark. Of windows that start before it, memory holds what no flush has written yet, and nothing
//! else; of all others it holds everything. So rows on disk belong to an answer if and only if their window starts before
//! the mark, whatever compaction makes of them: a mark never lies within a window that others are rolled up to.
//!
//! What came late for such a window lies in memory until the flush that writes it, and goes with that.

mod outline;

use std::collections::BTreeMap;

use self::outline::Outline;
use crate::engine::Engine;
use crate::error::Result;
use crate::memory::{Level, Relief};
use crate::producer::lock;
use crate::query::{Coverage, Selection};
use crate::rollup::{RollUp, Window};
use crate::segment::{ALL, SegmentId};
use crate::version::{CellKey, Version};

/// Share of the limit, in percent, down to which windows leave memory.
const TARGET_PERCENT: u64 = 60;
/// Windows, by segment, that leave before memory is looked at again.
const CELLS_AT_ONCE: u64 = 256;

/// What of a version lies on disk only.
#[derive(Debug, Default)]
pub(crate) struct Evicted {
    /// Windows that start before this.
    before: Option<i64>,
    outline: Outline,
}

impl Evicted {
    /// Whether there is any such window.
    pub(crate) fn is_empty(&self) -> bool {
        self.outline.is_empty()
    }

    /// The mark; `None`: everything is in memory.
    pub(crate) fn before(&self) -> Option<i64> {
        self.before
    }

    /// Start of the first and end of the last window that a selection reaches into; `None` where it reaches into none.
    pub(crate) fn span(&self, selection: &Selection) -> Option<(i64, i64)> {
        self.outline.span(selection)
    }

    /// Whether a window that starts then is on disk only, but for what no flush has written.
    pub(crate) fn holds(&self, start: i64) -> bool {
        self.before.is_some_and(|before| start < before)
    }

    /// Whether it is known to hold this window.
    pub(crate) fn contains(&self, window: Window) -> bool {
        self.outline.contains(window)
    }

    /// Start of the newest window.
    pub(crate) fn newest(&self) -> Option<i64> {
        self.outline.newest()
    }

    /// Adds all windows to what an answer covers.
    pub(crate) fn cover(&self, coverage: &mut Coverage) {
        self.outline.cover(coverage);
    }

    /// Notes that records of a window are on disk and not in memory.
    pub(crate) fn note(&mut self, window: Window, segment: SegmentId, records: u64) {
        self.outline.add(window, if segment == ALL { records } else { 0 });
    }
}

impl Version {
    /// Lets everything that is on disk leave memory, of the windows that start before an instant, and moves the mark
    /// there. Tells how many windows, by segment, have left.
    pub(crate) fn evict_before(&mut self, before: i64) -> u64 {
        if self.evicted.holds(before.saturating_sub(1)) {
            return 0;
        }
        self.evicted.before = Some(before);
        let mut count = 0;
        let old: Vec<CellKey> = self.cells.range(..(before, ALL)).map(|(&key, _)| key).collect();
        for key in old {
            let Some(cell) = self.cells.get_mut(&key) else { continue };
            let window = (key.0, cell.length());
            if let Some(settled) = cell.take_settled() {
                self.evicted.note(window, key.1, settled.records);
                count += 1;
            }
            if cell.is_empty() && !self.dirty.contains(&key) {
                self.cells.remove(&key);
            }
        }
        let kept = self.rolled_up.split_off(&((before, i64::MIN), ALL));
        for ((window, segment), profile) in std::mem::replace(&mut self.rolled_up, kept) {
            self.evicted.note(window, segment, profile.records);
            count += 1;
        }
        count
    }

    /// Moves the mark to where a roll-up cuts nothing, and rolls up what is on disk only.
    pub(crate) fn align(&mut self, plan: &RollUp) {
        if let Some(before) = self.evicted.before {
            self.evict_before(plan.align(before));
        }
        self.evicted.outline.roll_up(plan);
    }

    /// What a flush has written of a cell is on disk now.
    pub(crate) fn commit_cell(&mut self, key: CellKey) {
        let Some(cell) = self.cells.get_mut(&key) else { return };
        if !self.evicted.holds(key.0) {
            cell.commit_flush();
            return;
        }
        let window = (key.0, cell.length());
        if let Some(written) = cell.take_flushing() {
            self.evicted.note(window, key.1, written.records);
        }
        if cell.is_empty() && !self.dirty.contains(&key) {
            self.cells.remove(&key);
        }
    }

    /// Drops the oldest windows that start before an instant altogether, and tells their number, by segment.
    fn drop_before(&mut self, before: i64) -> u64 {
        let kept = self.cells.split_off(&(before, ALL));
        let dropped = std::mem::replace(&mut self.cells, kept);
        self.dirty = self.dirty.split_off(&(before, ALL));
        let kept = self.rolled_up.split_off(&((before, i64::MIN), ALL));
        let others = std::mem::replace(&mut self.rolled_up, kept);
        (dropped.len() + others.len()) as u64
    }

    /// Windows in memory, by segment, that could leave it: all, or those of which something is on disk.
    fn count_starts(&self, only_written: bool, starts: &mut BTreeMap<i64, u64>) {
        for (&(start, _), cell) in &self.cells {
            if !only_written || cell.has_settled() {
                *starts.entry(start).or_default() += 1;
            }
        }
        for &((start, _), _) in self.rolled_up.keys() {
            *starts.entry(start).or_default() += 1;
        }
    }
}

impl Engine {
    /// Lets the oldest windows leave memory while it is short, down to three fifths of the limit, as far as a flush has
    /// written them. Tells how many, by segment; questions find them on disk.
    ///
    /// # Errors
    /// None but those of a state that changed meanwhile.
    pub fn evict(&self) -> Result<u64> {
        // A roll-up moves marks too.
        let _keeping = lock(&self.keeping);
        let plan = lock(&self.rolled_up).plan;
        let evicted = self.relieve(true, |version, before| version.evict_before(plan.align(before)))?;
        self.relief.add(Relief { windows_evicted: evicted, ..Relief::default() });
        Ok(evicted)
    }

    /// Drops the oldest windows while memory is short, down to three fifths of the limit: for an engine of which nothing is
    /// ever written. Tells how many, by segment.
    ///
    /// # Errors
    /// None but those of a state that changed meanwhile.
    pub fn drop_oldest(&self) -> Result<u64> {
        let dropped = self.relieve(false, Version::drop_before)?;
        self.relief.add(Relief { windows_dropped: dropped, ..Relief::default() });
        Ok(dropped)
    }

    /// Whether windows should leave memory.
    pub fn is_short_of_memory(&self) -> bool {
        self.budget.level() >= Level::High
    }

    /// Takes windows out of memory, the oldest of all models first, until there is room.
    fn relieve(&self, only_written: bool, mut take: impl FnMut(&mut Version, i64) -> u64) -> Result<u64> {
        let mut taken = 0;
        let target = self.budget.percent(TARGET_PERCENT);
        if !self.is_short_of_memory() {
            return Ok(taken);
        }
        let mut starts = BTreeMap::new();
        for name in self.model_names() {
            let model = self.model(&name)?;
            let Ok(model) = model.read() else { continue };
            model.versions.iter().for_each(|version| version.count_starts(only_written, &mut starts));
        }
        let mut cells = 0;
        let last = starts.last_key_value().map(|(&start, _)| start);
        for (start, count) in starts {
            cells += count;
            if cells < CELLS_AT_ONCE && Some(start) != last {
                continue;
            }
            cells = 0;
            for name in self.model_names() {
                let model = self.model(&name)?;
                // A damaged model is written no more, so it stays as it is.
                let Ok(mut model) = model.write() else { continue };
                let before = start.saturating_add(1);
                taken += model.versions.iter_mut().map(|version| take(version, before)).sum::<u64>();
            }
            if self.budget.used() <= target {
                break;
            }
        }
        Ok(taken)
    }
}
