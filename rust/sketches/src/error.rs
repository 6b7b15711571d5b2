//! The one error type of the crate.

use std::fmt;

/// What went wrong, for callers that decide by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A parameter is outside its allowed range.
    InvalidArgument,
    /// Bytes or stored parts do not describe a valid sketch.
    InvalidData,
    /// Two sketches cannot be merged because they were built differently.
    Incompatible,
}

/// A kind, and a message that names the rule and the value that broke it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    message: String,
}

/// The result of everything here that can fail.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// The kind of the error.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The rule and the value that broke it.
    pub fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn invalid_argument(message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::InvalidArgument, message: message.into() }
    }

    pub(crate) fn invalid_data(message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::InvalidData, message: message.into() }
    }

    pub(crate) fn incompatible(message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Incompatible, message: message.into() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
