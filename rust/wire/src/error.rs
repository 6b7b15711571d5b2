//! Why bytes were refused.

use driftline_engine::error::EngineError;
use thiserror::Error;

/// Refusal of a request or of snapshot rows. Nothing has changed when one is returned.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum WireError {
    /// Not a request, or no Arrow IPC stream in it.
    #[error("{0}")]
    NotArrow(String),
    /// Arrow IPC that contradicts itself.
    #[error("{0}")]
    Corrupt(String),
    /// A compressed buffer that does not decompress to what it declares.
    #[error("{0}")]
    Compression(String),
    /// A schema that cannot be taken, or data without the schema or the dictionary that they need.
    #[error("{0}")]
    Schema(String),
    /// A column of a type that is not taken.
    #[error(
        "column {column:?} has type {found}, expected boolean, integer, float, decimal, date, time, timestamp, \
         duration, utf8, large_utf8, dictionary of utf8 or null: {advice}"
    )]
    UnsupportedType {
        /// Name of the column.
        column: String,
        /// Its type.
        found: String,
        /// What its owner can do.
        advice: &'static str,
    },
    /// More of something than is allowed.
    #[error("{0}")]
    Limit(String),
    /// A value in the request that cannot be meant.
    #[error("{0}")]
    Value(String),
    /// Snapshot rows that are none.
    #[error("snapshot row {row}, column {column}: {message}")]
    SnapshotRow {
        /// Number of the row in its record batch, from 0.
        row: usize,
        /// Name of the column.
        column: &'static str,
        /// What was found and what was expected.
        message: String,
    },
    /// A model that the caller may not send records of.
    #[error("{0}")]
    Permission(String),
    /// The engine's refusal.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A defect of ours.
    #[error("{0}")]
    Internal(String),
}

/// Numbers of google.rpc.Code.
mod code {
    pub(super) const INVALID_ARGUMENT: i32 = 3;
    pub(super) const NOT_FOUND: i32 = 5;
    pub(super) const PERMISSION_DENIED: i32 = 7;
    pub(super) const RESOURCE_EXHAUSTED: i32 = 8;
    pub(super) const FAILED_PRECONDITION: i32 = 9;
    pub(super) const INTERNAL: i32 = 13;
    pub(super) const UNAVAILABLE: i32 = 14;
    pub(super) const DATA_LOSS: i32 = 15;
}

impl WireError {
    /// Label of `driftline_batches_rejected_total`: one of `not_arrow`, `schema`, `limit`, `role`, `value`,
    /// `sequence`, `epoch`, `permission`, `unavailable`, `memory`, `internal`.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::NotArrow(_) | Self::Corrupt(_) | Self::Compression(_) => "not_arrow",
            Self::Schema(_)
            | Self::UnsupportedType { .. }
            | Self::Engine(EngineError::Schema(_) | EngineError::Kind { .. }) => "schema",
            Self::Limit(_) | Self::Engine(EngineError::Limit(_)) => "limit",
            Self::Engine(EngineError::Role(_)) => "role",
            Self::Engine(EngineError::Sequence(_)) => "sequence",
            Self::Engine(
                error
                @ (EngineError::Epoch(_) | EngineError::Unavailable { .. } | EngineError::Memory { .. }),
            ) => error.reason(),
            Self::Internal(_) | Self::Engine(EngineError::Internal(_)) => "internal",
            Self::Value(_) | Self::SnapshotRow { .. } | Self::Engine(_) => "value",
            Self::Permission(_) => "permission",
        }
    }

    /// The google.rpc.Code of the refusal.
    pub fn code(&self) -> i32 {
        match self {
            Self::Limit(_) | Self::Engine(EngineError::Limit(_)) => code::RESOURCE_EXHAUSTED,
            Self::Engine(
                EngineError::Sequence(_) | EngineError::Epoch(_) | EngineError::FailedPrecondition(_),
            ) => code::FAILED_PRECONDITION,
            Self::Engine(EngineError::Unavailable { .. } | EngineError::Memory { .. }) => code::UNAVAILABLE,
            Self::Engine(EngineError::Damaged(_)) => code::DATA_LOSS,
            Self::Engine(EngineError::NotFound(_)) => code::NOT_FOUND,
            Self::Permission(_) => code::PERMISSION_DENIED,
            Self::Internal(_) | Self::Engine(EngineError::Internal(_)) => code::INTERNAL,
            _ => code::INVALID_ARGUMENT,
        }
    }

    /// The same refusal, saying which record batch it is about (`place`: "record batch 2").
    pub(crate) fn within(self, place: &str) -> Self {
        let prefix = |message: String| format!("{place}: {message}");
        match self {
            Self::NotArrow(message) => Self::NotArrow(prefix(message)),
            Self::Corrupt(message) => Self::Corrupt(prefix(message)),
            Self::Compression(message) => Self::Compression(prefix(message)),
            Self::Schema(message) => Self::Schema(prefix(message)),
            Self::Limit(message) => Self::Limit(prefix(message)),
            Self::Value(message) => Self::Value(prefix(message)),
            other => other,
        }
    }
}

/// Result of reading what came from outside.
pub type Result<T> = std::result::Result<T, WireError>;
