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
        // One column at a time, in memory that is still at hand: a message may come in parts.
        for column in answer.columns {
            prost::encoding::message::encode(COLUMNS_TAG, &column_drift(column), &mut bytes);
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

fn column_drift(column: ColumnDrift) -> pb::ColumnDrift {
    pb::ColumnDrift {
        column: column.column,
        role: column.role.name().into(),
        values: column.values.iter().map(drift_value).collect(),
        bins: column.bins.into_iter().map(bin).collect(),
    }
}

fn incomparable(column: IncomparableColumn) -> pb::IncomparableColumn {
    pb::IncomparableColumn {
        column: column.column,
        role: column.role.name().into(),
        reason: column.reason.to_string(),
    }
}

fn drift_value(drift: &Drift) -> pb::DriftValue {
    pb::DriftValue {
        metric: drift.metric.name().into(),
        value: drift.value,
        low: drift.low,
        high: drift.high,
        noise_floor: drift.noise_floor,
        noise_q95: drift.noise_q95,
        p_value: drift.p_value,
        n_reference: drift.n_reference,
        n_current: drift.n_current,
        basis: drift.basis.name().into(),
        recipe: drift.recipe.into(),
    }
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
