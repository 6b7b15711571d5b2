//! Which cells a question is about, and their merge.

use std::collections::{BTreeMap, BTreeSet};

use driftline_sketches::{ColumnProfile, Performance};

use crate::cell::CellProfile;
use crate::engine::{Engine, not_found};
use crate::error::{EngineError, Result};
use crate::model::Model;
use crate::role::Role;
use crate::rollup::Window;
use crate::segment::{Segment, SegmentId};
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

/// The merge of all cells of a selection.
#[derive(Debug, Clone, Default)]
pub(crate) struct Merged {
    pub(crate) columns: BTreeMap<String, MergedColumn>,
    pub(crate) performance: Performance,
    pub(crate) coverage: Coverage,
}

impl Selection {
    fn check(&self) -> Result<()> {
        match (self.start, self.end) {
            (Some(start), Some(end)) if start >= end => Err(EngineError::InvalidArgument(format!(
                "start must be before end, got {start} and {end} (nanoseconds since 1970)"
            ))),
            _ => Ok(()),
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

    fn segment(&self) -> Segment {
        self.segment.iter().map(|(column, value)| (column.clone(), value.clone())).collect()
    }

    /// Whether a window starts within the range; where it is longer than the range, because it was rolled up, say,
    /// whether it overlaps it.
    fn includes(&self, (window_start, length): Window) -> bool {
        let is_longer = match (self.start, self.end) {
            (Some(start), Some(end)) => end.saturating_sub(start) < length,
            _ => false,
        };
        let reach = if is_longer { length } else { 1 };
        self.start.is_none_or(|start| window_start.saturating_add(reach) > start)
            && self.end.is_none_or(|end| window_start < end)
    }
}

impl Engine {
    /// Merges the cells of a selection; `columns` empty means all.
    pub(crate) fn merge(&self, selection: &Selection, columns: &[String]) -> Result<Merged> {
        selection.check()?;
        let model = self.model(&selection.model)?;
        let model = model.read()?;
        model.merge(selection, columns)
    }

    /// The merge as snapshot rows, one a column and one for the cell.
    ///
    /// # Errors
    /// [`EngineError::NotFound`], [`EngineError::InvalidArgument`].
    pub fn profile(&self, selection: &Selection, columns: &[String]) -> Result<(Vec<SnapshotRow>, Coverage)> {
        let merged = self.merge(selection, columns)?;
        let coverage = merged.coverage;
        Ok((merged.into_rows(selection, self.writer_id()), coverage))
    }
}

impl Model {
    pub(crate) fn merge(&self, selection: &Selection, columns: &[String]) -> Result<Merged> {
        let versions = selection.versions(self)?;
        check_columns(&versions, columns)?;
        let segment = selection.segment();
        let ids: Vec<Option<SegmentId>> =
            versions.iter().map(|version| version.segments.find(&segment)).collect();
        if ids.iter().all(Option::is_none) && !versions.is_empty() {
            return Err(self.unknown_segment(&segment));
        }
        let mut merged = Merged::default();
        for (version, id) in versions.iter().zip(ids) {
            let Some(id) = id else { continue };
            for view in version.windows() {
                if view.segment != id || !selection.includes(view.window) {
                    continue;
                }
                merged.coverage.include(view.window, view.records);
                for layer in view.layers() {
                    merged.add(version, layer, columns)?;
                }
            }
        }
        merged.columns.values_mut().for_each(|column| column.profile.settle());
        Ok(merged)
    }

    fn unknown_segment(&self, segment: &Segment) -> EngineError {
        let declared: Vec<_> = self.monitor.segments.iter().map(|set| set.join(" + ")).collect();
        let asked: Vec<_> = segment.iter().map(|(column, value)| format!("{column}={value}")).collect();
        EngineError::NotFound(format!(
            "no segment {} of model {:?}; declared segment columns: {}",
            asked.join(", "),
            self.monitor.model,
            if declared.is_empty() { "none".to_owned() } else { declared.join("; ") }
        ))
    }
}

fn check_columns(versions: &[&Version], columns: &[String]) -> Result<()> {
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
    /// Snapshot rows of the merge, the cell's first.
    pub(crate) fn into_rows(self, selection: &Selection, writer_id: &str) -> Vec<SnapshotRow> {
        let Self { columns, performance, coverage } = self;
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
        std::iter::once(row(cell)).chain(columns).collect()
    }

    fn add(&mut self, version: &Version, layer: &CellProfile, columns: &[String]) -> Result<()> {
        self.performance.merge(&layer.performance);
        for (state, profile) in version.columns.iter().zip(&layer.columns) {
            let Some(profile) = profile else { continue };
            if !columns.is_empty() && !columns.contains(&state.name) {
                continue;
            }
            match self.columns.get_mut(&state.name) {
                None => {
                    let column = MergedColumn { role: state.role, profile: profile.clone() };
                    self.columns.insert(state.name.clone(), column);
                }
                Some(column) => column.profile.merge(profile).map_err(|error| {
                    EngineError::FailedPrecondition(format!(
                        "column {:?} cannot be merged over versions: {error}; ask for one version",
                        state.name
                    ))
                })?,
            }
        }
        Ok(())
    }
}
