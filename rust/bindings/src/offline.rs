//! `profile`, `sketch_bytes` and `infer_roles`: no engine needed.

use arrow_pyarrow::FromPyArrow;
use arrow_schema::Schema;
use driftline_engine::{monitor::Monitor, offline, plan, portable};
use driftline_wire::{Limits, WireError, arrow, ipc, monitor};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;

use crate::arrow::{read_batches, read_rows, write_rows};
use crate::{detached, door};

/// Profiles all records of a source as one window and returns snapshot rows.
#[pyfunction]
#[pyo3(signature = (source, monitor = None, baseline = None))]
pub(crate) fn profile<'py>(
    py: Python<'py>,
    source: &Bound<'py, PyAny>,
    monitor: Option<PyBackedBytes>,
    baseline: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    door(|| {
        let batches = read_batches(py, source)?;
        let baseline = baseline.map(|rows| read_rows(py, rows)).transpose()?;
        let rows = detached(py, || {
            let monitor = read_monitor(monitor.as_deref())?;
            let limits = trusted();
            let batches = batches
                .iter()
                .map(|batch| arrow::batch_from_arrow(batch, &limits))
                .collect::<Result<Vec<_>, _>>()?;
            Ok::<_, WireError>(offline::profile(&batches, monitor, baseline)?)
        })?;
        write_rows(py, &rows)
    })
}

/// Bytes of one sketch of a column, from snapshot rows.
#[pyfunction]
pub(crate) fn sketch_bytes<'py>(
    py: Python<'py>,
    rows: &Bound<'py, PyAny>,
    column: &str,
    sketch: &str,
) -> PyResult<Bound<'py, PyBytes>> {
    door(|| {
        let rows = read_rows(py, rows)?;
        let bytes = detached(py, || portable::sketch_bytes(&rows, column, sketch))?;
        Ok(PyBytes::new(py, &bytes))
    })
}

/// Refuses an Arrow IPC stream that says it is larger, when it is read, than a request of so many bytes may be.
#[pyfunction]
pub(crate) fn check_stream(py: Python<'_>, stream: PyBackedBytes, max_message_bytes: usize) -> PyResult<()> {
    door(|| detached(py, || ipc::check_declared(&stream, &Limits::with_message_bytes(max_message_bytes))))
}

/// Name, type, role and origin of the role of each column of a schema.
#[pyfunction]
#[pyo3(signature = (schema, monitor = None))]
pub(crate) fn infer_roles(
    py: Python<'_>,
    schema: &Bound<'_, PyAny>,
    monitor: Option<PyBackedBytes>,
) -> PyResult<Vec<(String, String, String, String)>> {
    door(|| {
        let schema = Schema::from_pyarrow_bound(schema)?;
        let monitor = detached(py, || read_monitor(monitor.as_deref()))?;
        Ok(schema
            .fields()
            .iter()
            .map(|field| {
                let alone = Schema::new(vec![field.clone()]);
                let resolved = arrow::schema_from_arrow(&alone, &trusted())
                    .and_then(|schema| Ok(plan::resolve(&schema.fields[0], &monitor)?));
                let (role, origin) = match resolved {
                    Ok((role, origin)) => (role.name().to_owned(), origin.name().to_owned()),
                    Err(error) => ("unsupported".to_owned(), error.to_string()),
                };
                (field.name().clone(), field.data_type().to_string(), role, origin)
            })
            .collect())
    })
}

/// Tables that the caller's own process holds may be of any size.
fn trusted() -> Limits {
    Limits { max_rows: usize::MAX, max_values: usize::MAX, ..Limits::default() }
}

fn read_monitor(bytes: Option<&[u8]>) -> Result<Monitor, WireError> {
    match bytes {
        Some(bytes) if !bytes.is_empty() => monitor::from_bytes(bytes),
        _ => Ok(Monitor::new("profile")),
    }
}
