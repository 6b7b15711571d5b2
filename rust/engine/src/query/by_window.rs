//! What takes windows in apart from each other.

use driftline_sketches::principals::Principals;
use driftline_sketches::{ColumnProfile, Performance};

use super::selection::Columns;
use crate::cell::CellProfile;
use crate::error::Result;
use crate::role::Role;
use crate::rollup::Window;
use crate::snapshot::{SnapshotContent, SnapshotRow};
use crate::version::Version;

/// Keeps something of each window, which may come in parts.
pub(super) trait ByWindow {
    /// Takes records of a window in.
    fn cover(&mut self, window: Window, records: u64);

    /// Takes a column of a window in.
    fn add_column(&mut self, name: &str, role: Role, window: Window, profile: &ColumnProfile) -> Result<()>;

    /// Takes predictions and labels of a window in.
    fn add_performance(&mut self, _: Window, _: &Performance) -> Result<()> {
        Ok(())
    }

    /// Takes principals of a window in.
    fn add_principals(&mut self, _: Window, _: &Principals) -> Result<()> {
        Ok(())
    }

    /// Adds a layer of a cell of a version.
    fn add(
        &mut self,
        version: &Version,
        window: Window,
        layer: &CellProfile,
        columns: &Columns,
    ) -> Result<()> {
        self.add_performance(window, &layer.performance)?;
        if let Some(principals) = &layer.principals {
            self.add_principals(window, principals)?;
        }
        for (state, profile) in version.columns.iter().zip(&layer.columns) {
            if let Some(profile) = profile.as_ref().filter(|_| columns.include(&state.name)) {
                self.add_column(&state.name, state.role, window, profile)?;
            }
        }
        Ok(())
    }

    /// Adds a row from disk, of a window that it belongs to now.
    fn add_row(&mut self, window: Window, row: &SnapshotRow) -> Result<()> {
        match &row.content {
            SnapshotContent::Cell { records, performance } => {
                self.cover(window, *records);
                self.add_performance(window, performance)
            }
            SnapshotContent::Column { name, role, profile } => self.add_column(name, *role, window, profile),
            SnapshotContent::Set { .. } => Ok(()),
            SnapshotContent::Principals { principals } => self.add_principals(window, principals),
        }
    }
}
