//! Periods apart: what is kept of each where a question asks for a number a period.

use std::collections::BTreeMap;

use driftline_sketches::{ColumnProfile, Hll, Moments, Shape, TDigest};

use super::by_window::ByWindow;
use super::selection::not_mergeable;
use crate::error::{EngineError, Result};
use crate::role::Role;
use crate::rollup::Window;

/// Most columns and periods of which sketches are kept at once, of some ten kilobytes each.
const MOST_SKETCHES: usize = 20_000;

/// Periods of one length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cut {
    /// Length of a period in nanoseconds.
    pub(crate) every: i64,
    /// Where one starts, nanoseconds since the Unix epoch.
    pub(crate) offset: i64,
}

impl Cut {
    /// Start of the period that a time lies in.
    pub(crate) fn start_of(&self, time: i64) -> i64 {
        time.saturating_sub(time.wrapping_sub(self.offset).rem_euclid(self.every))
    }
}

/// What is kept of each column in each period besides counts and moments.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) digests: bool,
    pub(crate) distinct: bool,
    /// How often these values came.
    pub(crate) items: Vec<String>,
}

/// The periods of one selection.
#[derive(Debug, Clone)]
pub(crate) struct Periods {
    cut: Cut,
    kept: Kept,
    /// Records by the start of the period.
    pub(crate) records: BTreeMap<i64, u64>,
    /// Columns by name.
    pub(crate) columns: BTreeMap<String, ColumnPeriods>,
    /// Periods of all columns.
    entries: usize,
    /// Start of the first and end of the last window.
    pub(crate) range: Option<(i64, i64)>,
    /// Windows longer than a period, which cannot be cut, and their number.
    pub(crate) too_long: BTreeMap<Window, u64>,
}

/// The periods of one column.
#[derive(Debug, Clone)]
pub(crate) struct ColumnPeriods {
    pub(crate) role: Role,
    /// Those in which it was seen, by their start.
    pub(crate) periods: BTreeMap<i64, PeriodColumn>,
}

/// One column in one period.
#[derive(Debug, Clone, Default)]
pub(crate) struct PeriodColumn {
    pub(crate) nulls: u64,
    pub(crate) values: u64,
    /// Of finite numbers.
    pub(crate) numbers: Option<Numbers>,
    pub(crate) distinct: Option<Hll>,
    /// At least and at most so often, in the order of [`Kept::items`].
    pub(crate) items: Vec<(u64, u64)>,
}

/// The finite numbers of a column in one period.
#[derive(Debug, Clone, Default)]
pub(crate) struct Numbers {
    pub(crate) moments: Moments,
    pub(crate) shape: Shape,
    pub(crate) digest: Option<TDigest>,
}

impl Periods {
    /// No period yet.
    pub(crate) fn new(cut: Cut, kept: Kept) -> Self {
        Self {
            cut,
            kept,
            records: BTreeMap::new(),
            columns: BTreeMap::new(),
            entries: 0,
            range: None,
            too_long: BTreeMap::new(),
        }
    }

    pub(crate) fn cut(&self) -> Cut {
        self.cut
    }

    pub(crate) fn kept(&self) -> &Kept {
        &self.kept
    }
}

impl ByWindow for Periods {
    fn cover(&mut self, window: Window, records: u64) {
        if window.1 > self.cut.every {
            *self.too_long.entry(window).or_default() += records;
            return;
        }
        let (start, end) = (window.0, window.0.saturating_add(window.1));
        let range = self.range.unwrap_or((start, end));
        self.range = Some((range.0.min(start), range.1.max(end)));
        *self.records.entry(self.cut.start_of(start)).or_default() += records;
    }

    fn add_column(&mut self, name: &str, role: Role, window: Window, profile: &ColumnProfile) -> Result<()> {
        if window.1 > self.cut.every {
            return Ok(());
        }
        let start = self.cut.start_of(window.0);
        if !self.columns.contains_key(name) {
            let column = ColumnPeriods { role, periods: BTreeMap::new() };
            self.columns.insert(name.to_owned(), column);
        }
        let Some(column) = self.columns.get_mut(name) else { return Ok(()) };
        let is_numeric = matches!(profile, ColumnProfile::Numeric(_));
        if column.periods.values().next().is_some_and(|known| known.numbers.is_some() != is_numeric) {
            return Err(not_mergeable(name, "its kinds differ"));
        }
        if !column.periods.contains_key(&start) {
            self.entries += 1;
            if self.entries > MOST_SKETCHES && (self.kept.digests || self.kept.distinct) {
                return Err(too_many());
            }
        }
        column
            .periods
            .entry(start)
            .or_default()
            .add(profile, &self.kept)
            .map_err(|error| not_mergeable(name, error))
    }
}

fn too_many() -> EngineError {
    EngineError::InvalidArgument(format!(
        "quantiles and distinct values of at most {MOST_SKETCHES} columns and periods can be asked for at once; ask for fewer \
         columns, a shorter range or longer periods"
    ))
}

impl PeriodColumn {
    fn add(&mut self, profile: &ColumnProfile, kept: &Kept) -> driftline_sketches::Result<()> {
        self.nulls = self.nulls.saturating_add(profile.nulls());
        self.values = self.values.saturating_add(profile.count());
        let distinct = match profile {
            ColumnProfile::Numeric(numeric) => {
                let numbers = self.numbers.get_or_insert_default();
                numbers.shape.merge(&numeric.shape, &numbers.moments, &numeric.moments);
                numbers.moments.merge(&numeric.moments);
                if kept.digests {
                    match &mut numbers.digest {
                        Some(digest) => digest.merge(numeric.digest()),
                        None => numbers.digest = Some(numeric.digest().clone()),
                    }
                }
                &numeric.distinct
            }
            ColumnProfile::Categorical(categorical) => {
                self.items.resize(kept.items.len(), (0, 0));
                for (known, item) in self.items.iter_mut().zip(&kept.items) {
                    let (least, most) = categorical.frequent.estimate(item);
                    *known = (known.0.saturating_add(least), known.1.saturating_add(most));
                }
                &categorical.distinct
            }
        };
        if kept.distinct {
            match &mut self.distinct {
                Some(known) => known.merge(distinct)?,
                None => self.distinct = Some(distinct.clone()),
            }
        }
        Ok(())
    }
}
