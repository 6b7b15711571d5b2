//! Record batches in and out through the Arrow C data interface.

use arrow_array::ffi_stream::RecordBatchStreamReader;
use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_pyarrow::{FromPyArrow, ToPyArrow};
use arrow_schema::ArrowError;
use driftline_engine::snapshot::SnapshotRow;
use driftline_wire::{WireError, snapshot};
use pyo3::prelude::*;

use crate::error::InvalidBatchError;
use crate::{detached, error::Failure};

/// All record batches of anything with `__arrow_c_stream__`; an empty one, for its schema, where there is none.
pub(crate) fn read_batches(py: Python<'_>, source: &Bound<'_, PyAny>) -> PyResult<Vec<RecordBatch>> {
    let reader = RecordBatchStreamReader::from_pyarrow_bound(source)?;
    let schema = reader.schema();
    let read = || {
        let mut batches = reader.collect::<Result<Vec<_>, _>>()?;
        if batches.is_empty() {
            batches.push(RecordBatch::new_empty(schema));
        }
        Ok::<_, ArrowError>(batches)
    };
    py.detach(read).map_err(|error| unreadable(&error))
}

/// The error for a stream that broke off.
pub(crate) fn unreadable(error: &ArrowError) -> PyErr {
    InvalidBatchError::new_err(format!("reading the Arrow stream: {error}"))
}

/// Snapshot rows of anything with `__arrow_c_stream__`.
pub(crate) fn read_rows(py: Python<'_>, source: &Bound<'_, PyAny>) -> PyResult<Vec<SnapshotRow>> {
    let batches = read_batches(py, source)?;
    detached(py, || {
        let mut rows = Vec::new();
        for batch in &batches {
            rows.extend(snapshot::from_record_batch(batch)?);
        }
        Ok::<_, WireError>(rows)
    })
}

/// Snapshot rows as a `pyarrow.RecordBatch`.
pub(crate) fn write_rows<'py>(py: Python<'py>, rows: &[SnapshotRow]) -> PyResult<Bound<'py, PyAny>> {
    let batch =
        py.detach(|| snapshot::to_record_batch(rows)).map_err(|error| PyErr::from(Failure::from(error)))?;
    batch.to_pyarrow(py)
}
