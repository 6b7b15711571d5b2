//! Answers about evidence over time.

use driftline_engine::engine::Engine;
use driftline_engine::query::{
    ColumnEvidence, EvidenceAnswer, EvidenceRequest, LeftOutColumn, LeftOutWindows, Tolerated,
};

use super::answers::coverage;
use super::request::{DEFAULT_LEVEL, compared, reference, selection, time_range};
use super::{Question, question};
use crate::error::Result;
use crate::proto::driftline_v1 as pb;

pub(super) fn evidence(engine: &Engine, request: pb::EvidenceRequest) -> Result<Question> {
    let request = EvidenceRequest {
        selection: selection(request.selection.as_ref())?,
        reference: reference(request.reference.as_ref())?,
        columns: request.columns,
        by: request.by,
        level: request.level.unwrap_or(DEFAULT_LEVEL),
        block: request.block_nanos,
        ks_tolerance: request.ks_tolerance,
        mean_tolerance: request.mean_tolerance,
    };
    let resolved = engine.resolve(&request.reference, &request.selection)?;
    let gathering = engine.gather_evidence(&request, &resolved)?;
    Ok(question(gathering, move |_, gathering| {
        Ok(evidence_response(gathering.evidence(&request, &resolved)?))
    }))
}

pub(super) fn evidence_response(answer: EvidenceAnswer) -> pb::EvidenceResponse {
    pb::EvidenceResponse {
        columns: answer.columns.into_iter().map(column_evidence).collect(),
        left_out: answer.left_out.into_iter().map(left_out_column).collect(),
        coverage: Some(coverage(answer.coverage)),
        reference: Some(compared(answer.reference)),
        level: answer.level,
        block_nanos: answer.block,
    }
}

pub(super) fn range((start, length): (i64, i64)) -> pb::TimeRange {
    time_range(start, start.saturating_add(length))
}

fn column_evidence(found: ColumnEvidence) -> pb::ColumnEvidence {
    pb::ColumnEvidence {
        segment: found.segment.into_iter().collect(),
        column: found.column,
        role: found.role.name().into(),
        log_e_value: found.log_e_value,
        largest_log_e_value: found.largest.map(|(largest, _)| largest),
        largest_at: found.largest.map(|(_, window)| range(window)),
        reached_at: found.reached.map(range),
        is_discovery: found.is_discovery,
        windows: found.windows,
        records: found.records,
        reference_records: found.reference_records,
        left_out: found.left_out.iter().map(left_out_windows).collect(),
        ks: found.ks.map(tolerated),
        mean_shift: found.mean_shift.map(tolerated),
    }
}

fn tolerated(found: Tolerated) -> pb::ToleratedDistance {
    pb::ToleratedDistance {
        value: found.bound.value,
        low: found.bound.low,
        high: found.bound.high,
        tolerance: found.tolerance,
        is_exceeded: found.is_exceeded(),
    }
}

fn left_out_windows(found: &LeftOutWindows) -> pb::LeftOutWindows {
    pb::LeftOutWindows {
        reason: found.reason.name().into(),
        windows: found.windows,
        range: Some(time_range(found.start, found.end)),
    }
}

fn left_out_column(found: LeftOutColumn) -> pb::LeftOutColumn {
    pb::LeftOutColumn {
        segment: found.segment.into_iter().collect(),
        column: found.column,
        reason: found.reason.name().into(),
    }
}
