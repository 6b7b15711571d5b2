//! Sketches of a column as bytes that other engines read, unite and continue.

use driftline_sketches::ColumnProfile;

use crate::error::{EngineError, Result};
use crate::snapshot::{SnapshotContent, SnapshotRow};

/// Names of the sketches that have bytes of Apache `DataSketches`.
pub const SKETCHES: [&str; 4] = ["hll", "kll", "tdigest", "frequent"];

/// The bytes of one sketch of a column in Apache `DataSketches`: `hll` (`HLL_8`), `kll` (of doubles), `tdigest` (of
/// doubles) of a numeric column, `hll` and `frequent` (items of strings) of a categorical one.
///
/// # Errors
/// [`EngineError::InvalidArgument`] for a name not in [`SKETCHES`] and for a sketch that the column's kind does not
/// have; [`EngineError::NotFound`] if no row is of the column, or its KLL sketch does not cover all values.
pub fn sketch_bytes(rows: &[SnapshotRow], column: &str, sketch: &str) -> Result<Vec<u8>> {
    if !SKETCHES.contains(&sketch) {
        return Err(EngineError::InvalidArgument(format!(
            "sketch must be one of {}, got {sketch:?}",
            SKETCHES.join(", ")
        )));
    }
    let profile = rows.iter().find_map(|row| match &row.content {
        SnapshotContent::Column { name, profile, .. } if name == column => Some(profile),
        _ => None,
    });
    match (profile, sketch) {
        (None, _) => {
            Err(EngineError::NotFound(format!("no record of the selection has the column {column:?}")))
        }
        (Some(ColumnProfile::Numeric(numeric)), "hll") => Ok(numeric.distinct.to_bytes()),
        (Some(ColumnProfile::Numeric(numeric)), "tdigest") => Ok(numeric.digest().to_bytes()),
        (Some(ColumnProfile::Numeric(numeric)), "kll") => match numeric.kll() {
            Some(kll) => Ok(kll.to_bytes()),
            None => Err(EngineError::NotFound(format!(
                "no KLL sketch holds all values of {column:?}; the monitor's setting kll_columns asks for one"
            ))),
        },
        (Some(ColumnProfile::Categorical(categorical)), "hll") => Ok(categorical.distinct.to_bytes()),
        (Some(ColumnProfile::Categorical(categorical)), "frequent") => Ok(categorical.frequent.to_bytes()),
        (Some(profile), _) => Err(EngineError::InvalidArgument(format!(
            "a {} column has no {sketch} sketch, and {column:?} is one",
            profile.kind()
        ))),
    }
}
