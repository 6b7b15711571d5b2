"""Windows of real flights in a real MLflow server, with SQLite behind it."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.exporters.pages import exporter_of_page
from tests.integrations import flights, mlflow_server
from tests.integrations.conftest import RunProgram
from tests.integrations.flights import Flights
from tests.integrations.mlflow_server import MlflowServer

import driftline
from driftline.demo.main_job import MODEL, VERSION
from driftline.query import Monitor, Profile
from driftline.query.results import WindowInfo

DAYS = 8
DAY_NANOS = 86_400 * 10**9


@pytest.fixture
def server(
    programs: Path,
    run_program: RunProgram,
    free_port: Callable[[], int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> MlflowServer:
    for name in ("MLFLOW_DISABLE_TELEMETRY", "DO_NOT_TRACK"):
        monkeypatch.setenv(name, "true")
    return mlflow_server.start(programs, run_program, free_port, tmp_path)


@pytest.fixture(scope="module")
def served() -> Flights:
    return flights.load(DAYS)


@pytest.fixture
def start(tmp_path: Path, served: Flights, server: MlflowServer) -> Iterator[Any]:
    running: list[Any] = []

    def start_collector(**settings: object) -> Any:
        exporter = exporter_of_page("mlflow.md", tracking_uri=server.url, timeout="60s", **settings)
        running.append(flights.start(tmp_path, served, exporter))
        return running[-1]

    yield start_collector
    for collector in running:
        if collector.process.poll() is None:
            assert collector.stop() == 0


def check(server: MlflowServer, monitor: Monitor, windows: list[tuple[WindowInfo, Any]]) -> None:
    """Every step has what the Python API says of its window."""
    run = server.run(MODEL)
    told = {
        key: server.newest(run, key)
        for key in (
            "records/counted",
            "drift/psi/dewp",
            "drift/psi/carrier",
            "distribution/mean/temp",
            "distribution/quantile/distance/0.99",
            "latency/seconds/0.99",
            "labels/coverage_ratio",
            "performance/roc_auc",
        )
    }
    for window, options in windows:
        step = window.start_unix_nanos // DAY_NANOS
        summary = monitor.summary(model=MODEL, **options)
        drift = monitor.drift(model=MODEL, **options)
        performance = monitor.performance(model=MODEL, **options)[0]
        classification = performance.classification
        assert classification is not None
        assert classification.roc_auc is not None
        latency = monitor.quantiles("latency", 0.99, model=MODEL, **options)
        assert {key: values[step] for key, values in told.items()} == {
            "records/counted": window.records,
            "drift/psi/dewp": drift["dewp"]["psi"].value,
            "drift/psi/carrier": drift["carrier"]["psi"].value,
            "distribution/mean/temp": summary["temp"].mean,
            "distribution/quantile/distance/0.99": summary["distance"].p99,
            "latency/seconds/0.99": latency[0].value,
            "labels/coverage_ratio": performance.coverage.value,
            "performance/roc_auc": classification.roc_auc.value,
        }
    last = windows[-1][0].start_unix_nanos // DAY_NANOS
    newest = {key: run.data.metrics[key] for key in told}
    assert newest == {key: values[last] for key, values in told.items()}, "what MLflow shows of the run"


@pytest.mark.timeout(600)
def test_a_run_is_what_the_api_says_and_goes_on_after_a_restart(
    start: Any, server: MlflowServer, served: Flights, tmp_path: Path
) -> None:
    server.client.create_registered_model(MODEL)
    server.client.create_model_version(MODEL, "s3://models/flights", tags={"driftline.version": VERSION})
    collector = start()
    flights.send(collector, served.of_days(0, 3))
    flights.wait_until_told(collector)
    assert collector.stop() == 0
    again = start()
    flights.send(again, served.of_days(3, 5))
    with driftline.connect(again.grpc_address) as monitor:
        flights.wait_until_told(again)
        windows = list(flights.windows(monitor))
        assert len(windows) == 5
        check(server, monitor, windows)
        baseline = monitor.baseline(MODEL)
    run = server.run(MODEL)
    folder = Path(server.client.download_artifacts(run.info.run_id, "driftline", str(tmp_path)))
    assert Profile.load(folder / "baseline.parquet").to_arrow().equals(baseline.to_arrow())
    assert f"<h1>model {MODEL}</h1>" in (folder / "report.html").read_text("utf-8")
    linked = server.client.get_model_version(MODEL, "1").tags
    assert linked["driftline.run_id"] == run.info.run_id


@pytest.mark.timeout(600)
def test_a_dead_server_holds_nothing_up_and_gets_all_in_the_end(
    start: Any, server: MlflowServer, served: Flights
) -> None:
    collector = start(artifacts_every="0s")
    alive = flights.send(collector, served.of_days(0, 4))
    flights.wait_until_told(collector)
    before = flights.resident_bytes(collector)
    server.program.stop(kill=True)
    dead = flights.send(collector, served.of_days(4, DAYS))
    # The machine does other things.
    assert dead < 3 * alive + 5.0
    flights.wait_for(lambda: flights.exported(collector)["failures_total"] > 0, "a failure")
    time.sleep(10.0)
    assert flights.exported(collector)["backlog_windows"] >= 4
    assert flights.resident_bytes(collector) < before + 100 * 1024 * 1024
    server.start()
    with driftline.connect(collector.grpc_address) as monitor:
        flights.wait_until_told(collector)
        windows = list(flights.windows(monitor))
        assert len(windows) == DAYS
        check(server, monitor, windows)
    assert flights.exported(collector)["windows_total_dropped"] == 0
