//! Which cells a question is about, and their merge.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use driftline_sketches::{ColumnProfile, JointColumns, JointProfile, Performance};

use super::relative::{TimeRange, check_excluded};
use crate::cell::CellProfile;
use crate::engine::not_found;
use crate::error::{EngineError, Result};
use crate::model::Model;
use crate::role::Role;
use crate::rollup::Window;
use crate::segment::Segment;
use crate::snapshot::{SnapshotContent, SnapshotRow};
use crate::version::Version;

/// Which records a question is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Model name.
    pub model: String,
    /// One version; `None`: all, merged.
    pub version: Option<String>,
    /// First event time, nanoseconds since the Unix epoch.
    pub start: Option<i64>,
    /// First event time after the range.
    pub end: Option<i64>,
    /// `column=value` pairs; empty: all records.
    pub segment: BTreeMap<String, String>,
    /// Ranges left out: windows that overlap them do not belong to the selection.
    pub excluded: Vec<TimeRange>,
}

/// The windows an answer was made of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Start of the first window, nanoseconds since the Unix epoch; 0 without windows.
    pub start: i64,
    /// End of the last window.
    pub end: i64,
    /// Windows with records.
    pub windows: u64,
    /// Records in them.
    pub records: u64,
}

/// One column of the merge.
#[derive(Debug, Clone)]
pub struct MergedColumn {
    /// What it is.
    pub role: Role,
    /// The merged sketches.
    pub profile: ColumnProfile,
}

/// Which columns are merged.
#[derive(Debug, Clone)]
pub(crate) enum Columns {
    All,
    Named(Vec<String>),
    None,
}

impl Columns {
    /// Those with these names; all, if there are none.
    pub(crate) fn named(names: &[String]) -> Self {
        if names.is_empty() { Self::All } else { Self::Named(names.to_vec()) }
    }

    pub(super) fn include(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Named(names) => names.iter().any(|each| each == name),
            Self::None => false,
        }
    }

    /// Those that have names.
    pub(super) fn names(&self) -> &[String] {
        if let Self::Named(names) = self { names } else { &[] }
    }
}

/// The merge of all cells of a selection.
#[derive(Debug, Clone, Default)]
pub(crate) struct Merged {
    pub(crate) columns: BTreeMap<String, MergedColumn>,
    /// Column sets: of one name there are several where its columns have changed.
    pub(crate) sets: BTreeMap<Arc<JointColumns>, JointProfile>,
    pub(crate) performance: Performance,
    pub(crate) coverage: Coverage,
    /// Whether profiles have their [`ColumnProfile::distance_part`] only.
    for_distances: bool,
    /// Windows by the number of their version, where some may come in parts.
    seen: Option<BTreeSet<(u32, Window)>>,
}

impl Selection {
    pub(super) fn check(&self) -> Result<()> {
        match (self.start, self.end) {
            (Some(start), Some(end)) if start >= end => Err(EngineError::InvalidArgument(format!(
                "start must be before end, got {start} and {end} (nanoseconds since 1970)"
            ))),
            _ => check_excluded(&self.excluded),
        }
    }

    /// The versions it is about.
    pub(crate) fn versions<'m>(&self, model: &'m Model) -> Result<Vec<&'m Version>> {
        match &self.version {
            None => Ok(model.versions.iter().collect()),
            Some(name) => match model.find_version(name) {
                Some(index) => Ok(vec![&model.versions[index]]),
                None => Err(not_found("version", name, model.versions.iter().map(|version| &version.name))),
            },
        }
    }

    pub(super) fn segment(&self) -> Segment {
        self.segment.iter().map(|(column, value)| (column.clone(), value.clone())).collect()
    }

    /// Whether a window starts within the range; where it is longer than the range, because it was rolled up, say,
    /// whether it overlaps it.
    pub(super) fn includes(&self, (window_start, length): Window) -> bool {
        let is_longer = match (self.start, self.end) {
            (Some(start), Some(end)) => end.saturating_sub(start) < length,
            _ => false,
        };
        let reach = if is_longer { length } else { 1 };
        self.start.is_none_or(|start| window_start.saturating_add(reach) > start)
            && self.end.is_none_or(|end| window_start < end)
            && !self.excludes((window_start, length))
    }

    fn excludes(&self, (window_start, length): Window) -> bool {
        let end = window_start.saturating_add(length);
        self.excluded.iter().any(|range| window_start < range.end && end > range.start)
    }

    /// Whether a window overlaps the range.
    pub(crate) fn reaches(&self, (window_start, length): Window) -> bool {
        self.start.is_none_or(|start| window_start.saturating_add(length) > start)
            && self.end.is_none_or(|end| window_start < end)
    }
}

/// Why a column of several versions has no merge.
pub(super) fn not_mergeable(name: &str, reason: impl std::fmt::Display) -> EngineError {
    EngineError::FailedPrecondition(format!(
        "column {name:?} cannot be merged over versions: {reason}; ask for one version"
    ))
}

pub(super) fn check_columns(versions: &[&Version], columns: &[String]) -> Result<()> {
    for name in columns {
        if versions.iter().all(|version| version.column(name).is_none()) {
            let known: BTreeSet<_> = versions
                .iter()
                .flat_map(|version| version.columns.iter().map(|column| &column.name))
                .collect();
            return Err(not_found("column", name, known.into_iter()));
        }
    }
    Ok(())
}

impl Coverage {
    pub(crate) fn include(&mut self, (start, length): Window, records: u64) {
        let end = start.saturating_add(length);
        if self.windows == 0 {
            (self.start, self.end) = (start, end);
        }
        self.start = self.start.min(start);
        self.end = self.end.max(end);
        self.windows += 1;
        self.records += records;
    }
}

impl Merged {
    /// Nothing yet; windows that come in parts are counted once.
    pub(super) fn new(comes_in_parts: bool, for_distances: bool) -> Self {
        Self { seen: comes_in_parts.then(BTreeSet::new), for_distances, ..Self::default() }
    }

    /// Takes a window of a version into what is covered.
    pub(super) fn cover(&mut self, version: u32, window: Window, records: u64) {
        if self.seen.as_mut().is_none_or(|seen| seen.insert((version, window))) {
            self.coverage.include(window, records);
        } else {
            self.coverage.records += records;
        }
    }

    /// Adds a row of a window of a version.
    pub(super) fn add_row(&mut self, version: u32, window: Window, row: &SnapshotRow) -> Result<()> {
        match &row.content {
            SnapshotContent::Cell { records, performance } => {
                self.cover(version, window, *records);
                self.performance.merge(performance);
                Ok(())
            }
            SnapshotContent::Column { name, role, profile } => self.add_column(name, *role, profile),
            SnapshotContent::Set { profile } => self.add_set(profile),
            SnapshotContent::Principals { .. } => Ok(()),
        }
    }

    /// What each column is, and its sketches.
    pub(super) fn profiles(&self) -> BTreeMap<&str, (Role, &ColumnProfile)> {
        self.columns.iter().map(|(name, column)| (name.as_str(), (column.role, &column.profile))).collect()
    }

    /// Settles what is merged.
    pub(super) fn settle(&mut self) {
        self.columns.values_mut().for_each(|column| column.profile.settle());
    }

    /// Snapshot rows of the merge, the cell's first.
    pub(crate) fn into_rows(self, selection: &Selection, writer_id: &str) -> Vec<SnapshotRow> {
        let Self { columns, sets, performance, coverage, .. } = self;
        let row = |content| SnapshotRow {
            model: selection.model.clone(),
            version: selection.version.clone().unwrap_or_default(),
            segment: selection.segment(),
            window_start: coverage.start,
            // Times that are sent may lie at both ends of 64 bits.
            window_length: coverage.end.saturating_sub(coverage.start).max(1),
            content,
            writer_id: writer_id.to_owned(),
            flush_sequence: 0,
        };
        let cell = SnapshotContent::Cell { records: coverage.records, performance };
        let columns = columns.into_iter().map(|(name, column)| {
            row(SnapshotContent::Column { name, role: column.role, profile: column.profile })
        });
        let sets = sets.into_values().map(|profile| row(SnapshotContent::Set { profile: Box::new(profile) }));
        std::iter::once(row(cell)).chain(columns).chain(sets).collect()
    }

    /// Adds a layer of a cell of a version.
    pub(super) fn add(
        &mut self,
        version: &Version,
        layer: &CellProfile,
        columns: &Columns,
        sets: &Columns,
    ) -> Result<()> {
        self.performance.merge(&layer.performance);
        if !matches!(sets, Columns::None) {
            let profiles = layer.sets.iter().flatten();
            profiles
                .filter(|profile| sets.include(profile.columns().name()))
                .try_for_each(|p| self.add_set(p))?;
        }
        if matches!(columns, Columns::None) {
            return Ok(());
        }
        for (state, profile) in version.columns.iter().zip(&layer.columns) {
            if let Some(profile) = profile.as_ref().filter(|_| columns.include(&state.name)) {
                self.add_column(&state.name, state.role, profile)?;
            }
        }
        Ok(())
    }

    fn add_set(&mut self, profile: &JointProfile) -> Result<()> {
        let Some(set) = self.sets.get_mut(profile.columns()) else {
            self.sets.insert(Arc::clone(profile.columns()), profile.clone());
            return Ok(());
        };
        set.merge(profile).map_err(|error| EngineError::FailedPrecondition(error.to_string()))
    }

    fn add_column(&mut self, name: &str, role: Role, profile: &ColumnProfile) -> Result<()> {
        let profile =
            if self.for_distances { Cow::Owned(profile.distance_part()) } else { Cow::Borrowed(profile) };
        let Some(column) = self.columns.get_mut(name) else {
            let profile = profile.into_owned();
            self.columns.insert(name.to_owned(), MergedColumn { role, profile });
            return Ok(());
        };
        column.profile.merge(&profile).map_err(|error| not_mergeable(name, error))
    }
}
