//! The windows of a model, version by version, and how far each has come.

use super::gathering::{Asked, Gathering};
use super::kept_windows::KeptWindows;
use super::selection::{Columns, Selection};
use super::window_counts::WindowCounts;
use crate::engine::Engine;
use crate::error::{EngineError, Result};

/// One window of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WindowInfo {
    /// Version label.
    pub version: String,
    /// Start, nanoseconds since the Unix epoch.
    pub start: i64,
    /// End, exclusive.
    pub end: i64,
    /// Records in it.
    pub records: u64,
    /// Of them, those whose label has come.
    pub labels: u64,
    /// Grows with every record, label and correction that comes into the window.
    pub revision: u64,
}

impl Engine {
    /// The windows of a selection, by version and then by start.
    ///
    /// # Errors
    /// [`EngineError::NotFound`]; [`EngineError::InvalidArgument`] for a range that ends before it starts.
    pub fn list_windows(&self, selection: &Selection) -> Result<Vec<WindowInfo>> {
        let (versions, gathering) = self.gather_window_listing(selection)?;
        gathering.check_complete()?;
        gathering.listed_windows(versions)
    }

    /// Gathers what [`Gathering::listed_windows`] tells of, and names the versions.
    ///
    /// # Errors
    /// As [`Engine::list_windows`].
    pub fn gather_window_listing(&self, selection: &Selection) -> Result<(Vec<String>, Gathering)> {
        let mut versions: Vec<String> = {
            let model = self.model(&selection.model)?;
            let model = model.read()?;
            selection.versions(&model)?.iter().map(|version| version.name.clone()).collect()
        };
        versions.sort_unstable();
        let of_version = |version: &String| Selection { version: Some(version.clone()), ..selection.clone() };
        let selections: Vec<Selection> = versions.iter().map(of_version).collect();
        let nothing_yet = || KeptWindows::Counts(WindowCounts::default());
        let asked: Vec<Asked<'_>> =
            selections.iter().map(|selection| Asked::kept(selection, Columns::None, nothing_yet())).collect();
        let gathering = self.gather(&asked)?;
        Ok((versions, gathering))
    }
}

impl Gathering {
    /// See [`Engine::list_windows`].
    ///
    /// # Errors
    /// None but a defect of the gathering.
    pub fn listed_windows(self, versions: Vec<String>) -> Result<Vec<WindowInfo>> {
        let mut listed = Vec::new();
        for (version, part) in versions.into_iter().zip(self.into_parts()) {
            let Some(KeptWindows::Counts(counts)) = part.kept else {
                return Err(EngineError::Internal("windows were not gathered apart".into()));
            };
            // Of a window that has labels and no record yet there is nothing to tell.
            let counted = counts.windows.into_iter().filter(|(_, counts)| counts.records > 0);
            listed.extend(counted.map(|((start, length), counts)| WindowInfo {
                version: version.clone(),
                start,
                end: start.saturating_add(length),
                records: counts.records,
                labels: counts.labels.saturating_sub(counts.corrections),
                revision: counts.records + counts.labels + counts.corrections,
            }));
        }
        Ok(listed)
    }
}
