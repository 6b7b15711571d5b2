//! What is kept of each window where a question asks how labels follow from predictions.

use std::collections::BTreeMap;

use driftline_sketches::{Classification, ColumnProfile, Performance};

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
    pub(crate) windows: BTreeMap<Window, LabelledWindow>,
}

/// Those of one.
#[derive(Debug, Clone, Default)]
pub(crate) struct LabelledWindow {
    /// Records that carry a prediction.
    pub(crate) predictions: u64,
    /// Those of them whose label has come.
    pub(crate) labels: u64,
    /// Predicted classes, or scores, beside the labels.
    pub(crate) classification: Classification,
}

impl ByWindow for LabelledWindows {
    fn cover(&mut self, _: Window, _: u64) {}

    fn add_column(&mut self, _: &str, _: Role, _: Window, _: &ColumnProfile) -> Result<()> {
        Ok(())
    }

    fn add_performance(&mut self, window: Window, performance: &Performance) -> Result<()> {
        if performance.predictions == 0 && performance.labels == 0 {
            return Ok(());
        }
        if self.windows.len() >= MOST_WINDOWS && !self.windows.contains_key(&window) {
            return Err(EngineError::InvalidArgument(format!(
                "labels of at most {MOST_WINDOWS} windows can be asked for apart; ask for a shorter range"
            )));
        }
        let known = self.windows.entry(window).or_default();
        known.predictions = known.predictions.saturating_add(performance.predictions);
        known.labels = known.labels.saturating_add(performance.labels);
        if let Some(classification) = &performance.classification {
            known.classification.merge(classification);
        }
        Ok(())
    }
}
