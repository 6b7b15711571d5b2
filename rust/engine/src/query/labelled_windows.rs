//! What is kept of each window where a question asks how labels follow from predictions.

use std::collections::BTreeMap;

use driftline_sketches::{ColumnProfile, Performance};

use super::by_window::ByWindow;
use crate::error::{EngineError, Result};
use crate::role::Role;
use crate::rollup::Window;

/// The most windows that are kept at once, of up to some 20 kilobytes each.
const MOST_WINDOWS: usize = 20_000;

/// The labelled predictions of each window.
#[derive(Debug, Clone, Default)]
pub(crate) struct LabelledWindows {
    /// By start and length of the window in nanoseconds.
    pub(crate) windows: BTreeMap<Window, Performance>,
}

impl ByWindow for LabelledWindows {
    fn cover(&mut self, _: Window, _: u64) {}

    fn add_column(&mut self, _: &str, _: Role, _: Window, _: &ColumnProfile) -> Result<()> {
        Ok(())
    }

    fn add_performance(&mut self, window: Window, performance: &Performance) -> Result<()> {
        if performance.is_empty() {
            return Ok(());
        }
        if self.windows.len() >= MOST_WINDOWS && !self.windows.contains_key(&window) {
            return Err(EngineError::InvalidArgument(format!(
                "labels of at most {MOST_WINDOWS} windows can be asked for apart; ask for a shorter range"
            )));
        }
        self.windows.entry(window).or_default().merge(performance);
        Ok(())
    }
}
