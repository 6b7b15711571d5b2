//! Answers about quality before labels come.

use driftline_engine::engine::Engine;

use super::answers::coverage;
use super::quality::figures;
use super::request::{compared, reference, selection};
use super::{Question, question};
use crate::error::Result;
use crate::proto::driftline_v1 as pb;

pub(super) fn estimated(engine: &Engine, request: pb::EstimatedPerformanceRequest) -> Result<Question> {
    let selection = selection(request.selection.as_ref())?;
    let reference = engine.resolve(&reference(request.reference.as_ref())?, &selection)?;
    let by = request.by;
    let gathering = engine.gather_estimated(&selection, &reference, &by)?;
    Ok(question(gathering, move |_, gathering| {
        let answer = gathering.estimated(&reference, &by)?;
        Ok(pb::EstimatedPerformanceResponse {
            predictions: answer.predictions,
            labels: answer.labels,
            estimated: figures(&answer.estimated),
            scored: answer.scored,
            calibrated_by: answer.calibrated_by,
            reference_periods: answer.periods,
            reweighted: figures(&answer.reweighted),
            reweighted_predictions: answer.reweighted_predictions,
            realised: figures(&answer.realised),
            positive_class: answer.positive_class,
            coverage: Some(coverage(answer.coverage)),
            reference: Some(compared(answer.reference)),
        })
    }))
}
