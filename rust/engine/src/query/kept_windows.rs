//! Windows of a selection's own segment, of which a question keeps just what it needs.

use driftline_sketches::principals::Principals;
use driftline_sketches::{ColumnProfile, Performance};

use super::by_window::ByWindow;
use super::labelled_windows::LabelledWindows;
use super::objective_windows::ObjectiveWindows;
use super::performance_periods::PerformancePeriods;
use super::periods::Periods;
use super::principal_windows::PrincipalWindows;
use super::window_counts::WindowCounts;
use crate::error::Result;
use crate::role::Role;
use crate::rollup::Window;

/// What is kept, by the question.
#[derive(Debug, Clone)]
pub(crate) enum KeptWindows {
    /// Of a series.
    Periods(Periods),
    /// Of service-level objectives.
    Objectives(ObjectiveWindows),
    /// Of signals.
    Principals(PrincipalWindows),
    /// Of labels.
    Labelled(LabelledWindows),
    /// Of a reference that says how far periods are from what is expected of them.
    Performance(PerformancePeriods),
    /// Of a listing of windows.
    Counts(WindowCounts),
}

impl KeptWindows {
    fn kept(&mut self) -> &mut dyn ByWindow {
        match self {
            Self::Periods(periods) => periods,
            Self::Objectives(objectives) => objectives,
            Self::Principals(principals) => principals,
            Self::Labelled(labelled) => labelled,
            Self::Performance(periods) => periods,
            Self::Counts(counts) => counts,
        }
    }

    /// Whether principals are asked for.
    pub(super) fn takes_principals(&self) -> bool {
        matches!(self, Self::Principals(_))
    }
}

impl ByWindow for KeptWindows {
    fn cover(&mut self, window: Window, records: u64) {
        self.kept().cover(window, records);
    }

    fn add_column(&mut self, name: &str, role: Role, window: Window, profile: &ColumnProfile) -> Result<()> {
        self.kept().add_column(name, role, window, profile)
    }

    fn add_performance(&mut self, window: Window, performance: &Performance) -> Result<()> {
        self.kept().add_performance(window, performance)
    }

    fn add_principals(&mut self, window: Window, principals: &Principals) -> Result<()> {
        self.kept().add_principals(window, principals)
    }
}
