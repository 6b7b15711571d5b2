//! The slowest records of the newest windows, by the traces that they belong to: examples for people to look at.
//!
//! They are no part of the state: nothing is merged or written, and after a restart there are those that the log brings back.

use std::collections::BTreeMap;

use crate::batch::{Batch, Column, Values};
use crate::monitor::Monitor;
use crate::plan::Plan;
use crate::read::read_optional_numbers;
use crate::segment::value_text;

/// Most windows of which the slowest record is kept, the newest ones.
pub const MAX_WINDOWS: usize = 8;

/// Longest trace id kept, in bytes: that of W3C Trace Context has 32 digits.
const MAX_TRACE_BYTES: usize = 64;

/// A slow record.
#[derive(Debug, Clone, PartialEq)]
pub struct SlowRecord {
    /// Id of its trace.
    pub trace: String,
    /// How long the model took, seconds.
    pub seconds: f64,
    /// Event time, nanoseconds since the Unix epoch.
    pub time: i64,
}

/// The slowest record of each of the newest windows, by the start of the window.
#[derive(Debug, Clone, Default)]
pub struct Slowest(BTreeMap<i64, SlowRecord>);

impl Slowest {
    /// Looks through a batch for slower ones. Records without a trace or a latency are passed over, and so are all where
    /// trace ids are hashed: nobody would find a trace by them.
    pub(crate) fn observe(
        &mut self,
        batch: &Batch<'_>,
        plan: &Plan,
        monitor: &Monitor,
        time_and_window: impl Fn(usize) -> (i64, i64),
    ) {
        let (Some(trace), Some(latency)) = (plan.trace, plan.latency) else { return };
        if monitor.hashes(&plan.schema.fields[trace].name) {
            return;
        }
        let (traces, latencies) =
            (&batch.columns[trace], read_optional_numbers(&batch.columns[latency], batch.rows));
        let mut found: BTreeMap<i64, (f64, usize)> = BTreeMap::new();
        for (row, seconds) in latencies.into_iter().enumerate() {
            let Some(seconds) = seconds.filter(|seconds| seconds.is_finite()) else { continue };
            let (_, window) = time_and_window(row);
            let is_slower = found.get(&window).is_none_or(|&(slowest, _)| seconds > slowest);
            if is_slower && has_text(traces, row) {
                found.insert(window, (seconds, row));
            }
        }
        for (window, (seconds, row)) in found {
            let is_slower = self.0.get(&window).is_none_or(|known| seconds > known.seconds);
            let trace = value_text(traces, row);
            if is_slower && trace.len() <= MAX_TRACE_BYTES {
                self.0.insert(window, SlowRecord { trace, seconds, time: time_and_window(row).0 });
            }
        }
        while self.0.len() > MAX_WINDOWS {
            self.0.pop_first();
        }
    }

    /// The records, that of the newest window first.
    pub fn newest_first(&self) -> impl Iterator<Item = &SlowRecord> {
        self.0.values().rev()
    }
}

fn has_text(column: &Column<'_>, row: usize) -> bool {
    let is_valid = column.validity.as_ref().is_none_or(|valid| valid.get(row));
    is_valid
        && match &column.values {
            Values::Text(text) => !text.get(row).is_empty(),
            Values::Dictionary(keys, dictionary) => !dictionary.get(keys.get(row)).is_empty(),
            _ => false,
        }
}
