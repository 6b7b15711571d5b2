//! `merge_rows`: no engine needed.

use arrow_array::ffi_stream::RecordBatchStreamReader;
use arrow_pyarrow::FromPyArrow;
use driftline_engine::compact::RowMerger;
use driftline_wire::snapshot;
use pyo3::prelude::*;

use crate::arrow::{unreadable, write_rows};
use crate::door;
use crate::error::Failure;

/// Merges snapshot rows of equal keys, a batch at a time.
#[pyfunction]
#[pyo3(signature = (rows, window_length = None, drop_before = None))]
pub(crate) fn merge_rows<'py>(
    py: Python<'py>,
    rows: &Bound<'py, PyAny>,
    window_length: Option<i64>,
    drop_before: Option<i64>,
) -> PyResult<Bound<'py, PyAny>> {
    door(|| {
        let reader = RecordBatchStreamReader::from_pyarrow_bound(rows)?;
        let merge = move || {
            let mut merger = RowMerger::new(window_length, drop_before);
            for batch in reader {
                let batch = batch.map_err(|error| unreadable(&error))?;
                let rows = snapshot::from_record_batch(&batch).map_err(Failure::from)?;
                for row in rows {
                    merger.add(row);
                }
            }
            Ok::<_, PyErr>(merger.finish())
        };
        let merged = py.detach(merge)?;
        write_rows(py, &merged)
    })
}
