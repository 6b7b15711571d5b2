//! Answers about service-level objectives, and the objectives of a monitor.

use driftline_engine::engine::Engine;
use driftline_engine::objective::{BadRecord, Objective};
use driftline_engine::query::{Alert, BurnRate, RateOver, Standing};
use driftline_stats::slo::Severity;

use super::answers::coverage;
use super::quality::estimate;
use super::request::{selection, time_range};
use super::{Question, question};
use crate::error::{Result, WireError};
use crate::proto::driftline_v1 as pb;

/// The period of an objective if nothing is said: 30 days.
const DEFAULT_PERIOD: i64 = 30 * 86_400_000_000_000;

pub(super) fn objectives(engine: &Engine, request: &pb::ObjectivesRequest, now: i64) -> Result<Question> {
    let selection = selection(request.selection.as_ref())?;
    let gathering = engine.gather_objectives(&selection)?;
    Ok(question(gathering, move |engine, gathering| {
        let answer = gathering.objectives(engine, &selection, now)?;
        Ok(pb::ObjectivesResponse {
            objectives: answer.objectives.into_iter().map(standing).collect(),
            rates: answer.rates.into_iter().map(record_rate).collect(),
            coverage: Some(coverage(answer.coverage)),
        })
    }))
}

/// An objective of a monitor; its numbers are checked by the engine.
///
/// # Errors
/// [`WireError::Value`] for one that does not say what is bad.
pub(crate) fn objective_from(message: &pb::Objective) -> Result<Objective> {
    use pb::objective::Bad;
    let bad = match &message.bad {
        Some(Bad::Slow(slow)) => BadRecord::Slow {
            column: Some(slow.column.clone()).filter(|column| !column.is_empty()),
            limit: slow.limit_seconds,
        },
        Some(Bad::Error(error)) => {
            BadRecord::Error { column: error.column.clone(), value: error.value.clone() }
        }
        Some(Bad::Missing(missing)) => BadRecord::Missing { column: missing.column.clone() },
        None => {
            return Err(WireError::Value(format!(
                "objectives[{:?}] must say what is bad: slow, error or missing",
                message.name
            )));
        }
    };
    let period = if message.period_nanos == 0 { DEFAULT_PERIOD } else { message.period_nanos };
    Ok(Objective { bad, target: message.target, period })
}

/// The message of an objective.
pub(crate) fn objective_to(name: &str, objective: &Objective) -> pb::Objective {
    use pb::objective::Bad;
    let bad = match &objective.bad {
        BadRecord::Slow { column, limit } => {
            Bad::Slow(pb::SlowRecord { column: column.clone().unwrap_or_default(), limit_seconds: *limit })
        }
        BadRecord::Error { column, value } => {
            Bad::Error(pb::ErrorRecord { column: column.clone(), value: value.clone() })
        }
        BadRecord::Missing { column } => Bad::Missing(pb::MissingValue { column: column.clone() }),
    };
    pb::Objective {
        name: name.to_owned(),
        target: objective.target,
        period_nanos: objective.period,
        bad: Some(bad),
    }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::None => "none",
        Severity::Ticket => "ticket",
        Severity::Page => "page",
    }
}

fn standing(found: Standing) -> pb::ObjectiveStanding {
    pb::ObjectiveStanding {
        objective: Some(objective_to(&found.name, &found.objective)),
        column: found.column.unwrap_or_default(),
        records: found.counted.records,
        bad_least: found.counted.least,
        bad_most: found.counted.most,
        good: found.good.map(estimate),
        budget_left: found.budget_left.map(estimate),
        burn_rates: found.burn_rates.into_iter().map(burn_rate).collect(),
        alerts: found.alerts.into_iter().map(alert).collect(),
        severity: severity(found.severity).into(),
        is_certain: found.is_certain,
    }
}

fn burn_rate(found: BurnRate) -> pb::BurnRate {
    pb::BurnRate {
        length_nanos: found.length,
        range: Some(time_range(found.range.0, found.range.1)),
        records: found.records,
        rate: found.rate.map(estimate),
    }
}

fn alert(found: Alert) -> pb::BurnAlert {
    pb::BurnAlert {
        long_nanos: found.rule.long,
        short_nanos: found.rule.short,
        limit: found.limit,
        severity: severity(found.rule.severity).into(),
        holds: found.holds,
    }
}

fn record_rate(found: RateOver) -> pb::RecordRate {
    pb::RecordRate {
        length_nanos: found.length,
        range: Some(time_range(found.range.0, found.range.1)),
        records: found.records,
        a_second: found.a_second.map(estimate),
    }
}
