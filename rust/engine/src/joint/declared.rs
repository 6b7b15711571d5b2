use std::collections::BTreeMap;

use driftline_sketches::joint::MAX_JOINT_COLUMNS;

use crate::error::{EngineError, Result};
use crate::monitor::check_name;

/// The most column sets of one model.
pub const MAX_COLUMN_SETS: usize = 16;

/// Checks the column sets of a monitor, by their names.
///
/// # Errors
/// [`EngineError::InvalidArgument`] with the set, the rule and the value.
pub fn validate(sets: &BTreeMap<String, Vec<String>>) -> Result<()> {
    let invalid = |message: String| Err(EngineError::InvalidArgument(message));
    if sets.len() > MAX_COLUMN_SETS {
        return invalid(format!("column_sets must be at most {MAX_COLUMN_SETS}, got {}", sets.len()));
    }
    for (name, columns) in sets {
        check_name("the name of a column set", name)?;
        if !(2..=MAX_JOINT_COLUMNS).contains(&columns.len()) {
            return invalid(format!(
                "column_sets[{name:?}] must name 2 to {MAX_JOINT_COLUMNS} columns, got {}",
                columns.len()
            ));
        }
        for (position, column) in columns.iter().enumerate() {
            check_name("column_sets", column)?;
            if columns[..position].contains(column) {
                return invalid(format!("column_sets[{name:?}] names {column:?} twice"));
            }
        }
    }
    Ok(())
}
