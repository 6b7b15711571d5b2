//! Old windows become longer ones, and the oldest go.
//!
//! Windows of a version's own length lie in its cells. All others lie beside them, by start *and* length: those
//! rolled up, and those written when the window was configured to be longer or shorter. So a late record of a day that
//! was rolled up gets a cell of its own minute, and the next roll-up adds it to the day.

use std::collections::BTreeSet;

use crate::cell::{Cell, CellProfile};
use crate::engine::Engine;
use crate::error::{EngineError, Result};
use crate::producer::lock;
use crate::segment::SegmentId;
use crate::version::Version;

/// Hours in which windows are rolled up first, in nanoseconds.
pub const HOUR: i64 = 3_600_000_000_000;
/// Days in which they are rolled up then.
pub const DAY: i64 = 24 * HOUR;

/// Windows that are rolled up while a model waits.
const MOST_AT_ONCE: usize = 32;

/// A window, by its start in nanoseconds since the Unix epoch and its length.
pub type Window = (i64, i64);

/// Up to when windows are rolled up and dropped: instants in nanoseconds since the Unix epoch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RollUp {
    /// Windows that end by then become hours; a whole hour.
    pub hourly_before: Option<i64>,
    /// Windows that end by then become days; a whole day.
    pub daily_before: Option<i64>,
    /// Windows that end by then are dropped.
    pub drop_before: Option<i64>,
}

impl RollUp {
    /// # Errors
    /// [`EngineError::InvalidArgument`] for an instant that would cut an hour or a day in two.
    pub fn validate(&self) -> Result<()> {
        for (name, instant, length) in
            [("hourly_before", self.hourly_before, HOUR), ("daily_before", self.daily_before, DAY)]
        {
            if let Some(instant) = instant.filter(|instant| instant.rem_euclid(length) != 0) {
                return Err(EngineError::InvalidArgument(format!(
                    "{name} must be a multiple of {length} ns, got {instant}"
                )));
            }
        }
        Ok(())
    }

    /// What becomes of a window: a longer one or itself; `None`: it is dropped.
    pub(crate) fn target(&self, window: Window) -> Option<Window> {
        if is_over(window, self.drop_before) {
            return None;
        }
        let mut target = window;
        for (before, length) in [(self.hourly_before, HOUR), (self.daily_before, DAY)] {
            if is_over(window, before) {
                target = widen(target, length);
            }
        }
        Some(target)
    }

    /// This, or another where that goes further: what was rolled up once stays so.
    fn at_least(&self, other: &Self) -> Self {
        Self {
            hourly_before: self.hourly_before.max(other.hourly_before),
            daily_before: self.daily_before.max(other.daily_before),
            drop_before: self.drop_before.max(other.drop_before),
        }
    }

    /// The next instant at which no window that others are rolled up to is cut in two.
    pub(crate) fn align(&self, instant: i64) -> i64 {
        for (before, length) in [(self.daily_before, DAY), (self.hourly_before, HOUR)] {
            if before.is_some_and(|before| instant < before) {
                return instant.saturating_add((-instant).rem_euclid(length));
            }
        }
        instant
    }
}

/// The roll-up that was done last, and how many different ones there have been.
#[derive(Debug, Default)]
pub(crate) struct LastRollUp {
    pub(crate) plan: RollUp,
    pub(crate) number: u64,
}

/// Whether a window ends by an instant, if there is one.
pub(crate) fn is_over((start, length): Window, before: Option<i64>) -> bool {
    before.is_some_and(|before| start.saturating_add(length) <= before)
}

/// The window of the given length in which this one lies; itself where it would not fit in as often as it must.
pub(crate) fn widen((start, length): Window, longer: i64) -> Window {
    let fits = length > 0 && longer > length && longer % length == 0 && start.rem_euclid(length) == 0;
    // A window so close to the beginning of time that the longer one would start before it stays as it is.
    let widened = start.checked_sub(start.rem_euclid(longer.max(1)));
    match widened {
        Some(widened) if fits => (widened, longer),
        _ => (start, length),
    }
}

impl Version {
    /// Takes in what was read from disk.
    pub(crate) fn load(&mut self, window: Window, segment: SegmentId, profile: CellProfile, own_length: i64) {
        if self.evicted.holds(window.0) {
            self.evicted.note(window, segment, profile.records);
        } else if window.1 == own_length {
            self.cells.entry((window.0, segment)).or_default().load(&profile, own_length);
        } else {
            self.add_rolled_up((window, segment), profile);
        }
    }

    /// All windows with their segments, records and layers; those of the version's own length first.
    pub(crate) fn windows(&self) -> impl Iterator<Item = WindowView<'_>> {
        let own = self.cells.iter().map(|(&(start, segment), cell)| WindowView {
            window: (start, cell.length()),
            segment,
            records: cell.records(),
            layers: Layers::Cell(cell),
        });
        let others = self.rolled_up.iter().map(|(&(window, segment), profile)| WindowView {
            window,
            segment,
            records: profile.records,
            layers: Layers::RolledUp(profile),
        });
        own.chain(others)
    }

    /// Whether there are any windows, in memory or on disk.
    pub(crate) fn has_windows(&self) -> bool {
        self.window_count() > 0 || !self.evicted.is_empty()
    }

    /// Number of windows in memory, by segment.
    pub(crate) fn window_count(&self) -> usize {
        self.cells.len() + self.rolled_up.len()
    }

    fn add_rolled_up(&mut self, key: (Window, SegmentId), profile: CellProfile) {
        match self.rolled_up.get_mut(&key) {
            Some(earlier) => earlier.merge(&profile),
            None => {
                self.rolled_up.insert(key, profile);
            }
        }
    }

    /// Rolls up or drops up to [`MOST_AT_ONCE`] windows that are on disk and not about to change, and tells their
    /// number.
    fn roll_up(&mut self, plan: &RollUp) -> usize {
        let taken = self.take_old(plan);
        let count = taken.len();
        let mut changed = BTreeSet::new();
        for ((window, segment), profile) in taken {
            let Some(target) = plan.target(window) else { continue };
            self.add_rolled_up((target, segment), profile);
            changed.insert((target, segment));
        }
        for key in changed {
            if let Some(profile) = self.rolled_up.get_mut(&key) {
                profile.pack();
            }
        }
        count
    }

    fn take_old(&mut self, plan: &RollUp) -> Vec<((Window, SegmentId), CellProfile)> {
        let is_old = |window: Window| plan.target(window) != Some(window);
        let own = self.cells.iter().filter(|&(key, cell)| {
            is_old((key.0, cell.length())) && cell.is_settled() && !self.dirty.contains(key)
        });
        let own: Vec<_> = own.map(|(&key, _)| key).take(MOST_AT_ONCE).collect();
        let others = self.rolled_up.keys().filter(|key| is_old(key.0));
        let others: Vec<_> = others.copied().take(MOST_AT_ONCE - own.len()).collect();
        let mut taken = Vec::with_capacity(own.len() + others.len());
        for key in own {
            let Some(cell) = self.cells.remove(&key) else { continue };
            taken.push((((key.0, cell.length()), key.1), cell.into_settled().unwrap_or_default()));
        }
        for key in others {
            taken.extend(self.rolled_up.remove(&key).map(|profile| (key, profile)));
        }
        taken
    }
}

/// One window of one segment.
pub(crate) struct WindowView<'v> {
    pub(crate) window: Window,
    pub(crate) segment: SegmentId,
    pub(crate) records: u64,
    layers: Layers<'v>,
}

enum Layers<'v> {
    Cell(&'v Cell),
    RolledUp(&'v CellProfile),
}

impl<'v> WindowView<'v> {
    /// The layers that hold something.
    pub(crate) fn layers(&self) -> impl Iterator<Item = &'v CellProfile> {
        let (cell, rolled_up) = match self.layers {
            Layers::Cell(cell) => (Some(cell), None),
            Layers::RolledUp(profile) => (None, Some(profile)),
        };
        cell.into_iter().flat_map(Cell::layers).chain(rolled_up)
    }
}

impl Engine {
    /// Rolls up and drops old windows in memory, as [`crate::compact`] does on disk; windows with records that no
    /// flush has written stay. An earlier instant than that of the last call counts as that. Tells how many windows, by segment, have gone into longer ones or altogether.
    ///
    /// # Errors
    /// As [`RollUp::validate`].
    pub fn roll_up(&self, plan: &RollUp) -> Result<usize> {
        plan.validate()?;
        let _keeping = lock(&self.keeping);
        let plan = &plan.at_least(&lock(&self.rolled_up).plan);
        let mut count = 0;
        for name in self.model_names() {
            let model = self.model(&name)?;
            if let Ok(mut model) = model.write() {
                model.versions.iter_mut().for_each(|version| version.align(plan));
            }
            // Batches are counted in between.
            loop {
                // A damaged model is written no more, so its windows stay as they are.
                let Ok(mut model) = model.write() else { break };
                let step: usize = model.versions.iter_mut().map(|version| version.roll_up(plan)).sum();
                if step == 0 {
                    break;
                }
                count += step;
            }
        }
        let mut last = lock(&self.rolled_up);
        if last.plan != *plan {
            // Files may be rolled up by this from now on, but not before.
            *last = LastRollUp { plan: *plan, number: last.number + 1 };
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = HOUR / 60;

    #[test]
    fn windows_are_widened_where_they_fit() {
        assert_eq!(widen((90 * MINUTE, MINUTE), HOUR), (HOUR, HOUR));
        assert_eq!(widen((-MINUTE, MINUTE), HOUR), (-HOUR, HOUR));
        assert_eq!(widen((HOUR, HOUR), HOUR), (HOUR, HOUR));
        for stays in [(0, DAY), (0, 7 * MINUTE), (MINUTE / 2, MINUTE), (i64::MIN, 1)] {
            assert_eq!(widen(stays, HOUR), stays);
        }
    }

    #[test]
    fn a_window_goes_through_hours_to_days() {
        let plan = RollUp { hourly_before: Some(3 * DAY), daily_before: Some(DAY), drop_before: Some(0) };
        assert_eq!(plan.target((-MINUTE, MINUTE)), None);
        assert_eq!(plan.target((5 * HOUR, MINUTE)), Some((0, DAY)));
        assert_eq!(plan.target((DAY + 5 * MINUTE, MINUTE)), Some((DAY, HOUR)));
        assert_eq!(plan.target((3 * DAY, MINUTE)), Some((3 * DAY, MINUTE)));
        let daily = RollUp { hourly_before: None, ..plan };
        assert_eq!(daily.target((5 * HOUR, MINUTE)), Some((0, DAY)));
        assert_eq!(daily.target((DAY, MINUTE)), Some((DAY, MINUTE)));
    }

    #[test]
    fn an_instant_within_a_day_is_refused() {
        let plan = RollUp { daily_before: Some(DAY + HOUR), ..RollUp::default() };
        assert!(
            plan.validate().is_err_and(|error| error.to_string().contains("daily_before must be a multiple"))
        );
    }
}
