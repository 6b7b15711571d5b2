"""Samples and native histograms reach an endpoint of remote write, and what it refuses keeps nothing else back."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from tests.exporters.pages import exporter_of_page
from tests.exporters.windows import (
    MODEL,
    VERSION,
    engine_with,
    monitor_of,
    range_of,
    records,
    send,
    windows_of,
)
from tests.exporters.write_receiver import Labels, WriteReceiver, write_receiver

from driftline.config.exporters import PrometheusRemoteWriteConfig
from driftline.delivery import DestinationRefusedError, DestinationUnavailableError
from driftline.errors import ConfigurationError
from driftline.exporters import names, remote_write
from driftline.exporters.histograms import histograms_of
from driftline.exporters.messages import remote_write_pb2 as pb
from driftline.exporters.remote_write import RemoteWriteExporter
from driftline.exporters.window_figures import figures_of
from driftline.query import Monitor


@pytest.fixture
def receiver() -> Iterator[WriteReceiver]:
    with write_receiver() as running:
        yield running


@pytest.fixture(scope="module")
def monitor() -> Monitor:
    return monitor_of(engine_with(3))


def exporter(receiver: WriteReceiver, monitor: Monitor, **settings: object) -> RemoteWriteExporter:
    config = {"type": "prometheus_remote_write", "url": receiver.url, "timeout": "60s"} | settings
    return RemoteWriteExporter(PrometheusRemoteWriteConfig.model_validate(config), monitor)


def labels(name: str, **others: str) -> Labels:
    return tuple(sorted({"__name__": name, "model": MODEL, "version": VERSION, **others}.items()))


def counters(sender: RemoteWriteExporter) -> dict[str, int]:
    return {metric.name.removeprefix("driftline_export_"): count for metric, count in sender.counters()}


def test_the_endpoint_has_the_figures_of_each_window(receiver: WriteReceiver, monitor: Monitor) -> None:
    sender = exporter(receiver, monitor, labels={"cluster": "north", "unused": ""})
    windows = windows_of(monitor)
    sender.export(windows)
    sender.close()
    for window in windows:
        at = window.end_unix_nanos // 10**6
        expected = {
            tuple(
                sorted({"__name__": figure.name, "cluster": "north", **figure.labels}.items())
            ): figure.value
            for figure in figures_of(monitor, window)
        }
        found = {key: times[at] for key, times in receiver.samples.items() if at in times}
        assert found == pytest.approx(expected, nan_ok=True)
        (psi,) = (value for value in monitor.drift(**range_of(window))["x"] if value.metric == "psi")
        assert found[labels("driftline_feature_psi", feature="x", cluster="north")] == psi.value
    assert receiver.headers["content-encoding"] == "snappy"
    assert receiver.headers["content-type"] == "application/x-protobuf"
    assert receiver.headers["x-prometheus-remote-write-version"] == "0.1.0"


def test_histograms_have_the_buckets_of_the_sketches(receiver: WriteReceiver, monitor: Monitor) -> None:
    sender = exporter(receiver, monitor)
    (window, *_) = windows_of(monitor)
    sender.export([window])
    sender.close()
    at = window.end_unix_nanos // 10**6
    found = {key: times[at] for key, times in receiver.histograms.items() if times}
    expected = {
        "latency": labels("driftline_latency_distribution_seconds"),
        "score": labels("driftline_score_distribution"),
        "x": labels("driftline_feature_distribution", feature="x"),
        "odd/name": labels("driftline_feature_distribution", feature="odd/name"),
    }
    assert found.keys() == set(expected.values())
    for column in histograms_of(monitor, window):
        message = found[expected[column.column]]
        assert message.reset_hint == pb.Histogram.GAUGE
        assert (message.count_int, message.zero_count_int) == (column.count, column.zero_count)
        assert message.count_int == 200
        assert (message.sum, message.schema) == (column.sum, column.scale)
        for deltas, buckets in (
            (message.positive_deltas, column.positive),
            (message.negative_deltas, column.negative),
        ):
            assert np.cumsum(deltas).tolist() == buckets.counts[buckets.counts > 0].tolist()
    assert found[expected["x"]].zero_count_int > 0
    assert found[expected["x"]].negative_deltas


def test_without_histograms_there_are_none(receiver: WriteReceiver, monitor: Monitor) -> None:
    sender = exporter(receiver, monitor, histograms=False)
    sender.export(windows_of(monitor))
    sender.close()
    assert receiver.samples
    assert not any(receiver.histograms.values())


def test_a_window_that_comes_again_is_not_sent_but_where_it_is_wanted(receiver: WriteReceiver) -> None:
    engine = engine_with(2)
    monitor = monitor_of(engine)
    once, again = (
        exporter(receiver, monitor),
        exporter(receiver, monitor, updates=True, labels={"again": "1"}),
    )
    for sender in (once, again):
        sender.export(windows_of(monitor))
    before = dict(receiver.samples[labels(names.RECENT_RECORDS.name)])
    send(engine, records(2, seed=4))
    (_, last) = windows_of(monitor, is_update=True)
    once.export([last])
    assert receiver.samples[labels(names.RECENT_RECORDS.name)] == before
    assert counters(once) == {"left_out_windows": 1, "rejected_points": 0}
    with pytest.raises(DestinationRefusedError, match="duplicate sample"):
        again.export([last])
    assert counters(again)["left_out_windows"] == 0
    assert counters(again)["rejected_points"] > 0
    for sender in (once, again):
        sender.close()


def test_one_window_that_is_refused_keeps_no_other_back(receiver: WriteReceiver) -> None:
    engine = engine_with(3)
    monitor = monitor_of(engine)
    sender = exporter(receiver, monitor)
    first, second, third = windows_of(monitor)
    sender.export([second])
    sender.export([first, third])
    times = receiver.samples[labels(names.RECENT_RECORDS.name)]
    assert set(times) == {second.end_unix_nanos // 10**6, third.end_unix_nanos // 10**6}
    assert counters(sender)["rejected_points"] == len(figures_of(monitor, first)) + 4
    with pytest.raises(DestinationRefusedError, match="answered 400: out of order sample"):
        sender.export([first])
    sender.close()


def test_what_was_taken_is_not_sent_again_after_a_fault(
    receiver: WriteReceiver, monitor: Monitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_write, "MOST_POINTS", 1)
    sender = exporter(receiver, monitor)
    windows = windows_of(monitor)
    sender.export(windows[:1])
    assert len(receiver.requests) == 1
    take = receiver.take

    def once(body: bytes) -> tuple[int, str]:
        receiver.down = len(receiver.requests) == 2
        return take(body)

    monkeypatch.setattr(receiver, "take", once)
    with pytest.raises(DestinationUnavailableError, match="503"):
        sender.export(windows[1:])
    assert len(receiver.requests) == 2
    monkeypatch.setattr(receiver, "take", take)
    receiver.down = False
    sender.export(windows[1:])
    sender.close()
    assert len(receiver.requests) == 3, "one request for each window, none twice"
    assert len(receiver.samples[labels(names.RECENT_RECORDS.name)]) == 3


@pytest.mark.parametrize(
    ("settings", "header", "value"),
    [
        ({"token": "env:RW_TOKEN"}, "authorization", "Bearer hidden"),
        ({"user": "u", "password": "env:RW_TOKEN"}, "authorization", "Basic dTpoaWRkZW4="),
        ({"tenant": "team"}, "x-scope-orgid", "team"),
    ],
)
def test_ways_to_get_in(
    receiver: WriteReceiver,
    monitor: Monitor,
    monkeypatch: pytest.MonkeyPatch,
    settings: dict[str, object],
    header: str,
    value: str,
) -> None:
    monkeypatch.setenv("RW_TOKEN", "hidden")
    sender = exporter(receiver, monitor, **settings)
    sender.export(windows_of(monitor)[:1])
    sender.close()
    assert receiver.headers[header] == value
    assert "hidden" not in repr(sender)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"labels": {"model": "x"}}, "must not be named model"),
        ({"labels": {"a-b": "x"}}, "pattern"),
        ({"token": "a", "user": "u", "password": "p"}, "token or user"),
        ({"password": "p"}, "password needs user"),
        ({"url": "http://u:p@x/"}, "must not hold a user"),
    ],
)
def test_settings_that_make_no_sense(settings: dict[str, object], message: str) -> None:
    config = {"type": "prometheus_remote_write", "url": "http://x/api/v1/write"} | settings
    with pytest.raises(ValueError, match=message):
        PrometheusRemoteWriteConfig.model_validate(config)


def test_a_secret_that_is_not_there(receiver: WriteReceiver, monitor: Monitor, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="token_file"):
        exporter(receiver, monitor, token_file=str(tmp_path / "none"))


def test_the_documented_configuration_works(receiver: WriteReceiver, monitor: Monitor) -> None:
    settings = exporter_of_page("prometheus-remote-write.md", url=receiver.url)
    sender = RemoteWriteExporter(PrometheusRemoteWriteConfig.model_validate(settings), monitor)
    sender.export(windows_of(monitor))
    sender.close()
    assert labels(names.RECENT_RECORDS.name, cluster="north") in receiver.samples
