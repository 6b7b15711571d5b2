//! Answers with numbers a period.

use driftline_engine::engine::Engine;
use driftline_engine::query::{ColumnSeries, Point, SeriesAnswer, SeriesQuestion, Statistic};
use driftline_stats::series::Judgement;

use super::answers::coverage;
use super::request::selection;
use super::{Question, question};
use crate::error::Result;
use crate::proto::driftline_v1 as pb;

pub(super) fn series(engine: &Engine, request: pb::SeriesRequest, now: i64) -> Result<Question> {
    let statistics = request.statistics.iter().map(|name| name.parse::<Statistic>());
    let asked = SeriesQuestion {
        selection: selection(request.selection.as_ref())?,
        statistics: statistics.collect::<std::result::Result<_, _>>()?,
        columns: request.columns,
        every: request.every_nanos,
        offset: request.offset_nanos,
        season: request.season as usize,
        error: request.error,
        now,
    };
    let gathering = engine.gather_series(&asked)?;
    Ok(question(gathering, move |_, gathering| Ok(response(gathering.series(&asked)?))))
}

fn response(answer: SeriesAnswer) -> pb::SeriesResponse {
    pb::SeriesResponse {
        series: answer.series.into_iter().map(column_series).collect(),
        every_nanos: answer.every,
        error: answer.error,
        needed: answer.needed as u32,
        windows_left_out: answer.windows_left_out,
        coverage: Some(coverage(answer.coverage)),
    }
}

fn column_series(series: ColumnSeries) -> pb::ColumnSeries {
    pb::ColumnSeries {
        anomalies: series.anomalies().count() as u32,
        column: series.column,
        role: series.role.map_or("", |role| role.name()).into(),
        statistic: series.statistic.to_string(),
        season: series.season as u32,
        points: series.points.iter().map(point).collect(),
        next: series.next.as_ref().map(expected),
    }
}

fn point(point: &Point) -> pb::SeriesPoint {
    pb::SeriesPoint {
        start_unix_nanos: point.start,
        records: point.records,
        value: point.observation.map(|each| pb::Estimate {
            value: each.value,
            low: each.low,
            high: each.high,
        }),
        is_whole: point.is_whole,
        expected: point.judgement.as_ref().map(expected),
        is_anomaly: point.is_anomaly(),
    }
}

fn expected(judgement: &Judgement) -> pb::Expected {
    let expectation = judgement.expectation;
    pb::Expected {
        value: expectation.expected,
        low: judgement.low,
        high: judgement.high,
        level: expectation.level,
        trend: expectation.trend,
        season: expectation.season,
        scale: expectation.scale,
        score: expectation.score,
    }
}
