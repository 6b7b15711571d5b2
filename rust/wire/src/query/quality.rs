//! Answers about drift and model quality.

use driftline_engine::engine::Engine;
use driftline_engine::query::{ColumnDrift, SegmentPerformance};
use driftline_stats::drift::Drift;
use driftline_stats::performance::{ClassificationReport, Estimate, RegressionReport};

use super::answers::coverage;
use super::request::{reference, selection};
use super::{Question, question};
use crate::error::Result;
use crate::proto::driftline_v1 as pb;

pub(super) fn drift(engine: &Engine, request: pb::DriftRequest) -> Result<Question> {
    let selection = selection(request.selection.as_ref())?;
    let reference = reference(request.reference.as_ref())?;
    let gathering = engine.gather_drift(&selection, &reference, &request.columns, false)?;
    Ok(question(gathering, move |engine, gathering| {
        let answer = gathering.drift(engine, &selection, &reference, &request.metrics)?;
        Ok(pb::DriftResponse {
            columns: answer.columns.into_iter().map(column_drift).collect(),
            coverage: Some(coverage(answer.coverage)),
            reference: answer.reference,
        })
    }))
}

fn column_drift(column: ColumnDrift) -> pb::ColumnDrift {
    pb::ColumnDrift {
        column: column.column,
        role: column.role.name().into(),
        values: column.values.iter().map(drift_value).collect(),
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

pub(super) fn performance(engine: &Engine, request: &pb::PerformanceRequest) -> Result<Question> {
    let gathering = engine.gather_performance(&selection(request.selection.as_ref())?, &request.by)?;
    Ok(question(gathering, |_, gathering| {
        let answer = gathering.performance();
        Ok(pb::PerformanceResponse {
            segments: answer.segments.into_iter().map(segment_performance).collect(),
            coverage: Some(coverage(answer.coverage)),
        })
    }))
}

fn segment_performance(segment: SegmentPerformance) -> pb::SegmentPerformance {
    let positive_class = segment.positive_class;
    pb::SegmentPerformance {
        segment: segment.segment.into_iter().collect(),
        predictions: segment.predictions,
        labels: segment.labels,
        coverage: segment.coverage.map(estimate),
        label_delay_p50_seconds: segment.delay.map(|(median, _)| median),
        label_delay_p99_seconds: segment.delay.map(|(_, p99)| p99),
        classification: segment.classification.map(|report| classification(report, positive_class)),
        regression: segment.regression.as_ref().map(regression),
    }
}

fn classification(report: ClassificationReport, positive_class: String) -> pb::ClassificationPerformance {
    pb::ClassificationPerformance {
        accuracy: report.accuracy.map(estimate),
        precision: report.precision.map(estimate),
        recall: report.recall.map(estimate),
        f1: report.f1.map(estimate),
        roc_auc: report.roc_auc.map(estimate),
        log_loss: report.log_loss.map(estimate),
        average: report.average.into(),
        positive_class,
        confusion: report
            .confusion
            .into_iter()
            .map(|(label, predicted, count)| pb::ConfusionCount { label, predicted, count })
            .collect(),
    }
}

fn regression(report: &RegressionReport) -> pb::RegressionPerformance {
    pb::RegressionPerformance {
        count: report.count,
        mae: report.mae.map(estimate),
        rmse: report.rmse.map(estimate),
        r2: report.r2.map(estimate),
        bias: report.bias.map(estimate),
    }
}

fn estimate(estimate: Estimate) -> pb::Estimate {
    pb::Estimate { value: estimate.value, low: estimate.low, high: estimate.high }
}
