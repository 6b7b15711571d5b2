//! When there were records: how many a period, how long ago the last, and the longest time without.

use std::collections::BTreeMap;

use driftline_stats::quality::{Records, Volume, volume};

use super::relative::TimeRange;
use super::selection::Selection;
use crate::rollup::Window;

/// How long ago there was a record.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Freshness {
    /// Nanoseconds from the time of the newest record until now, at least and at most: its window is known.
    pub event_age: Option<(i64, i64)>,
    /// Nanoseconds since a record came in, of any segment; none before the first since the start of the process.
    pub arrival_age: Option<i64>,
    /// Start and length, in nanoseconds, of the longest stretch of windows without a record: between two with
    /// records, or between one and an end of the range asked about.
    pub longest_gap: Option<(i64, i64)>,
}

/// The windows of one side and their range.
pub(super) struct Presence<'a> {
    windows: &'a BTreeMap<Window, u64>,
    /// Start of the range, and whether it was asked for.
    start: (i64, bool),
    end: (i64, bool),
    /// Ranges that are left out.
    excluded: &'a [TimeRange],
}

impl<'a> Presence<'a> {
    /// None where there is no window and the selection says no range either.
    pub(super) fn new(
        windows: &'a BTreeMap<Window, u64>,
        selection: &'a Selection,
        now: i64,
    ) -> Option<Self> {
        let first = windows.keys().map(|window| window.0).min();
        let last = windows.keys().map(end_of).max();
        // What has not come yet is not missing.
        let asked_end = selection.end.map(|end| end.min(now.max(last.unwrap_or(now))));
        let end = |asked: Option<i64>, seen: Option<i64>| match (asked, seen) {
            (Some(asked), _) => Some((asked, true)),
            (None, seen) => Some((seen?, false)),
        };
        let (start, end) = (end(selection.start, first)?, end(asked_end, last)?);
        (start.0 < end.0).then_some(Self { windows, start, end, excluded: &selection.excluded })
    }

    /// Length of the longest window; 0 without any.
    pub(super) fn longest_window(&self) -> i64 {
        self.windows.keys().map(|window| window.1).max().unwrap_or(0)
    }

    /// Records of the periods of this length that have some, and the number of those that have none.
    ///
    /// Only whole periods that are over count, unless there is none: a part of a period has a part of its
    /// records. Periods of which a part is left out do not count.
    fn periods(&self, length: i64, now: i64) -> (Vec<u64>, u64) {
        let length = length.max(1);
        let up = |time: i64| time.div_euclid(length) + i64::from(time.rem_euclid(length) != 0);
        let whole = (up(self.start.0), self.end.0.min(now).div_euclid(length));
        let (first, end) =
            if whole.0 < whole.1 { whole } else { (self.start.0.div_euclid(length), up(self.end.0)) };
        let mut left_out: Vec<(i64, i64)> = self
            .excluded
            .iter()
            .map(|range| (range.start.div_euclid(length).max(first), up(range.end).min(end)))
            .filter(|(start, end)| start < end)
            .collect();
        left_out.sort_unstable();
        let mut counts: BTreeMap<i64, u64> = BTreeMap::new();
        for (&(start, _), &records) in self.windows {
            let period = start.div_euclid(length);
            let is_left_out = left_out.iter().any(|(start, end)| (*start..*end).contains(&period));
            if (first..end).contains(&period) && !is_left_out {
                *counts.entry(period).or_default() += records;
            }
        }
        let (mut all, mut reached) = (end.saturating_sub(first).max(0) as u64, first);
        for (start, end) in left_out {
            all -= (end - start.max(reached)).max(0) as u64;
            reached = reached.max(end);
        }
        let empty = all - counts.len() as u64;
        (counts.into_values().collect(), empty)
    }

    /// The longest stretch without a window.
    fn longest_gap(&self) -> Option<(i64, i64)> {
        let mut longest: Option<(i64, i64)> = None;
        let mut note = |from: i64, to: i64| {
            let length = to.saturating_sub(from);
            if length > longest.map_or(0, |longest| longest.1) {
                longest = Some((from, length));
            }
        };
        let mut reached = self.start.1.then_some(self.start.0);
        // What is left out is no gap.
        let left_out = self.excluded.iter().map(|range| (range.start, range.end));
        let mut known: Vec<(i64, i64)> =
            self.windows.keys().map(|window| (window.0, end_of(window))).chain(left_out).collect();
        known.sort_unstable();
        for (start, end) in known {
            if let Some(reached) = reached {
                note(reached, start);
            }
            reached = Some(reached.map_or(end, |reached| reached.max(end)));
        }
        if let Some(reached) = reached.filter(|_| self.end.1) {
            note(reached, self.end.0);
        }
        longest
    }
}

fn end_of(window: &Window) -> i64 {
    window.0.saturating_add(window.1)
}

/// Records of a reference: windows apart, or all together over a range of so many nanoseconds.
pub(super) enum Past<'a> {
    Apart(Option<Presence<'a>>),
    Together { records: u64, length: i64 },
}

/// Records a period of both sides, and the length of a period: that of the longest window of both sides, and
/// `window` at least, which is the monitor's.
pub(super) fn volumes(
    reference: &Past<'_>,
    current: Option<&Presence<'_>>,
    window: i64,
    now: i64,
) -> Option<(Volume, i64)> {
    let current = current?;
    let past_window = match reference {
        Past::Apart(past) => past.as_ref().map_or(0, Presence::longest_window),
        Past::Together { .. } => 0,
    };
    let length = window.max(current.longest_window()).max(past_window);
    let (counts, empty) = current.periods(length, now);
    let now_records = Records::Periods { counts: &counts, empty };
    let found = match reference {
        Past::Apart(past) => {
            let (counts, empty) = past.as_ref()?.periods(length, now);
            volume(Records::Periods { counts: &counts, empty }, now_records)
        }
        // A range shorter than a period says little of what a period has.
        Past::Together { length: range, .. } if *range < length => None,
        Past::Together { records, length: range } => {
            let periods = *range as f64 / length as f64;
            volume(Records::Total { records: *records, periods }, now_records)
        }
    };
    Some((found?, length))
}

/// How long ago there was a record.
pub(super) fn freshness(
    windows: &BTreeMap<Window, u64>,
    current: Option<&Presence<'_>>,
    last_arrival: Option<i64>,
    now: i64,
) -> Freshness {
    let ago = |time: i64| now.saturating_sub(time).max(0);
    let newest = windows.keys().max_by_key(|window| end_of(window));
    Freshness {
        event_age: newest.map(|window| (ago(end_of(window)), ago(window.0))),
        arrival_age: last_arrival.map(ago),
        longest_gap: current.and_then(Presence::longest_gap),
    }
}
