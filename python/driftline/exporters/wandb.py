"""Windows as steps of Weights & Biases runs."""

import importlib.util
import math
import os
import sys
from collections import OrderedDict
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from driftline.config.exporters.wandb import WandbConfig
from driftline.config.secret import reveal
from driftline.delivery import DestinationRefusedError, DestinationUnavailableError
from driftline.errors import MissingExtraError
from driftline.exporters.histogram_fields import bins_of
from driftline.exporters.histograms import histograms_of
from driftline.exporters.metric_keys import KEYS_VERSION, key_part, metric_key
from driftline.exporters.mlflow_runs import run_key
from driftline.exporters.version_files import VersionFiles
from driftline.exporters.window_exporter import ClosedWindow, WindowExporter, export_each
from driftline.exporters.window_figures import figures_of
from driftline.logs import get_logger
from driftline.query.monitor import Monitor

if TYPE_CHECKING:
    import wandb

logger = get_logger("driftline.exporters")

STEP = "window_end"
"""Key of the end of a window, seconds since 1970: the axis of all charts."""


class WandbExporter(WindowExporter):
    """
    Logs each window as one step of the run of its model version, which has the same id after every start.

    The package writes what it is given to a file first and sends it from there by a process of its own, ``wandb-core``;
    a window counts as exported when it is handed over to that process.

    Parameters
    ----------
    config
        Where to.
    monitor
        Is asked for the figures and histograms.

    Raises
    ------
    MissingExtraError
        If the package ``wandb`` is not installed.
    """

    def __init__(self, config: WandbConfig, monitor: Monitor) -> None:
        if importlib.util.find_spec("wandb") is None:
            raise MissingExtraError(
                "the exporter to Weights & Biases needs wandb; install it with: pip install 'driftline[wandb]'"
            )
        self._config = config
        self._monitor = monitor
        self._runs: OrderedDict[tuple[str, str], wandb.Run] = OrderedDict()
        self._files = VersionFiles(monitor, config.artifacts_every.total_seconds())
        config.directory.mkdir(parents=True, exist_ok=True)
        # Everything that the package keeps is under one directory, and it tells nobody else of errors.
        for name in ("DATA", "CACHE", "CONFIG", "ARTIFACT"):
            os.environ.setdefault(f"WANDB_{name}_DIR", str(config.directory.resolve()))
        os.environ.setdefault("WANDB_ERROR_REPORTING", "false")
        os.environ.setdefault("WANDB_SILENT", "true")

    @cached_property
    def _settings(self) -> "wandb.Settings":
        """Nothing is watched but what is logged: neither the console, nor the host, nor the code."""
        import wandb

        settings: dict[str, Any] = {
            "console": "off",
            "silent": True,
            "disable_git": True,
            "disable_code": True,
            "save_code": False,
            "x_disable_meta": True,
            "x_disable_stats": True,
            "x_disable_machine_info": True,
            "x_save_requirements": False,
            # What is logged is in the file, and survives that process, after this many seconds.
            "x_transaction_log_flush_interval": 1.0,
            "init_timeout": self._config.timeout.total_seconds(),
            "finish_timeout": self._config.timeout.total_seconds(),
        }
        if self._config.base_url is not None:
            settings["base_url"] = self._config.base_url
        if self._config.api_key is not None or self._config.api_key_file is not None:
            settings["api_key"] = reveal("api_key", self._config.api_key, self._config.api_key_file)
        return wandb.Settings(**settings)

    def export(self, windows: Sequence[ClosedWindow]) -> None:
        """
        Log all windows, one after the other.

        Raises
        ------
        DestinationUnavailableError
            If a run cannot be opened or ``wandb-core`` has died.
        WindowsRefusedError
            If the server does not know the key, or the package takes no such run.
        """
        export_each(windows, self._export_one)

    def _export_one(self, window: ClosedWindow) -> None:
        import wandb

        try:
            self._export(window)
        except (wandb.errors.AuthenticationError, wandb.errors.UsageError) as error:
            raise DestinationRefusedError(f"Weights & Biases: {error}") from error
        except (wandb.errors.Error, ConnectionError, TimeoutError) as error:
            self._start_again()
            raise DestinationUnavailableError(f"Weights & Biases: {error}") from error

    def close(self) -> None:
        """Finish all runs; what is not sent within the time limit stays in the files."""
        while self._runs:
            self._runs.popitem()[1].finish()

    def _start_again(self) -> None:
        """Give up all runs, and the process that may have died with them; the next export opens them anew."""
        import wandb

        self._runs.clear()
        try:
            wandb.teardown(exit_code=1)
        # What is wrong with it was told already.
        except Exception as error:  # noqa: BLE001
            logger.debug("wandb-core could not be ended", reason=str(error))

    def _export(self, window: ClosedWindow) -> None:
        import wandb

        run = self._run(window.model, window.version)
        row: dict[str, Any] = {STEP: window.end_unix_nanos / 1e9, "records/revision": window.revision}
        for figure in figures_of(self._monitor, window, self._config.max_features):
            if math.isfinite(figure.value):
                row[metric_key(figure.name, figure.labels)] = figure.value
        for histogram in histograms_of(self._monitor, window):
            edges, counts = bins_of(histogram)
            key = f"distribution/histogram/{key_part(histogram.column)}"
            row[key] = wandb.Histogram(np_histogram=(counts, edges))
        run.log(row)
        self._files.refresh(window, lambda paths: _upload(run, paths))

    def _run(self, model: str, version: str) -> "wandb.Run":
        known = self._runs.pop((model, version), None)
        run = self._open(model, version) if known is None else known
        self._runs[model, version] = run
        while len(self._runs) > self._config.max_open_runs:
            self._runs.popitem(last=False)[1].finish()
        return run

    def _open(self, model: str, version: str) -> "wandb.Run":
        import wandb

        hook = sys.excepthook
        try:
            run = wandb.init(
                project=self._config.project,
                entity=self._config.entity,
                id=run_key(model, version),
                name=f"{model} {version}".strip(),
                group=model,
                job_type="monitoring",
                mode=self._config.mode,
                dir=self._config.directory,
                config={"model": model, "version": version, "keys_version": KEYS_VERSION},
                resume="allow",
                reinit="create_new",
                settings=self._settings,
            )
        finally:
            # The package wants to see what ends the process; that is none of its business here.
            sys.excepthook = hook
        run.define_metric(STEP, hidden=True)
        run.define_metric("*", step_metric=STEP)
        return run


def _upload(run: "wandb.Run", paths: Sequence[Path]) -> None:
    import wandb

    for path in paths:
        artifact = wandb.Artifact(f"{path.stem}-{run.id}", type=path.stem)
        # Copied, since the file goes before it is sent.
        artifact.add_file(str(path), policy="mutable")
        run.log_artifact(artifact)
