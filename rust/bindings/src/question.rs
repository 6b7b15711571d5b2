//! `Question`: a call of `QueryService` that may need the disk.

use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::ffi_stream::RecordBatchStreamReader;
use arrow_pyarrow::FromPyArrow;
use driftline_engine::engine::Engine;
use driftline_engine::error::EngineError;
use driftline_engine::query;
use driftline_wire::query::Question as Core;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::arrow::unreadable;
use crate::error::Failure;
use crate::{detached, door};

/// Rows that a question needs from disk.
#[pyclass(frozen, get_all, module = "driftline._core")]
pub(crate) struct Wanted {
    /// Model name.
    model: String,
    /// Version labels.
    versions: Vec<String>,
    /// Least start of a window.
    first: i64,
    /// Greatest start of a window.
    last: i64,
    /// Names of the columns besides the rows of the cells themselves; ``None``: all.
    columns: Option<Vec<String>>,
}

impl From<query::Wanted> for Wanted {
    fn from(wanted: query::Wanted) -> Self {
        let query::Wanted { model, versions, first, last, columns } = wanted;
        Self { model, versions, first, last, columns }
    }
}

/// One call that is being answered.
#[pyclass(frozen, module = "driftline._core")]
pub(crate) struct Question {
    engine: Arc<Engine>,
    core: Mutex<Option<Core>>,
}

impl Question {
    pub(crate) fn new(engine: Arc<Engine>, core: Core) -> Self {
        Self { engine, core: Mutex::new(Some(core)) }
    }

    /// Calls while it is not answered.
    fn with<T>(&self, work: impl FnOnce(&mut Core) -> Result<T, Failure>) -> Result<T, Failure> {
        let mut core = self.core.lock().unwrap_or_else(PoisonError::into_inner);
        work(core.as_mut().ok_or_else(answered)?)
    }
}

fn answered() -> Failure {
    EngineError::FailedPrecondition("the question is answered already".into()).into()
}

#[pymethods]
impl Question {
    /// What is to be read from disk.
    fn wanted(&self, py: Python<'_>) -> PyResult<Vec<Wanted>> {
        let wanted =
            || self.with(|core| Ok(core.gathering().wanted().into_iter().map(Wanted::from).collect()));
        door(|| detached(py, wanted))
    }

    /// Whether files that hold all flushes up to this one belong to what was read of memory.
    fn agrees(&self, py: Python<'_>, flush_sequence: u64) -> PyResult<bool> {
        let agrees = || self.with(|core| Ok(core.gathering().agrees(&self.engine, flush_sequence)));
        door(|| detached(py, agrees))
    }

    /// Adds snapshot rows from disk, a batch at a time.
    fn add(&self, py: Python<'_>, rows: &Bound<'_, PyAny>) -> PyResult<()> {
        door(|| {
            let reader = RecordBatchStreamReader::from_pyarrow_bound(rows)?;
            py.detach(|| {
                for batch in reader {
                    let batch = batch.map_err(|error| unreadable(&error))?;
                    self.with(|core| Ok(core.add(&batch)?))?;
                }
                Ok(())
            })
        })
    }

    /// The serialised response.
    fn finish<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        door(|| {
            let finish = || {
                let core = self.core.lock().unwrap_or_else(PoisonError::into_inner).take();
                Ok::<_, Failure>(core.ok_or_else(answered)?.finish(&self.engine)?)
            };
            Ok(PyBytes::new(py, &detached(py, finish)?))
        })
    }
}
