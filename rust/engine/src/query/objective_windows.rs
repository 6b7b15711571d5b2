//! What is kept of each window where a question asks whether objectives are met.

use std::collections::BTreeMap;

use driftline_sketches::{CategoricalProfile, ColumnProfile};
use driftline_stats::slo::BadRecords;

use super::by_window::ByWindow;
use crate::error::{EngineError, Result};
use crate::objective::{BadRecord, Objective};
use crate::role::Role;
use crate::rollup::Window;

/// Windows, and what objectives call bad in them: some forty bytes each.
#[derive(Debug, Clone, Default)]
pub(crate) struct ObjectiveWindows {
    /// Records, by start and length of the window in nanoseconds.
    pub(crate) records: BTreeMap<Window, u64>,
    /// The objectives.
    pub(crate) objectives: Vec<CountedObjective>,
}

/// One objective, window by window.
#[derive(Debug, Clone)]
pub(crate) struct CountedObjective {
    pub(crate) name: String,
    pub(crate) objective: Objective,
    /// The column that it is about; `None`: no record has had one.
    pub(crate) column: Option<String>,
    pub(crate) windows: BTreeMap<Window, BadRecords>,
}

impl ByWindow for ObjectiveWindows {
    fn cover(&mut self, window: Window, records: u64) {
        *self.records.entry(window).or_default() += records;
    }

    fn add_column(&mut self, name: &str, _: Role, window: Window, profile: &ColumnProfile) -> Result<()> {
        for counted in &mut self.objectives {
            if counted.column.as_deref() == Some(name) {
                let bad = count(&counted.objective.bad, name, profile)?;
                counted.windows.entry(window).or_default().merge(&bad);
            }
        }
        Ok(())
    }
}

fn count(bad: &BadRecord, column: &str, profile: &ColumnProfile) -> Result<BadRecords> {
    match (bad, profile) {
        (BadRecord::Slow { limit, .. }, ColumnProfile::Numeric(numbers)) => {
            Ok(BadRecords::above(numbers, *limit))
        }
        (BadRecord::Error { value, .. }, ColumnProfile::Categorical(categories)) => {
            let (least, most) = times(categories, value);
            Ok(BadRecords::between(least, most, categories.count))
        }
        (BadRecord::Missing { .. }, profile) => {
            let missing = profile.nulls() + not_finite(profile);
            Ok(BadRecords::exact(missing, profile.nulls() + profile.count()))
        }
        (BadRecord::Slow { .. }, ColumnProfile::Categorical(_)) => {
            Err(unfit(column, "a latency must be a number, and it holds categories"))
        }
        (BadRecord::Error { .. }, ColumnProfile::Numeric(_)) => {
            Err(unfit(column, "an error must be a category or a boolean, and it holds numbers"))
        }
    }
}

fn unfit(column: &str, why: &str) -> EngineError {
    EngineError::FailedPrecondition(format!("an objective cannot be told by column {column:?}: {why}"))
}

/// Values that are no finite number.
pub(super) fn not_finite(profile: &ColumnProfile) -> u64 {
    match profile {
        ColumnProfile::Numeric(numeric) => numeric.nans + numeric.pos_infs + numeric.neg_infs,
        ColumnProfile::Categorical(_) => 0,
    }
}

/// At least and at most how often a value came.
pub(super) fn times(categorical: &CategoricalProfile, value: &str) -> (u64, u64) {
    let (least, most) = categorical.frequent.estimate(value);
    let by_categories = || {
        let counts = categorical.categories.known()?;
        let place = counts.categories().index_of(value)?;
        (counts.total() == categorical.count).then(|| counts.counts()[place])
    };
    if least == most { (least, most) } else { by_categories().map_or((least, most), |count| (count, count)) }
}
