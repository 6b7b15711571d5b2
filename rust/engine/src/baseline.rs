//! Baselines: named profiles that others are compared with.

use std::collections::BTreeMap;

use driftline_sketches::ColumnProfile;

use crate::error::{EngineError, Result};
use crate::role::Role;
use crate::snapshot::{SnapshotContent, SnapshotRow};

/// One baseline: the rows of all records (no segment), merged by column.
#[derive(Debug, Clone)]
pub struct Baseline {
    /// The rows it came as, which are what is stored.
    pub rows: Vec<SnapshotRow>,
    columns: BTreeMap<String, (Role, ColumnProfile)>,
    records: u64,
}

impl Baseline {
    /// Merges rows by column; rows of segments are kept but not compared with.
    ///
    /// # Errors
    /// [`EngineError::InvalidArgument`] without a column, or when a column has two kinds.
    pub fn new(rows: Vec<SnapshotRow>) -> Result<Self> {
        let mut columns: BTreeMap<String, (Role, ColumnProfile)> = BTreeMap::new();
        let mut records = 0;
        for row in rows.iter().filter(|row| row.segment.is_empty()) {
            match &row.content {
                SnapshotContent::Cell { records: more, .. } => records += more,
                SnapshotContent::Column { name, role, profile } => match columns.get_mut(name) {
                    None => {
                        columns.insert(name.clone(), (*role, profile.clone()));
                    }
                    Some((_, merged)) => merged.merge(profile).map_err(|error| {
                        EngineError::InvalidArgument(format!("baseline column {name:?}: {error}"))
                    })?,
                },
            }
        }
        if columns.is_empty() {
            return Err(EngineError::InvalidArgument(
                "a baseline needs at least one column of all records, got none".into(),
            ));
        }
        Ok(Self { rows, columns, records })
    }

    /// The profile of one column.
    pub fn column(&self, name: &str) -> Option<&ColumnProfile> {
        self.columns.get(name).map(|(_, profile)| profile)
    }

    /// Its columns by name.
    pub fn columns(&self) -> &BTreeMap<String, (Role, ColumnProfile)> {
        &self.columns
    }

    /// Start and end of its records' windows, nanoseconds since the Unix epoch.
    pub fn range(&self) -> (i64, i64) {
        let of_all = || self.rows.iter().filter(|row| row.segment.is_empty());
        let start = of_all().map(|row| row.window_start).min().unwrap_or(0);
        let end = of_all().map(|row| row.window_start.saturating_add(row.window_length)).max();
        (start, end.unwrap_or(start))
    }

    /// Records it was made of.
    pub fn records(&self) -> u64 {
        self.records
    }
}
