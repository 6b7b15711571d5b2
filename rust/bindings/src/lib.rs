//! The Python extension module `driftline._core`, and nothing else: every function is a door to `wire` or `engine`.
//! What each does is written in `python/driftline/_core.pyi`.
#![allow(missing_docs, clippy::needless_pass_by_value)]

mod arrow;
mod compact;
mod engine;
mod error;
mod flush;
mod log;
mod memory;
mod offline;
mod question;
mod record_log;
mod session;

use driftline_engine::panics;
use pyo3::prelude::*;

use crate::error::InternalError;

/// The Rust core: decoding, sketches, windows, label joins, queries.
#[pymodule(gil_used = false)]
mod _core {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::compact::merge_rows;
    #[pymodule_export]
    use crate::engine::Engine;
    #[pymodule_export]
    use crate::flush::Flush;
    #[pymodule_export]
    use crate::log::{LogStatus, ReadLog, Recovery};
    #[pymodule_export]
    use crate::memory::MemoryStatus;
    #[pymodule_export]
    use crate::offline::{check_stream, infer_roles, profile, sketch_bytes};
    #[pymodule_export]
    use crate::question::{Question, Wanted};
    #[pymodule_export]
    use crate::record_log::json_lines;
    #[pymodule_export]
    use crate::session::{Answer, Session};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}

/// The door of every function: a panic in it becomes an `InternalError`. `PyO3` would raise a `PanicException`, which is
/// no `Exception`, so that servers let it through and their callers wait for an answer.
pub(crate) fn door<T>(work: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    panics::catch(work).unwrap_or_else(|defect| Err(InternalError::new_err(defect)))
}

/// Runs without the interpreter, so that other Python threads go on, and maps the error.
pub(crate) fn detached<T: Send, E: Into<error::Failure> + Send>(
    py: Python<'_>,
    work: impl FnOnce() -> Result<T, E> + Send,
) -> PyResult<T> {
    py.detach(work).map_err(|error| error.into().into())
}
