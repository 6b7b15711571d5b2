//! Which windows lie on disk only, and how many records they hold.

use std::collections::BTreeMap;

use crate::query::{Coverage, Selection};
use crate::rollup::{DAY, HOUR, RollUp, Window};

/// Most entries of an outline. Windows beyond that are told of in groups, which are by hours at first.
const MOST_ENTRIES: usize = 16_384;

/// One window, or a group of neighbours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Entry {
    windows: u64,
    records: u64,
}

/// The windows of one version that lie on disk only. Few bytes however many there are: where they are more than
/// [`MOST_ENTRIES`], old neighbours become one entry, which knows their number and the sum of their records.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outline {
    entries: BTreeMap<Window, Entry>,
}

impl Outline {
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Notes records of a window, which may be known.
    pub(crate) fn add(&mut self, window: Window, records: u64) {
        let known = if self.entries.contains_key(&window) { Some(window) } else { self.group_of(window) };
        if let Some(entry) = known.and_then(|known| self.entries.get_mut(&known)) {
            entry.records += records;
            return;
        }
        self.entries.insert(window, Entry { windows: 1, records });
        if self.entries.len() > MOST_ENTRIES {
            self.group();
        }
    }

    /// Whether a window is among them.
    pub(crate) fn contains(&self, window: Window) -> bool {
        self.entries.contains_key(&window) || self.group_of(window).is_some()
    }

    /// Start of the newest window.
    pub(crate) fn newest(&self) -> Option<i64> {
        self.entries.last_key_value().map(|(&(start, _), _)| start)
    }

    /// Start of the first and end of the last window that a selection reaches into.
    pub(crate) fn span(&self, selection: &Selection) -> Option<(i64, i64)> {
        let reached = self.entries.keys().filter(|&&window| selection.reaches(window));
        let ends = |&(start, length): &Window| (start, start.saturating_add(length));
        reached.map(ends).reduce(|all, each| (all.0.min(each.0), all.1.max(each.1)))
    }

    /// Adds all windows to what an answer covers.
    pub(crate) fn cover(&self, coverage: &mut Coverage) {
        for (&window, entry) in &self.entries {
            coverage.include(window, entry.records);
            coverage.windows += entry.windows - 1;
        }
    }

    /// What becomes of the windows when old ones are rolled up and dropped.
    pub(crate) fn roll_up(&mut self, plan: &RollUp) {
        let changes = |window: &Window| plan.target(*window) != Some(*window);
        let old: Vec<_> = self.entries.keys().filter(|&window| changes(window)).copied().collect();
        for window in old {
            let Some(entry) = self.entries.remove(&window) else { continue };
            match plan.target(window) {
                // A group is no window that could become part of another.
                Some(target) if entry.windows == 1 => self.add(target, entry.records),
                Some(_) => {
                    self.entries.insert(window, entry);
                }
                None => {}
            }
        }
    }

    /// The group that a window lies in.
    fn group_of(&self, (start, length): Window) -> Option<Window> {
        let end = start.saturating_add(length);
        let mut before = self.entries.range(..=(start, i64::MAX)).rev();
        let (&group, entry) = before.next()?;
        let is_inside = entry.windows > 1 && group.0.saturating_add(group.1) >= end;
        is_inside.then_some(group)
    }

    /// Makes neighbours one entry: those of an hour, or of as many hours as it takes.
    fn group(&mut self) {
        let mut unit = HOUR;
        while self.entries.len() > MOST_ENTRIES / 2 {
            let mut grouped: BTreeMap<i64, (Window, Entry)> = BTreeMap::new();
            for (window, entry) in std::mem::take(&mut self.entries) {
                let number = window.0.div_euclid(unit);
                match grouped.get_mut(&number) {
                    None => {
                        grouped.insert(number, (window, entry));
                    }
                    Some((group, sum)) => {
                        let end = |(start, length): Window| start.saturating_add(length);
                        group.1 = end(*group).max(end(window)).saturating_sub(group.0);
                        sum.windows += entry.windows;
                        sum.records += entry.records;
                    }
                }
            }
            self.entries = grouped.into_values().collect();
            unit = if unit < DAY { DAY } else { unit.saturating_mul(32) };
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MINUTE: i64 = HOUR / 60;

    fn coverage(outline: &Outline) -> Coverage {
        let mut coverage = Coverage::default();
        outline.cover(&mut coverage);
        coverage
    }

    #[test]
    fn more_windows_than_it_holds_are_still_counted() {
        let mut outline = Outline::default();
        let windows = 10 * MOST_ENTRIES as i64;
        for number in 0..windows {
            outline.add((number * MINUTE, MINUTE), 2);
        }
        assert!(outline.entries.len() <= MOST_ENTRIES);
        let (end, windows) = (windows * MINUTE, windows as u64);
        assert_eq!(coverage(&outline), Coverage { start: 0, end, windows, records: 2 * windows });
        assert!(outline.contains((MINUTE, MINUTE)) && !outline.contains((end, MINUTE)));
        outline.add((MINUTE, MINUTE), 1);
        assert_eq!(coverage(&outline), Coverage { start: 0, end, windows, records: 2 * windows + 1 });
    }

    #[test]
    fn windows_all_over_time_are_held_to_the_same_size() {
        let mut outline = Outline::default();
        for number in 0..3 * MOST_ENTRIES as i64 {
            outline.add((number * DAY - (1 << 61), MINUTE), 1);
        }
        assert!(outline.entries.len() <= MOST_ENTRIES);
        assert_eq!(coverage(&outline).windows, 3 * MOST_ENTRIES as u64);
    }

    proptest! {
        #[test]
        fn it_tells_what_a_list_of_the_windows_does(
            added in prop::collection::vec((-3_000..3_000_i64, 0..5_u64), 1..200),
            hourly in 0..3_i64, daily in -3..1_i64, dropped in -3..0_i64,
        ) {
            let plan = RollUp {
                hourly_before: Some(hourly * DAY),
                daily_before: Some(daily * DAY),
                drop_before: Some(dropped * DAY),
            };
            let (mut outline, mut listed) = (Outline::default(), BTreeMap::new());
            for (minute, records) in added {
                let window = (minute * MINUTE, MINUTE);
                outline.add(window, records);
                if let Some(target) = plan.target(window) {
                    *listed.entry(target).or_insert(0) += records;
                }
            }
            outline.roll_up(&plan);
            let mut expected = Coverage::default();
            for (&window, &records) in &listed {
                expected.include(window, records);
            }
            prop_assert_eq!(coverage(&outline), expected);
            prop_assert_eq!(outline.newest(), listed.last_key_value().map(|(window, _)| window.0));
            prop_assert!(listed.keys().all(|&window| outline.contains(window)));
        }
    }
}
