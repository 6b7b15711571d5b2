//! `Engine`.

use std::sync::Arc;

use arrow_pyarrow::ToPyArrow;
use bytes::Bytes;
use driftline_engine::engine::Engine as Core;
use driftline_engine::workers::Workers;
use driftline_wire::snapshot::pending;
use driftline_wire::{Limits, WireError, monitor, query, session};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;

use crate::arrow::{read_batches, read_rows, write_rows};
use crate::detached;
use crate::session::Session;

/// Number, snapshot rows and pending entries of one flush.
type FlushTables<'py> = (u64, Bound<'py, PyAny>, Bound<'py, PyAny>);

/// State of all models of one process. Safe to call from any number of threads.
#[pyclass(frozen, module = "driftline._core")]
pub struct Engine {
    core: Arc<Core>,
    limits: Limits,
}

#[pymethods]
impl Engine {
    #[new]
    #[pyo3(signature = (writer_id = "", max_message_bytes = 16_777_216, threads = 1))]
    fn new(py: Python<'_>, writer_id: &str, max_message_bytes: usize, threads: usize) -> PyResult<Self> {
        let limits = Limits::with_message_bytes(max_message_bytes);
        let workers = detached(py, || Workers::new(threads))?;
        Ok(Self { core: Arc::new(Core::new(writer_id).with_workers(workers)), limits })
    }

    /// Takes a serialised ``Monitor``.
    fn set_monitor(&self, py: Python<'_>, monitor: PyBackedBytes) -> PyResult<()> {
        detached(py, || Ok::<_, WireError>(self.core.set_monitor(monitor::from_bytes(&monitor)?)?))
    }

    /// The serialised ``Monitor`` in force, defaults filled in.
    fn monitor<'py>(&self, py: Python<'py>, model: &str) -> PyResult<Bound<'py, PyBytes>> {
        let monitor = detached(py, || self.core.monitor(model))?;
        Ok(PyBytes::new(py, &monitor::to_bytes(&monitor)))
    }

    /// Stores snapshot rows as a named baseline of a model and returns the number of columns.
    #[pyo3(signature = (model, name, rows, make_default = false))]
    fn set_baseline(
        &self,
        py: Python<'_>,
        model: &str,
        name: &str,
        rows: &Bound<'_, PyAny>,
        make_default: bool,
    ) -> PyResult<usize> {
        let rows = read_rows(py, rows)?;
        detached(py, || self.core.set_baseline(model, name, rows, make_default))
    }

    /// Names and snapshot rows of a model's baselines, the default one first.
    fn baselines<'py>(&self, py: Python<'py>, model: &str) -> PyResult<Vec<(String, Bound<'py, PyAny>)>> {
        let baselines = detached(py, || self.core.baseline_rows(model))?;
        baselines.into_iter().map(|(name, rows)| Ok((name, write_rows(py, &rows)?))).collect()
    }

    /// State of one ingest stream.
    fn session(&self) -> Session {
        Session::new(Arc::clone(&self.core), self.limits)
    }

    /// Takes a serialised ``IngestRequest`` that carries its schema, returns an ``IngestResponse``.
    fn ingest_batch<'py>(
        &self,
        py: Python<'py>,
        request: PyBackedBytes,
        now: i64,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let request = Bytes::from_owner(request);
        let response = detached(py, || session::ingest_once(&self.core, &self.limits, request, now))?;
        Ok(PyBytes::new(py, &response))
    }

    /// Answers a call of ``QueryService`` by its name.
    fn query<'py>(
        &self,
        py: Python<'py>,
        method: &str,
        request: PyBackedBytes,
        now: i64,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let response = detached(py, || query::answer(&self.core, method, &request, now))?;
        Ok(PyBytes::new(py, &response))
    }

    /// Merges snapshot rows written earlier. Returns their number.
    fn load(&self, py: Python<'_>, rows: &Bound<'_, PyAny>) -> PyResult<usize> {
        let rows = read_rows(py, rows)?;
        detached(py, || self.core.load(rows))
    }

    /// Takes the flush's number, the rows that changed since the last one, and what waited when they were taken.
    fn begin_flush<'py>(&self, py: Python<'py>) -> PyResult<Option<FlushTables<'py>>> {
        let Some(flush) = detached(py, || self.core.begin_flush())? else { return Ok(None) };
        let tables = write_rows(py, &flush.rows).and_then(|rows| {
            let pending = detached(py, || pending::to_record_batch(&flush.pending))?;
            Ok((flush.sequence, rows, pending.to_pyarrow(py)?))
        });
        match tables {
            Ok(tables) => Ok(Some(tables)),
            Err(error) => {
                detached(py, || self.core.abort_flush())?;
                Err(error)
            }
        }
    }

    /// The rows of ``begin_flush`` are safe.
    fn commit_flush(&self, py: Python<'_>) -> PyResult<()> {
        detached(py, || self.core.commit_flush())
    }

    /// They are not: they go into the next flush, under the same number.
    fn abort_flush(&self, py: Python<'_>) -> PyResult<()> {
        detached(py, || self.core.abort_flush())
    }

    /// Numbers the next flush.
    fn resume_at(&self, flush_sequence: u64) {
        self.core.resume_at(flush_sequence);
    }

    /// Predictions and labels that wait for each other, to be kept over a restart.
    fn pending<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let batch = detached(py, || pending::to_record_batch(&self.core.pending_entries()?))?;
        batch.to_pyarrow(py)
    }

    /// Takes them back. Returns their number.
    fn load_pending(&self, py: Python<'_>, rows: &Bound<'_, PyAny>) -> PyResult<usize> {
        let batches = read_batches(py, rows)?;
        detached(py, || {
            let mut count = 0;
            for batch in &batches {
                count += self.core.load_pending(pending::from_record_batch(batch)?)?;
            }
            Ok::<_, WireError>(count)
        })
    }
}
