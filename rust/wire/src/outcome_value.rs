//! What outcomes are worth, to and from their message.

use driftline_stats::performance::{Outcome, OutcomeValue};

use crate::error::{Result, WireError};
use crate::proto::driftline_v1 as pb;

/// # Errors
/// [`WireError::Value`] for one that names no outcome.
pub(crate) fn outcome_value_from(message: &pb::OutcomeValue) -> Result<OutcomeValue> {
    use pb::outcome_value::Of;
    let outcome = match &message.of {
        Some(Of::Outcome(name)) => match name.as_str() {
            "tp" => Outcome::TruePositive,
            "fp" => Outcome::FalsePositive,
            "fn" => Outcome::FalseNegative,
            "tn" => Outcome::TrueNegative,
            other => {
                return Err(WireError::Value(format!(
                    "an outcome of outcome_values must be tp, fp, fn or tn, got {other:?}"
                )));
            }
        },
        Some(Of::Classes(classes)) => {
            Outcome::Classes { label: classes.label.clone(), predicted: classes.predicted.clone() }
        }
        None => {
            return Err(WireError::Value(format!(
                "outcome_values must say which outcome is worth {}",
                message.value
            )));
        }
    };
    Ok(OutcomeValue { outcome, value: message.value })
}

pub(crate) fn outcome_value_to(value: &OutcomeValue) -> pb::OutcomeValue {
    use pb::outcome_value::Of;
    let named = |name: &str| Of::Outcome(name.into());
    let of = match &value.outcome {
        Outcome::TruePositive => named("tp"),
        Outcome::FalsePositive => named("fp"),
        Outcome::FalseNegative => named("fn"),
        Outcome::TrueNegative => named("tn"),
        Outcome::Classes { label, predicted } => {
            Of::Classes(pb::OutcomeClasses { label: label.clone(), predicted: predicted.clone() })
        }
    };
    pb::OutcomeValue { of: Some(of), value: value.value }
}
