//! State of one model version: its columns, segments and cells.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::keyed::KeyedMap;
use driftline_sketches::{Binning, Categories, ColumnProfile, Tally};

use crate::baseline::Baseline;
use crate::cell::{Cell, CellProfile};
use crate::client_dropped::ClientDropped;
use crate::error::{EngineError, Result};
use crate::evicted::Evicted;
use crate::joint::SetStates;
use crate::monitor::Monitor;
use crate::plan::{Kind, Plan};
use crate::principals::scale_of_column;
use crate::record_log::RecordWindows;
use crate::role::Role;
use crate::rollup::Window;
use crate::segment::{SegmentId, SegmentTable};
use crate::slowest::Slowest;

/// Start of a window, nanoseconds since the Unix epoch, and segment.
pub type CellKey = (i64, SegmentId);

/// Most columns of one version.
pub(crate) const MAX_COLUMNS: usize = 4_096;

/// What is known of one column of a version.
#[derive(Debug, Clone)]
pub struct ColumnState {
    /// Name as sent.
    pub name: String,
    /// What it is.
    pub role: Role,
    /// Kind of its sketches; `None` while only nulls have come.
    pub kind: Option<Kind>,
    /// Bins of the default baseline.
    pub binning: Option<Arc<Binning>>,
    /// Categories of the default baseline.
    pub categories: Option<Arc<Categories>>,
    /// Whether numbers go into a KLL sketch too.
    pub keeps_kll: bool,
    /// Mean, deviation and range of the default baseline, where what principals ask is counted.
    pub scale: Option<[f64; 4]>,
}

/// Counters of one version.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct VersionCounters {
    /// Labels that found their prediction.
    pub labels_matched: u64,
    /// Labels that say what one before them said.
    pub labels_repeated: u64,
    /// Labels that took the place of another.
    pub labels_corrected: u64,
    /// Labels that would have taken the place of one that became known later.
    pub labels_stale: u64,
    /// Labels whose prediction never came.
    pub labels_orphan: u64,
    /// Labels, matched or corrected, of predictions over an hour older than the newest.
    pub late_labels: u64,
    /// Records that producers say they dropped.
    pub client_dropped: ClientDropped,
    /// Records much older than the newest window.
    pub late_records: u64,
    /// Records with a timestamp too far in the future.
    pub future_records: u64,
    /// Records without a timestamp value.
    pub missing_timestamps: u64,
    /// When the last record came in, nanoseconds since the Unix epoch.
    pub last_record_at: Option<i64>,
}

/// One version of a model.
#[derive(Debug, Default)]
pub struct Version {
    /// Its label.
    pub name: String,
    /// Its columns in order of appearance.
    pub columns: Vec<ColumnState>,
    column_ids: KeyedMap<String, u32>,
    /// Its column sets.
    pub sets: SetStates,
    /// Its segments.
    pub segments: SegmentTable,
    /// Its cells.
    pub cells: BTreeMap<CellKey, Cell>,
    /// Windows of other lengths: see [`crate::rollup`].
    pub rolled_up: BTreeMap<(Window, SegmentId), CellProfile>,
    /// Windows that are on disk and not in memory.
    pub(crate) evicted: Evicted,
    /// Cells with records that no flush has taken.
    pub dirty: BTreeSet<CellKey>,
    /// Records that are kept themselves.
    pub(crate) record_windows: RecordWindows,
    /// Its counters.
    pub counters: VersionCounters,
    /// Its slowest records.
    pub slowest: Slowest,
    /// Records counted, loaded ones included.
    pub records: u64,
}

impl Version {
    /// An empty version.
    pub fn new(name: String) -> Self {
        Self { name, ..Self::default() }
    }

    /// The column with this name.
    pub fn column(&self, name: &str) -> Option<(u32, &ColumnState)> {
        let &id = self.column_ids.get(name)?;
        Some((id, &self.columns[id as usize]))
    }

    /// Refuses a batch whose columns contradict what came before.
    ///
    /// # Errors
    /// [`EngineError::Kind`] naming the column; [`EngineError::Limit`] for too many columns.
    pub fn check(&self, plan: &Plan) -> Result<()> {
        let mut added = 0;
        for &(index, kind) in &plan.profiled {
            let field = &plan.schema.fields[index];
            match self.column(&field.name) {
                None => added += 1,
                Some((_, ColumnState { kind: Some(known), .. }))
                    if kind.is_some_and(|kind| kind != *known) =>
                {
                    let message = format!(
                        "column {:?} was {} before and is {} now (type {}); expected {}, or another version",
                        field.name,
                        known.name(),
                        kind.map_or("null", Kind::name),
                        crate::plan::type_name(field.data_type),
                        known.name(),
                    );
                    return Err(EngineError::Kind { column: field.name.clone(), message });
                }
                Some(_) => {}
            }
        }
        if self.columns.len() + added > MAX_COLUMNS {
            return Err(EngineError::Limit(format!(
                "a version can have at most {MAX_COLUMNS} columns, and this batch would make {}",
                self.columns.len() + added
            )));
        }
        Ok(())
    }

    /// Numbers the profiled columns of a plan, in the plan's order.
    pub fn intern_columns(
        &mut self,
        plan: &Plan,
        monitor: &Monitor,
        baseline: Option<&Baseline>,
    ) -> Vec<u32> {
        plan.profiled
            .iter()
            .map(|&(index, kind)| {
                let name = &plan.schema.fields[index].name;
                self.intern_column(name, plan.roles[index], kind, monitor, baseline)
            })
            .collect()
    }

    /// Numbers a column, learning its kind if that was not known.
    pub fn intern_column(
        &mut self,
        name: &str,
        role: Role,
        kind: Option<Kind>,
        monitor: &Monitor,
        baseline: Option<&Baseline>,
    ) -> u32 {
        if let Some(&id) = self.column_ids.get(name) {
            let state = &mut self.columns[id as usize];
            state.kind = state.kind.or(kind);
            return id;
        }
        let id = self.columns.len() as u32;
        self.column_ids.insert(name.to_owned(), id);
        let name = name.to_owned();
        let mut state =
            ColumnState { name, role, kind, binning: None, categories: None, keeps_kll: false, scale: None };
        state.configure(monitor, baseline);
        self.columns.push(state);
        id
    }

    /// Numbers the column sets of a plan, in the plan's order.
    pub fn intern_sets(&mut self, plan: &Plan, baseline: Option<&Baseline>) -> Vec<u32> {
        plan.sets.iter().map(|set| self.sets.intern(&set.columns, baseline)).collect()
    }

    /// Keeps the columns of cells to come by another configuration, and counts them on the bins of its baseline.
    pub fn configure(&mut self, monitor: &Monitor, baseline: Option<&Baseline>) {
        for column in &mut self.columns {
            column.configure(monitor, baseline);
        }
        self.sets.configure(baseline);
    }

    /// The cell's layer that takes records in; the cell is then dirty.
    pub fn delta_mut(&mut self, key: CellKey, length: i64) -> (&mut CellProfile, &[ColumnState], &SetStates) {
        self.dirty.insert(key);
        (self.cells.entry(key).or_default().delta_mut(length), &self.columns, &self.sets)
    }

    /// Start of the newest window that holds records.
    pub fn newest_window(&self) -> Option<i64> {
        let own = self.cells.last_key_value().map(|(&(start, _), _)| start);
        let rolled_up = self.rolled_up.last_key_value().map(|(&((start, _), _), _)| start);
        own.max(rolled_up).max(self.evicted.newest())
    }
}

impl ColumnState {
    fn configure(&mut self, monitor: &Monitor, baseline: Option<&Baseline>) {
        self.keeps_kll = monitor.keeps_kll(&self.name);
        let profile = baseline.and_then(|baseline| baseline.column(&self.name));
        self.scale = profile.filter(|_| monitor.signals.is_some()).and_then(scale_of_column);
        self.binning = match profile {
            Some(ColumnProfile::Numeric(numeric)) => match &*numeric.bins() {
                Tally::Known(bins) => Some(Arc::clone(bins.binning())),
                Tally::Empty | Tally::Mixed => None,
            },
            _ => None,
        };
        self.categories = match profile {
            Some(ColumnProfile::Categorical(categorical)) => match &categorical.categories {
                Tally::Known(counts) => Some(Arc::clone(counts.categories())),
                Tally::Empty | Tally::Mixed => None,
            },
            _ => None,
        };
    }
}
