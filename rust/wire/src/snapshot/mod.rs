//! Snapshot rows as Arrow: what is written to Parquet, exchanged between processes and kept as baselines.
//!
//! One row profiles one column of one cell, or the cell itself (see `driftline_engine::snapshot`). Counts stand in
//! plain columns that any SQL engine can sum; [`schema`] lists them all. Reading finds columns by name, refuses
//! content that no profile can have, and gives back profiles equal to those that were written, with three exceptions:
//! a t-digest's buffered values come back as centroids, a KLL sketch comes back compacted, and a profile that has
//! counted nothing against its baseline comes back without that baseline.

mod column_set;
mod label_sources;
mod nested;
pub mod pending;
mod performance;
mod principals;
pub mod producers;
mod ranking;
mod read;
mod regression;
mod residuals;
mod schema;
mod typed;
mod waiting_query;
mod weighted;
mod weighted_errors;
mod write;

use arrow_ipc::writer::StreamWriter;
use driftline_engine::snapshot::SnapshotRow;

pub use read::{from_record_batch, rows_where};
pub use schema::schema;
pub use write::to_record_batch;

use crate::error::{Result, WireError};

/// Rows as one complete Arrow IPC stream.
///
/// # Errors
/// `Limit` if the rows hold more nested values than Arrow's 32-bit offsets count.
pub fn to_ipc(rows: &[SnapshotRow]) -> Result<Vec<u8>> {
    let batch = to_record_batch(rows)?;
    let write = || {
        let mut writer = StreamWriter::try_new(Vec::new(), batch.schema_ref())?;
        writer.write(&batch)?;
        writer.into_inner()
    };
    write().map_err(|error: arrow_schema::ArrowError| WireError::Internal(error.to_string()))
}
