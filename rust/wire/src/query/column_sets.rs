//! Answers about column sets.

use driftline_engine::engine::Engine;
use driftline_engine::query::{SetDrift, SetSide};
use driftline_stats::multivariate::Finding;

use super::answers::coverage;
use super::request::{compared, reference, selection};
use super::{Question, question};
use crate::error::Result;
use crate::proto::driftline_v1 as pb;

pub(super) fn column_sets(engine: &Engine, request: &pb::ColumnSetsRequest) -> Result<Question> {
    let selection = selection(request.selection.as_ref())?;
    let names = engine.set_names(&selection, &request.sets)?;
    let reference = engine.resolve(&reference(request.reference.as_ref())?, &selection)?;
    let gathering = engine.gather_sets(&selection, &reference, &names)?;
    Ok(question(gathering, move |_, gathering| {
        let answer = gathering.column_sets(&reference, &names);
        let incomparable = answer.incomparable.into_iter();
        let incomparable =
            incomparable.map(|each| pb::IncomparableColumnSet { set: each.name, reason: each.reason.into() });
        Ok(pb::ColumnSetsResponse {
            sets: answer.sets.into_iter().map(set_drift).collect(),
            incomparable: incomparable.collect(),
            coverage: Some(coverage(answer.coverage)),
            reference: Some(compared(answer.reference)),
        })
    }))
}

fn set_drift(set: SetDrift) -> pb::ColumnSetDrift {
    pb::ColumnSetDrift {
        set: set.columns.name().to_owned(),
        numeric_columns: set.columns.numeric().to_vec(),
        categorical_columns: set.columns.categorical().to_vec(),
        values: set.values.into_iter().map(value).collect(),
        notes: set.notes.into_iter().map(str::to_owned).collect(),
        reference: Some(side(set.reference)),
        current: Some(side(set.current)),
    }
}

fn value(finding: Finding) -> pb::ColumnSetValue {
    pb::ColumnSetValue {
        metric: finding.metric.name().into(),
        value: finding.value,
        low: finding.low,
        high: finding.high,
        noise_floor: finding.noise_floor,
        noise_q95: finding.noise_q95,
        p_value: finding.p_value,
        n_reference: finding.n_reference,
        n_current: finding.n_current,
        reference: finding.reference,
        current: finding.current,
        columns: finding.columns,
    }
}

fn side(side: SetSide) -> pb::ColumnSetSide {
    let estimate = |(value, low, high)| pb::Estimate { value, low, high };
    pb::ColumnSetSide {
        records: side.records,
        complete: side.complete,
        combinations: side.combinations.map(estimate),
        outside: side.outside,
    }
}
