//! Flush and load: cells to snapshot rows and back.
//!
//! A flush takes the delta of every dirty cell. Until it is committed, the rows are neither lost nor counted
//! twice: queries see them in the cell's middle layer, and an aborted flush puts them back.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use driftline_sketches::ColumnProfile;

use crate::engine::Engine;
use crate::error::{EngineError, Result};
use crate::hashed::check_rows;
use crate::log::RecordNumber;
use crate::model::Model;
use crate::pending::{Pending, PendingEntry};
use crate::plan::Kind;
use crate::producer::{Sequences, lock};
use crate::record_log::TakenRecords;
use crate::snapshot::{SnapshotContent, SnapshotRow};
use crate::version::CellKey;

/// Model, version and key of a cell.
type TakenCell = (Arc<str>, usize, CellKey);

/// Which flush is next, and whether one is under way.
#[derive(Debug)]
pub struct FlushState {
    next: u64,
    /// The flush under way.
    taken: Option<Taken>,
    /// Requests of which everything is on disk.
    written: u64,
    /// Record of the log up to which everything is.
    position: RecordNumber,
    /// Flushes since one wrote all that waits; none has at the start.
    additions: u64,
}

impl Default for FlushState {
    fn default() -> Self {
        Self { next: 1, taken: None, written: 0, position: 0, additions: MOST_ADDITIONS }
    }
}

/// Flushes that may write only what has changed of what waits, before one writes all of it again: as many more files are read
/// at a start, and one part in so many is what is written in vain.
const MOST_ADDITIONS: u64 = 64;

/// Rows, or entries that wait, that are made at a time.
const MOST_AT_ONCE: usize = 2_048;
/// Share of the limit of memory, in percent, that rows take which are made at a time.
const MOST_PERCENT_AT_ONCE: u64 = 2;

/// What a flush has moved aside, all at one moment between two batches.
#[derive(Debug)]
struct Taken {
    cells: Arc<[TakenCell]>,
    position: RecordNumber,
    /// Requests counted so far.
    requests: u64,
    /// Whether all that waits is written.
    is_whole: bool,
}

/// What waits in each model.
type Waiting = Vec<(String, Pending)>;

/// What had been counted of each producer.
type Counted = Vec<(String, Sequences)>;

/// One flush.
#[derive(Debug)]
pub struct Flush {
    /// Its number.
    pub sequence: u64,
    /// What changed since the one before.
    pub rows: Vec<SnapshotRow>,
    /// All that waited for its label or prediction when the rows were taken.
    pub pending: Vec<PendingEntry>,
    /// What had been counted of each producer.
    pub producers: Counted,
    /// Records that are kept themselves and have come since the flush before.
    pub records: Vec<TakenRecords>,
    /// Record of the log up to which all of these contain everything; 0 without a log.
    pub position: RecordNumber,
}

/// One flush whose rows are made a few at a time.
#[derive(Debug)]
pub struct FlushParts {
    /// Its number.
    pub sequence: u64,
    /// What had been counted of each producer.
    pub producers: Counted,
    /// Records that are kept themselves and have come since the flush before.
    pub records: Vec<TakenRecords>,
    /// Record of the log up to which all of it contains everything; 0 without a log.
    pub position: RecordNumber,
    /// Whether what waits is given out as a whole, or what has changed of it since the flush before.
    pub pending_is_whole: bool,
    cells: Arc<[TakenCell]>,
    next_cell: usize,
    waiting: VecDeque<(String, Pending)>,
}

impl FlushParts {
    /// The next rows; `None` after the last ones.
    ///
    /// # Errors
    /// [`EngineError::Internal`] for a model that was damaged meanwhile.
    pub fn next_rows(&mut self, engine: &Engine) -> Result<Option<Vec<SnapshotRow>>> {
        let mut rows = Vec::new();
        let budget = engine.budget();
        let most_bytes = budget.used().saturating_add(budget.percent(MOST_PERCENT_AT_ONCE));
        while let Some((name, index, key)) = self.cells.get(self.next_cell)
            && rows.len() < MOST_AT_ONCE
            && (rows.is_empty() || budget.used() <= most_bytes)
        {
            self.next_cell += 1;
            let model = engine.model(name)?;
            engine.write_cell(&*model.read()?, *index, *key, self.sequence, &mut rows);
        }
        Ok((!rows.is_empty()).then_some(rows))
    }

    /// The next records that wait for each other; `None` after the last ones. See [`FlushParts::pending_is_whole`].
    ///
    /// # Errors
    /// As [`FlushParts::next_rows`].
    pub fn next_pending(&mut self, engine: &Engine) -> Result<Option<Vec<PendingEntry>>> {
        while let Some((name, pending)) = self.waiting.front_mut() {
            let entries = engine.model(name)?.read()?.pending_entries(pending, MOST_AT_ONCE);
            if !entries.is_empty() {
                return Ok(Some(entries));
            }
            self.waiting.pop_front();
        }
        Ok(None)
    }
}

impl Engine {
    /// Takes what changed since the last flush; `None` when nothing did. One of [`Engine::commit_flush`] and
    /// [`Engine::abort_flush`] must follow; batches are counted meanwhile.
    ///
    /// # Errors
    /// [`EngineError::FailedPrecondition`] while another flush is under way; [`EngineError::Internal`] while a model is
    /// damaged: after a flush what came before it would never be counted anew.
    pub fn begin_flush_in_parts(&self, now: i64) -> Result<Option<FlushParts>> {
        self.begin(now, false)
    }

    fn begin(&self, now: i64, whole: bool) -> Result<Option<FlushParts>> {
        let mut flush = lock(&self.flush);
        if flush.taken.is_some() {
            return Err(EngineError::FailedPrecondition("a flush is under way".into()));
        }
        let (taken, mut waiting, producers, records) = {
            let _closed = self.gate.closed();
            self.take_all(now, whole || flush.additions >= MOST_ADDITIONS)?
        };
        let is_new = taken.requests != flush.written || taken.position != flush.position;
        if taken.cells.is_empty() && !is_new {
            self.finish_joins(false);
            return Ok(None);
        }
        for (_, pending) in &mut waiting {
            pending.sort();
        }
        let parts = FlushParts {
            sequence: flush.next,
            producers,
            records,
            position: taken.position,
            pending_is_whole: taken.is_whole,
            cells: Arc::clone(&taken.cells),
            next_cell: 0,
            waiting: waiting.into(),
        };
        flush.taken = Some(taken);
        Ok(Some(parts))
    }

    /// The same with everything in memory at once, and all that waits.
    ///
    /// # Errors
    /// As [`Engine::begin_flush_in_parts`].
    pub fn begin_flush(&self, now: i64) -> Result<Option<Flush>> {
        let Some(mut parts) = self.begin(now, true)? else { return Ok(None) };
        let mut read = || -> Result<_> {
            let (mut rows, mut pending) = (Vec::new(), Vec::new());
            while let Some(more) = parts.next_rows(self)? {
                rows.extend(more);
            }
            while let Some(more) = parts.next_pending(self)? {
                pending.extend(more);
            }
            Ok((rows, pending))
        };
        match read() {
            Ok((rows, pending)) => {
                let FlushParts { sequence, producers, records, position, .. } = parts;
                Ok(Some(Flush { sequence, rows, pending, producers, records, position }))
            }
            Err(error) => {
                self.abort_flush()?;
                Err(error)
            }
        }
    }

    /// Moves aside what is to be written. Short, since no batch is counted meanwhile.
    fn take_all(&self, now: i64, whole: bool) -> Result<(Taken, Waiting, Counted, Vec<TakenRecords>)> {
        if let Some(name) = self.damaged_models().first() {
            drop(self.model(name)?.read()?);
        }
        let mut is_whole = whole;
        for name in self.model_names() {
            let model = self.model(&name)?;
            let model = model.read()?;
            is_whole |= model.join.rewrites() || model.queries.rewrites();
        }
        let (mut cells, mut waiting, mut records) = (Vec::new(), Vec::new(), Vec::new());
        for name in self.model_names() {
            let (shared, model) = (Arc::<str>::from(&*name), self.model(&name)?);
            let model = &mut *model.write()?;
            for (index, version) in model.versions.iter_mut().enumerate() {
                records.extend(version.take_records(&shared, &model.monitor));
                for key in std::mem::take(&mut version.dirty) {
                    if let Some(cell) = version.cells.get_mut(&key) {
                        cell.begin_flush();
                        cells.push((Arc::clone(&shared), index, key));
                    }
                }
            }
            waiting.push((name, model.take_pending(is_whole)));
        }
        let producers = lock(&self.producers).remembered(now);
        let requests = self.requests.load(Ordering::Relaxed);
        let taken = Taken { cells: cells.into(), position: self.position(), requests, is_whole };
        Ok((taken, waiting, producers, records))
    }

    fn write_cell(
        &self,
        model: &Model,
        index: usize,
        key: CellKey,
        sequence: u64,
        rows: &mut Vec<SnapshotRow>,
    ) {
        let version = &model.versions[index];
        let Some(cell) = version.cells.get(&key) else { return };
        let Some(profile) = cell.flushing() else { return };
        let row = |content| SnapshotRow {
            model: model.monitor.model.clone(),
            version: version.name.clone(),
            segment: version.segments.get(key.1).clone(),
            window_start: key.0,
            window_length: cell.length(),
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
        if let Some(principals) = &profile.principals {
            rows.push(row(SnapshotContent::Principals { principals: principals.clone() }));
        }
        for profile in profile.sets.iter().flatten() {
            let mut profile = Box::new(profile.clone());
            // The baseline keeps them.
            profile.drop_known();
            rows.push(row(SnapshotContent::Set { profile }));
        }
    }

    /// The flush is on disk: the log no longer needs what is in it.
    ///
    /// # Errors
    /// [`EngineError::FailedPrecondition`] when no flush is under way. [`EngineError::Unavailable`] when the log
    /// cannot be cut; the flush is done then all the same.
    pub fn commit_flush(&self) -> Result<()> {
        let mut flush = lock(&self.flush);
        let Some(Taken { position, requests, is_whole, .. }) = flush.taken else {
            return Err(nothing_under_way());
        };
        self.finish_flush(&mut flush, true)?;
        self.flushed.store(flush.next, Ordering::SeqCst);
        flush.next += 1;
        (flush.written, flush.position) = (requests, position);
        flush.additions = if is_whole { 0 } else { flush.additions + 1 };
        drop(flush);
        self.log.get().map_or(Ok(()), |log| Ok(log.cut(position)?))
    }

    /// The flush is not on disk; its rows go into the next one, under the same number.
    ///
    /// # Errors
    /// [`EngineError::FailedPrecondition`] when no flush is under way.
    pub fn abort_flush(&self) -> Result<()> {
        self.finish_flush(&mut lock(&self.flush), false)
    }

    fn finish_flush(&self, flush: &mut FlushState, is_written: bool) -> Result<()> {
        let Some(taken) = flush.taken.take() else {
            return Err(nothing_under_way());
        };
        self.finish_joins(is_written);
        for &(ref name, index, key) in &*taken.cells {
            let model = self.model(name)?;
            // One that has been damaged meanwhile is written no more.
            let Ok(mut model) = model.write() else { continue };
            let version = &mut model.versions[index];
            if is_written {
                version.commit_cell(key);
            } else if let Some(cell) = version.cells.get_mut(&key) {
                cell.abort_flush();
                version.dirty.insert(key);
            }
        }
        Ok(())
    }

    /// What a flush has taken of the joins and of records is on disk, or is not.
    fn finish_joins(&self, is_written: bool) {
        for name in self.model_names() {
            // One that has been damaged meanwhile is written no more.
            if let Ok(model) = self.model(&name)
                && let Ok(mut model) = model.write()
            {
                model.join.finish_flush(is_written);
                model.queries.finish_flush(is_written);
                let versions = model.versions.iter_mut();
                versions.for_each(|version| version.record_windows.finish_flush(is_written));
            }
        }
    }

    /// Takes in what had been counted of each producer.
    pub fn load_producers(&self, producers: Vec<(String, Sequences)>) {
        let mut known = lock(&self.producers);
        for (id, sequences) in producers {
            self.sequence_gaps.fetch_add(sequences.gaps, Ordering::Relaxed);
            known.insert(id, sequences);
        }
    }

    /// Numbers the next flush, at the start, with one more than that of the last one, which holds everything up to
    /// a record of the log.
    pub fn resume_at(&self, sequence: u64, position: RecordNumber) {
        let mut flush = lock(&self.flush);
        flush.next = flush.next.max(sequence);
        flush.position = position;
        self.flushed.store(flush.next - 1, Ordering::SeqCst);
    }

    /// Number of the last flush that is on disk, as this engine knows; 0: none.
    pub(crate) fn flushed(&self) -> u64 {
        self.flushed.load(Ordering::SeqCst)
    }

    /// Takes in rows written earlier, all or none; they are not flushed again. Where memory is short the oldest windows leave
    /// it at once: of an engine with a budget, questions need the disk that the rows come from.
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
            model.write()?.load_row(row)?;
        }
        if self.is_short_of_memory() {
            self.evict()?;
        }
        Ok(count)
    }
}

fn nothing_under_way() -> EngineError {
    EngineError::FailedPrecondition("no flush is under way".into())
}

impl Model {
    fn load_row(&mut self, row: SnapshotRow) -> Result<()> {
        check_rows([&row], &self.monitor)?;
        let index = self.version_index(&row.version)?;
        let baseline = self.baselines.get(&self.monitor.baseline).map(Arc::as_ref);
        let version = &mut self.versions[index];
        let is_all = row.segment.is_empty();
        let segment = version.segments.intern(row.segment);
        let mut loaded = crate::cell::CellProfile::default();
        match row.content {
            SnapshotContent::Cell { records, performance } => {
                loaded.records = records;
                loaded.performance = performance;
                if is_all {
                    version.records += records;
                }
            }
            SnapshotContent::Principals { principals } => loaded.principals = Some(principals),
            SnapshotContent::Set { profile } => {
                let id = version.sets.intern(profile.columns(), baseline);
                version.sets.profile_mut(&mut loaded.sets, id);
                loaded.sets[id as usize] = Some(*profile);
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
        let window = (row.window_start, row.window_length);
        version.load(window, segment, loaded, self.monitor.window);
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
