//! Answers about drift.

use driftline_engine::engine::Engine;
use driftline_engine::query::{ColumnDrift, DriftTerms, IncomparableColumn};
use driftline_stats::drift::{BinLabel, BinShares, Drift};
use prost::Message;

use super::answers::coverage;
use super::request::{compared, reference, selection};
use super::{Question, encoded};
use crate::error::Result;
use crate::proto::driftline_v1 as pb;
use crate::proto::driftline_v1::drift_bin::Values;

/// Bins of a column that are named to those who do not say how many.
const USUAL_BINS: usize = 3;
/// Of `DriftResponse.columns`.
const COLUMNS_TAG: u32 = 1;

pub(super) fn drift(engine: &Engine, request: pb::DriftRequest) -> Result<Question> {
    let selection = selection(request.selection.as_ref())?;
    let reference = engine.resolve(&reference(request.reference.as_ref())?, &selection)?;
    let bins = if request.bins == 0 { USUAL_BINS } else { request.bins as usize };
    let terms = DriftTerms { metrics: request.metrics, recipe: request.recipe, bins };
    let columns = request.columns;
    let gathering = engine.gather_drift(&selection, &reference, &columns, &terms)?;
    Ok(encoded(gathering, move |_, gathering| {
        let answer = gathering.drift(&reference, &columns, &terms)?;
        let mut bytes = Vec::new();
        // One column at a time, each in the memory of the one before: a message may come in parts.
        let mut message = pb::ColumnDrift::default();
        for column in answer.columns {
            put_column(&mut message, column);
            prost::encoding::message::encode(COLUMNS_TAG, &message, &mut bytes);
        }
        let rest = pb::DriftResponse {
            columns: Vec::new(),
            coverage: Some(coverage(answer.coverage)),
            reference: Some(compared(answer.reference)),
            incomparable: answer.incomparable.into_iter().map(incomparable).collect(),
            recipe: answer.recipe.name().into(),
            ranked_by: answer.ranked_by.map_or("", |metric| metric.name()).into(),
        };
        bytes.extend(rest.encode_to_vec());
        Ok(bytes)
    }))
}

fn put_column(message: &mut pb::ColumnDrift, column: ColumnDrift) {
    message.column = column.column;
    put_text(&mut message.role, column.role.name());
    message.values.resize_with(column.values.len(), Default::default);
    message.values.iter_mut().zip(&column.values).for_each(|(message, drift)| put_value(message, drift));
    message.bins.clear();
    message.bins.extend(column.bins.into_iter().map(bin));
}

fn incomparable(column: IncomparableColumn) -> pb::IncomparableColumn {
    pb::IncomparableColumn {
        column: column.column,
        role: column.role.name().into(),
        reason: column.reason.to_string(),
    }
}

/// Every field is written: the message has been another one.
fn put_value(message: &mut pb::DriftValue, drift: &Drift) {
    let pb::DriftValue {
        metric,
        value,
        low,
        high,
        noise_floor,
        noise_q95,
        p_value,
        n_reference,
        n_current,
        basis,
        recipe,
    } = message;
    put_text(metric, drift.metric.name());
    (*value, *low, *high) = (drift.value, drift.low, drift.high);
    (*noise_floor, *noise_q95) = (drift.noise_floor, drift.noise_q95);
    *p_value = drift.p_value;
    (*n_reference, *n_current) = (drift.n_reference, drift.n_current);
    put_text(basis, drift.basis.name());
    put_text(recipe, drift.recipe);
}

fn put_text(text: &mut String, said: &str) {
    text.clear();
    text.push_str(said);
}

fn bin(bin: BinShares) -> pb::DriftBin {
    let share = |(value, low, high)| Some(pb::Estimate { value, low, high });
    pb::DriftBin {
        values: Some(match bin.label {
            BinLabel::Range { above, to } => Values::Range(pb::NumberRange { above, to }),
            BinLabel::Category(name) => Values::Category(name),
            BinLabel::Rest => Values::Others(true),
        }),
        reference: share(bin.reference),
        current: share(bin.current),
        psi: bin.psi,
    }
}
