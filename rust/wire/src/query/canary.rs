//! Answers about a canary beside its control.

use driftline_engine::engine::Engine;
use driftline_engine::query::{CanaryRequest, ColumnComparison, RateComparison};
use driftline_stats::evidence::{Outcome, Rate, Verdict};

use super::answers::coverage;
use super::request::{DEFAULT_LEVEL, selection};
use super::{Question, question};
use crate::error::{Result, WireError};
use crate::proto::driftline_v1 as pb;

/// By how much rates may differ and be alike, if nothing is said.
const DEFAULT_MARGIN: f64 = 0.01;

pub(super) fn canary(engine: &Engine, request: pb::CanaryRequest) -> Result<Question> {
    let error = match (request.error_column.is_empty(), request.error_value.is_empty()) {
        (true, true) => None,
        (false, false) => Some((request.error_column, request.error_value)),
        _ => return Err(WireError::Value("error_column and error_value go together".into())),
    };
    let request = CanaryRequest {
        selection: selection(request.selection.as_ref())?,
        control: request.control,
        canary: request.canary,
        columns: request.columns,
        level: request.level.unwrap_or(DEFAULT_LEVEL),
        margin: request.margin.unwrap_or(DEFAULT_MARGIN),
        slow_seconds: request.slow_seconds,
        error,
    };
    let gathering = engine.gather_canary(&request)?;
    Ok(question(gathering, move |engine, gathering| {
        let answer = gathering.canary(engine, &request)?;
        Ok(pb::CanaryResponse {
            verdict: outcome(answer.outcome).into(),
            level: answer.level,
            margin: answer.margin,
            rates: answer.rates.into_iter().map(rate_comparison).collect(),
            columns: answer.columns.into_iter().map(column_comparison).collect(),
            control: Some(coverage(answer.control)),
            canary: Some(coverage(answer.canary)),
        })
    }))
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Better => "better",
        Outcome::Worse => "worse",
        Outcome::Alike => "alike",
        Outcome::Undecided => "undecided",
    }
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Lower => "lower",
        Verdict::Higher => "higher",
        Verdict::Alike => "alike",
        Verdict::Undecided => "undecided",
    }
}

fn rate_comparison(found: RateComparison) -> pb::RateComparison {
    pb::RateComparison {
        name: found.name.into(),
        column: found.column,
        limit: found.limit,
        limit_basis: found.limit_basis.into(),
        control: Some(rate(found.control)),
        canary: Some(rate(found.canary)),
        verdict: verdict(found.verdict).into(),
    }
}

fn rate((rate, (low, high)): (Rate, (f64, f64))) -> pb::CanaryRate {
    pb::CanaryRate { hits: rate.hits, records: rate.hits + rate.misses, value: rate.share(), low, high }
}

fn column_comparison(found: ColumnComparison) -> pb::ColumnComparison {
    pb::ColumnComparison {
        column: found.column,
        role: found.role.name().into(),
        log_e_value: found.log_e_value,
        is_discovery: found.is_discovery,
        windows: found.windows,
        left_out_windows: found.left_out,
        control_records: found.control_records,
        canary_records: found.canary_records,
    }
}
