"""Windows as metrics of runs, in MLflow's own file store; a server is in tests/integrations."""

import json
import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlflow import MlflowClient
from mlflow.entities import Metric
from mlflow.exceptions import MlflowException
from tests.exporters.windows import (
    MINUTE,
    MODEL,
    engine_with,
    monitor_of,
    range_of,
    records,
    send,
    windows_of,
)

from driftline.config.exporters import MlflowConfig
from driftline.delivery import DestinationRefusedError, DestinationUnavailableError
from driftline.errors import MissingExtraError
from driftline.exporters import mlflow_runs
from driftline.exporters.metric_keys import metric_key
from driftline.exporters.mlflow import MlflowExporter
from driftline.exporters.mlflow_runs import batches, run_key, translated
from driftline.exporters.window_figures import figures_of
from driftline.query import Monitor, Profile


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MlflowClient:
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    uri = (tmp_path / "mlruns").as_uri()
    return MlflowClient(uri, uri)


@pytest.fixture(scope="module")
def monitor() -> Monitor:
    return monitor_of(engine_with(3))


def exporter(store: MlflowClient, monitor: Monitor, **settings: object) -> MlflowExporter:
    config = {"type": "mlflow", "tracking_uri": store.tracking_uri} | settings
    return MlflowExporter(MlflowConfig.model_validate(config), monitor)


def runs_of(store: MlflowClient, prefix: str = "") -> list[Any]:
    experiment = store.get_experiment_by_name(f"{prefix}{MODEL}")
    assert experiment is not None
    return list(store.search_runs([experiment.experiment_id]))


def test_a_run_has_the_figures_of_its_version_by_window(store: MlflowClient, monitor: Monitor) -> None:
    windows = windows_of(monitor)
    exporter(store, monitor, experiment_prefix="prod/").export(windows)
    (run,) = runs_of(store, "prod/")
    assert run.data.tags["driftline.model"] == MODEL
    assert run.data.tags["driftline.version"] == "2"
    assert run.info.run_name == "2"
    for window in windows:
        for figure in figures_of(monitor, window):
            history = store.get_metric_history(run.info.run_id, metric_key(figure.name, figure.labels))
            (found,) = (each for each in history if each.step == window.start_unix_nanos // MINUTE)
            assert found.value == figure.value
            assert found.timestamp == window.end_unix_nanos // 1_000_000
    psi = monitor.drift(**range_of(windows[2]))["x"]["psi"].value
    assert run.data.metrics["drift/psi/x"] == psi, "the newest window's"


def test_a_restart_finds_the_run_again(store: MlflowClient, monitor: Monitor) -> None:
    windows = windows_of(monitor)
    for window in windows:
        exporter(store, monitor).export([window])
    (run,) = runs_of(store)
    assert len(store.get_metric_history(run.info.run_id, "records/counted")) == 3


def test_the_last_word_on_a_window_is_the_newest_value(store: MlflowClient) -> None:
    engine = engine_with(1)
    monitor = monitor_of(engine)
    exporter(store, monitor).export(windows_of(monitor))
    before = monitor.drift()["odd/name"]["psi"].value
    send(engine, records(1, rows=2_000, seed=4))
    exporter(store, monitor).export(windows_of(monitor, is_update=True))
    after = monitor.drift()["odd/name"]["psi"].value
    assert after < before, "MLflow would take the larger one at the same time and step"
    (run,) = runs_of(store)
    key = metric_key("driftline_feature_psi", {"feature": "odd/name"})
    assert run.data.metrics[key] == after
    history = store.get_metric_history(run.info.run_id, key)
    assert [each.step for each in history] == [history[0].step] * 2
    assert max(each.timestamp for each in history) == pytest.approx(time.time() * 1e3, abs=60e3)


def test_versions_have_runs_of_their_own(store: MlflowClient) -> None:
    engine = engine_with(1)
    send(engine, records(1), version="")
    monitor = monitor_of(engine)
    exporter(store, monitor).export([*windows_of(monitor), *windows_of(monitor, version="")])
    assert {run.data.tags["driftline.version"] for run in runs_of(store)} == {"", "2"}
    assert {run.info.run_name for run in runs_of(store)} == {"no version", "2"}


def test_a_run_that_somebody_deleted_is_made_anew(store: MlflowClient, monitor: Monitor) -> None:
    sender = exporter(store, monitor)
    sender.export(windows_of(monitor)[:1])
    (deleted,) = runs_of(store)
    store.delete_run(deleted.info.run_id)
    sender.export(windows_of(monitor)[1:])
    (run,) = runs_of(store)
    assert run.info.run_id != deleted.info.run_id
    assert len(store.get_metric_history(run.info.run_id, "records/counted")) == 2


def test_a_deleted_experiment_is_left_alone(store: MlflowClient, monitor: Monitor) -> None:
    store.delete_experiment(store.create_experiment(MODEL))
    with pytest.raises(DestinationRefusedError, match="restore it, or set another experiment_prefix"):
        exporter(store, monitor).export(windows_of(monitor))


def test_the_baseline_and_the_report_are_artifacts(
    store: MlflowClient, monitor: Monitor, tmp_path: Path
) -> None:
    sender = exporter(store, monitor)
    for window in windows_of(monitor):
        sender.export([window])
    (run,) = runs_of(store)
    listed = [each.path for each in store.list_artifacts(run.info.run_id, "driftline")]
    assert sorted(listed) == ["driftline/baseline.parquet", "driftline/report.html"]
    folder = Path(store.download_artifacts(run.info.run_id, "driftline", str(tmp_path)))
    kept = Profile.load(folder / "baseline.parquet")
    assert kept.to_arrow().equals(monitor.baseline().to_arrow())
    assert f"<h1>model {MODEL}</h1>" in (folder / "report.html").read_text("utf-8")


def test_no_artifacts_if_none_are_wanted(store: MlflowClient, monitor: Monitor) -> None:
    exporter(store, monitor, artifacts_every="0s").export(windows_of(monitor))
    (run,) = runs_of(store)
    assert store.list_artifacts(run.info.run_id) == []


def test_registered_versions_lead_to_their_run(store: MlflowClient, monitor: Monitor, tmp_path: Path) -> None:
    store.create_registered_model(MODEL)
    for tags in ({}, {}, {"driftline.version": "2"}, {"driftline.version": "other"}):
        store.create_model_version(MODEL, str(tmp_path), tags=tags)
    exporter(store, monitor).export(windows_of(monitor))
    (run,) = runs_of(store)
    linked = {
        int(each.version): each.tags.get("driftline.run_id")
        for each in store.search_model_versions(f"name = '{MODEL}'")
    }
    assert linked == {1: None, 2: run.info.run_id, 3: run.info.run_id, 4: None}


def test_a_server_that_is_not_there_is_unavailable(monitor: Monitor, store: MlflowClient) -> None:
    config = MlflowConfig.model_validate(
        {"type": "mlflow", "tracking_uri": "http://127.0.0.1:9", "timeout": "5s"}
    )
    with pytest.raises(DestinationUnavailableError, match="MLflow: INTERNAL_ERROR"):
        MlflowExporter(config, monitor).export(windows_of(monitor))


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("TEMPORARILY_UNAVAILABLE", DestinationUnavailableError),
        ("REQUEST_LIMIT_EXCEEDED", DestinationUnavailableError),
        ("INTERNAL_ERROR", DestinationUnavailableError),
        ("PERMISSION_DENIED", DestinationRefusedError),
        ("INVALID_PARAMETER_VALUE", DestinationRefusedError),
    ],
)
def test_errors_are_told_without_secrets(code: str, kind: type[Exception]) -> None:
    from mlflow.protos import databricks_pb2

    number = databricks_pb2.ErrorCode.Value(code)
    error = MlflowException("no https://me:hidden@host/api, no http://other:hidden@host", number)
    told = translated(error, "https://me:hidden@host")
    assert type(told) is kind
    assert "hidden" not in str(told)
    assert code in str(told)


def test_a_tracking_uri_has_no_password() -> None:
    with pytest.raises(ValueError, match="must not hold a user or a password"):
        MlflowConfig.model_validate({"type": "mlflow", "tracking_uri": "https://me:word@host"})


KEYS = st.lists(st.text(min_size=1, max_size=150), min_size=1, max_size=60)
"""Each fits into 2,000 bytes of JSON, of which a character may take twelve."""


@given(KEYS, st.integers(1, 10), st.integers(2_000, 6_000))
def test_batches_are_what_a_server_takes(keys: Sequence[str], most: int, most_bytes: int) -> None:
    metrics = [Metric(key, -1.7976931348623157e308, 2**62, 2**62) for key in keys]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mlflow_runs, "MAX_METRICS", most)
        patch.setattr(mlflow_runs, "MAX_BYTES", most_bytes)
        made = list(batches(metrics))
    assert [each for batch in made for each in batch] == metrics
    for batch in made:
        assert len(batch) <= most
        assert len(json.dumps([dict(each) for each in batch])) <= most_bytes


def test_run_keys_tell_versions_apart() -> None:
    pairs = [("a", "b"), ("a", "c"), ("ab", ""), ("a,b", "c"), ('a", "b', "c")]
    assert len({run_key(*pair) for pair in pairs}) == len(pairs)


def test_without_the_client_the_error_names_the_extra(
    monitor: Monitor, store: MlflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=re.escape("driftline[mlflow]")):
        exporter(store, monitor)
