//! Rows as lines of JSON.

use driftline_wire::record_log;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::arrow::read_batches;
use crate::{detached, door};

/// Rows of anything with ``__arrow_c_stream__``, an object a line.
#[pyfunction]
pub(crate) fn json_lines<'py>(py: Python<'py>, rows: &Bound<'_, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    door(|| {
        let batches = read_batches(py, rows)?;
        Ok(PyBytes::new(py, &detached(py, || record_log::to_json_lines(&batches))?))
    })
}
