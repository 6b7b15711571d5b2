//! What every door asks of a schema, and what it says about types that are not taken.

use std::collections::HashSet;

use driftline_engine::batch::Field;

use crate::error::{Result, WireError};
use crate::limits::Limits;

/// Advice where a cast helps.
pub(crate) const CAST: &str = "cast it or leave it out";
/// Advice for types that hold other columns.
pub(crate) const UNNEST: &str = "send its parts as columns of their own or leave it out";
/// Advice for dictionaries whose values are not text.
pub(crate) const DECODE: &str = "cast it to the type of its values or leave it out";
/// Advice for text in another layout.
pub(crate) const CAST_TO_UTF8: &str = "cast it to utf8 or leave it out";

pub(crate) fn unsupported(column: &str, found: impl Into<String>, advice: &'static str) -> WireError {
    WireError::UnsupportedType { column: column.to_owned(), found: found.into(), advice }
}

pub(crate) fn check_column_count(columns: usize, limits: &Limits) -> Result<()> {
    if columns > limits.max_columns {
        return Err(WireError::Limit(format!(
            "a schema may have at most {} columns, got {columns}",
            limits.max_columns
        )));
    }
    Ok(())
}

pub(crate) fn checked_name(name: &str, limits: &Limits) -> Result<String> {
    if name.is_empty() {
        return Err(WireError::Schema("every column must have a name, got an empty one".to_owned()));
    }
    if name.len() > limits.max_name_bytes {
        let shown: String = name.chars().take(32).collect();
        return Err(WireError::Limit(format!(
            "a column name may have at most {} bytes, got {} ({shown:?}...)",
            limits.max_name_bytes,
            name.len()
        )));
    }
    Ok(name.to_owned())
}

pub(crate) fn checked_role(column: &str, role: Option<&str>, limits: &Limits) -> Result<Option<String>> {
    match role {
        Some(role) if role.len() > limits.max_name_bytes => Err(WireError::Limit(format!(
            "column {column:?}: a role may have at most {} bytes, got {}",
            limits.max_name_bytes,
            role.len()
        ))),
        other => Ok(other.map(str::to_owned)),
    }
}

pub(crate) fn check_names_are_unique(fields: &[Field]) -> Result<()> {
    let mut seen = HashSet::with_capacity(fields.len());
    match fields.iter().find(|field| !seen.insert(field.name.as_str())) {
        Some(twice) => {
            Err(WireError::Schema(format!("column names must be unique, got {:?} twice", twice.name)))
        }
        None => Ok(()),
    }
}
