//! Service-level objectives of a model: which of its records are good, and how many are to be.

use std::collections::BTreeMap;

use crate::error::{EngineError, Result};
use crate::monitor::check_name;

/// The most objectives of one model.
pub const MAX_OBJECTIVES: usize = 32;

const MINUTE: i64 = 60_000_000_000;
/// Longest period, nanoseconds: a year and a day.
const LONGEST_PERIOD: i64 = 366 * 24 * 60 * MINUTE;

/// One objective.
#[derive(Debug, Clone, PartialEq)]
pub struct Objective {
    /// Which records are bad.
    pub bad: BadRecord,
    /// The share that is to be good, in (0, 1).
    pub target: f64,
    /// Within which period, nanoseconds.
    pub period: i64,
}

/// What makes a record a bad one.
#[derive(Debug, Clone, PartialEq)]
pub enum BadRecord {
    /// Its latency is above a limit; records without one are left out.
    Slow {
        /// Column of seconds; `None`: the one with the role `latency`.
        column: Option<String>,
        /// The limit in seconds.
        limit: f64,
    },
    /// A column of categories or booleans has a value; records without one are left out.
    Error {
        /// The column.
        column: String,
        /// The value.
        value: String,
    },
    /// A column has no value, or none that is a finite number.
    Missing {
        /// The column.
        column: String,
    },
}

impl BadRecord {
    /// The word for it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Slow { .. } => "slow",
            Self::Error { .. } => "error",
            Self::Missing { .. } => "missing",
        }
    }

    /// The column, where one is named.
    pub fn column(&self) -> Option<&String> {
        match self {
            Self::Slow { column, .. } => column.as_ref(),
            Self::Error { column, .. } | Self::Missing { column } => Some(column),
        }
    }
}

/// Checks the objectives of a monitor, by their names.
///
/// # Errors
/// [`EngineError::InvalidArgument`] with the objective, the rule and the value.
pub fn validate(objectives: &BTreeMap<String, Objective>) -> Result<()> {
    let invalid = |message: String| Err(EngineError::InvalidArgument(message));
    if objectives.len() > MAX_OBJECTIVES {
        return invalid(format!("objectives must be at most {MAX_OBJECTIVES}, got {}", objectives.len()));
    }
    for (name, objective) in objectives {
        check_name("the name of an objective", name)?;
        let place = format!("objectives[{name:?}]");
        if let Some(column) = objective.bad.column() {
            check_name(&place, column)?;
        }
        if !(objective.target > 0.0 && objective.target < 1.0) {
            return invalid(format!("{place}.target must be above 0 and below 1, got {}", objective.target));
        }
        if !(MINUTE..=LONGEST_PERIOD).contains(&objective.period) {
            let period = objective.period;
            return invalid(format!("{place}.period must be 1 minute to 366 days, got {period} ns"));
        }
        match &objective.bad {
            BadRecord::Slow { limit, .. } if !(*limit > 0.0 && limit.is_finite()) => {
                return invalid(format!("{place}: the limit must be above 0 seconds, got {limit}"));
            }
            BadRecord::Error { value, .. } if value.is_empty() => {
                return invalid(format!(
                    "{place}: the value that says that there was an error must not be empty"
                ));
            }
            _ => {}
        }
    }
    Ok(())
}
