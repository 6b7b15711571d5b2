use std::collections::BTreeMap;

use driftline_sketches::joint::MAX_JOINT_COLUMNS;

use crate::error::{EngineError, Result};
use crate::monitor::{check_name, check_set};

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
        check_set("column_sets", &format!("column_sets[{name:?}]"), columns, 2..=MAX_JOINT_COLUMNS)?;
    }
    Ok(())
}
