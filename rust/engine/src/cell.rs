//! A cell: the state of one (version, window, segment), in three layers that are merged when asked.

use driftline_sketches::principals::Principals;
use driftline_sketches::{CategoricalProfile, ColumnProfile, JointProfile, NumericProfile, Performance};

use crate::plan::Kind;
use crate::version::ColumnState;

/// Sketches of all columns of a cell and its counts of quality.
#[derive(Debug, Clone, Default)]
pub struct CellProfile {
    /// Records in it.
    pub records: u64,
    /// By the version's column number; `None` for a column that has not been seen here.
    pub columns: Vec<Option<ColumnProfile>>,
    /// By the number of the version's column set; `None` for a set that has not been seen here.
    pub sets: Vec<Option<JointProfile>>,
    /// Predictions, labels and what they count as.
    pub performance: Performance,
    /// What principals ask, of the cells of all records, where it is counted.
    pub principals: Option<Box<Principals>>,
}

impl CellProfile {
    /// The profile of a column, made when it is first needed. `None` for a column whose kind is not known yet.
    pub fn column_mut(&mut self, id: u32, state: &ColumnState) -> Option<&mut ColumnProfile> {
        let index = id as usize;
        if self.columns.len() <= index {
            self.columns.resize_with(index + 1, || None);
        }
        let slot = &mut self.columns[index];
        if slot.is_none() {
            *slot = Some(match state.kind? {
                Kind::Numeric => ColumnProfile::Numeric(Box::new(numeric(state))),
                Kind::Categorical => {
                    ColumnProfile::Categorical(Box::new(CategoricalProfile::new(state.categories.clone())))
                }
            });
        }
        slot.as_mut()
    }

    /// As [`ColumnProfile::pack`], for what will rarely change.
    pub fn pack(&mut self) {
        self.columns.iter_mut().flatten().for_each(ColumnProfile::pack);
    }

    /// Takes in another profile of the same version. Columns have one kind per version, so none is refused.
    pub fn merge(&mut self, other: &Self) {
        self.records += other.records;
        self.performance.merge(&other.performance);
        if let Some(added) = &other.principals {
            self.principals.get_or_insert_default().merge(added);
        }
        // A column has one kind per version, and a set one list of columns.
        merge_each(&mut self.columns, &other.columns, |mine, theirs| mine.merge(theirs).is_ok());
        merge_each(&mut self.sets, &other.sets, |mine, theirs| mine.merge(theirs).is_ok());
    }
}

/// Merges what stands at the same places of two lists.
fn merge_each<T: Clone>(own: &mut Vec<Option<T>>, added: &[Option<T>], merge: impl Fn(&mut T, &T) -> bool) {
    if own.len() < added.len() {
        own.resize_with(added.len(), || None);
    }
    for (mine, theirs) in own.iter_mut().zip(added) {
        match (mine.as_mut(), theirs) {
            (Some(mine), Some(theirs)) => {
                let merged = merge(mine, theirs);
                debug_assert!(merged, "what is at one place goes together");
            }
            (None, Some(theirs)) => *mine = Some(theirs.clone()),
            (_, None) => {}
        }
    }
}

fn numeric(state: &ColumnState) -> NumericProfile {
    let binning = state.binning.clone();
    if state.keeps_kll { NumericProfile::with_kll(binning) } else { NumericProfile::new(binning) }
}

/// The layers of a cell.
#[derive(Debug, Default)]
pub struct Cell {
    /// Length of its window in nanoseconds: that of the monitor, or what was read from disk.
    length: i64,
    /// What is on disk.
    settled: Option<Box<CellProfile>>,
    /// What a flush is writing.
    flushing: Option<Box<CellProfile>>,
    /// What has come since.
    delta: Option<Box<CellProfile>>,
}

impl Cell {
    /// The layer that takes records of a window of this length in.
    pub fn delta_mut(&mut self, length: i64) -> &mut CellProfile {
        self.length = self.length.max(length);
        self.delta.get_or_insert_default()
    }

    /// Length of its window in nanoseconds.
    pub fn length(&self) -> i64 {
        self.length
    }

    /// The layers that hold something.
    pub fn layers(&self) -> impl Iterator<Item = &CellProfile> {
        [&self.settled, &self.flushing, &self.delta].into_iter().filter_map(Option::as_deref)
    }

    /// Takes in what was read from disk.
    pub fn load(&mut self, profile: &CellProfile, length: i64) {
        self.length = self.length.max(length);
        self.settled.get_or_insert_default().merge(profile);
    }

    /// Moves what has come since to the flush.
    pub fn begin_flush(&mut self) {
        self.flushing = self.delta.take();
    }

    /// What a flush is writing.
    pub fn flushing(&self) -> Option<&CellProfile> {
        self.flushing.as_deref()
    }

    /// What the flush wrote is on disk.
    pub fn commit_flush(&mut self) {
        if let Some(written) = self.flushing.take() {
            let settled = match self.settled.take() {
                Some(mut settled) => {
                    settled.merge(&written);
                    settled
                }
                None => written,
            };
            self.settled.insert(settled).pack();
        }
    }

    /// What the flush tried to write is not on disk.
    pub fn abort_flush(&mut self) {
        if let Some(mut unwritten) = self.flushing.take() {
            if let Some(delta) = &self.delta {
                unwritten.merge(delta);
            }
            self.delta = Some(unwritten);
        }
    }

    /// Whether some of it is on disk.
    pub fn has_settled(&self) -> bool {
        self.settled.is_some()
    }

    /// Takes out what is on disk.
    pub fn take_settled(&mut self) -> Option<Box<CellProfile>> {
        self.settled.take()
    }

    /// Takes out what a flush has written.
    pub fn take_flushing(&mut self) -> Option<Box<CellProfile>> {
        self.flushing.take()
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.layers().next().is_none()
    }

    /// Whether all of it is on disk.
    pub fn is_settled(&self) -> bool {
        self.flushing.is_none() && self.delta.is_none()
    }

    /// What is on disk.
    pub fn into_settled(self) -> Option<CellProfile> {
        self.settled.map(|settled| *settled)
    }

    /// Records in all layers.
    pub fn records(&self) -> u64 {
        self.layers().map(|layer| layer.records).sum()
    }
}
