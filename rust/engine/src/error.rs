//! What can be wrong with what the engine is asked to do.

use thiserror::Error;

use crate::log::LogError;

/// Refusal of a batch, a query or a configuration. Nothing has changed when one is returned.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum EngineError {
    /// A column cannot play its role, or no column has any.
    #[error("{0}")]
    Role(String),
    /// A column differs from what the model has had under that name.
    #[error("{0}")]
    Schema(String),
    /// A column is of another kind than its version has had under that name.
    #[error("{message}")]
    Kind {
        /// The column.
        column: String,
        /// Which kinds they are.
        message: String,
    },
    /// A value that cannot be meant.
    #[error("{0}")]
    Value(String),
    /// More of something than is allowed.
    #[error("{0}")]
    Limit(String),
    /// A sequence number too old to know whether its batch was counted.
    #[error("{0}")]
    Sequence(String),
    /// A producer that has started again since.
    #[error("{0}")]
    Epoch(String),
    /// Not now: the same request may be sent again after a while.
    #[error("{message}")]
    Unavailable {
        /// Why not.
        message: String,
        /// When to try again, nanoseconds from now.
        retry_after: u64,
    },
    /// As [`EngineError::Unavailable`], because it would not fit into the memory budget.
    #[error("{message}")]
    Memory {
        /// How much there is and was asked for.
        message: String,
        /// When to try again, nanoseconds from now.
        retry_after: u64,
    },
    /// State on disk that contradicts itself.
    #[error("{0}")]
    Damaged(String),
    /// A model, version, column or baseline that does not exist.
    #[error("{0}")]
    NotFound(String),
    /// A question or a configuration that makes no sense.
    #[error("{0}")]
    InvalidArgument(String),
    /// Right in itself, but not in the present state.
    #[error("{0}")]
    FailedPrecondition(String),
    /// A defect of ours: it cost this call, or has damaged the model for all calls.
    #[error("{0}")]
    Internal(String),
}

impl EngineError {
    /// Whether the same request may succeed later.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::Memory { .. })
    }

    /// Label of `driftline_batches_rejected_total`.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Role(_) => "role",
            Self::Schema(_) | Self::Kind { .. } => "schema",
            Self::Value(_) | Self::InvalidArgument(_) => "value",
            Self::Limit(_) => "limit",
            Self::Sequence(_) => "sequence",
            Self::Epoch(_) => "epoch",
            Self::Unavailable { .. } => "unavailable",
            Self::Memory { .. } => "memory",
            Self::Damaged(_) => "damaged",
            Self::NotFound(_) => "not_found",
            Self::FailedPrecondition(_) => "state",
            Self::Internal(_) => "internal",
        }
    }
}

impl From<LogError> for EngineError {
    fn from(error: LogError) -> Self {
        match error {
            LogError::Refused(message) => Self::Unavailable { message, retry_after: 1_000_000_000 },
            // Not before somebody has started the process again.
            LogError::Failed(message) => Self::Unavailable { message, retry_after: 10_000_000_000 },
            LogError::Damaged(message) => Self::Damaged(message),
        }
    }
}

/// Result of the engine's calls.
pub type Result<T> = std::result::Result<T, EngineError>;
