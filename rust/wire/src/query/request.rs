//! Selections and references as they come in.

use driftline_engine::query::{Reference, Selection};

use crate::error::{Result, WireError};
use crate::proto::driftline_v1 as pb;

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
    })
}

/// What drift is measured from.
pub(super) fn reference(message: Option<&pb::drift_request::Reference>) -> Result<Reference> {
    match message {
        None => Ok(Reference::Default),
        Some(pb::drift_request::Reference::Baseline(name)) if name.is_empty() => Ok(Reference::Default),
        Some(pb::drift_request::Reference::Baseline(name)) => Ok(Reference::Baseline(name.clone())),
        Some(pb::drift_request::Reference::Records(records)) => {
            Ok(Reference::Records(selection(Some(records))?))
        }
    }
}
