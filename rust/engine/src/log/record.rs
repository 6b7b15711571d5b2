//! What one record of the log says.

use crate::batch::Batch;
use crate::engine::Header;
use crate::memory::Treatment;

/// An accepted request: what it takes to count it again with the same result.
#[derive(Debug, Clone)]
pub struct Record<'a> {
    /// Who sent it and what it is about.
    pub header: Header,
    /// When it arrived, nanoseconds since the Unix epoch.
    pub arrived: i64,
    /// How it was counted where memory was short.
    pub treatment: Treatment,
    /// Its batches, without the columns that are not looked at.
    pub batches: Vec<Batch<'a>>,
}
