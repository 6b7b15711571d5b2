//! Rates of two versions that are the better the lower: slow answers, missing ones, errors.

use std::collections::BTreeMap;

use driftline_sketches::ColumnProfile;
use driftline_stats::evidence::{Rate, rates_above};

use super::CanaryRequest;
use crate::engine::not_found;
use crate::error::{EngineError, Result};
use crate::query::objective_windows::{not_finite, times};
use crate::query::selection::{Merged, MergedColumn};
use crate::role::Role;

/// The share of answers that are not slow, if nothing else is said.
const NOT_SLOW: f64 = 0.99;

/// One rate of both versions.
pub(super) struct Counted {
    pub(super) name: &'static str,
    pub(super) column: String,
    pub(super) limit: Option<f64>,
    pub(super) limit_basis: &'static str,
    pub(super) control: Rate,
    pub(super) canary: Rate,
}

/// All rates that both versions have.
pub(super) fn counted_rates(
    request: &CanaryRequest,
    slow: &BTreeMap<String, f64>,
    control: &Merged,
    canary: &Merged,
) -> Result<Vec<Counted>> {
    let mut rates = Vec::new();
    for (name, of_control) in &control.columns {
        let Some(of_canary) = canary.columns.get(name) else { continue };
        match of_control.role {
            Role::Latency => rates.extend(slow_answers(request, slow, name, of_control, of_canary)),
            Role::Prediction => rates.push(Counted {
                name: "no_prediction",
                column: name.clone(),
                limit: None,
                limit_basis: "",
                control: without_a_value(&of_control.profile),
                canary: without_a_value(&of_canary.profile),
            }),
            _ => {}
        }
    }
    if let Some((column, value)) = &request.error {
        let rate = |side: &Merged| {
            let found = side.columns.get(column);
            with_value(column, value, found.ok_or_else(|| not_found("column", column, side.columns.keys()))?)
        };
        let (control, canary) = (rate(control)?, rate(canary)?);
        let column = column.clone();
        rates.push(Counted { name: "error", column, limit: None, limit_basis: "", control, canary });
    }
    Ok(rates)
}

/// Answers above a limit in seconds, infinite times among them.
fn slow_answers(
    request: &CanaryRequest,
    slow: &BTreeMap<String, f64>,
    name: &str,
    control: &MergedColumn,
    canary: &MergedColumn,
) -> Option<Counted> {
    let (ColumnProfile::Numeric(of_control), ColumnProfile::Numeric(of_canary)) =
        (&control.profile, &canary.profile)
    else {
        return None;
    };
    let given = request.slow_seconds.map(|limit| (limit, "given"));
    let of_baseline = || slow.get(name).map(|limit| (*limit, "baseline_p99"));
    let of_control_itself = || p99(&control.profile).map(|limit| (limit, "control_p99"));
    let (at_least, limit_basis) = given.or_else(of_baseline).or_else(of_control_itself)?;
    if at_least <= 0.0 {
        return None;
    }
    let (limit, mut in_control, mut in_canary) =
        rates_above(&of_control.histogram(), &of_canary.histogram(), at_least);
    in_control.hits += of_control.pos_infs;
    in_canary.hits += of_canary.pos_infs;
    let column = name.to_owned();
    Some(Counted {
        name: "slow",
        column,
        limit: Some(limit),
        limit_basis,
        control: in_control,
        canary: in_canary,
    })
}

/// The 99th percentile of a column of numbers.
pub(super) fn p99(profile: &ColumnProfile) -> Option<f64> {
    match profile {
        ColumnProfile::Numeric(numeric) => numeric.digest().quantile(NOT_SLOW),
        ColumnProfile::Categorical(_) => None,
    }
}

/// Records whose value is null or no finite number.
fn without_a_value(profile: &ColumnProfile) -> Rate {
    let not_finite = not_finite(profile);
    Rate { hits: profile.nulls() + not_finite, misses: profile.count() - not_finite }
}

/// Records with one value of a column of categories, of all that have one.
fn with_value(column: &str, value: &str, found: &MergedColumn) -> Result<Rate> {
    let ColumnProfile::Categorical(categorical) = &found.profile else {
        return Err(EngineError::InvalidArgument(format!(
            "the error column must hold categories or booleans, got numbers in {column:?}"
        )));
    };
    let (hits, most) = times(categorical, value);
    if hits != most {
        return Err(EngineError::FailedPrecondition(format!(
            "how often column {column:?} is {value:?} is not known exactly: it has too many values"
        )));
    }
    Ok(Rate { hits, misses: categorical.count - hits })
}
