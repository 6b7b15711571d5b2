//! `Flush`: what changed, given out a few rows at a time, so that it is never in memory as a whole.

use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_pyarrow::{IntoPyArrow, ToPyArrow};
use arrow_schema::{ArrowError, SchemaRef};
use driftline_engine::engine::Engine;
use driftline_engine::flush::FlushParts;
use driftline_engine::panics;
use driftline_wire::WireError;
use driftline_wire::record_log;
use driftline_wire::snapshot::{self, pending, producers};
use pyo3::prelude::*;

use crate::{detached, door};

/// One flush.
#[pyclass(frozen, module = "driftline._core")]
pub(crate) struct Flush {
    core: Arc<Engine>,
    parts: Arc<Mutex<FlushParts>>,
    /// Its number.
    #[pyo3(get)]
    sequence: u64,
    /// Position in the log up to which it holds everything.
    #[pyo3(get)]
    position: u64,
    /// Whether `pending` gives all that waits, or what has changed of it since the flush before.
    #[pyo3(get)]
    pending_is_whole: bool,
}

impl Flush {
    pub(crate) fn new(core: Arc<Engine>, parts: FlushParts) -> Self {
        let FlushParts { sequence, position, pending_is_whole, .. } = parts;
        Self { core, parts: Arc::new(Mutex::new(parts)), sequence, position, pending_is_whole }
    }

    /// A stream of what `next` gives.
    fn stream<'py>(
        &self,
        py: Python<'py>,
        schema: SchemaRef,
        next: impl Fn(&Engine, &mut FlushParts) -> Result<Option<RecordBatch>, WireError> + Send + 'static,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (core, parts) = (Arc::clone(&self.core), Arc::clone(&self.parts));
        let next = move || {
            let mut parts = parts.lock().unwrap_or_else(PoisonError::into_inner);
            // The stream is called by foreign code, which no panic may reach.
            match panics::catch(|| next(&core, &mut parts)) {
                Ok(Ok(batch)) => batch.map(Ok),
                Ok(Err(error)) => Some(Err(ArrowError::ExternalError(Box::new(error)))),
                Err(defect) => Some(Err(ArrowError::ComputeError(defect))),
            }
        };
        let reader: Box<dyn RecordBatchReader + Send> = Box::new(Stream { schema, next: Box::new(next) });
        reader.into_pyarrow(py)
    }
}

#[pymethods]
impl Flush {
    /// The snapshot rows that changed, each once.
    fn rows<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        door(|| {
            self.stream(py, snapshot::schema(), |core, parts| {
                let rows = parts.next_rows(core)?;
                rows.map(|rows| snapshot::to_record_batch(&rows)).transpose()
            })
        })
    }

    /// The records that waited for each other.
    fn pending<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        door(|| {
            let schema = detached(py, || pending::to_record_batch(&[]))?.schema();
            self.stream(py, schema, |core, parts| {
                let entries = parts.next_pending(core)?;
                entries.map(|entries| pending::to_record_batch(&entries)).transpose()
            })
        })
    }

    /// Records that are kept themselves and have come since the flush before: model and `pyarrow.RecordBatch`, by model.
    fn records<'py>(&self, py: Python<'py>) -> PyResult<Vec<(String, Bound<'py, PyAny>)>> {
        door(|| {
            let batches = detached(py, || {
                let parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
                let of_models = parts.records.chunk_by(|left, right| left.model == right.model);
                of_models
                    .map(|versions| {
                        Ok((versions[0].model.to_string(), record_log::to_record_batch(versions)?))
                    })
                    .collect::<Result<Vec<_>, WireError>>()
            })?;
            batches.into_iter().map(|(model, batch)| Ok((model, batch.to_pyarrow(py)?))).collect()
        })
    }

    /// What had been counted of each producer.
    fn producers<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        door(|| {
            let batch = detached(py, || {
                let parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
                producers::to_record_batch(&parts.producers)
            })?;
            batch.to_pyarrow(py)
        })
    }
}

/// Record batches, made when they are asked for.
struct Stream {
    schema: SchemaRef,
    next: Box<dyn FnMut() -> Option<Result<RecordBatch, ArrowError>> + Send>,
}

impl Iterator for Stream {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        (self.next)()
    }
}

impl RecordBatchReader for Stream {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }
}
