"""Sending the collector's own logs by OTLP."""

import logging
from collections.abc import Callable

from prometheus_client import CollectorRegistry

from driftline.config.log_export import LogExportConfig
from driftline.errors import MissingExtraError

LOGGER = "driftline"
"""Whose records are sent: those of this package, whatever else the process logs."""


def start_log_export(
    config: LogExportConfig, registry: CollectorRegistry, writer_id: str
) -> Callable[[], None]:
    """
    Send records from now on.

    Parameters
    ----------
    config
        Where to.
    registry
        Takes what became of them.
    writer_id
        Tells the collector from others; empty: nothing does.

    Returns
    -------
    callable
        Sends what is left, for two seconds at most, and stops.

    Raises
    ------
    MissingExtraError
        If a package that it needs is not installed.
    ConfigurationError
        If a file of the receiver's certificates cannot be read.
    """
    try:
        from driftline.exporters.otlp.log_export import LogExport
        from driftline.exporters.otlp.messages import resource
    except ModuleNotFoundError as error:
        raise MissingExtraError(f"log_export needs `pip install 'driftline[otel]'`: {error}") from error
    export = LogExport(config, resource(writer_id, {}))
    registry.register(export)
    logger = logging.getLogger(LOGGER)
    export.start()
    logger.addHandler(export)

    def stop() -> None:
        logger.removeHandler(export)
        export.stop()

    return stop
