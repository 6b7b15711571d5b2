//! Predictions and labels of periods apart.

use std::collections::BTreeMap;

use driftline_sketches::{ColumnProfile, Performance};

use super::by_window::ByWindow;
use super::periods::Cut;
use crate::error::{EngineError, Result};
use crate::role::Role;
use crate::rollup::Window;

/// Most periods that are kept at once, of some thirty kilobytes each where there are scores.
const MOST_PERIODS: usize = 2_000;

/// What was predicted in each period, and how it compares with labels.
#[derive(Debug, Clone)]
pub(crate) struct PerformancePeriods {
    cut: Cut,
    /// By the start of the period; windows that are longer are left out.
    pub(crate) periods: BTreeMap<i64, Performance>,
}

impl PerformancePeriods {
    /// No period yet.
    pub(crate) fn new(cut: Cut) -> Self {
        Self { cut, periods: BTreeMap::new() }
    }
}

impl ByWindow for PerformancePeriods {
    fn cover(&mut self, _: Window, _: u64) {}

    fn add_column(&mut self, _: &str, _: Role, _: Window, _: &ColumnProfile) -> Result<()> {
        Ok(())
    }

    fn add_performance(&mut self, window: Window, performance: &Performance) -> Result<()> {
        if window.1 > self.cut.every {
            return Ok(());
        }
        self.periods.entry(self.cut.start_of(window.0)).or_default().merge(performance);
        if self.periods.len() <= MOST_PERIODS {
            return Ok(());
        }
        Err(EngineError::InvalidArgument(format!(
            "the reference can have at most {MOST_PERIODS} periods as long as the range asked about, {} ns, and has more; ask \
             for a shorter reference or a longer range",
            self.cut.every
        )))
    }
}
