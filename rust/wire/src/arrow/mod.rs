//! Batches that Arrow holds in memory, from the same process.
//!
//! They pass the same checks of lengths, offsets, keys and text as messages do; only the arrays' own structure, which
//! Arrow has made, is trusted.

mod columns;
mod schema;

use std::sync::Arc;

use arrow_array::RecordBatch;
use driftline_engine::batch::Batch;

pub use schema::schema_from_arrow;

use crate::error::{Result, WireError};
use crate::limits::Limits;

/// The engine's view of a record batch: buffers are borrowed, only string views and dictionaries are copied.
///
/// # Errors
/// `Schema`, `UnsupportedType` or `Limit` for what the engine does not take; `Corrupt` for arrays that contradict
/// themselves.
pub fn batch_from_arrow<'a>(batch: &'a RecordBatch, limits: &Limits) -> Result<Batch<'a>> {
    let schema = Arc::new(schema_from_arrow(batch.schema_ref(), limits)?);
    let rows = batch.num_rows();
    let values = rows.saturating_mul(batch.num_columns());
    if rows > limits.max_rows || values > limits.max_values {
        return Err(WireError::Limit(format!(
            "a batch may have at most {} rows and {} values (rows times columns), got {rows} rows of {} columns",
            limits.max_rows,
            limits.max_values,
            batch.num_columns()
        )));
    }
    let columns = schema
        .fields
        .iter()
        .zip(batch.columns())
        .map(|(field, array)| columns::column_from_array(&field.name, array.as_ref(), limits))
        .collect::<Result<_>>()?;
    Ok(Batch { schema, rows, columns })
}
