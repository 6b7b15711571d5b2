"""Windows as steps of runs, in the files that Weights & Biases sends later; its server cannot be had."""

import gc
import os
import re
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil
import pytest
import wandb
from tests.exporters import wandb_file
from tests.exporters.pages import exporter_of_page
from tests.exporters.windows import MODEL, engine_with, monitor_of, range_of, records, send, windows_of

import driftline
from driftline.config.exporters import WandbConfig
from driftline.delivery import DestinationRefusedError, DestinationUnavailableError
from driftline.errors import MissingExtraError
from driftline.exporters.metric_keys import metric_key
from driftline.exporters.mlflow_runs import run_key
from driftline.exporters.wandb import WandbExporter
from driftline.exporters.window_figures import figures_of
from driftline.query import Monitor, Profile

if TYPE_CHECKING:
    from tests.conftest import StartCollector

Start = Callable[..., WandbExporter]


@pytest.fixture(scope="module")
def monitor() -> Monitor:
    return monitor_of(engine_with(2))


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Makes exporters that write into ``tmp_path``; the package's process ends with the test."""
    for name in ("DATA", "CACHE", "CONFIG", "ARTIFACT"):
        monkeypatch.setenv(f"WANDB_{name}_DIR", str(tmp_path))
    monkeypatch.setenv("WANDB_ERROR_REPORTING", "false")
    monkeypatch.setenv("WANDB_SILENT", "true")
    monkeypatch.delenv("WANDB_API_KEY", raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))

    def make(monitor: Monitor, **settings: object) -> WandbExporter:
        given = {"type": "wandb", "project": "models", "mode": "offline", "directory": tmp_path}
        return WandbExporter(WandbConfig.model_validate(given | settings), monitor)

    yield make
    wandb.teardown()
    with warnings.catch_warnings():
        # The package leaves it to the end of the process to notice that its own has ended.
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def files(folder: Path, finished: int) -> list[Path]:
    """All files, as soon as so many are of finished runs."""
    deadline = time.monotonic() + 30.0
    while True:
        found = sorted(folder.glob("wandb/offline-run-*/run-*.wandb"))
        if sum(map(wandb_file.is_finished, found)) >= finished:
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.05)


def test_rows_are_what_the_api_says(start: Start, monitor: Monitor, tmp_path: Path) -> None:
    exporter = start(monitor)
    before = (
        signal.getsignal(signal.SIGTERM),
        signal.getsignal(signal.SIGINT),
        sys.excepthook,
        sys.stdout,
    )
    thread = threading.Thread(target=exporter.export, args=(windows_of(monitor),))
    thread.start()
    thread.join()
    assert before == (
        signal.getsignal(signal.SIGTERM),
        signal.getsignal(signal.SIGINT),
        sys.excepthook,
        sys.stdout,
    )
    exporter.close()
    (path,) = files(tmp_path, finished=1)
    (run,) = wandb_file.of_kind(path, "run")
    assert (run.project, run.run_id, run.display_name) == ("models", run_key(MODEL, "2"), f"{MODEL} 2")
    logged = wandb_file.rows(path)
    for window, row in zip(windows_of(monitor), logged, strict=True):
        assert row["window_end"] == window.end_unix_nanos / 1e9
        assert row["records/revision"] == window.revision
        for figure in figures_of(monitor, window):
            assert row[metric_key(figure.name, figure.labels)] == figure.value
        assert row["drift/psi/x"] == monitor.drift(**range_of(window))["x"]["psi"].value
        check_histogram(row["distribution/histogram/x"], monitor, range_of(window))
    metrics = wandb_file.of_kind(path, "metric")
    assert {each.name: each.step_metric for each in metrics if each.name} == {"window_end": ""}
    assert "window_end" in {each.step_metric for each in metrics if each.glob_name == "*"}


def check_histogram(histogram: dict[str, Any], monitor: Monitor, options: Any) -> None:
    assert histogram["_type"] == "histogram"
    bins, values = np.array(histogram["bins"]), np.array(histogram["values"])
    assert bins.size == values.size + 1
    assert (np.diff(bins) > 0).all()
    summary = monitor.summary(**options)["x"]
    assert values.sum() == summary.count
    assert bins[0] <= summary.min <= summary.max <= bins[-1]


def test_a_restart_goes_on_with_the_run_and_updates_it(start: Start, tmp_path: Path) -> None:
    engine = engine_with(1)
    monitor = monitor_of(engine)
    first = start(monitor)
    first.export(windows_of(monitor))
    first.close()
    send(engine, records(1, seed=4))
    second = start(monitor)
    second.export(windows_of(monitor, is_update=True))
    second.close()
    paths = files(tmp_path, finished=2)
    runs = [wandb_file.of_kind(path, "run")[0].run_id for path in paths]
    assert set(runs) == {run_key(MODEL, "2")}
    rows = [row for path in paths for row in wandb_file.rows(path)]
    assert len({row["window_end"] for row in rows}) == 1
    assert sorted(row["records/counted"] for row in rows) == [200, 400]


def test_the_baseline_and_the_report_are_artifacts(start: Start, monitor: Monitor, tmp_path: Path) -> None:
    exporter = start(monitor)
    for window in windows_of(monitor):
        exporter.export([window])
    exporter.close()
    (path,) = files(tmp_path, finished=1)
    artifacts = {each.type: each for each in wandb_file.of_kind(path, "artifact")}
    assert set(artifacts) == {"baseline", "report"}
    (entry,) = artifacts["baseline"].manifest.contents
    assert entry.path == "baseline.parquet"
    assert tmp_path in Path(entry.local_path).parents, "a copy, which is sent later"
    assert Profile.load(entry.local_path).to_arrow().equals(monitor.baseline().to_arrow())
    (page,) = artifacts["report"].manifest.contents
    assert f"<h1>model {MODEL}</h1>" in Path(page.local_path).read_text("utf-8")


def test_few_runs_are_open_at_a_time(start: Start, tmp_path: Path) -> None:
    engine = engine_with(1)
    for version in ("3", "4"):
        send(engine, records(1), version=version)
    monitor = monitor_of(engine)
    exporter = start(monitor, max_open_runs=2, artifacts_every="0s")
    for version in ("2", "3", "4"):
        exporter.export(windows_of(monitor, version=version))
    finished = {path.name: wandb_file.is_finished(path) for path in files(tmp_path, finished=1)}
    assert finished == {f"run-{run_key(MODEL, version)}.wandb": version == "2" for version in ("2", "3", "4")}
    exporter.close()
    files(tmp_path, finished=3)


def test_when_its_process_has_died_a_new_one_goes_on(start: Start, monitor: Monitor, tmp_path: Path) -> None:
    exporter = start(monitor, artifacts_every="0s")
    first, second = windows_of(monitor)
    exporter.export([first])
    (core,) = (each for each in psutil.Process().children() if "wandb-core" in " ".join(each.cmdline()))
    assert os.getpgid(core.pid) != os.getpgid(os.getpid()), "Ctrl-C does not end it before the collector"
    (handle,) = (
        each for each in gc.get_objects() if isinstance(each, subprocess.Popen) and each.pid == core.pid
    )
    core.kill()
    handle.wait(60)
    with pytest.raises(DestinationUnavailableError, match="Weights & Biases"):
        exporter.export([second])
    exporter.export([second])
    exporter.close()
    ends = {row["window_end"] for path in files(tmp_path, finished=1) for row in wandb_file.rows(path)}
    assert second.end_unix_nanos / 1e9 in ends


def test_a_server_that_is_not_there_is_unavailable(start: Start, monitor: Monitor) -> None:
    settings = {"mode": "online", "base_url": "http://127.0.0.1:9", "timeout": "2s"}
    with pytest.raises(DestinationUnavailableError, match="Weights & Biases") as caught:
        start(monitor, api_key="0" * 40, **settings).export(windows_of(monitor))
    assert "0" * 40 not in str(caught.value)
    with pytest.raises(DestinationRefusedError, match="key"):
        start(monitor, api_key="short", **settings).export(windows_of(monitor))


def test_a_collector_configured_as_the_page_says_has_its_windows_told(
    start: Start, start_collector: "StartCollector", tmp_path: Path
) -> None:
    settings = exporter_of_page("wandb.md", directory=tmp_path, artifacts_every="0s")
    monitored = {"model": MODEL, "window": "1m", "positive_class": "true"}
    collector = start_collector(monitors=[monitored], exporters={"wandb": settings})
    with driftline.Client(str(collector.grpc_address), model=MODEL, version="2") as client:
        client.log_table(records(2))
        assert client.flush(30.0)
    with driftline.connect(str(collector.grpc_address)) as monitor:
        means = [monitor.summary(**range_of(window))["x"].mean for window in windows_of(monitor)]
        (path,) = wait_for_file(tmp_path, rows=2)
    told = {row["window_end"]: row["distribution/mean/x"] for row in wandb_file.rows(path)}
    assert [told[end] for end in sorted(told)] == means


def wait_for_file(folder: Path, rows: int) -> list[Path]:
    """A run that goes on is written to its file once a second."""
    deadline = time.monotonic() + 60.0
    while True:
        found = files(folder, finished=0)
        if found and len(wandb_file.of_kind(found[0], "history")) >= rows:
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.1)


def test_without_the_package_the_error_names_the_extra(
    start: Start, monitor: Monitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=re.escape("driftline[wandb]")):
        start(monitor)
