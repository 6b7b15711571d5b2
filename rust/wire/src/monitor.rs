//! Monitor configurations to and from their message. A zero or empty field of the message means the default.

use std::collections::BTreeMap;

use driftline_engine::monitor::{Monitor, Task};
use driftline_engine::objective::Objective;
use driftline_engine::record_log::{RecordLogSettings, Redaction};
use driftline_engine::role::Role;
use prost::Message;

use crate::error::{Result, WireError};
use crate::outcome_value::{outcome_value_from, outcome_value_to};
use crate::proto::driftline_v1 as pb;
use crate::query::{objective_from, objective_to, relative_from, relative_to, settings_from, settings_to};
use crate::ranking::{ranking_from, ranking_to};

/// Reads a serialised `Monitor`.
///
/// # Errors
/// [`WireError::Value`] naming the field, the rule and the value.
pub fn from_bytes(bytes: &[u8]) -> Result<Monitor> {
    let message = pb::Monitor::decode(bytes)
        .map_err(|error| WireError::Value(format!("not a Monitor message: {error}")))?;
    let defaults = Monitor::new(message.model.clone());
    let monitor = Monitor {
        roles: roles(&message.roles)?,
        window: or_default(message.window_nanos, defaults.window),
        segments: message.segments.iter().map(|set| set.columns.clone()).collect(),
        max_segments: or_default(message.max_segments, defaults.max_segments),
        task: task(message.task)?,
        positive_class: message.positive_class.clone(),
        score_threshold: or_default(message.score_threshold, defaults.score_threshold),
        label_horizon: or_default(message.label_horizon_nanos, defaults.label_horizon),
        max_pending: or_default(message.max_pending, defaults.max_pending),
        max_future: or_default(message.max_future_nanos, defaults.max_future),
        baseline: message.baseline.clone(),
        compare_with: message.compare_with.as_ref().map(relative_from).transpose()?,
        baseline_bins: or_default(message.baseline_bins, defaults.baseline_bins),
        recent: or_default(message.recent_nanos, defaults.recent),
        kll_columns: message.kll_columns.clone(),
        hashed_columns: message.hashed_columns.clone(),
        hash_key_id: message.hash_key_id.clone(),
        column_sets: column_sets(&message.column_sets)?,
        objectives: objectives(&message.objectives)?,
        signals: message.signals.as_ref().map(settings_from),
        outcome_values: message.outcome_values.iter().map(outcome_value_from).collect::<Result<_>>()?,
        ranking: message.ranking.as_ref().map(ranking_from).transpose()?.unwrap_or_default(),
        record_log: message.record_log.as_ref().map(record_log_from).transpose()?,
        ..defaults
    };
    monitor.validate()?;
    Ok(monitor)
}

/// Writes all fields of a monitor, defaults too.
pub fn to_bytes(monitor: &Monitor) -> Vec<u8> {
    pb::Monitor {
        model: monitor.model.clone(),
        roles: monitor.roles.iter().map(|(column, role)| (column.clone(), role.name().into())).collect(),
        window_nanos: monitor.window,
        segments: monitor
            .segments
            .iter()
            .map(|columns| pb::SegmentColumns { columns: columns.clone() })
            .collect(),
        max_segments: monitor.max_segments,
        task: match monitor.task {
            Task::Auto => pb::Task::Auto,
            Task::Classification => pb::Task::Classification,
            Task::Regression => pb::Task::Regression,
            Task::Ranking => pb::Task::Ranking,
        }
        .into(),
        positive_class: monitor.positive_class.clone(),
        score_threshold: monitor.score_threshold,
        label_horizon_nanos: monitor.label_horizon,
        max_pending: monitor.max_pending,
        max_future_nanos: monitor.max_future,
        baseline: monitor.baseline.clone(),
        baseline_bins: monitor.baseline_bins,
        recent_nanos: monitor.recent,
        kll_columns: monitor.kll_columns.clone(),
        hashed_columns: monitor.hashed_columns.clone(),
        hash_key_id: monitor.hash_key_id.clone(),
        compare_with: monitor.compare_with.as_ref().map(relative_to),
        column_sets: monitor
            .column_sets
            .iter()
            .map(|(name, columns)| pb::ColumnSet { name: name.clone(), columns: columns.clone() })
            .collect(),
        objectives: monitor.objectives.iter().map(|(name, each)| objective_to(name, each)).collect(),
        signals: monitor.signals.as_ref().map(settings_to),
        outcome_values: monitor.outcome_values.iter().map(outcome_value_to).collect(),
        record_log: monitor.record_log.as_ref().map(record_log_to),
        ranking: Some(ranking_to(&monitor.ranking)),
    }
    .encode_to_vec()
}

fn record_log_from(message: &pb::RecordLog) -> Result<RecordLogSettings> {
    let defaults = RecordLogSettings::default();
    let redaction = |(column, name): (&String, &String)| {
        let known = [Redaction::Mask, Redaction::Hash].into_iter().find(|each| each.name() == name);
        let unknown =
            || WireError::Value(format!("record_log.redact[{column:?}] must be mask or hash, got {name:?}"));
        Ok((column.clone(), known.ok_or_else(unknown)?))
    };
    Ok(RecordLogSettings {
        columns: message.columns.clone(),
        sample: message.sample.unwrap_or(defaults.sample),
        anomalous: message.anomalous.unwrap_or(defaults.anomalous),
        latency_above: message.latency_above,
        redact: message.redact.iter().map(redaction).collect::<Result<_>>()?,
    })
}

fn record_log_to(settings: &RecordLogSettings) -> pb::RecordLog {
    let redact = settings.redact.iter().map(|(column, each)| (column.clone(), each.name().into()));
    pb::RecordLog {
        columns: settings.columns.clone(),
        sample: Some(settings.sample),
        anomalous: Some(settings.anomalous),
        latency_above: settings.latency_above,
        redact: redact.collect(),
    }
}

fn or_default<T: Default + PartialEq>(value: T, default: T) -> T {
    if value == T::default() { default } else { value }
}

fn roles(message: &BTreeMap<String, String>) -> Result<BTreeMap<String, Role>> {
    message
        .iter()
        .map(|(column, role)| match role.parse() {
            Ok(role) => Ok((column.clone(), role)),
            Err(message) => Err(WireError::Value(format!("roles[{column:?}]: {message}"))),
        })
        .collect()
}

fn column_sets(message: &[pb::ColumnSet]) -> Result<BTreeMap<String, Vec<String>>> {
    let mut sets = BTreeMap::new();
    for set in message {
        if sets.insert(set.name.clone(), set.columns.clone()).is_some() {
            return Err(WireError::Value(format!("column_sets names {:?} twice", set.name)));
        }
    }
    Ok(sets)
}

fn objectives(message: &[pb::Objective]) -> Result<BTreeMap<String, Objective>> {
    let mut objectives = BTreeMap::new();
    for each in message {
        if objectives.insert(each.name.clone(), objective_from(each)?).is_some() {
            return Err(WireError::Value(format!("objectives names {:?} twice", each.name)));
        }
    }
    Ok(objectives)
}

fn task(number: i32) -> Result<Task> {
    match pb::Task::try_from(number) {
        Ok(pb::Task::Auto) => Ok(Task::Auto),
        Ok(pb::Task::Classification) => Ok(Task::Classification),
        Ok(pb::Task::Regression) => Ok(Task::Regression),
        Ok(pb::Task::Ranking) => Ok(Task::Ranking),
        Err(_) => Err(WireError::Value(format!("task must be 0, 1, 2 or 3, got {number}"))),
    }
}
