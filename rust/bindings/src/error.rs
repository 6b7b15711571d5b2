//! The one mapping of Rust errors to the exceptions of `driftline.errors`.

use driftline_engine::error::EngineError;
use driftline_wire::WireError;
use pyo3::{PyErr, import_exception};

import_exception!(driftline.errors, DamagedStateError);
import_exception!(driftline.errors, FailedPreconditionError);
import_exception!(driftline.errors, InternalError);
import_exception!(driftline.errors, InvalidArgumentError);
import_exception!(driftline.errors, InvalidBatchError);
import_exception!(driftline.errors, LimitExceededError);
import_exception!(driftline.errors, NotFoundError);
import_exception!(driftline.errors, PermissionDeniedError);
import_exception!(driftline.errors, UnavailableError);

/// Any error of the crates below.
pub(crate) struct Failure(WireError);

impl From<WireError> for Failure {
    fn from(error: WireError) -> Self {
        Self(error)
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        Self(WireError::Engine(error))
    }
}

impl From<Failure> for PyErr {
    fn from(Failure(error): Failure) -> Self {
        let message = error.to_string();
        match error {
            WireError::Engine(EngineError::NotFound(_)) => NotFoundError::new_err(message),
            WireError::Engine(
                EngineError::FailedPrecondition(_) | EngineError::Sequence(_) | EngineError::Epoch(_),
            ) => FailedPreconditionError::new_err(message),
            WireError::Engine(
                EngineError::Unavailable { retry_after, .. } | EngineError::Memory { retry_after, .. },
            ) => UnavailableError::new_err((message, retry_after as f64 / 1e9)),
            WireError::Engine(EngineError::Damaged(_)) => DamagedStateError::new_err(message),
            WireError::Engine(EngineError::Limit(_)) | WireError::Limit(_) => {
                LimitExceededError::new_err(message)
            }
            WireError::Engine(EngineError::InvalidArgument(_)) | WireError::Value(_) => {
                InvalidArgumentError::new_err(message)
            }
            WireError::Permission(_) => PermissionDeniedError::new_err(message),
            WireError::Internal(_) | WireError::Engine(EngineError::Internal(_)) => {
                InternalError::new_err(message)
            }
            _ => InvalidBatchError::new_err(message),
        }
    }
}
