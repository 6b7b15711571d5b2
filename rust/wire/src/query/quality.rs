//! Answers about model quality.

use driftline_engine::engine::Engine;
use driftline_engine::query::SegmentPerformance;
use driftline_stats::performance::{ClassificationReport, Estimate, RegressionReport};

use super::answers::coverage;
use super::request::selection;
use super::{Question, question};
use crate::error::Result;
use crate::proto::driftline_v1 as pb;

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

pub(super) fn estimate(estimate: Estimate) -> pb::Estimate {
    pb::Estimate { value: estimate.value, low: estimate.low, high: estimate.high }
}
