//! The snapshot row: one profile of one (cell, column), as it is written, exchanged and merged.
//!
//! `wire` turns rows into Arrow record batches and back. A cell without columns (labels only) has one row
//! with an empty column name, which also carries the cell's performance counts; so has every other cell.

use driftline_sketches::principals::Principals;
use driftline_sketches::{ColumnProfile, JointProfile, Performance};

use crate::principals::ROW_NAME;
use crate::role::Role;

/// Version of the row's layout, written into every row.
pub const FORMAT_VERSION: u16 = 1;

/// Key and content of one row of the snapshot table.
#[derive(Debug, Clone)]
pub struct SnapshotRow {
    /// Model name.
    pub model: String,
    /// Model version.
    pub version: String,
    /// `column=value` pairs, sorted by column; empty for all records.
    pub segment: Vec<(String, String)>,
    /// Start of the window, nanoseconds since the Unix epoch, UTC.
    pub window_start: i64,
    /// Length of the window in nanoseconds.
    pub window_length: i64,
    /// What the row profiles.
    pub content: SnapshotContent,
    /// Name of the process that wrote the row; with `flush_sequence` it makes a replay idempotent.
    pub writer_id: String,
    /// Number of the flush that wrote the row.
    pub flush_sequence: u64,
}

/// What a row is about.
#[derive(Debug, Clone, Copy)]
pub struct RowKey<'a> {
    /// Model name.
    pub model: &'a str,
    /// Model version.
    pub version: &'a str,
    /// `column=value` pairs, sorted by column.
    pub segment: &'a [(String, String)],
    /// Start of the window and its length, in nanoseconds.
    pub window: (i64, i64),
    /// Name of the column or column set; empty: the cell itself.
    pub column: &'a str,
    /// Whether that is the name of a column set.
    pub is_set: bool,
    /// Whether it is about principals.
    pub is_principals: bool,
}

impl SnapshotRow {
    /// What the row is about.
    pub fn key(&self) -> RowKey<'_> {
        RowKey {
            model: &self.model,
            version: &self.version,
            segment: &self.segment,
            window: (self.window_start, self.window_length),
            column: match &self.content {
                SnapshotContent::Column { name, .. } => name,
                SnapshotContent::Set { profile } => profile.columns().name(),
                SnapshotContent::Principals { .. } => ROW_NAME,
                SnapshotContent::Cell { .. } => "",
            },
            is_set: matches!(self.content, SnapshotContent::Set { .. }),
            is_principals: matches!(self.content, SnapshotContent::Principals { .. }),
        }
    }
}

/// What one row profiles.
// A cell has one row of its own and one for each of its many columns.
#[allow(clippy::large_enum_variant)]
#[derive(Debug, Clone)]
pub enum SnapshotContent {
    /// One column.
    Column {
        /// Column name.
        name: String,
        /// What the column is.
        role: Role,
        /// Its sketches.
        profile: ColumnProfile,
    },
    /// Columns together.
    Set {
        /// What they hold together.
        profile: Box<JointProfile>,
    },
    /// What principals ask.
    Principals {
        /// Of the cell of all records.
        principals: Box<Principals>,
    },
    /// The cell itself: its number of records and the counts of model quality.
    Cell {
        /// Records in the cell.
        records: u64,
        /// Labels and outcomes.
        performance: Performance,
    },
}
