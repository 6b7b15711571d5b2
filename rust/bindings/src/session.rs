//! `Session`.

use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::RecordBatch;
use arrow_pyarrow::FromPyArrow;
use bytes::Bytes;
use driftline_engine::engine::Engine;
use driftline_wire::session::Caller;
use driftline_wire::{Limits, WireError, session};
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
    fn call<'py>(
        &self,
        py: Python<'py>,
        work: impl FnOnce(&mut session::Session) -> Result<Option<Vec<u8>>, WireError> + Send,
    ) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let response = detached(py, || work(&mut self.core.lock().unwrap_or_else(PoisonError::into_inner)))?;
        Ok(response.map(|bytes| PyBytes::new(py, &bytes)))
    }
}

#[pymethods]
impl Session {
    /// Takes a serialised ``IngestRequest``; returns an ``IngestResponse`` when one is due.
    fn ingest<'py>(
        &self,
        py: Python<'py>,
        request: PyBackedBytes,
        now: i64,
    ) -> PyResult<Option<Bound<'py, PyBytes>>> {
        door(|| {
            let request = Bytes::from_owner(request);
            self.call(py, |session| session.ingest(request, now))
        })
    }

    /// The same for a batch that Arrow has validated in full.
    fn ingest_arrow<'py>(
        &self,
        py: Python<'py>,
        header: PyBackedBytes,
        batch: &Bound<'_, PyAny>,
        now: i64,
    ) -> PyResult<Option<Bound<'py, PyBytes>>> {
        door(|| {
            let batch = RecordBatch::from_pyarrow_bound(batch)?;
            let header = Bytes::from_owner(header);
            self.call(py, |session| session.ingest_arrow(header, &batch, now))
        })
    }

    /// The answer held back, at the end of the stream.
    fn acknowledge<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyBytes>>> {
        door(|| self.call(py, session::Session::acknowledge))
    }
}
