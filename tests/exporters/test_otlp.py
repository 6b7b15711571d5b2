"""What a receiver of OTLP gets is what the Python API says."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
import numpy as np
import pyarrow as pa
import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsPartialSuccess,
    ExportMetricsServiceResponse,
)
from tests.exporters.otlp_sink import OtlpSink, gone_sink, grpc_sink, http_sink
from tests.exporters.window_scene import MINUTE, MODEL, START, records, send, window
from tests.waiting import is_soon

import driftline
from driftline.collector import Collector
from driftline.config import load_config

if TYPE_CHECKING:
    from tests.conftest import StartCollector

DAY = START - START % (86_400 * 10**9)


@pytest.fixture(params=[grpc_sink, http_sink])
def sink(request: pytest.FixtureRequest) -> Iterator[OtlpSink]:
    with request.param() as opened:
        yield opened


@pytest.fixture
def start(start_collector: "StartCollector", tmp_path: Path) -> Callable[..., Collector]:
    def begin(sink: OtlpSink, **settings: Any) -> Collector:
        exporter = {"type": "otlp", "endpoint": sink.endpoint, "protocol": sink.protocol, "grace": "1s"}
        return start_collector(
            data_dir=tmp_path / "data",
            compaction_interval_seconds=86_400,
            monitors=[MODEL],
            exporters={"out": exporter | settings},
        )

    return begin


@dataclass
class Told:
    """One data point, and of which metric."""

    name: str
    unit: str
    labels: dict[str, str]
    point: Any

    @property
    def minute(self) -> int:
        return int((self.point.time_unix_nano - START) // MINUTE) - 1


def told(sink: OtlpSink) -> list[Told]:
    """All points, in the order in which they came."""
    found = []
    for request in list(sink.requests["metrics"]):
        for metric in request.resource_metrics[0].scope_metrics[0].metrics:
            for point in getattr(metric, metric.WhichOneof("data")).data_points:
                labels = {each.key: each.value.string_value for each in point.attributes}
                found.append(Told(metric.name, metric.unit, labels, point))
    return found


def wait_for(sink: OtlpSink, is_there: Callable[[list[Told]], bool]) -> list[Told]:
    deadline = time.monotonic() + 60.0
    while not is_there(found := told(sink)):
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
    return found


def minutes_of(points: list[Told], name: str, **labels: str) -> list[int]:
    return [each.minute for each in points if each.name == name and each.labels.items() >= labels.items()]


def all_minutes(points: list[Told]) -> bool:
    return set(minutes_of(points, "driftline.feature.mean", feature="x")) >= {0, 1, 2}


def one(points: list[Told], name: str, minute: int, **labels: str) -> Told:
    (found,) = (
        each
        for each in points
        if each.name == name and each.minute == minute and each.labels.items() >= labels.items()
    )
    return found


def test_figures_are_those_of_the_api(sink: OtlpSink, start: Callable[..., Collector]) -> None:
    collector = start(sink)
    send(collector.grpc_address, records())
    points = wait_for(sink, all_minutes)
    with driftline.connect(str(collector.grpc_address)) as monitor:
        for minute in range(3):
            summary = monitor.summary(**window(minute))
            mean = one(points, "driftline.feature.mean", minute, feature="x")
            assert mean.point.as_double == summary["x"].mean
            assert mean.labels == {"model": "m", "version": "1", "feature": "x"}
            assert mean.point.start_time_unix_nano == START + minute * MINUTE
            p99 = one(points, "driftline.feature.quantile", minute, feature="x", quantile="0.99")
            assert p99.point.as_double == summary["x"].p99
            latency = one(points, "driftline.latency", minute, quantile="0.9")
            assert latency.unit == "s"
            assert latency.point.as_double == monitor.quantiles("latency", 0.9, **window(minute))[0].value
            classification = monitor.performance(**window(minute))[0].classification
            assert classification is not None
            assert classification.accuracy is not None
            accuracy = one(points, "driftline.accuracy", minute)
            assert accuracy.point.as_double == classification.accuracy.value
            assert accuracy.unit == "1"
    (resource,) = {
        tuple((each.key, each.value.string_value) for each in request.resource_metrics[0].resource.attributes)
        for request in sink.requests["metrics"]
    }
    assert dict(resource)["service.name"] == "driftline"
    assert dict(resource)["driftline.writer_id"]


def test_histograms_hold_the_very_records(sink: OtlpSink, start: Callable[..., Collector]) -> None:
    collector = start(sink)
    table = records()
    send(collector.grpc_address, table)
    points = wait_for(sink, all_minutes)
    minutes = (table["timestamp"].cast(pa.int64()).to_numpy() - START) // MINUTE
    for minute in range(3):
        latency = table["latency"].to_numpy()[minutes == minute]
        check_histogram(one(points, "driftline.latency.values", minute).point, latency)
        x = table["x"].to_numpy()[minutes == minute]
        point = one(points, "driftline.feature.values", minute, feature="x", role="feature").point
        check_histogram(point, x)
        assert not point.HasField("sum"), "values below zero"
        assert point.start_time_unix_nano == START + minute * MINUTE


def check_histogram(point: Any, values: Any) -> None:
    """Held against the records themselves, by the definition of OpenTelemetry."""
    assert point.count == len(values)
    assert (point.min, point.max) == (values.min(), values.max())
    for buckets, sign in ((point.positive, 1.0), (point.negative, -1.0)):
        size = np.sort(sign * values[sign * values > 0.0])
        edges = np.exp2((buckets.offset + np.arange(len(buckets.bucket_counts) + 1)) * 2.0**-point.scale)
        # Bucket i holds (edge i, edge i + 1].
        expected = np.diff(np.searchsorted(size, edges, side="right"))
        assert list(buckets.bucket_counts) == expected.tolist()
    if point.HasField("sum"):
        assert point.sum == pytest.approx(values.sum(), rel=1e-12)


def test_cumulative_histograms_hold_the_day_so_far(sink: OtlpSink, start: Callable[..., Collector]) -> None:
    collector = start(sink, temporality="cumulative")
    table = records()
    send(collector.grpc_address, table)
    points = wait_for(sink, all_minutes)
    minutes = (table["timestamp"].cast(pa.int64()).to_numpy() - START) // MINUTE
    for minute in range(3):
        point = one(points, "driftline.latency.values", minute).point
        assert point.start_time_unix_nano == DAY
        check_histogram(point, table["latency"].to_numpy()[minutes <= minute])


def test_what_comes_late_updates_figures_and_leaves_histograms_out(
    sink: OtlpSink, start: Callable[..., Collector]
) -> None:
    collector = start(sink)
    send(collector.grpc_address, records())
    wait_for(sink, all_minutes)
    send(collector.grpc_address, records(rows=100, seed=4))
    points = wait_for(
        sink, lambda points: len(minutes_of(points, "driftline.feature.mean", feature="x")) >= 6
    )
    assert sorted(minutes_of(points, "driftline.latency.values")) == [0, 1, 2]
    last = [each for each in points if each.name == "driftline.feature.mean" and each.minute == 1]
    with driftline.connect(str(collector.grpc_address)) as monitor:
        means = {row.column: row.mean for row in monitor.summary(**window(1))}
    assert {each.labels["feature"]: each.point.as_double for each in last}["x"] == means["x"]
    wait_for_metric(collector, "driftline_export_left_out_windows_total", 3)


def wait_for_metric(collector: Collector, name: str, value: float) -> None:
    deadline = time.monotonic() + 20.0
    while (found := collector._registry.get_sample_value(name, {"exporter": "out"})) != value:
        assert time.monotonic() < deadline, (name, found)
        time.sleep(0.05)


def test_what_was_taken_is_not_sent_again(
    sink: OtlpSink, start: Callable[..., Collector], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("driftline.exporters.otlp.exporter.MAX_REQUEST_BYTES", 100)
    busy = grpc.StatusCode.UNAVAILABLE if sink.protocol == "grpc" else 503
    sink.refusals += [None, busy, busy]
    collector = start(sink)
    send(collector.grpc_address, records())
    points = wait_for(sink, all_minutes)
    assert sorted(minutes_of(points, "driftline.latency.values")) == [0, 1, 2]
    assert not sink.refusals
    wait_for_metric(collector, "driftline_export_failures_total", 2)
    wait_for_metric(collector, "driftline_export_backlog_windows", 0)


def test_what_is_refused_is_counted(sink: OtlpSink, start: Callable[..., Collector]) -> None:
    partial = ExportMetricsPartialSuccess(rejected_data_points=7, error_message="too old")
    sink.partial["metrics"] = ExportMetricsServiceResponse(partial_success=partial)
    collector = start(sink)
    send(collector.grpc_address, records())
    wait_for(sink, all_minutes)
    wait_for_metric(collector, "driftline_export_rejected_points_total", 7 * len(sink.requests["metrics"]))
    sink.refusals += [grpc.StatusCode.INVALID_ARGUMENT if sink.protocol == "grpc" else 400]
    send(collector.grpc_address, records(rows=3, first=START + 10 * MINUTE))
    deadline = time.monotonic() + 20.0
    labels = {"exporter": "out", "outcome": "dropped"}
    while not collector._registry.get_sample_value("driftline_export_windows_total", labels):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_headers_are_sent_and_never_shown(
    sink: OtlpSink, start: Callable[..., Collector], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text("fr0m-a-file\n")
    monkeypatch.setenv("KEY_OF_TEST", "fr0m-a-variable")
    files = {"X-Other": tmp_path / "key"}
    collector = start(sink, headers={"Api-Key": "env:KEY_OF_TEST", "X-Plain": "pl4in"}, header_files=files)
    send(collector.grpc_address, records(rows=3))
    wait_for(sink, bool)
    assert sink.headers[0]["api-key"] == "fr0m-a-variable"
    assert sink.headers[0]["x-plain"] == "pl4in"
    assert sink.headers[0]["x-other"] == "fr0m-a-file"
    assert "pl4in" not in repr(collector._config)


def test_nothing_listens(start: Callable[..., Collector]) -> None:
    with gone_sink() as sink:
        collector = start(sink)
        send(collector.grpc_address, records())
        failures = ("driftline_export_failures_total", {"exporter": "out"})
        assert is_soon(lambda: bool(collector._registry.get_sample_value(*failures)))
        wait_for_metric(collector, "driftline_export_backlog_windows", 3)


def test_the_configuration_of_the_page_works(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (root / "docs/integrations/opentelemetry.md").read_text("utf-8")
    monkeypatch.chdir(tmp_path)
    with grpc_sink() as sink:
        text = page.split("```yaml\n")[1].split("```")[0].replace("localhost:4317", sink.address)
        Path("driftline.yaml").write_text(text.replace("grace: 30s", "grace: 1s"))
        doors = dict.fromkeys(("grpc_address", "http_address", "flight_address"), "127.0.0.1:0")
        config = load_config("driftline.yaml", {}).model_copy(update=doors)
        with Collector(config) as collector:
            send(collector.grpc_address, records(rows=3))
            wait_for(sink, bool)
    assert sink.headers[0]["x-team"] == "platform"
    ((name, value),) = [
        (each.key, each.value.string_value)
        for each in sink.requests["metrics"][0].resource_metrics[0].resource.attributes
        if each.key.startswith("deployment")
    ]
    assert (name, value) == ("deployment.environment.name", "production")
