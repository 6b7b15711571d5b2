"""Windows of real flights in a real Prometheus, by remote write; it may be away for a while."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.exporters.pages import exporter_of_page
from tests.integrations import flights
from tests.integrations.flights import Flights
from tests.integrations.prometheus.pages import configuration
from tests.integrations.prometheus.server import Prometheus, prometheus

import driftline
from driftline.demo.main_job import MODEL, VERSION
from driftline.exporters.histograms import histograms_of
from driftline.exporters.window_exporter import ClosedWindow
from driftline.exporters.window_figures import figures_of
from driftline.query.selection import SelectionOptions

DAYS = 8
OPTIONS = ("--web.enable-remote-write-receiver", "--enable-feature=native-histograms")


@pytest.fixture(scope="module")
def served() -> Flights:
    return flights.load(DAYS)


@pytest.fixture
def address(free_port: Callable[[], int]) -> str:
    return f"127.0.0.1:{free_port()}"


def exporter(address: str) -> dict[str, object]:
    return exporter_of_page("prometheus-remote-write.md", url=f"http://{address}/api/v1/write")


@pytest.mark.timeout(600)
def test_prometheus_has_what_the_api_says_even_of_the_time_when_it_was_not_there(
    served: Flights, address: str, tmp_path: Path
) -> None:
    collector = flights.start(tmp_path, served, exporter(address))
    try:
        flights.send(collector, served.of_days(0, 4))
        flights.wait_for(lambda: flights.exported(collector)["failures_total"] > 0, "a failure")
        assert flights.exported(collector)["windows_total_delivered"] == 0
        with (
            driftline.connect(collector.grpc_address) as monitor,
            prometheus(tmp_path / "prometheus", {}, *OPTIONS, address=address) as server,
        ):
            flights.wait_until_told(collector)
            windows = list(monitor.windows(model=MODEL))
            assert len(windows) == 4
            for window in windows:
                closed = ClosedWindow(
                    MODEL,
                    VERSION,
                    window.start_unix_nanos,
                    window.end_unix_nanos,
                    window.records,
                    window.labels,
                    window.revision,
                )
                check(server, monitor, closed)
            check_page(server, monitor)
        figures = flights.exported(collector)
        assert (figures["windows_total_dropped"], figures["rejected_points_total"]) == (0, 0)
    finally:
        collector.stop()


def check(server: Prometheus, monitor: driftline.Monitor, window: ClosedWindow) -> None:
    at = window.end_unix_nanos / 1e9
    found = {
        tuple(sorted(series.labels.items())): series.value
        for series in server.query('{cluster="north"}', at)
        if series.histogram is None
    }
    expected = {
        tuple(sorted({"__name__": figure.name, "cluster": "north", **figure.labels}.items())): figure.value
        for figure in figures_of(monitor, window)
    }
    assert len(expected) > 200
    assert found == pytest.approx(expected, nan_ok=True)
    for column in histograms_of(monitor, window):
        if column.role not in ("latency", "feature"):
            continue
        metric = (
            "driftline_latency_distribution_seconds"
            if column.role == "latency"
            else f'driftline_feature_distribution{{feature="{column.column}"}}'
        )
        (series,) = server.query(metric, at)
        assert series.histogram is not None
        assert float(series.histogram["count"]) == column.count
        assert float(series.histogram["sum"]) == pytest.approx(column.sum)
        counts = [int(count) for *_, count in series.histogram["buckets"]]
        zeros = [column.zero_count] if column.zero_count else []
        negative = column.negative.counts[column.negative.counts > 0][::-1].tolist()
        positive = column.positive.counts[column.positive.counts > 0].tolist()
        assert counts == [*negative, *zeros, *positive]
    psi = next(
        iter(
            monitor.drift(
                model=MODEL, version=VERSION, start=window.start_unix_nanos, end=window.end_unix_nanos
            )
        )
    )
    asked = f'driftline_feature_psi{{feature="{psi.column}"}}'
    assert server.value(asked, at) == pytest.approx(psi["psi"].value)


def check_page(server: Prometheus, monitor: driftline.Monitor) -> None:
    """The queries that the page shows, an hour after the end of the newest window."""
    psi, quantile, count, quantile_of_sum = configuration("prometheus-remote-write", "text").splitlines()
    windows = list(monitor.windows(model=MODEL))
    newest = max(windows, key=lambda window: window.end_unix_nanos)
    end = newest.end_unix_nanos / 1e9
    selection: SelectionOptions = {
        "version": VERSION,
        "start": newest.start_unix_nanos,
        "end": newest.end_unix_nanos,
    }
    found = {series.labels["feature"]: series.value for series in server.query(psi, end + 3_600)}
    drifts = monitor.drift(model=MODEL, **selection)
    assert found == pytest.approx({each.column: each["psi"].value for each in drifts})
    p99 = monitor.quantiles("latency", 0.99, model=MODEL, **selection)[0].value
    # As fine as the buckets are.
    assert server.value(quantile, end + 3_600) == pytest.approx(p99, rel=0.1)
    assert server.value(quantile_of_sum, end) == server.value(quantile, end + 3_600)
    assert server.value(count, end + 3_600) == sum(window.records for window in windows)
    # What the page warns of.
    latency = "driftline_latency_distribution_seconds"
    for function in ("sum_over_time", "avg_over_time", "last_over_time"):
        assert server.value(f"{function}({latency}[7d])", end) == 0.0


@pytest.mark.timeout(600)
def test_a_dead_prometheus_holds_nothing_up_and_gets_all_in_the_end(
    served: Flights, address: str, tmp_path: Path
) -> None:
    collector = flights.start(tmp_path, served, exporter(address))
    folder = tmp_path / "prometheus"
    try:
        with driftline.connect(collector.grpc_address) as monitor:
            with prometheus(folder, {}, *OPTIONS, address=address) as server:
                alive = flights.send(collector, served.of_days(0, 4))
                flights.wait_until_told(collector)
                before = flights.resident_bytes(collector)
                server.process.kill()
            dead = flights.send(collector, served.of_days(4, DAYS))
            flights.wait_for(lambda: flights.exported(collector)["backlog_windows"] > 0, "a backlog")
            # The first flights warm the collector up, and the machine does other things.
            assert dead < 3 * alive + 5.0
            time.sleep(10.0)
            assert flights.resident_bytes(collector) < before + 100 * 1024 * 1024
            with prometheus(folder, {}, *OPTIONS, address=address) as server:
                flights.wait_until_told(collector)
                end = max(window.end_unix_nanos for window in monitor.windows(model=MODEL)) / 1e9
                asked = "count_over_time(driftline_recent_records[20d])"
                assert server.value(asked, end) == len(monitor.windows(model=MODEL)) == DAYS
        figures = flights.exported(collector)
        assert (figures["windows_total_dropped"], figures["rejected_points_total"]) == (0, 0)
    finally:
        collector.stop()
