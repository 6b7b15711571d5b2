//! Answers about what there is and how values are distributed.

use driftline_engine::engine::Engine;
use driftline_engine::plan::Kind;
use driftline_engine::query::{
    ColumnSummary, Coverage, Distribution, Gathering, ItemCount, ModelInfo, QuantilesAnswer, Shape,
    VersionInfo, VersionStats,
};
use driftline_engine::slowest::SlowRecord;

use super::request::selection;
use super::{Question, question};
use crate::error::Result;
use crate::proto::driftline_v1 as pb;
use crate::snapshot;

pub(super) fn models(engine: &Engine, request: pb::ModelsRequest) -> Result<Question> {
    let mut models = engine.models()?;
    if request.outline {
        for version in models.iter_mut().flat_map(|model| &mut model.versions) {
            (version.columns, version.segments) = (Vec::new(), Vec::new());
        }
    }
    let response = pb::ModelsResponse { models: models.into_iter().map(model).collect() };
    Ok(question(Gathering::nothing(engine), |_, _| Ok(response)))
}

fn model(info: ModelInfo) -> pb::Model {
    pb::Model {
        name: info.name,
        versions: info.versions.into_iter().map(version).collect(),
        baselines: info.baselines,
    }
}

fn version(info: VersionInfo) -> pb::ModelVersion {
    pb::ModelVersion {
        version: info.name,
        coverage: Some(coverage(info.coverage)),
        columns: info
            .columns
            .into_iter()
            .map(|(name, role, kind)| pb::ColumnInfo {
                name,
                role: role.name().into(),
                kind: kind.map(Kind::name).unwrap_or_default().into(),
            })
            .collect(),
        segments: info
            .segments
            .into_iter()
            .map(|segment| pb::Segment { values: segment.into_iter().collect() })
            .collect(),
    }
}

pub(super) fn coverage(coverage: Coverage) -> pb::Coverage {
    pb::Coverage {
        start_unix_nanos: coverage.start,
        end_unix_nanos: coverage.end,
        windows: coverage.windows,
        records: coverage.records,
    }
}

pub(super) fn profile(engine: &Engine, request: &pb::ProfileRequest) -> Result<Question> {
    let selection = selection(request.selection.as_ref())?;
    let gathering = engine.gather_profile(&selection, &request.columns)?;
    Ok(question(gathering, move |engine, gathering| {
        let (rows, covered) = gathering.profile(engine, &selection)?;
        Ok(pb::ProfileResponse { rows: snapshot::to_ipc(&rows)?.into(), coverage: Some(coverage(covered)) })
    }))
}

pub(super) fn summary(engine: &Engine, request: &pb::SummaryRequest) -> Result<Question> {
    let gathering = engine.gather_columns(&selection(request.selection.as_ref())?, &request.columns)?;
    Ok(question(gathering, |_, gathering| {
        let (columns, covered) = gathering.summary();
        Ok(pb::SummaryResponse {
            columns: columns.into_iter().map(column_summary).collect(),
            coverage: Some(coverage(covered)),
        })
    }))
}

fn column_summary(line: ColumnSummary) -> pb::ColumnSummary {
    let (value, low, high) = line.distinct;
    let numbers = line.numbers;
    pb::ColumnSummary {
        name: line.name,
        role: line.role.name().into(),
        kind: line.kind.name().into(),
        count: line.count,
        nulls: line.nulls,
        nans: line.nans,
        infinities: line.infinities,
        distinct: Some(pb::Estimate { value, low, high }),
        mean: numbers.map(|numbers| numbers.mean),
        std_dev: numbers.and_then(|numbers| numbers.std_dev),
        skewness: numbers.and_then(|numbers| numbers.skewness),
        excess_kurtosis: numbers.and_then(|numbers| numbers.excess_kurtosis),
        min: numbers.map(|numbers| numbers.min),
        max: numbers.map(|numbers| numbers.max),
        p50: numbers.map(|numbers| numbers.p50),
        p99: numbers.map(|numbers| numbers.p99),
        top: line.top.into_iter().map(item_count).collect(),
    }
}

fn item_count(item: ItemCount) -> pb::ItemCount {
    pb::ItemCount { item: item.item, count: item.count, error: item.error }
}

pub(super) fn quantiles(engine: &Engine, request: pb::QuantilesRequest) -> Result<Question> {
    let columns = [request.column.clone()];
    let gathering = engine.gather_columns(&selection(request.selection.as_ref())?, &columns)?;
    Ok(question(gathering, move |_, gathering| {
        Ok(quantiles_response(&gathering.quantiles(&request.column, &request.q)?))
    }))
}

fn quantiles_response(answer: &QuantilesAnswer) -> pb::QuantilesResponse {
    pb::QuantilesResponse {
        quantiles: answer
            .quantiles
            .iter()
            .map(|quantile| pb::Quantile {
                q: quantile.q,
                value: quantile.value,
                low: quantile.low,
                high: quantile.high,
                kll: quantile.kll,
            })
            .collect(),
        kll_rank_error: answer.kll_rank_error,
        count: answer.count,
        coverage: Some(coverage(answer.coverage)),
    }
}

pub(super) fn distribution(engine: &Engine, request: pb::DistributionRequest) -> Result<Question> {
    let columns = [request.column.clone()];
    let gathering = engine.gather_columns(&selection(request.selection.as_ref())?, &columns)?;
    Ok(question(gathering, move |_, gathering| {
        Ok(distribution_response(gathering.distribution(&request.column, request.limit)))
    }))
}

fn distribution_response(answer: Distribution) -> pb::DistributionResponse {
    let mut response = pb::DistributionResponse {
        count: answer.count,
        nulls: answer.nulls,
        coverage: Some(coverage(answer.coverage)),
        ..pb::DistributionResponse::default()
    };
    match answer.shape {
        Shape::Nothing => {}
        Shape::Bins(bins) => {
            response.kind = Kind::Numeric.name().into();
            response.bins = bins
                .iter()
                .map(|bin| pb::Bin { lower: bin.lower, upper: bin.upper, count: bin.count })
                .collect();
        }
        Shape::Items(items) => {
            response.kind = Kind::Categorical.name().into();
            response.items = items.into_iter().map(item_count).collect();
        }
    }
    response
}

pub(super) fn stats(engine: &Engine, _: pb::StatsRequest, now: i64) -> Result<Question> {
    let counters = engine.counters();
    let (versions, sizes) = engine.stats()?;
    let response = pb::StatsResponse {
        batches_accepted: counters.batches_accepted,
        batches_duplicate: counters.batches_duplicate,
        batches_rejected: named(counters.batches_rejected),
        records: counters.records,
        bytes: counters.bytes,
        versions: versions.into_iter().map(|version| version_stats(version, now)).collect(),
        cells: sizes.cells,
        pending_predictions: sizes.pending_predictions,
        pending_labels: sizes.pending_labels,
        records_recovered: counters.recovered,
        sequence_gaps: counters.sequence_gaps,
    };
    Ok(question(Gathering::nothing(engine), |_, _| Ok(response)))
}

fn version_stats(stats: VersionStats, now: i64) -> pb::VersionStats {
    pb::VersionStats {
        model: stats.model,
        version: stats.version,
        records: stats.records,
        labels: named(stats.labels),
        late_labels: stats.late_labels,
        client_dropped_records: stats.client_dropped_records,
        late_records: stats.late_records,
        future_records: stats.future_records,
        missing_timestamps: stats.missing_timestamps,
        segment_overflow_records: stats.segment_overflow_records,
        seconds_since_last_record: stats.last_record_at.map(|at| now.saturating_sub(at).max(0) as f64 / 1e9),
        slowest: stats.slowest.into_iter().map(slow_record).collect(),
    }
}

fn slow_record(record: SlowRecord) -> pb::SlowRecordOfTrace {
    pb::SlowRecordOfTrace { trace_id: record.trace, seconds: record.seconds, unix_nanos: record.time }
}

fn named(counts: std::collections::BTreeMap<&'static str, u64>) -> std::collections::BTreeMap<String, u64> {
    counts.into_iter().map(|(name, count)| (name.to_owned(), count)).collect()
}
