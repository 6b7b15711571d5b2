"""Structured logs: lines for people, or one Elastic Common Schema object a line.

The loggers hand their fields to the standard library, so that a process which embeds a collector decides by its own
configuration what becomes of them.
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Literal

import structlog

from driftline.ecs_format import EcsFormatter

AUDIT = "driftline.audit"
"""Logger of the calls that change something."""


def get_logger(name: str) -> Any:
    """A logger whose calls take an event and fields: ``logger.info("flushed", rows=3)``."""
    return structlog.wrap_logger(
        logging.getLogger(name),
        processors=[
            structlog.stdlib.filter_by_level,
            _add_trace,
            structlog.stdlib.render_to_log_kwargs,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
    )


def _add_trace(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Name the span that is current, in the words of the Elastic Common Schema, where the process makes spans."""
    trace = sys.modules.get("opentelemetry.trace")
    if trace is not None:
        span = trace.get_current_span().get_span_context()
        if span.is_valid:
            event["trace.id"] = f"{span.trace_id:032x}"
            event["span.id"] = f"{span.span_id:016x}"
    return event


def configure_logging(level: str, log_format: Literal["console", "json"]) -> None:
    """
    Send the logs of this process to standard error.

    Parameters
    ----------
    level
        Least severe level that is logged.
    log_format
        ``console``: a line for people; ``json``: an ECS object a line.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(EcsFormatter() if log_format == "json" else _console_formatter())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    # Who changed what is told however little else is.
    logging.getLogger(AUDIT).setLevel(logging.INFO)
    logging.captureWarnings(True)


def _console_formatter() -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
        ],
    )
