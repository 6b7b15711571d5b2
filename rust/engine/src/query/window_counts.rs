//! What is kept of each window where a question asks how much is in it.

use std::collections::BTreeMap;

use driftline_sketches::{ColumnProfile, Performance};

use super::by_window::ByWindow;
use crate::error::Result;
use crate::role::Role;
use crate::rollup::Window;

/// Counts by start and length of the window in nanoseconds.
#[derive(Debug, Clone, Default)]
pub(crate) struct WindowCounts {
    pub(crate) windows: BTreeMap<Window, Counts>,
}

/// How much came into a window.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Counts {
    pub(crate) records: u64,
    /// Labels, corrected ones and their corrections both.
    pub(crate) labels: u64,
    /// Labels that were corrected.
    pub(crate) corrections: u64,
}

impl ByWindow for WindowCounts {
    fn cover(&mut self, window: Window, records: u64) {
        self.windows.entry(window).or_default().records += records;
    }

    fn add_column(&mut self, _: &str, _: Role, _: Window, _: &ColumnProfile) -> Result<()> {
        Ok(())
    }

    fn add_performance(&mut self, window: Window, performance: &Performance) -> Result<()> {
        let counts = self.windows.entry(window).or_default();
        counts.labels += performance.labels;
        counts.corrections += performance.corrections();
        Ok(())
    }
}
