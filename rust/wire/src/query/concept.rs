//! Answers about the relation of labels to predictions.

use driftline_engine::engine::Engine;
use driftline_engine::query::{Alarms, ConceptAnswer, ConceptRequest, Relation, RelationStratum};
use driftline_stats::concept::Condition;

use super::evidence::{evidence_response, range};
use super::quality::estimate;
use super::request::{DEFAULT_LEVEL, reference, selection, time_range};
use super::{Question, question};
use crate::error::Result;
use crate::proto::driftline_v1 as pb;

/// Labels without which a window takes no part, if nothing is said.
const DEFAULT_MIN_LABELS: u64 = 30;

pub(super) fn concept(engine: &Engine, request: &pb::ConceptRequest) -> Result<Question> {
    let request = ConceptRequest {
        selection: selection(request.selection.as_ref())?,
        reference: reference(request.reference.as_ref())?,
        level: request.level.unwrap_or(DEFAULT_LEVEL),
        min_labels: request.min_labels.unwrap_or(DEFAULT_MIN_LABELS),
        min_coverage: request.min_coverage,
    };
    let resolved = engine.resolve(&request.reference, &request.selection)?;
    let gathering = engine.gather_concept(&request, &resolved)?;
    Ok(question(gathering, move |_, gathering| Ok(response(gathering.concept(&request, &resolved)?))))
}

fn response(answer: ConceptAnswer) -> pb::ConceptResponse {
    let verdict = answer.verdict().name().into();
    let ready = answer.ready;
    let (relation, not_watched) = match answer.relation {
        Ok(found) => (Some(relation(found)), String::new()),
        Err(reason) => (None, reason.name().into()),
    };
    pb::ConceptResponse {
        verdict,
        inputs: Some(evidence_response(answer.inputs)),
        relation,
        not_watched,
        detectors: answer.alarms.iter().map(alarms).collect(),
        windows: ready.windows,
        labels: ready.labels,
        not_ready_windows: ready.not_ready.map_or(0, |left| left.windows),
        not_ready: ready.not_ready.map(|left| time_range(left.start, left.end)),
        min_labels: ready.min_labels,
        min_coverage: ready.min_coverage,
    }
}

fn relation(found: Relation) -> pb::ConceptRelation {
    pb::ConceptRelation {
        log_e_value: found.log_e_value,
        largest_log_e_value: found.largest.map(|(largest, _)| largest),
        largest_at: found.largest.map(|(_, window)| range(window)),
        reached_at: found.reached.map(range),
        has_moved: found.has_moved,
        since: found.since.map(range),
        reference_labels: found.reference_labels,
        strata: found.strata.into_iter().map(stratum).collect(),
    }
}

fn stratum(found: RelationStratum) -> pb::ConceptStratum {
    let (scores, predictions) = (found.condition.scores(), found.condition.predictions());
    let error_from = found.condition.error_from();
    let (predicted, label) = match found.condition {
        Condition::Class { predicted, label } => (predicted, label),
        _ => (String::new(), String::new()),
    };
    pb::ConceptStratum {
        score_low: scores.map(|(low, _)| low),
        score_high: scores.map(|(_, high)| high),
        predicted,
        label,
        reference: found.reference.map(estimate),
        reference_records: found.reference_records,
        low: found.range.0,
        high: found.range.1,
        current: found.current.map(estimate),
        current_records: found.current_records,
        log_e_value: found.log_e_value,
        prediction_low: predictions.map(|(low, _)| low),
        prediction_high: predictions.map(|(_, high)| high),
        error_from,
    }
}

fn alarms(found: &Alarms) -> pb::DetectorAlarms {
    pb::DetectorAlarms {
        detector: found.detector.into(),
        warnings: found.warnings.iter().copied().map(range).collect(),
        drifts: found.drifts.iter().copied().map(range).collect(),
    }
}
