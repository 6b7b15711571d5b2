//! Windows apart: what is kept of each where a question goes through them in the order of time.

use std::collections::BTreeMap;

use driftline_sketches::{BinCounts, CategoryCounts, ColumnProfile, Moments, Tally};

use super::by_window::ByWindow;
use super::gathering::{Asked, Gathering};
use super::selection::{Coverage, Selection, not_mergeable};
use crate::engine::Engine;
use crate::error::Result;
use crate::role::Role;
use crate::rollup::Window;
use crate::segment::Segment;

/// The windows of one segment.
#[derive(Debug, Clone, Default)]
pub struct SegmentWindows {
    /// Its values; empty: all records.
    pub segment: Segment,
    /// The records of the windows, by start and length in nanoseconds: in the order of time.
    pub records: BTreeMap<Window, u64>,
    /// Columns by name.
    pub columns: BTreeMap<String, ColumnWindows>,
    /// All of them together.
    pub coverage: Coverage,
}

/// The windows of one column.
#[derive(Debug, Clone)]
pub struct ColumnWindows {
    /// What it is.
    pub role: Role,
    /// Those in which it was seen, by start and length in nanoseconds.
    pub windows: BTreeMap<Window, WindowColumn>,
}

/// One column in one window: some 200 bytes and 8 a bin, where the whole profile has thousands.
#[derive(Debug, Clone)]
pub struct WindowColumn {
    /// Nulls.
    pub nulls: u64,
    /// Values that are not null.
    pub values: u64,
    /// What is kept of the values by their kind.
    pub content: WindowContent,
}

/// What is kept of the values of one window.
#[derive(Debug, Clone)]
pub enum WindowContent {
    /// Of numbers.
    Numeric {
        /// NaN.
        nans: u64,
        /// Positive infinities.
        pos_infs: u64,
        /// Negative infinities.
        neg_infs: u64,
        /// Count, mean, spread and extremes of the finite ones.
        moments: Moments,
        /// Finite ones by the bins of the baseline at that time.
        bins: Tally<BinCounts>,
    },
    /// Of categories: values by the categories of the baseline at that time.
    Categorical(Tally<CategoryCounts>),
}

impl Engine {
    /// Gathers what [`Gathering::into_windows`] tells of: the windows of a selection apart, of all columns if none is
    /// named, broken down by declared segment columns when `by` names some.
    ///
    /// # Errors
    /// As [`Engine::performance`], and [`EngineError::NotFound`](crate::error::EngineError::NotFound) for a column.
    pub fn gather_windows(
        &self,
        selection: &Selection,
        columns: &[String],
        by: &[String],
    ) -> Result<Gathering> {
        self.gather(&[Asked::windows(selection, columns, by)])
    }
}

impl Gathering {
    /// The windows of each selection that was asked for apart: those of its own segment first, then those of the
    /// segments of `by`.
    pub fn into_windows(self) -> Vec<Vec<SegmentWindows>> {
        self.into_parts().into_iter().map(|part| part.apart).collect()
    }
}

impl SegmentWindows {
    /// No window yet.
    pub(super) fn new(segment: Segment) -> Self {
        Self { segment, ..Self::default() }
    }

    /// Settles what was gathered.
    pub(super) fn settle(&mut self) {
        let mut coverage = Coverage::default();
        self.records.iter().for_each(|(&window, &records)| coverage.include(window, records));
        self.coverage = coverage;
    }
}

impl ByWindow for SegmentWindows {
    fn cover(&mut self, window: Window, records: u64) {
        *self.records.entry(window).or_default() += records;
    }

    fn add_column(&mut self, name: &str, role: Role, window: Window, profile: &ColumnProfile) -> Result<()> {
        let added = WindowColumn::of(profile);
        let Some(column) = self.columns.get_mut(name) else {
            let windows = BTreeMap::from([(window, added)]);
            self.columns.insert(name.to_owned(), ColumnWindows { role, windows });
            return Ok(());
        };
        let Some(known) = column.windows.get_mut(&window) else {
            column.windows.insert(window, added);
            return Ok(());
        };
        known.merge(&added).ok_or_else(|| not_mergeable(name, "its kinds differ"))
    }
}

impl WindowColumn {
    pub(super) fn of(profile: &ColumnProfile) -> Self {
        let content = match profile {
            ColumnProfile::Numeric(numeric) => WindowContent::Numeric {
                nans: numeric.nans,
                pos_infs: numeric.pos_infs,
                neg_infs: numeric.neg_infs,
                moments: numeric.moments.clone(),
                bins: numeric.bins().into_owned(),
            },
            ColumnProfile::Categorical(categorical) => {
                WindowContent::Categorical(categorical.categories.clone())
            }
        };
        Self { nulls: profile.nulls(), values: profile.count(), content }
    }

    /// Adds what another part of the window has; `None` where one has numbers and the other categories.
    fn merge(&mut self, other: &Self) -> Option<()> {
        match (&mut self.content, &other.content) {
            (
                WindowContent::Numeric { nans, pos_infs, neg_infs, moments, bins },
                WindowContent::Numeric {
                    nans: more_nans,
                    pos_infs: more_pos_infs,
                    neg_infs: more_neg_infs,
                    moments: more_moments,
                    bins: more_bins,
                },
            ) => {
                *nans += more_nans;
                *pos_infs += more_pos_infs;
                *neg_infs += more_neg_infs;
                moments.merge(more_moments);
                bins.merge(more_bins);
            }
            (WindowContent::Categorical(categories), WindowContent::Categorical(more)) => {
                categories.merge(more);
            }
            _ => return None,
        }
        self.nulls += other.nulls;
        self.values += other.values;
        Some(())
    }
}
