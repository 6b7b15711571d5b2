//! Answers about data quality.

use driftline_engine::engine::Engine;
use driftline_engine::query::{ColumnQuality, Freshness, QualityAnswer, SchemaChange};
use driftline_stats::quality::{Finding, Rate, Volume};

use super::answers::coverage;
use super::request::{compared, reference, selection};
use super::{Question, question};
use crate::error::Result;
use crate::proto::driftline_v1 as pb;

pub(super) fn quality(engine: &Engine, request: pb::QualityRequest, now: i64) -> Result<Question> {
    let selection = selection(request.selection.as_ref())?;
    let reference = engine.resolve(&reference(request.reference.as_ref())?, &selection)?;
    let gathering = engine.gather_quality(&selection, &reference, &request.columns)?;
    Ok(question(gathering, move |engine, gathering| {
        Ok(response(gathering.quality(engine, &selection, &reference, &request.columns, now)?))
    }))
}

fn response(answer: QualityAnswer) -> pb::QualityResponse {
    let rejected = answer.batches_rejected.into_iter();
    pb::QualityResponse {
        columns: answer.columns.into_iter().map(column_quality).collect(),
        schema: answer.schema.into_iter().map(schema_change).collect(),
        volume: answer.volume.map(|(found, period, adjusted)| volume(&found, period, adjusted)),
        freshness: Some(freshness(&answer.freshness)),
        kind_refusals: answer
            .kind_refusals
            .into_iter()
            .map(|refusal| pb::KindRefusal {
                version: refusal.version,
                column: refusal.column,
                batches: refusal.batches,
            })
            .collect(),
        batches_rejected: rejected.map(|(reason, batches)| (reason.to_owned(), batches)).collect(),
        coverage: Some(coverage(answer.coverage)),
        reference: Some(compared(answer.reference)),
    }
}

fn column_quality(column: ColumnQuality) -> pb::ColumnQuality {
    pb::ColumnQuality {
        column: column.column,
        role: column.role.name().into(),
        kind: column.kind.name().into(),
        findings: column.findings.iter().map(|(found, adjusted)| finding(found, *adjusted)).collect(),
    }
}

fn finding(finding: &Finding, adjusted_p_value: Option<f64>) -> pb::QualityFinding {
    pb::QualityFinding {
        check: finding.check.name().into(),
        reference: Some(estimate(finding.reference, finding.reference_low, finding.reference_high)),
        current: Some(estimate(finding.current, finding.low, finding.high)),
        noise_floor: finding.noise_floor,
        noise_q95: finding.noise_q95,
        p_value: finding.p_value,
        adjusted_p_value,
        n_reference: finding.n_reference,
        n_current: finding.n_current,
        exceeds_noise: finding.exceeds_noise(),
    }
}

fn estimate(value: f64, low: f64, high: f64) -> pb::Estimate {
    pb::Estimate { value, low, high }
}

fn schema_change(change: SchemaChange) -> pb::SchemaChange {
    pb::SchemaChange {
        change: change.change.name().into(),
        column: change.column,
        reference: change.reference,
        current: change.current,
    }
}

fn volume(volume: &Volume, period_nanos: i64, adjusted_p_value: Option<f64>) -> pb::Volume {
    pb::Volume {
        period_nanos,
        reference: Some(rate(&volume.reference)),
        current: Some(rate(&volume.current)),
        dispersion: volume.dispersion,
        ratio: volume.ratio.map(|(value, low, high)| estimate(value, low, high)),
        noise_floor: volume.noise_floor,
        noise_q95: volume.noise_q95,
        p_value: volume.p_value,
        adjusted_p_value,
        exceeds_noise: volume.exceeds_noise(),
    }
}

fn rate(rate: &Rate) -> pb::Rate {
    pb::Rate {
        records: rate.records,
        periods: rate.periods,
        empty_periods: rate.empty,
        mean: rate.mean,
        low: rate.low,
        high: rate.high,
    }
}

fn freshness(freshness: &Freshness) -> pb::Freshness {
    let seconds = |nanos: i64| nanos as f64 / 1e9;
    pb::Freshness {
        event_age_low_seconds: freshness.event_age.map(|(low, _)| seconds(low)),
        event_age_high_seconds: freshness.event_age.map(|(_, high)| seconds(high)),
        arrival_age_seconds: freshness.arrival_age.map(seconds),
        longest_gap_start_unix_nanos: freshness.longest_gap.map(|(start, _)| start),
        longest_gap_seconds: freshness.longest_gap.map(|(_, length)| seconds(length)),
    }
}
