"""Keeps one exporter going: finds what is due, hands it over, remembers how far it has come."""

import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from driftline.config.exporters import ExporterConfig
from driftline.delivery import (
    DestinationError,
    DestinationRefusedError,
    DestinationUnavailableError,
    retrying,
)
from driftline.errors import DriftlineError
from driftline.exporters import names
from driftline.exporters.positions import Positions
from driftline.exporters.window_exporter import ClosedWindow, WindowExporter, WindowsRefusedError
from driftline.exporters.window_feed import WindowFeed
from driftline.logs import get_logger
from driftline.query.monitor import Monitor
from driftline.repeated_work import RepeatedWork

logger = get_logger("driftline.exporters")

PAUSE_SECONDS = 1.0


class ExportWorker(Collector):
    """
    Hands the windows of the collector's models to one exporter, in a thread; also reports on itself to Prometheus.

    Nothing is kept in memory for a destination that takes nothing: what waits are windows that the engine has anyway,
    and what goes out is what they say when it does.

    Parameters
    ----------
    name
        Of the exporter, in the configuration.
    exporter
        Takes the windows.
    config
        Its settings.
    monitor
        Is asked which windows there are.
    directory
        Where it is kept how far it has come; ``None``: in memory.
    """

    def __init__(
        self,
        name: str,
        exporter: WindowExporter,
        config: ExporterConfig,
        monitor: Monitor,
        directory: Path | None,
    ) -> None:
        self._name = name
        self._exporter = exporter
        self._config = config
        self._monitor = monitor
        self._positions = Positions(directory, name)
        self._feed = WindowFeed(monitor, config.grace, config.lookback)
        self._stopped = threading.Event()
        self._work = RepeatedWork(
            f"export-{name}", self._catch_up, lambda: PAUSE_SECONDS, f"export {name} failed, it goes on"
        )
        self._counts = {"delivered": 0, "updated": 0, "dropped": 0}
        self._failures = 0
        self._backlog: dict[str, int] = {}
        self._last_success: float | None = None

    def start(self) -> None:
        """Work from now on."""
        self._work.start()

    def stop(self) -> None:
        """Stop after the attempt that is under way; what waits goes out after the next start."""
        self._stopped.set()
        self._work.stop()
        self._exporter.close()
        self._positions.close()

    def export_due(self) -> None:
        """
        Hand over all that is due.

        Raises
        ------
        DestinationUnavailableError
            If the destination takes nothing now, or a model cannot be asked, a file of it is damaged, say: the others
            are exported all the same.
        """
        failed: DriftlineError | None = None
        for model in self._models():
            try:
                while not self._stopped.is_set() and self._export_some(model):
                    pass
            except DestinationError:
                raise
            except DriftlineError as error:
                failed = failed or error
        if failed is not None:
            raise DestinationUnavailableError(str(failed)) from failed

    def describe(self) -> Iterable[Family]:
        """Nothing: see :meth:`collect`."""
        return []

    def collect(self) -> Iterator[Family]:
        """Yield what was handed over, what waits, and when the last of it went out."""
        outcomes = CounterMetricFamily(
            names.EXPORT_WINDOWS.name, names.EXPORT_WINDOWS.help, labels=names.EXPORT_WINDOWS.labels
        )
        for outcome, count in self._counts.items():
            outcomes.add_metric([self._name, outcome], count)
        yield outcomes
        failures = CounterMetricFamily(
            names.EXPORT_FAILURES.name, names.EXPORT_FAILURES.help, labels=names.EXPORT_FAILURES.labels
        )
        failures.add_metric([self._name], self._failures)
        yield failures
        yield self._gauge(names.EXPORT_BACKLOG, sum(self._backlog.values()))
        if self._last_success is not None:
            yield self._gauge(names.EXPORT_LAST_SUCCESS, self._last_success)
        for metric, count in self._exporter.counters():
            family = CounterMetricFamily(metric.name, metric.help, labels=metric.labels)
            family.add_metric([self._name], count)
            yield family

    def _gauge(self, metric: names.Metric, value: float) -> Family:
        family = GaugeMetricFamily(metric.name, metric.help, labels=metric.labels)
        family.add_metric([self._name], value)
        return family

    def _models(self) -> list[str]:
        chosen = self._config.models
        return [
            model.name for model in self._monitor.models(outline=True) if not chosen or model.name in chosen
        ]

    def _catch_up(self) -> None:
        """Each attempt looks anew at what there is: it may have become more, or too much."""
        for attempt in retrying(self._stopped):
            with attempt:
                try:
                    self.export_due()
                except DestinationUnavailableError as error:
                    self._failures += 1
                    logger.warning("export failed, it is tried again", exporter=self._name, why=str(error))
                    if self._stopped.is_set():
                        return
                    raise

    def _export_some(self, model: str) -> bool:
        """Hand over the earliest windows that are due; gives whether there are more."""
        first = self._feed.first_start(model)
        if first is None:
            return False
        due = self._feed.due(model, first, self._positions.of(model, first))
        self._backlog[model] = len(due)
        due = self._within_backlog(due)
        batch = due[: self._config.batch_windows]
        if batch:
            self._hand_over(batch)
            self._backlog[model] = len(due) - len(batch)
            self._positions.forget(model, first)
        return len(due) > len(batch)

    def _within_backlog(self, due: list[ClosedWindow]) -> list[ClosedWindow]:
        """The newest that may wait; the others are given up."""
        beyond = due[: max(0, len(due) - self._config.max_backlog)]
        if beyond:
            self._drop(beyond, "too many windows wait")
        return due[len(beyond) :]

    def _hand_over(self, batch: list[ClosedWindow]) -> None:
        try:
            self._exporter.export(batch)
        except WindowsRefusedError as error:
            self._failures += 1
            self._drop(error.windows, str(error))
            self._note([window for window in batch if window not in error.windows])
        except DestinationRefusedError as error:
            self._failures += 1
            self._drop(batch, str(error))
        else:
            self._note(batch)

    def _note(self, taken: Sequence[ClosedWindow]) -> None:
        """These have gone out."""
        if not taken:
            return
        self._positions.store(taken)
        self._last_success = time.time()
        updates = sum(window.is_update for window in taken)
        self._counts["updated"] += updates
        self._counts["delivered"] += len(taken) - updates

    def _drop(self, windows: Sequence[ClosedWindow], why: str) -> None:
        logger.error("windows are not exported", exporter=self._name, windows=len(windows), why=why)
        self._counts["dropped"] += len(windows)
        self._positions.store(windows)
