"""Windows of real flights, spans and logs in a real OpenTelemetry Collector."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags
from tests.exporters.pages import exporter_of_page
from tests.integrations import flights, receiver
from tests.integrations.conftest import RunProgram
from tests.integrations.flights import Flights
from tests.integrations.receiver import Point, Receiver

import driftline
from driftline.demo.main_job import MODEL, VERSION
from driftline.exporters.coarser_buckets import at_most
from driftline.exporters.histograms import Buckets, histograms_of
from driftline.exporters.window_exporter import ClosedWindow
from driftline.query import Monitor
from driftline.query.results import WindowInfo

DAYS = 20
DAY_NANOS = 86_400 * 10**9
MAX_GROWTH_BYTES = 200 * 1024 * 1024
PAGE = "opentelemetry.md"


@pytest.fixture(scope="module")
def served() -> Flights:
    return flights.load(DAYS)


@pytest.fixture
def otelcol(
    programs: Path, run_program: RunProgram, free_port: Callable[[], int], tmp_path: Path
) -> Receiver:
    return receiver.start(programs, run_program, free_port, tmp_path)


@pytest.fixture
def start(tmp_path: Path, served: Flights) -> Iterator[Any]:
    running: list[Any] = []

    def start_collector(exporter: dict[str, Any], **settings: Any) -> Any:
        running.append(flights.start(tmp_path, served, exporter, **settings))
        return running[-1]

    yield start_collector
    for collector in running:
        assert collector.stop() == 0


@pytest.mark.timeout(600)
@pytest.mark.parametrize("protocol", ["grpc", "http/protobuf"])
def test_points_are_what_the_api_says(start: Any, otelcol: Receiver, served: Flights, protocol: str) -> None:
    address = otelcol.grpc if protocol == "grpc" else otelcol.http
    exporter = exporter_of_page(PAGE, endpoint=f"http://{address}", protocol=protocol)
    collector = start(exporter)
    flights.send(collector, served.of_days(0, 5))
    with driftline.connect(collector.grpc_address) as monitor:
        flights.wait_until_told(collector)
        points = otelcol.points()
        asked = list(flights.windows(monitor))
        assert len(asked) == 5
        for window, options in asked:
            check_figures(points, window, monitor, options)
            check_histograms(points, window, monitor)
    resource = receiver.attributes(
        otelcol.lines("metrics")[0]["resourceMetrics"][0]["resource"]["attributes"]
    )
    assert resource["service.name"] == "driftline"
    assert resource["deployment.environment.name"] == "production"
    assert resource["driftline.writer_id"]
    figures = flights.exported(collector)
    assert figures["windows_total_dropped"] == figures["rejected_points_total"] == 0


def last(points: list[Point], name: str, window: WindowInfo, **labels: str) -> Point:
    """What a receiver that keeps the last one keeps."""
    span = (window.start_unix_nanos, window.end_unix_nanos)
    found = [
        each
        for each in points
        if each.name == name and each.range == span and each.labels.items() >= labels.items()
    ]
    assert found, (name, labels)
    return found[-1]


def check_figures(points: list[Point], window: WindowInfo, monitor: Monitor, options: Any) -> None:
    for column in monitor.summary(model=MODEL, **options):
        feature = {"feature": column.column}
        distinct = last(points, "driftline.feature.distinct_values", window, **feature)
        assert distinct.value["asDouble"] == column.distinct.value
        if column.mean is not None:
            mean = last(points, "driftline.feature.mean", window, **feature)
            assert mean.value["asDouble"] == column.mean
            p99 = last(points, "driftline.feature.quantile", window, quantile="0.99", **feature)
            assert p99.value["asDouble"] == column.p99
    for drift in monitor.drift(model=MODEL, **options):
        psi = last(points, "driftline.feature.psi", window, feature=drift.column)
        assert psi.value["asDouble"] == drift["psi"].value
        assert psi.labels == {"model": MODEL, "version": VERSION, "feature": drift.column}
    classification = monitor.performance(model=MODEL, **options)[0].classification
    assert classification is not None
    assert classification.roc_auc is not None
    roc_auc = last(points, "driftline.roc_auc", window)
    assert roc_auc.value["asDouble"] == classification.roc_auc.value
    assert roc_auc.unit == "1"


def check_histograms(points: list[Point], window: WindowInfo, monitor: Monitor) -> None:
    """Each once: those of the label's column came with labels, which came later."""
    closed = ClosedWindow(MODEL, window.version, window.start_unix_nanos, window.end_unix_nanos, 0, 0, 0)
    kept = [at_most(each, 160) for each in histograms_of(monitor, closed) if each.role != "label"]
    told = [
        each
        for each in points
        if each.kind == "exponentialHistogram"
        and each.range == (window.start_unix_nanos, window.end_unix_nanos)
        and each.labels["role"] != "label"
    ]
    assert {each.temporality for each in told} == {1}
    assert sorted(each.labels["feature"] for each in told) == sorted(each.column for each in kept)
    by_column = {each.labels["feature"]: each.value for each in told}
    for histogram in kept:
        value = by_column[histogram.column]
        assert int(value["count"]) == histogram.count
        assert int(value.get("scale", 0)) == histogram.scale
        assert int(value.get("zeroCount", 0)) == histogram.zero_count
        check_buckets(value.get("positive", {}), histogram.positive)
        check_buckets(value.get("negative", {}), histogram.negative)
        assert (value.get("min", 0.0), value.get("max", 0.0)) == (histogram.min, histogram.max)


def check_buckets(told: dict[str, Any], kept: Buckets) -> None:
    assert list(map(int, told.get("bucketCounts", []))) == kept.counts.tolist()
    assert int(told.get("offset", 0)) == kept.offset or not kept.counts.size


@pytest.mark.timeout(600)
def test_a_dead_receiver_holds_nothing_up_and_gets_all_in_the_end(
    start: Any, otelcol: Receiver, served: Flights
) -> None:
    exporter = exporter_of_page(PAGE, endpoint=f"http://{otelcol.grpc}")
    collector = start(exporter)
    alive = flights.send(collector, served.of_days(0, 6))
    with driftline.connect(collector.grpc_address) as monitor:
        flights.wait_until_told(collector)
        otelcol.program.stop(kill=True)
        before = flights.resident_bytes(collector)
        dead = flights.send(collector, served.of_days(6, 20)) * 6 / 14
        flights.wait_for(lambda: flights.exported(collector)["failures_total"] > 0, "a failure")
        flights.wait_for(lambda: flights.exported(collector)["backlog_windows"] >= 12, "a backlog")
        assert flights.resident_bytes(collector) - before < MAX_GROWTH_BYTES
        assert dead < 4 * alive + 2.0
        otelcol.program.start()
        otelcol.wait_until_it_listens()
        flights.wait_until_told(collector)
        points = otelcol.points()
        asked = list(flights.windows(monitor))
        assert len(asked) == 20
        for window, options in asked:
            check_figures(points, window, monitor, options)
    latency = [each.range for each in points if each.name == "driftline.latency.values"]
    assert len(latency) == len(set(latency)) == 20, "each histogram once"
    assert flights.exported(collector)["windows_total_dropped"] == 0


@pytest.mark.timeout(600)
def test_spans_join_the_trace_of_the_program_and_logs_come(
    start: Any, otelcol: Receiver, served: Flights
) -> None:
    connection = {"endpoint": f"http://{otelcol.grpc}"}
    lines = {"type": "json_lines", "path": str(otelcol.folder / "x.jsonl")}
    collector = start(lines, tracing=dict(connection), log_export=dict(connection))
    parent = SpanContext(0xABCD, 0xEF, is_remote=False, trace_flags=TraceFlags(1))
    with trace.use_span(NonRecordingSpan(parent)):
        flights.send(collector, served.of_days(0, 2))
        with driftline.connect(collector.grpc_address) as monitor:
            monitor.drift(model=MODEL)
            records = monitor.summary(model=MODEL).coverage.records
    flights.wait_for(lambda: {"driftline.v1.QueryService/Summary"} <= {s["name"] for s in otelcol.spans()})
    spans = [span for span in otelcol.spans() if span["traceId"] == f"{0xABCD:032x}"]
    by_name = {span["name"]: span for span in spans}
    drift = by_name["driftline.v1.QueryService/Drift"]
    assert drift["parentSpanId"] == f"{0xEF:016x}"
    assert by_name["driftline.query/Drift"]["parentSpanId"] == drift["spanId"]
    batches = [span for span in spans if span["name"] == "driftline.ingest/Batch"]
    assert {span["parentSpanId"] for span in batches} == {f"{0xEF:016x}"}
    names = {link["spanId"] for span in batches for link in span["links"]}
    flights.wait_for(lambda: names <= {span["spanId"] for span in otelcol.spans()}, "a stream's span")
    streams = [span for span in otelcol.spans() if span["spanId"] in names]
    flights.wait_for(lambda: bool(otelcol.logs()), "a log record")
    logs = {record["body"]["stringValue"]: record for record in otelcol.logs()}
    started = receiver.attributes(logs["collector started"]["attributes"])
    assert started["grpc"] == collector.grpc_address
    # Predictions, and their labels a day later.
    counted = sum(int(receiver.attributes(span["attributes"])["driftline.records"]) for span in streams)
    assert counted >= records > 0


@pytest.mark.timeout(600)
def test_dogstatsd_is_read_by_an_independent_parser(start: Any, otelcol: Receiver, served: Flights) -> None:
    """It reads timestamps, and puts its own time in their place: one window, so that values tell all."""
    exporter = exporter_of_page("datadog.md", address=otelcol.statsd)
    collector = start(exporter)
    flights.send(collector, served.of_days(0, 1))
    with driftline.connect(collector.grpc_address) as monitor:
        flights.wait_until_told(collector)
        ((_, options),) = flights.windows(monitor)
        flights.wait_for(lambda: bool(otelcol.points()), "a gauge")
        threading.Event().wait(3.0)  # the receiver tells what it has once a second
        points = otelcol.points()
        assert {each.kind for each in points} == {"gauge", "sum"}
        for column in monitor.summary(model=MODEL, **options):
            if column.mean is None:
                continue
            labels = {"model": MODEL, "version": VERSION, "env": "production", "feature": column.column}
            means = [each for each in points if each.name == "driftline.feature.mean"]
            own = [each for each in means if each.labels == labels]
            assert own[-1].value["asDouble"] == column.mean
        for drift in monitor.drift(model=MODEL, **options):
            psis = [
                each
                for each in points
                if each.name == "driftline.feature.psi" and each.labels["feature"] == drift.column
            ]
            assert psis[-1].value["asDouble"] == drift["psi"].value
        counts = [int(each.value["asInt"]) for each in points if each.name == "driftline.records"]
        assert sum(counts) > 0
