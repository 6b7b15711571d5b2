//! What an engine says of its log.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use driftline_engine::durable;
use driftline_engine::error::EngineError;
use driftline_engine::log::{self, FileDirectory};
use pyo3::prelude::*;

use crate::{detached, door};

/// The directory of a log, made if it is not there.
pub(crate) fn open_directory(path: &Path) -> Result<FileDirectory, EngineError> {
    FileDirectory::open(path).map_err(|error| EngineError::Unavailable {
        message: format!("{} cannot be opened: {error}", path.display()),
        retry_after: 0,
    })
}

/// A log that was read and is not written to yet.
#[pyclass(frozen, module = "driftline._core")]
pub(crate) struct ReadLog {
    pub(crate) core: durable::ReadLog,
}

impl ReadLog {
    /// Reads the log in a directory, which is made if it is not there.
    pub(crate) fn read(path: &Path) -> Result<Self, EngineError> {
        Ok(Self { core: durable::ReadLog::new(Arc::new(open_directory(path)?))? })
    }
}

#[pymethods]
impl ReadLog {
    #[new]
    fn new(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        door(|| detached(py, || Self::read(&path)))
    }

    /// Number of records behind ``position``.
    #[pyo3(signature = (position, accept_data_loss = false))]
    fn unflushed_records(&self, py: Python<'_>, position: u64, accept_data_loss: bool) -> PyResult<u64> {
        door(|| detached(py, || self.core.unflushed_records(position, accept_data_loss)))
    }
}

/// What was counted again from the log.
#[pyclass(frozen, get_all, module = "driftline._core")]
pub(crate) struct Recovery {
    /// Requests.
    requests: u64,
    /// Records in them.
    records: u64,
    /// Requests that could not be counted again, where data loss is accepted.
    refused: u64,
    /// Number of the last record of the log.
    position: u64,
    /// Where a torn tail was cut off, in words.
    cut: Option<String>,
    /// What was lost, where that is accepted, in words.
    lost: Vec<String>,
}

impl From<durable::Recovery> for Recovery {
    fn from(recovery: durable::Recovery) -> Self {
        let cut = recovery.cut.map(|cut| {
            format!(
                "{} at byte {}, {} whole record(s) behind it; none was acknowledged",
                cut.file, cut.offset, cut.records
            )
        });
        let lost = recovery.damage.iter().map(|damage| {
            format!("records {} to {}, {} at byte {}", damage.first, damage.last, damage.file, damage.offset)
        });
        Self {
            requests: recovery.requests,
            records: recovery.records,
            refused: recovery.refused,
            position: recovery.last,
            cut,
            lost: lost.collect(),
        }
    }
}

/// How the log stands.
#[pyclass(frozen, get_all, module = "driftline._core")]
pub(crate) struct LogStatus {
    /// Number of the last record written.
    appended: u64,
    /// Number of the last record known to be on disk.
    durable: u64,
    /// Bytes of segments that hold what no flush has.
    bytes: u64,
    /// Why nothing more is taken; ``None`` while all is well.
    failure: Option<String>,
}

impl From<log::LogStatus> for LogStatus {
    fn from(status: log::LogStatus) -> Self {
        let log::LogStatus { appended, durable, bytes, failure } = status;
        Self { appended, durable, bytes, failure }
    }
}
