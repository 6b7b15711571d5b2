//! Flush and load: cells to snapshot rows and back.
//!
//! A flush takes the delta of every dirty cell. Until it is committed, the rows are neither lost nor counted
//! twice: queries see them in the cell's middle layer, and an aborted flush puts them back.

use driftline_sketches::ColumnProfile;

use crate::engine::Engine;
use crate::error::{EngineError, Result};
use crate::model::Model;
use crate::pending::PendingEntry;
use crate::plan::Kind;
use crate::producer::lock;
use crate::snapshot::{SnapshotContent, SnapshotRow};
use crate::version::CellKey;

/// Which flush is next, and whether one is under way.
#[derive(Debug)]
pub struct FlushState {
    next: u64,
    /// Cells of the flush under way, by model and version.
    taken: Option<Vec<(String, usize, CellKey)>>,
}

impl Default for FlushState {
    fn default() -> Self {
        Self { next: 1, taken: None }
    }
}

/// Rows of one flush.
#[derive(Debug)]
pub struct Flush {
    /// Its number.
    pub sequence: u64,
    /// The rows.
    pub rows: Vec<SnapshotRow>,
    /// What waited for its label or prediction in each model when its rows were taken.
    pub pending: Vec<PendingEntry>,
}

impl Engine {
    /// Takes what changed since the last flush; `None` when nothing did. One of [`Engine::commit_flush`] and
    /// [`Engine::abort_flush`] must follow; batches are counted meanwhile.
    ///
    /// # Errors
    /// [`EngineError::FailedPrecondition`] while another flush is under way.
    pub fn begin_flush(&self) -> Result<Option<Flush>> {
        let mut flush = lock(&self.flush);
        if flush.taken.is_some() {
            return Err(EngineError::FailedPrecondition("a flush is under way".into()));
        }
        let (mut rows, mut taken, mut pending) = (Vec::new(), Vec::new(), Vec::new());
        for name in self.model_names() {
            let model = self.model(&name)?;
            let model = &mut *lock(&model);
            for index in 0..model.versions.len() {
                for key in std::mem::take(&mut model.versions[index].dirty) {
                    self.take_cell(model, index, key, flush.next, &mut rows);
                    taken.push((name.clone(), index, key));
                }
            }
            pending.extend(model.pending_entries());
        }
        if taken.is_empty() {
            return Ok(None);
        }
        flush.taken = Some(taken);
        Ok(Some(Flush { sequence: flush.next, rows, pending }))
    }

    fn take_cell(
        &self,
        model: &mut Model,
        index: usize,
        key: CellKey,
        sequence: u64,
        rows: &mut Vec<SnapshotRow>,
    ) {
        let version = &mut model.versions[index];
        let segment = version.segments.get(key.1).clone();
        let Some(cell) = version.cells.get_mut(&key) else { return };
        let window_length = cell.length();
        let Some(profile) = cell.begin_flush() else { return };
        let row = |content| SnapshotRow {
            model: model.monitor.model.clone(),
            version: version.name.clone(),
            segment: segment.clone(),
            window_start: key.0,
            window_length,
            content,
            writer_id: self.writer_id().to_owned(),
            flush_sequence: sequence,
        };
        rows.push(row(SnapshotContent::Cell {
            records: profile.records,
            performance: profile.performance.clone(),
        }));
        for (column, profile) in version.columns.iter().zip(&profile.columns) {
            if let Some(profile) = profile {
                let mut profile = profile.clone();
                profile.settle();
                let (name, role) = (column.name.clone(), column.role);
                rows.push(row(SnapshotContent::Column { name, role, profile }));
            }
        }
    }

    /// The rows of the flush are on disk.
    ///
    /// # Errors
    /// [`EngineError::FailedPrecondition`] when no flush is under way.
    pub fn commit_flush(&self) -> Result<()> {
        let mut flush = lock(&self.flush);
        self.finish_flush(&mut flush, true)?;
        flush.next += 1;
        Ok(())
    }

    /// The rows of the flush are not on disk; they go into the next one, under the same number.
    ///
    /// # Errors
    /// [`EngineError::FailedPrecondition`] when no flush is under way.
    pub fn abort_flush(&self) -> Result<()> {
        self.finish_flush(&mut lock(&self.flush), false)
    }

    fn finish_flush(&self, flush: &mut FlushState, is_written: bool) -> Result<()> {
        let Some(taken) = flush.taken.take() else {
            return Err(EngineError::FailedPrecondition("no flush is under way".into()));
        };
        for (name, index, key) in taken {
            let model = self.model(&name)?;
            let version = &mut lock(&model).versions[index];
            let Some(cell) = version.cells.get_mut(&key) else { continue };
            if is_written {
                cell.commit_flush();
            } else {
                cell.abort_flush();
                version.dirty.insert(key);
            }
        }
        Ok(())
    }

    /// Numbers the next flush, at the start, with one more than the highest number on disk.
    pub fn resume_at(&self, sequence: u64) {
        let mut flush = lock(&self.flush);
        flush.next = flush.next.max(sequence);
    }

    /// Takes in rows written earlier, all or none; they are not flushed again.
    ///
    /// # Errors
    /// [`EngineError::Schema`] when a column has two kinds, [`EngineError::InvalidArgument`] for bad names,
    /// [`EngineError::Limit`].
    pub fn load(&self, rows: Vec<SnapshotRow>) -> Result<usize> {
        let count = rows.len();
        for row in &rows {
            crate::monitor::check_name("model", &row.model)?;
            crate::monitor::check_optional_name("version", &row.version)?;
        }
        for row in rows {
            let model = self.model_or_new(&row.model)?;
            lock(&model).load_row(row)?;
        }
        Ok(count)
    }
}

impl Model {
    fn load_row(&mut self, row: SnapshotRow) -> Result<()> {
        let index = self.version_index(&row.version)?;
        let baseline = self.baselines.get(&self.monitor.baseline);
        let version = &mut self.versions[index];
        let is_all = row.segment.is_empty();
        let key = (row.window_start, version.segments.intern(row.segment));
        let mut loaded = crate::cell::CellProfile::default();
        match row.content {
            SnapshotContent::Cell { records, performance } => {
                loaded.records = records;
                loaded.performance = performance;
                if is_all {
                    version.records += records;
                }
            }
            SnapshotContent::Column { name, role, profile } => {
                let kind = kind_of(&profile);
                let id = version.intern_column(&name, role, Some(kind), &self.monitor, baseline);
                let column = &version.columns[id as usize];
                if column.kind != Some(kind) {
                    return Err(EngineError::Schema(format!(
                        "column {:?} of model {:?} version {:?} is both numeric and categorical",
                        column.name, self.monitor.model, version.name
                    )));
                }
                loaded.columns.resize_with(id as usize + 1, || None);
                loaded.columns[id as usize] = Some(profile);
            }
        }
        version.cells.entry(key).or_default().load(&loaded, row.window_length);
        Ok(())
    }
}

/// The kind of a profile.
pub fn kind_of(profile: &ColumnProfile) -> Kind {
    match profile {
        ColumnProfile::Numeric(_) => Kind::Numeric,
        ColumnProfile::Categorical(_) => Kind::Categorical,
    }
}
