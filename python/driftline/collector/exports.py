"""The exporters of a collector: built from the configuration, started, stopped."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack

from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from driftline._core import Engine
from driftline.config import CollectorConfig
from driftline.exporters.build import build_exporter
from driftline.exporters.export_worker import ExportWorker
from driftline.query import EngineTransport, Monitor
from driftline.storage import Answers


def start_exports(
    config: CollectorConfig, engine: Engine, answers: Answers, registry: CollectorRegistry, writer_id: str
) -> Callable[[], None]:
    """
    Start a worker for each exporter of a configuration.

    Parameters
    ----------
    config
        Names the exporters.
    engine, answers
        What is exported.
    registry
        Takes how the exporters are.
    writer_id
        Tells the collector from others; empty: nothing does.

    Returns
    -------
    callable
        Stops them.

    Raises
    ------
    MissingExtraError
        If a package that an exporter needs is not installed.
    ConfigurationError
        If a secret cannot be read.
    """
    workers: list[ExportWorker] = []
    with ExitStack() as started:
        for name, settings in config.exporters.items():
            monitor = Monitor(EngineTransport(engine, answers))
            exporter = build_exporter(settings, monitor)
            exporter.begin(name, writer_id)
            worker = ExportWorker(name, exporter, settings, monitor, config.data_dir)
            started.callback(worker.stop)
            workers.append(worker)
            worker.start()
        if workers:
            registry.register(_Reports(workers))
        return started.pop_all().close


class _Reports(Collector):
    """What all workers report, each family once: a page that has one twice is not valid."""

    def __init__(self, workers: Sequence[ExportWorker]) -> None:
        self._workers = workers

    def describe(self) -> Iterable[Family]:
        """Nothing: see :meth:`collect`."""
        return []

    def collect(self) -> Iterator[Family]:
        """Yield the families of all workers."""
        families: dict[str, Family] = {}
        for worker in self._workers:
            for family in worker.collect():
                known = families.setdefault(family.name, family)
                if known is not family:
                    known.samples.extend(family.samples)
        yield from families.values()
