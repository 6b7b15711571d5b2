"""The exporters of a collector: built from the configuration, started, stopped."""

from collections.abc import Callable
from contextlib import ExitStack

from prometheus_client import CollectorRegistry

from driftline._core import Engine
from driftline.config import CollectorConfig
from driftline.exporters.build import build_exporter
from driftline.exporters.export_worker import ExportWorker
from driftline.query import EngineTransport, Monitor
from driftline.storage import Answers


def start_exports(
    config: CollectorConfig, engine: Engine, answers: Answers, registry: CollectorRegistry
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
    with ExitStack() as started:
        for name, settings in config.exporters.items():
            monitor = Monitor(EngineTransport(engine, answers))
            exporter = build_exporter(settings, monitor)
            worker = ExportWorker(name, exporter, settings, monitor, config.data_dir)
            started.callback(worker.stop)
            registry.register(worker)
            worker.start()
        return started.pop_all().close
