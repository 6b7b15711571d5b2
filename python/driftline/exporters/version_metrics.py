"""What is reported of one model version: its recent distribution, drift and quality."""

from collections import Counter
from collections.abc import Collection
from typing import Protocol

from driftline.exporters import names
from driftline.exporters.families import Families
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


class Questions(Protocol):
    """Answers the calls of ``QueryService``: an engine, or what asks it and the disk."""

    def query(self, method: str, request: bytes, now: int) -> bytes:
        """Answer a call by its name, with the serialised response."""
        ...


def add_version_metrics(
    families: Families,
    engine: Questions,
    monitor: control_pb2.Monitor,
    version: query_pb2.ModelVersion,
    max_features: int,
    now: int,
) -> int:
    """
    Ask for the recent range of one version and add the answers.

    Parameters
    ----------
    families
        Takes the samples.
    engine
        Is asked.
    monitor
        Configuration of the model: how far back ``recent`` goes, and its baseline.
    version
        The version as ``Models`` lists it.
    max_features
        Most columns to report.
    now
        Nanoseconds since 1970.

    Returns
    -------
    int
        Number of columns left out.
    """
    selection = _recent(monitor.model, version, monitor.recent_nanos)
    labels = (monitor.model, version.version)
    compares = bool(monitor.baseline) or monitor.HasField("compare_with")
    drifts = _drifts(engine, selection, now) if compares else []
    request = query_pb2.SummaryRequest(selection=selection).SerializeToString()
    summary = query_pb2.SummaryResponse.FromString(engine.query("Summary", request, now))
    columns = {column.name: column for column in summary.columns}
    order = dict.fromkeys([drift.column for drift in drifts if drift.column in columns]) | dict.fromkeys(
        columns
    )
    reported = dict.fromkeys(list(order)[:max_features])
    for name in reported:
        _add_summary(families, columns[name], labels)
    for drift in drifts:
        if drift.column in reported:
            _add_drift(families, drift, labels)
    families.gauge(names.RECENT_RECORDS, summary.coverage.records, *labels)
    families.gauge(names.EVENT_AGE, max(0, now - version.coverage.end_unix_nanos) / 1e9, *labels)
    if compares:
        _add_quality(families, engine, selection, reported, now)
    _add_latency(families, engine, selection, summary, now)
    _add_performance(families, engine, selection, now)
    if monitor.HasField("signals"):
        _add_signals(families, engine, selection, now)
    if monitor.objectives:
        _add_objectives(families, engine, monitor, version, now)
    return len(order) - len(reported)


def _recent(model: str, version: query_pb2.ModelVersion, length: int) -> selection_pb2.Selection:
    """The windows that start within a range of so many nanoseconds, which ends with the newest window."""
    end = version.coverage.end_unix_nanos
    return selection_pb2.Selection(
        model=model,
        version=version.version,
        start_unix_nanos=end - length,
        end_unix_nanos=end,
    )


def _drifts(engine: Questions, selection: selection_pb2.Selection, now: int) -> list[query_pb2.ColumnDrift]:
    request = query_pb2.DriftRequest(selection=selection).SerializeToString()
    response = query_pb2.DriftResponse.FromString(engine.query("Drift", request, now))
    return list(response.columns)


def _add_summary(families: Families, column: query_pb2.ColumnSummary, labels: tuple[str, str]) -> None:
    series = (*labels, column.name)
    values = column.count + column.nulls
    if values:
        families.gauge(names.FEATURE_NULLS, column.nulls / values, *series)
    if column.kind == "numeric" and column.count:
        families.gauge(names.FEATURE_NANS, column.nans / column.count, *series)
        families.gauge(names.FEATURE_INFINITIES, column.infinities / column.count, *series)
    families.gauge(names.FEATURE_DISTINCT, column.distinct.value, *series)
    for metric, field in ((names.FEATURE_MEAN, "mean"), (names.FEATURE_STD_DEV, "std_dev")):
        if column.HasField(field):
            families.gauge(metric, getattr(column, field), *series)
    for field, quantile in (("p50", "0.5"), ("p99", "0.99")):
        if column.HasField(field):
            families.gauge(names.FEATURE_QUANTILE, getattr(column, field), *series, quantile)


def _add_drift(families: Families, drift: query_pb2.ColumnDrift, labels: tuple[str, str]) -> None:
    series = (*labels, drift.column)
    for value in drift.values:
        if value.metric in names.DRIFT:
            families.gauge(names.DRIFT[value.metric], value.value, *series)
        if value.metric == "psi":
            families.gauge(names.PSI_NOISE, value.noise_q95, *series)


def _add_quality(
    families: Families,
    engine: Questions,
    selection: selection_pb2.Selection,
    reported: Collection[str],
    now: int,
) -> None:
    """What the values are like beside those of what the monitor compares with."""
    labels = (selection.model, selection.version)
    request = quality_pb2.QualityRequest(selection=selection).SerializeToString()
    quality = quality_pb2.QualityResponse.FromString(engine.query("Quality", request, now))
    for column in quality.columns:
        for finding in column.findings if column.column in reported else ():
            if finding.check in names.QUALITY:
                families.gauge(names.QUALITY[finding.check], finding.current.value, *labels, column.column)
    changed = {change.column for change in quality.schema}
    families.gauge(names.COLUMNS_CHANGED, len(changed), *labels)


def _add_latency(
    families: Families,
    engine: Questions,
    selection: selection_pb2.Selection,
    summary: query_pb2.SummaryResponse,
    now: int,
) -> None:
    for column in summary.columns:
        if column.role == "latency" and column.count:
            request = query_pb2.QuantilesRequest(selection=selection, column=column.name, q=LATENCY_QUANTILES)
            answer = engine.query("Quantiles", request.SerializeToString(), now)
            for each in query_pb2.QuantilesResponse.FromString(answer).quantiles:
                families.gauge(names.LATENCY, each.value, selection.model, selection.version, f"{each.q:g}")


def _add_performance(
    families: Families, engine: Questions, selection: selection_pb2.Selection, now: int
) -> None:
    labels = (selection.model, selection.version)
    request = performance_pb2.PerformanceRequest(selection=selection).SerializeToString()
    response = performance_pb2.PerformanceResponse.FromString(engine.query("Performance", request, now))
    for quality in response.segments[:1]:
        if quality.predictions:
            families.gauge(names.LABEL_COVERAGE, quality.coverage.value, *labels)
        for field, quantile in (("label_delay_p50_seconds", "0.5"), ("label_delay_p99_seconds", "0.99")):
            if quality.HasField(field):
                families.gauge(names.LABEL_DELAY, getattr(quality, field), *labels, quantile)
        for group, metrics in (("classification", names.CLASSIFICATION), ("regression", names.REGRESSION)):
            measured = getattr(quality, group)
            for field, metric in metrics.items():
                if quality.HasField(group) and measured.HasField(field):
                    families.gauge(metric, getattr(measured, field).value, *labels)


def _add_objectives(
    families: Families,
    engine: Questions,
    monitor: control_pb2.Monitor,
    version: query_pb2.ModelVersion,
    now: int,
) -> None:
    """How fast the error budgets of the model's objectives burn."""
    labels = (monitor.model, version.version)
    # A whole period would be read from disk at every scrape.
    selection = _recent(monitor.model, version, LONGEST_BURN_WINDOW)
    request = objectives_pb2.ObjectivesRequest(selection=selection).SerializeToString()
    response = objectives_pb2.ObjectivesResponse.FromString(engine.query("Objectives", request, now))
    for standing in response.objectives:
        series = (*labels, standing.objective.name)
        for burn in standing.burn_rates:
            if burn.HasField("rate"):
                window = f"{burn.length_nanos / 1e9:g}"
                families.gauge(names.OBJECTIVE_BURN_RATE, burn.rate.value, *series, window)
        for severity in dict.fromkeys(alert.severity for alert in standing.alerts):
            holds = any(alert.holds for alert in standing.alerts if alert.severity == severity)
            families.gauge(names.OBJECTIVE_ALERT, holds, *series, severity)


def _add_signals(families: Families, engine: Questions, selection: selection_pb2.Selection, now: int) -> None:
    """How many principals each signal names."""
    request = signals_pb2.SignalsRequest(selection=selection, limit=0).SerializeToString()
    response = signals_pb2.SignalsResponse.FromString(engine.query("Signals", request, now))
    named = Counter(each.signal for each in response.signals if each.is_discovery)
    for signal in names.SIGNALS:
        families.gauge(names.PRINCIPALS_NAMED, named[signal], selection.model, selection.version, signal)
