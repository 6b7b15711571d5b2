//! `Session` and `Answer`.

use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::RecordBatch;
use arrow_pyarrow::FromPyArrow;
use bytes::Bytes;
use driftline_engine::engine::Engine;
use driftline_wire::session::Caller;
use driftline_wire::{Limits, WireError, answer, session};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;

use crate::{detached, door};

/// One ingest stream. Not to be used by two threads at once.
#[pyclass(frozen, module = "driftline._core")]
pub struct Session {
    core: Mutex<session::Session>,
}

impl Session {
    pub(crate) fn new(engine: Arc<Engine>, limits: Limits, caller: Caller) -> Self {
        Self { core: Mutex::new(session::Session::new(engine, limits).with_caller(caller)) }
    }

    /// Calls without the interpreter; the lock is only ever taken without it, too.
    fn call(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&mut session::Session) -> Result<Option<answer::Answer>, WireError> + Send,
    ) -> PyResult<Option<Answer>> {
        let due = detached(py, || work(&mut self.core.lock().unwrap_or_else(PoisonError::into_inner)))?;
        Ok(due.map(|core| Answer { core }))
    }
}

#[pymethods]
impl Session {
    /// Takes a serialised ``IngestRequest``; returns an answer when one is due.
    fn ingest(&self, py: Python<'_>, request: PyBackedBytes, now: i64) -> PyResult<Option<Answer>> {
        door(|| {
            let request = Bytes::from_owner(request);
            self.call(py, |session| session.ingest(request, now))
        })
    }

    /// The same for a batch that Arrow has validated in full.
    fn ingest_arrow(
        &self,
        py: Python<'_>,
        header: PyBackedBytes,
        batch: &Bound<'_, PyAny>,
        now: i64,
    ) -> PyResult<Option<Answer>> {
        door(|| {
            let batch = RecordBatch::from_pyarrow_bound(batch)?;
            let header = Bytes::from_owner(header);
            self.call(py, |session| session.ingest_arrow(header, &batch, now))
        })
    }

    /// The answer held back, at the end of the stream.
    fn acknowledge(&self, py: Python<'_>) -> PyResult<Option<Answer>> {
        door(|| self.call(py, |session| Ok(session.acknowledge())))
    }
}

/// What is to be said of some batches of a stream.
#[pyclass(frozen, module = "driftline._core")]
pub struct Answer {
    core: answer::Answer,
}

#[pymethods]
impl Answer {
    /// Records that were counted.
    #[getter]
    fn records(&self) -> PyResult<u64> {
        door(|| Ok(self.core.records()))
    }

    /// The serialised ``IngestResponse``, once what it answers for is safe.
    fn wait<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        door(|| Ok(PyBytes::new(py, &detached(py, || self.core.wait())?)))
    }
}
