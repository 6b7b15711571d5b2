"""Windows as metrics of MLflow runs."""

import importlib.util
import math
import os
import time
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from driftline.config.exporters.mlflow import MlflowConfig
from driftline.errors import MissingExtraError
from driftline.exporters.metric_keys import metric_key
from driftline.exporters.mlflow_runs import ModelRuns, batches, is_gone, translated
from driftline.exporters.version_files import VersionFiles
from driftline.exporters.window_exporter import ClosedWindow, WindowExporter, export_each
from driftline.exporters.window_figures import figures_of
from driftline.query.monitor import Monitor

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Metric

ARTIFACT_FOLDER = "driftline"


class MlflowExporter(WindowExporter):
    """
    Logs the figures of each window to the run of its model version.

    The step of a metric is the index of its window, counted from 1970; its time is the end of the window. What late
    records have changed is logged again at the same step, with the time at which it was: MLflow's newest value, which
    goes by step and then by time, is thus the right one.

    Parameters
    ----------
    config
        Where to.
    monitor
        Is asked for the figures.

    Raises
    ------
    MissingExtraError
        If MLflow's client is not installed.
    """

    def __init__(self, config: MlflowConfig, monitor: Monitor) -> None:
        if importlib.util.find_spec("mlflow") is None:
            raise MissingExtraError(
                "the exporter to MLflow needs its client; install it with: pip install 'driftline[mlflow]'"
            )
        self._config = config
        self._monitor = monitor
        self._files = VersionFiles(monitor, config.artifacts_every.total_seconds())
        # The export worker tries again by itself and must not be held up by tries within tries; and nothing is told to
        # others than the server unless the user wants it.
        os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
        os.environ.setdefault(
            "MLFLOW_HTTP_REQUEST_TIMEOUT", str(max(1, round(config.timeout.total_seconds())))
        )
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")

    @cached_property
    def _client(self) -> "MlflowClient":
        from mlflow import MlflowClient

        return MlflowClient(self._config.tracking_uri, self._config.tracking_uri)

    @cached_property
    def _runs(self) -> ModelRuns:
        return ModelRuns(self._client, self._config.experiment_prefix)

    def export(self, windows: Sequence[ClosedWindow]) -> None:
        """
        Log all windows, one after the other.

        Raises
        ------
        DestinationUnavailableError
            If the server cannot be reached or says that it is not well.
        WindowsRefusedError
            If it refuses what it is told of some.
        """
        export_each(windows, self._export_one)

    def close(self) -> None:
        """Nothing to give back."""

    def _export_one(self, window: ClosedWindow) -> None:
        from mlflow.exceptions import MlflowException

        try:
            self._export(window)
        except MlflowException as error:
            # Not chained: its text and that of its cause may show a URL with a password.
            raise translated(error, self._config.tracking_uri) from None

    def _export(self, window: ClosedWindow) -> None:
        from mlflow.exceptions import MlflowException

        metrics = self._metrics(window)
        try:
            self._log(window, metrics)
        except MlflowException as error:
            # Somebody may have deleted the run since it was found.
            if not (is_gone(error) and self._runs.forget(window.model, window.version)):
                raise
            self._log(window, metrics)
        self._files.refresh(window, lambda paths: self._upload(window, paths))

    def _log(self, window: ClosedWindow, metrics: Sequence["Metric"]) -> None:
        run = self._runs.run_of(window.model, window.version)
        for batch in batches(metrics):
            self._client.log_batch(run, metrics=batch, synchronous=True)

    def _metrics(self, window: ClosedWindow) -> list["Metric"]:
        from mlflow.entities import Metric

        length = window.end_unix_nanos - window.start_unix_nanos
        step = window.start_unix_nanos // length
        end = window.end_unix_nanos // 1_000_000
        moment = max(end, time.time_ns() // 1_000_000) if window.is_update else end
        return [
            Metric(metric_key(figure.name, figure.labels), figure.value, moment, step)
            for figure in figures_of(self._monitor, window, self._config.max_features)
            if math.isfinite(figure.value)
        ]

    def _upload(self, window: ClosedWindow, paths: Sequence[Path]) -> None:
        run = self._runs.run_of(window.model, window.version)
        for path in paths:
            self._client.log_artifact(run, str(path), ARTIFACT_FOLDER)
        if self._config.link_models and "'" not in window.model:  # which a search could not quote
            self._link(window, run)

    def _link(self, window: ClosedWindow, run: str) -> None:
        """Tag what the registry has of the version: the version of that number, or those tagged with its name."""
        for each in self._client.search_model_versions(f"name = '{window.model}'"):
            if window.version in (str(each.version), each.tags.get("driftline.version")):
                for name, value in (("driftline.run_id", run), ("driftline.model", window.model)):
                    self._client.set_model_version_tag(each.name, each.version, name, value)
