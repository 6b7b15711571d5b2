//! Answers about model quality.

use driftline_engine::engine::Engine;
use driftline_engine::query::SegmentPerformance;
use driftline_stats::performance::{
    CalibrationBin, ClassFigures, ClassificationReport, Curves, Estimate, Figure, GainPoint, RankingFigure,
    RankingReport, RegressionReport, ThresholdPoint, WeightedFigure,
};

use super::answers::coverage;
use super::request::selection;
use super::{Question, question};
use crate::error::Result;
use crate::proto::driftline_v1 as pb;

pub(super) fn performance(engine: &Engine, request: &pb::PerformanceRequest) -> Result<Question> {
    let gathering = engine.gather_performance(&selection(request.selection.as_ref())?, &request.by)?;
    let with_curves = request.curves;
    Ok(question(gathering, move |_, gathering| {
        let answer = gathering.performance(with_curves);
        Ok(pb::PerformanceResponse {
            segments: answer.segments.into_iter().map(segment_performance).collect(),
            coverage: Some(coverage(answer.coverage)),
        })
    }))
}

fn segment_performance(segment: SegmentPerformance) -> pb::SegmentPerformance {
    let classification = segment.classification.map(|report| pb::ClassificationPerformance {
        positive_class: segment.positive_class,
        curves: segment.curves.as_ref().map(curves),
        ..classification(report)
    });
    pb::SegmentPerformance {
        segment: segment.segment.into_iter().collect(),
        predictions: segment.predictions,
        labels: segment.labels,
        coverage: segment.coverage.map(estimate),
        label_delay_p50_seconds: segment.delay.map(|(median, _)| median),
        label_delay_p99_seconds: segment.delay.map(|(_, p99)| p99),
        classification,
        regression: segment.regression.as_ref().map(regression),
        corrections: segment.corrections,
        newest_label_unix_nanos: segment.newest_label,
        ranking: segment.ranking.as_ref().map(ranking),
        weighted_records: segment.weighted_records,
        weighted: segment.weighted.iter().map(weighted).collect(),
    }
}

fn classification(report: ClassificationReport) -> pb::ClassificationPerformance {
    let named = |name| report.get(name).map(estimate);
    pb::ClassificationPerformance {
        accuracy: named("accuracy"),
        precision: named("precision"),
        recall: named("recall"),
        f1: named("f1"),
        roc_auc: named("roc_auc"),
        log_loss: named("log_loss"),
        average: report.average.into(),
        figures: figures(&report.figures),
        classes: report.classes.into_iter().map(class).collect(),
        confusion: report
            .confusion
            .into_iter()
            .map(|(label, predicted, count)| pb::ConfusionCount { label, predicted, count })
            .collect(),
        ..pb::ClassificationPerformance::default()
    }
}

fn class(of: ClassFigures) -> pb::ClassPerformance {
    pb::ClassPerformance {
        figures: figures(&of.figures),
        name: of.class,
        labelled: of.labelled,
        predicted: of.predicted,
    }
}

pub(super) fn figures(figures: &[Figure]) -> Vec<pb::Figure> {
    let message = |figure: &Figure| pb::Figure {
        name: figure.name.into(),
        estimate: Some(estimate(figure.estimate)),
        n: figure.rows,
    };
    figures.iter().map(message).collect()
}

fn weighted(figure: &WeightedFigure) -> pb::WeightedFigure {
    pb::WeightedFigure {
        name: figure.name.into(),
        estimate: Some(estimate(figure.estimate)),
        effective_n: figure.effective_rows,
    }
}

fn curves(curves: &Curves) -> pb::ScoreCurves {
    let bin = |bin: &CalibrationBin| pb::CalibrationBin {
        low: bin.low,
        high: bin.high,
        n: bin.rows,
        score: Some(estimate(bin.score)),
        positives: Some(estimate(bin.positives)),
    };
    let threshold = |point: &ThresholdPoint| pb::ThresholdPoint {
        threshold: point.threshold,
        rate: point.rate.map(estimate),
        precision: point.precision.map(estimate),
        recall: point.recall.map(estimate),
        f1: point.f1.map(estimate),
    };
    let gain = |point: &GainPoint| pb::GainPoint {
        depth: point.depth,
        gain: Some(estimate(point.gain)),
        lift: Some(estimate(point.lift)),
    };
    pb::ScoreCurves {
        calibration: curves.calibration.iter().map(bin).collect(),
        thresholds: curves.thresholds.iter().map(threshold).collect(),
        gain: curves.gain.iter().map(gain).collect(),
    }
}

fn regression(report: &RegressionReport) -> pb::RegressionPerformance {
    let named = |name| report.get(name).map(estimate);
    pb::RegressionPerformance {
        count: report.count,
        mae: named("mae"),
        rmse: named("rmse"),
        r2: named("r2"),
        bias: named("bias"),
        figures: figures(&report.figures),
    }
}

fn ranking(report: &RankingReport) -> pb::RankingPerformance {
    let figure = |figure: &RankingFigure| pb::RankingFigure {
        name: figure.name.into(),
        at: figure.at,
        estimate: Some(estimate(figure.estimate)),
        queries: figure.queries,
    };
    pb::RankingPerformance {
        queries: report.queries,
        judged_queries: report.judged,
        items: report.items,
        labelled_items: report.labelled,
        left_out_items: report.left_out,
        coverage: report.coverage.map(estimate),
        figures: report.figures.iter().map(figure).collect(),
    }
}

pub(super) fn estimate(estimate: Estimate) -> pb::Estimate {
    pb::Estimate { value: estimate.value, low: estimate.low, high: estimate.high }
}
