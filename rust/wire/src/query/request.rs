//! Selections and references to and from their messages.

use driftline_engine::query::{Compared, Reference, Relative, RelativeRange, Selection, TimeRange};

use super::answers::coverage;
use crate::error::{Result, WireError};
use crate::proto::driftline_v1 as pb;

/// The chance of an error of what is asked over and over, if nothing is said.
pub(super) const DEFAULT_LEVEL: f64 = 0.01;

/// The selection of a request; every request needs one.
pub(super) fn selection(message: Option<&pb::Selection>) -> Result<Selection> {
    let message = message.ok_or_else(|| WireError::Value("selection is required".into()))?;
    if message.model.is_empty() {
        return Err(WireError::Value("selection.model is required".into()));
    }
    Ok(Selection {
        model: message.model.clone(),
        version: message.version.clone(),
        start: message.start_unix_nanos,
        end: message.end_unix_nanos,
        segment: message.segment.clone(),
        excluded: ranges(&message.excluded),
    })
}

/// What records are compared with.
pub(super) fn reference(message: Option<&pb::Reference>) -> Result<Reference> {
    use pb::reference::Of;
    match message.and_then(|message| message.of.as_ref()) {
        None => Ok(Reference::Default),
        Some(Of::Baseline(name)) if name.is_empty() => Ok(Reference::Default),
        Some(Of::Baseline(name)) => Ok(Reference::Baseline(name.clone())),
        Some(Of::Records(records)) => Ok(Reference::Records(selection(Some(records))?)),
        Some(Of::Relative(relative)) => Ok(Reference::Relative(relative_from(relative)?)),
    }
}

/// Records found from others.
///
/// # Errors
/// [`WireError::Value`] for two ranges at once; the lengths are checked by the engine.
pub(crate) fn relative_from(message: &pb::Relative) -> Result<Relative> {
    let range = match (message.trailing_nanos, message.period_nanos) {
        (0, 0) => RelativeRange::Same,
        (length, 0) => RelativeRange::Trailing { length, offset: message.offset_nanos },
        (0, period) => RelativeRange::Periodic { period, repeats: message.repeats.max(1) },
        (length, period) => {
            return Err(WireError::Value(format!(
                "one of trailing_nanos and period_nanos can be set, got {length} and {period}"
            )));
        }
    };
    Ok(Relative { version: message.version.clone(), range, excluded: ranges(&message.excluded) })
}

/// The message of records found from others.
pub(crate) fn relative_to(relative: &Relative) -> pb::Relative {
    let mut message = pb::Relative { version: relative.version.clone(), ..pb::Relative::default() };
    match relative.range {
        RelativeRange::Same => {}
        RelativeRange::Trailing { length, offset } => {
            (message.trailing_nanos, message.offset_nanos) = (length, offset);
        }
        RelativeRange::Periodic { period, repeats } => {
            (message.period_nanos, message.repeats) = (period, repeats);
        }
    }
    let range = |range: &TimeRange| time_range(range.start, range.end);
    message.excluded = relative.excluded.iter().map(range).collect();
    message
}

/// A range of event time.
pub(super) fn time_range(start: i64, end: i64) -> pb::TimeRange {
    pb::TimeRange { start_unix_nanos: start, end_unix_nanos: end }
}

/// What an answer says of its reference.
pub(super) fn compared(compared: Compared) -> pb::Compared {
    pb::Compared {
        name: compared.name,
        fingerprint: compared.fingerprint.map(|hash| format!("{hash:032x}")).unwrap_or_default(),
        versions: compared.versions,
        coverage: Some(coverage(compared.coverage)),
    }
}

fn ranges(messages: &[pb::TimeRange]) -> Vec<TimeRange> {
    let range =
        |range: &pb::TimeRange| TimeRange { start: range.start_unix_nanos, end: range.end_unix_nanos };
    messages.iter().map(range).collect()
}
