//! `Engine`.

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use driftline_engine::engine::Engine as Core;
use driftline_engine::error::EngineError;
use driftline_engine::hashed::HashKey;
use driftline_engine::log::LogOptions;
use driftline_engine::memory::{Budget, Meter};
use driftline_engine::rollup::RollUp;
use driftline_engine::workers::Workers;
use driftline_wire::session::{AllowedModels, Caller};
use driftline_wire::snapshot::{pending, producers};
use driftline_wire::{Limits, WireError, monitor, query, session};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;

use crate::arrow::{read_batches, read_rows, write_rows};
use crate::flush::Flush;
use crate::log::{LogStatus, ReadLog, Recovery};
use crate::memory::MemoryStatus;
use crate::question::Question;
use crate::session::Session;
use crate::{detached, door};

/// State of all models of one process. Safe to call from any number of threads.
#[pyclass(frozen, module = "driftline._core")]
pub struct Engine {
    core: Arc<Core>,
    limits: Limits,
}

#[pymethods]
impl Engine {
    #[new]
    #[pyo3(signature = (writer_id = "", max_message_bytes = 16_777_216, threads = 1, hash_key = None, memory_bytes = None, record_key = None))]
    #[allow(clippy::too_many_arguments)]
    fn new(
        py: Python<'_>,
        writer_id: &str,
        max_message_bytes: usize,
        threads: usize,
        hash_key: Option<[u8; 16]>,
        memory_bytes: Option<u64>,
        record_key: Option<[u8; 16]>,
    ) -> PyResult<Self> {
        door(|| {
            let limits = Limits::with_message_bytes(max_message_bytes);
            let workers = detached(py, || Workers::new(threads))?;
            let core = Core::new(writer_id).with_workers(workers);
            let core = match memory_bytes {
                Some(limit) => core.with_budget(Budget::new(limit, Meter::Allocator)),
                None => core,
            };
            let core = match hash_key {
                Some(key) => core.with_hash_key(HashKey::new(key)),
                None => core,
            };
            let core = match record_key {
                Some(key) => core.with_record_log(HashKey::new(key)),
                None => core,
            };
            Ok(Self { core: Arc::new(core), limits })
        })
    }

    /// Takes a serialised ``Monitor``.
    fn set_monitor(&self, py: Python<'_>, monitor: PyBackedBytes) -> PyResult<()> {
        door(|| detached(py, || Ok::<_, WireError>(self.core.set_monitor(monitor::from_bytes(&monitor)?)?)))
    }

    /// The serialised ``Monitor`` in force, defaults filled in.
    fn monitor<'py>(&self, py: Python<'py>, model: &str) -> PyResult<Bound<'py, PyBytes>> {
        door(|| {
            let monitor = detached(py, || self.core.monitor(model))?;
            Ok(PyBytes::new(py, &monitor::to_bytes(&monitor)))
        })
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
        door(|| {
            let rows = read_rows(py, rows)?;
            detached(py, || self.core.set_baseline(model, name, rows, make_default))
        })
    }

    /// Names and snapshot rows of a model's baselines, the default one first.
    fn baselines<'py>(&self, py: Python<'py>, model: &str) -> PyResult<Vec<(String, Bound<'py, PyAny>)>> {
        door(|| {
            let baselines = detached(py, || self.core.baseline_rows(model))?;
            baselines.into_iter().map(|(name, rows)| Ok((name, write_rows(py, &rows)?))).collect()
        })
    }

    /// State of one ingest stream of a principal, which may be of some models only.
    #[pyo3(signature = (models = None, principal = ""))]
    fn session(&self, models: AllowedModels, principal: &str) -> PyResult<Session> {
        let caller = Caller { principal: principal.to_owned(), models };
        door(|| Ok(Session::new(Arc::clone(&self.core), self.limits, caller)))
    }

    /// Takes a serialised ``IngestRequest`` that carries its schema, returns an ``IngestResponse``.
    #[pyo3(signature = (request, now, models = None, principal = ""))]
    fn ingest_batch<'py>(
        &self,
        py: Python<'py>,
        request: PyBackedBytes,
        now: i64,
        models: AllowedModels,
        principal: &str,
    ) -> PyResult<Bound<'py, PyBytes>> {
        door(|| {
            let request = Bytes::from_owner(request);
            let caller = Caller { principal: principal.to_owned(), models };
            let ingest = || session::ingest_once(&self.core, &self.limits, &caller, request, now);
            Ok(PyBytes::new(py, &detached(py, ingest)?))
        })
    }

    /// Answers a call of ``QueryService`` by its name.
    fn query<'py>(
        &self,
        py: Python<'py>,
        method: &str,
        request: PyBackedBytes,
        now: i64,
    ) -> PyResult<Bound<'py, PyBytes>> {
        door(|| {
            let response = detached(py, || query::answer(&self.core, method, &request, now))?;
            Ok(PyBytes::new(py, &response))
        })
    }

    /// Begins to answer a call of ``QueryService``, where windows may be on disk only.
    fn ask(&self, py: Python<'_>, method: &str, request: PyBackedBytes, now: i64) -> PyResult<Question> {
        door(|| {
            let question = detached(py, || query::Question::ask(&self.core, method, &request, now))?;
            Ok(Question::new(Arc::clone(&self.core), question))
        })
    }

    /// Lets the oldest windows leave memory, while it is short and as far as a flush has written them.
    fn evict(&self, py: Python<'_>) -> PyResult<u64> {
        door(|| detached(py, || self.core.evict()))
    }

    /// Drops the oldest windows while memory is short.
    fn drop_oldest(&self, py: Python<'_>) -> PyResult<u64> {
        door(|| detached(py, || self.core.drop_oldest()))
    }

    /// Merges snapshot rows written earlier. Returns their number.
    fn load(&self, py: Python<'_>, rows: &Bound<'_, PyAny>) -> PyResult<usize> {
        door(|| {
            let rows = read_rows(py, rows)?;
            detached(py, || self.core.load(rows))
        })
    }

    /// Takes what changed since the last flush.
    fn begin_flush(&self, py: Python<'_>, now: i64) -> PyResult<Option<Flush>> {
        door(|| {
            let parts = detached(py, || self.core.begin_flush_in_parts(now))?;
            Ok(parts.map(|parts| Flush::new(Arc::clone(&self.core), parts)))
        })
    }

    /// The rows of ``begin_flush`` are safe.
    fn commit_flush(&self, py: Python<'_>) -> PyResult<()> {
        door(|| detached(py, || self.core.commit_flush()))
    }

    /// They are not: they go into the next flush, under the same number.
    fn abort_flush(&self, py: Python<'_>) -> PyResult<()> {
        door(|| detached(py, || self.core.abort_flush()))
    }

    /// Rolls up and drops old windows in memory; returns how many.
    #[pyo3(signature = (hourly_before = None, daily_before = None, drop_before = None))]
    fn roll_up(
        &self,
        py: Python<'_>,
        hourly_before: Option<i64>,
        daily_before: Option<i64>,
        drop_before: Option<i64>,
    ) -> PyResult<usize> {
        door(|| {
            let plan = RollUp { hourly_before, daily_before, drop_before };
            detached(py, || self.core.roll_up(&plan))
        })
    }

    /// Model, version, anomalous records, and those of them that had no place, since the start, where records are kept.
    fn record_counts(&self, py: Python<'_>) -> PyResult<Vec<(String, String, u64, u64)>> {
        door(|| {
            let counts = detached(py, || self.core.record_counts())?;
            let flat = counts.into_iter();
            Ok(flat
                .map(|(model, version, counts)| (model, version, counts.anomalous, counts.anomalous_dropped))
                .collect())
        })
    }

    /// Numbers the next flush.
    fn resume_at(&self, flush_sequence: u64, position: u64) -> PyResult<()> {
        door(|| {
            self.core.resume_at(flush_sequence, position);
            Ok(())
        })
    }

    /// Names of the models that a panic has left half changed.
    fn damaged_models(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        door(|| Ok(py.detach(|| self.core.damaged_models())))
    }

    /// Takes back predictions and labels that waited for each other. Returns their number.
    fn load_pending(&self, py: Python<'_>, rows: &Bound<'_, PyAny>) -> PyResult<usize> {
        door(|| {
            let batches = read_batches(py, rows)?;
            detached(py, || {
                let mut count = 0;
                for batch in &batches {
                    count += self.core.load_pending(pending::from_record_batch(batch)?)?;
                }
                Ok::<_, WireError>(count)
            })
        })
    }

    /// Takes back what had been counted of each producer. Returns their number.
    fn load_producers(&self, py: Python<'_>, rows: &Bound<'_, PyAny>) -> PyResult<usize> {
        door(|| {
            let batches = read_batches(py, rows)?;
            detached(py, || {
                let mut count = 0;
                for batch in &batches {
                    let producers = producers::from_record_batch(batch)?;
                    count += producers.len();
                    self.core.load_producers(producers);
                }
                Ok::<_, WireError>(count)
            })
        })
    }

    /// Reads the log in a directory and does what ``open_read_log`` does.
    #[pyo3(signature = (path, position, segment_bytes = 33_554_432, accept_data_loss = false, goes_on = true))]
    fn open_log(
        &self,
        py: Python<'_>,
        path: PathBuf,
        position: u64,
        segment_bytes: u64,
        accept_data_loss: bool,
        goes_on: bool,
    ) -> PyResult<Recovery> {
        door(|| {
            let log = detached(py, || ReadLog::read(&path))?;
            self.open_read_log(py, &log, position, segment_bytes, accept_data_loss, goes_on, None)
        })
    }

    /// Counts again what the log holds behind ``position``, and logs there from now on if it ``goes_on``.
    #[pyo3(signature = (log, position, segment_bytes = 33_554_432, accept_data_loss = false, goes_on = true, relieve = None))]
    #[allow(clippy::too_many_arguments)]
    fn open_read_log(
        &self,
        py: Python<'_>,
        log: &ReadLog,
        position: u64,
        segment_bytes: u64,
        accept_data_loss: bool,
        goes_on: bool,
        relieve: Option<Py<PyAny>>,
    ) -> PyResult<Recovery> {
        door(|| {
            let options = LogOptions { segment_bytes };
            let open = || {
                let relieve = || relieve.as_ref().map_or(Ok(()), called);
                let recovery =
                    self.core.open_read_log(&log.core, position, options, accept_data_loss, goes_on, relieve);
                recovery.map(Recovery::from)
            };
            detached(py, open)
        })
    }

    /// How the log stands; ``None`` without one.
    fn log_status(&self, py: Python<'_>) -> PyResult<Option<LogStatus>> {
        door(|| Ok(py.detach(|| self.core.log_status()).map(LogStatus::from)))
    }

    /// How much memory the core holds, and what it did to stay within its limit.
    fn memory_status(&self) -> PyResult<MemoryStatus> {
        door(|| Ok(MemoryStatus::of(&self.core)))
    }

    /// Lets no batch in until ``resume``: they wait.
    fn pause(&self, py: Python<'_>) -> PyResult<()> {
        door(|| {
            py.detach(|| self.core.pause());
            Ok(())
        })
    }

    /// Undoes one ``pause``.
    fn resume(&self, py: Python<'_>) -> PyResult<()> {
        door(|| {
            py.detach(|| self.core.resume());
            Ok(())
        })
    }
}

/// Calls a function of Python's from where the interpreter is not held.
fn called(function: &Py<PyAny>) -> Result<(), EngineError> {
    Python::attach(|py| function.call0(py).map(drop)).map_err(|error| EngineError::Unavailable {
        message: format!("memory is short, and what is in it cannot be written: {error}"),
        retry_after: 0,
    })
}
