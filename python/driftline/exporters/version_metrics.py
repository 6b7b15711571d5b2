"""What is reported of one model version: its recent distribution, drift and quality."""

from collections import Counter

from driftline.exporters import names
from driftline.exporters.feature_samples import FeatureSamples, ranking
from driftline.exporters.judgement_metrics import Samples, add_judgements, evidence_of
from driftline.query.transport import Transport
from driftline.v1 import (
    control_pb2,
    objectives_pb2,
    performance_pb2,
    quality_pb2,
    query_pb2,
    selection_pb2,
    signals_pb2,
)

LATENCY_QUANTILES = (0.5, 0.9, 0.99)

LONGEST_BURN_WINDOW = 3 * 86_400 * 10**9
"""Of the alerts on error budgets, nanoseconds."""


def add_version_metrics(
    samples: Samples,
    transport: Transport,
    monitor: control_pb2.Monitor,
    version: query_pb2.ModelVersion,
    max_features: int,
) -> int:
    """
    Ask for the recent range of one version and add the answers.

    Parameters
    ----------
    samples
        Takes the samples.
    transport
        Carries the questions.
    monitor
        Configuration of the model: how far back ``recent`` goes, and its baseline.
    version
        The version as ``Models`` lists it.
    max_features
        Most columns to report.

    Returns
    -------
    int
        Number of columns left out.
    """
    selection = recent_range(monitor.model, version, monitor.recent_nanos)
    left_out = add_range_metrics(samples, transport, monitor, selection, max_features)
    if monitor.objectives:
        _add_objectives(samples, transport, monitor, version)
    return left_out


def add_range_metrics(
    samples: Samples,
    transport: Transport,
    monitor: control_pb2.Monitor,
    selection: selection_pb2.Selection,
    max_features: int,
) -> int:
    """
    Ask about a range of one version, and add what is told of a range alone; see :func:`add_version_metrics`.

    Parameters
    ----------
    selection
        Names the version and has both ends.
    """
    labels = (selection.model, selection.version)
    compares = bool(monitor.baseline) or monitor.HasField("compare_with")
    drifts = _drifts(transport, selection) if compares else []
    evidence = evidence_of(transport, selection) if compares else []
    request = query_pb2.SummaryRequest(selection=selection)
    summary = transport.call("QueryService", "Summary", request, query_pb2.SummaryResponse)
    quality = _quality(transport, selection) if compares else None
    ranked = ranking([column.name for column in summary.columns], evidence, drifts, quality)
    features = FeatureSamples(samples, labels, ranked, max_features)
    for column in summary.columns:
        _add_summary(features, column)
    for drift in drifts:
        _add_drift(features, drift)
    for each in evidence:
        features.gauge(names.FEATURE_EVIDENCE, each.log_e_value, each.column)
    if quality is not None:
        _add_quality(features, quality)
        samples.gauge(names.COLUMNS_CHANGED, len({change.column for change in quality.schema}), *labels)
    if evidence:
        samples.gauge(names.FEATURES_MOVED, sum(each.is_discovery for each in evidence), *labels)
    left_out = max(0, len(ranked) - max_features)
    features.add_rest()
    if left_out:
        samples.gauge(names.FEATURES_LEFT_OUT, left_out, *labels)
    samples.gauge(names.RECENT_RECORDS, summary.coverage.records, *labels)
    _add_latency(samples, transport, selection, summary)
    performance = _add_performance(samples, transport, selection)
    add_judgements(samples, transport, monitor, selection, summary, performance)
    if monitor.HasField("signals"):
        _add_signals(samples, transport, selection)
    return left_out


def recent_range(model: str, version: query_pb2.ModelVersion, length: int) -> selection_pb2.Selection:
    """The windows that start within a range of so many nanoseconds, which ends with the newest window."""
    end = version.coverage.end_unix_nanos
    return selection_pb2.Selection(
        model=model,
        version=version.version,
        start_unix_nanos=end - length,
        end_unix_nanos=end,
    )


def _drifts(transport: Transport, selection: selection_pb2.Selection) -> list[query_pb2.ColumnDrift]:
    request = query_pb2.DriftRequest(selection=selection)
    response = transport.call("QueryService", "Drift", request, query_pb2.DriftResponse)
    return list(response.columns)


def _quality(transport: Transport, selection: selection_pb2.Selection) -> quality_pb2.QualityResponse:
    """What the values are like beside those of what the monitor compares with."""
    request = quality_pb2.QualityRequest(selection=selection)
    return transport.call("QueryService", "Quality", request, quality_pb2.QualityResponse)


def _add_summary(features: FeatureSamples, column: query_pb2.ColumnSummary) -> None:
    values = column.count + column.nulls
    if values:
        features.gauge(names.FEATURE_NULLS, column.nulls / values, column.name)
    if column.kind == "numeric" and column.count:
        features.gauge(names.FEATURE_NANS, column.nans / column.count, column.name)
        features.gauge(names.FEATURE_INFINITIES, column.infinities / column.count, column.name)
    features.gauge(names.FEATURE_DISTINCT, column.distinct.value, column.name)
    for metric, field in ((names.FEATURE_MEAN, "mean"), (names.FEATURE_STD_DEV, "std_dev")):
        if column.HasField(field):
            features.gauge(metric, getattr(column, field), column.name)
    for field, quantile in (("p50", "0.5"), ("p99", "0.99")):
        if column.HasField(field):
            features.gauge(names.FEATURE_QUANTILE, getattr(column, field), column.name, quantile)


def _add_drift(features: FeatureSamples, drift: query_pb2.ColumnDrift) -> None:
    for value in drift.values:
        if value.metric in names.DRIFT:
            features.gauge(names.DRIFT[value.metric], value.value, drift.column)
        if value.metric == "psi":
            features.gauge(names.PSI_NOISE, value.noise_q95, drift.column)


def _add_quality(features: FeatureSamples, quality: quality_pb2.QualityResponse) -> None:
    for column in quality.columns:
        for finding in column.findings:
            if finding.check in names.QUALITY:
                features.gauge(names.QUALITY[finding.check], finding.current.value, column.column)


def _add_latency(
    samples: Samples,
    transport: Transport,
    selection: selection_pb2.Selection,
    summary: query_pb2.SummaryResponse,
) -> None:
    for column in summary.columns:
        if column.role == "latency" and column.count:
            request = query_pb2.QuantilesRequest(selection=selection, column=column.name, q=LATENCY_QUANTILES)
            answer = transport.call("QueryService", "Quantiles", request, query_pb2.QuantilesResponse)
            for each in answer.quantiles:
                samples.gauge(names.LATENCY, each.value, selection.model, selection.version, f"{each.q:g}")


def _add_performance(
    samples: Samples, transport: Transport, selection: selection_pb2.Selection
) -> performance_pb2.SegmentPerformance | None:
    """Give what was told of all records, too."""
    labels = (selection.model, selection.version)
    request = performance_pb2.PerformanceRequest(selection=selection)
    response = transport.call("QueryService", "Performance", request, performance_pb2.PerformanceResponse)
    for quality in response.segments[:1]:
        if quality.predictions:
            samples.gauge(names.LABEL_COVERAGE, quality.coverage.value, *labels)
        for field, quantile in (("label_delay_p50_seconds", "0.5"), ("label_delay_p99_seconds", "0.99")):
            if quality.HasField(field):
                samples.gauge(names.LABEL_DELAY, getattr(quality, field), *labels, quantile)
        for group, metrics in (("classification", names.CLASSIFICATION), ("regression", names.REGRESSION)):
            measured = getattr(quality, group)
            for field, metric in metrics.items():
                if quality.HasField(group) and measured.HasField(field):
                    samples.gauge(metric, getattr(measured, field).value, *labels)
        if quality.HasField("ranking"):
            samples.gauge(names.RANKED_QUERIES, quality.ranking.judged_queries, *labels)
            for figure in quality.ranking.figures:
                at = str(figure.at) if figure.HasField("at") else "all"
                samples.gauge(names.RANKING, figure.estimate.value, *labels, figure.name, at)
    return response.segments[0] if response.segments else None


def _add_objectives(
    samples: Samples,
    transport: Transport,
    monitor: control_pb2.Monitor,
    version: query_pb2.ModelVersion,
) -> None:
    """How fast the error budgets of the model's objectives burn."""
    labels = (monitor.model, version.version)
    # A whole period would be read from disk at every scrape.
    selection = recent_range(monitor.model, version, LONGEST_BURN_WINDOW)
    request = objectives_pb2.ObjectivesRequest(selection=selection)
    response = transport.call("QueryService", "Objectives", request, objectives_pb2.ObjectivesResponse)
    for standing in response.objectives:
        series = (*labels, standing.objective.name)
        samples.gauge(names.OBJECTIVE_TARGET, standing.objective.target, *series)
        if standing.HasField("good"):
            samples.gauge(names.OBJECTIVE_GOOD, standing.good.value, *series)
        for burn in standing.burn_rates:
            if burn.HasField("rate"):
                window = f"{burn.length_nanos / 1e9:g}"
                samples.gauge(names.OBJECTIVE_BURN_RATE, burn.rate.value, *series, window)
        for severity in dict.fromkeys(alert.severity for alert in standing.alerts):
            holds = any(alert.holds for alert in standing.alerts if alert.severity == severity)
            samples.gauge(names.OBJECTIVE_ALERT, holds, *series, severity)


def _add_signals(samples: Samples, transport: Transport, selection: selection_pb2.Selection) -> None:
    """How many principals each signal names."""
    request = signals_pb2.SignalsRequest(selection=selection, limit=0)
    response = transport.call("QueryService", "Signals", request, signals_pb2.SignalsResponse)
    named = Counter(each.signal for each in response.signals if each.is_discovery)
    for signal in names.SIGNALS:
        samples.gauge(names.PRINCIPALS_NAMED, named[signal], selection.model, selection.version, signal)
