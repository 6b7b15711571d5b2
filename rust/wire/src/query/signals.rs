//! Answers about who probes a model, and how a monitor has that counted.

use driftline_engine::engine::Engine;
use driftline_engine::principals::SignalSettings;
use driftline_engine::query::{PrincipalSignal, SignalsRequest};

use super::answers::coverage;
use super::quality::estimate;
use super::request::{DEFAULT_LEVEL, selection};
use super::{Question, question};
use crate::error::Result;
use crate::proto::driftline_v1 as pb;

/// Signals that are told of besides those that name somebody, if nothing is said.
const DEFAULT_LIMIT: u32 = 20;

pub(super) fn signals(engine: &Engine, request: pb::SignalsRequest) -> Result<Question> {
    let request = SignalsRequest {
        selection: selection(request.selection.as_ref())?,
        level: request.level.unwrap_or(DEFAULT_LEVEL),
        principals: request.principals,
        limit: request.limit.unwrap_or(DEFAULT_LIMIT) as usize,
    };
    let gathering = engine.gather_signals(&request)?;
    Ok(question(gathering, move |engine, gathering| {
        let answer = gathering.signals(engine, &request)?;
        Ok(pb::SignalsResponse {
            signals: answer.signals.into_iter().map(signal).collect(),
            level: answer.level,
            tolerance: answer.tolerance,
            principals: answer.principals,
            streams: answer.streams,
            other_records: answer.other_records,
            coverage: Some(coverage(answer.coverage)),
        })
    }))
}

fn signal(found: PrincipalSignal) -> pb::PrincipalSignal {
    pb::PrincipalSignal {
        principal: found.principal,
        signal: found.signal.name().into(),
        value: found.value.map(estimate),
        others: found.others.map(estimate),
        of: found.of,
        of_others: found.of_others,
        log_e_value: found.log_e_value,
        is_discovery: found.is_discovery,
        since_unix_nanos: found.since,
        windows: found.windows,
    }
}

/// Settings of a monitor; zeros stand for the defaults.
pub(crate) fn settings_from(message: &pb::SignalSettings) -> SignalSettings {
    let default = SignalSettings::default();
    let or = |value: f64, default: f64| if value == 0.0 { default } else { value };
    SignalSettings {
        most: if message.most == 0 { default.most } else { message.most },
        band: or(message.band, default.band),
        tolerance: or(message.tolerance, default.tolerance),
    }
}

/// The message of the settings.
pub(crate) fn settings_to(settings: &SignalSettings) -> pb::SignalSettings {
    pb::SignalSettings { most: settings.most, band: settings.band, tolerance: settings.tolerance }
}
