"""Log records of the standard library as those of OTLP."""

import logging
import sys
import traceback
from typing import Any

from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, SeverityNumber

from driftline.exporters.otlp.messages import AttributeValue, attributes

# https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber
_SEVERITIES: tuple[tuple[int, "SeverityNumber.ValueType"], ...] = (
    (logging.CRITICAL, SeverityNumber.SEVERITY_NUMBER_FATAL),
    (logging.ERROR, SeverityNumber.SEVERITY_NUMBER_ERROR),
    (logging.WARNING, SeverityNumber.SEVERITY_NUMBER_WARN),
    (logging.INFO, SeverityNumber.SEVERITY_NUMBER_INFO),
    (logging.DEBUG, SeverityNumber.SEVERITY_NUMBER_DEBUG),
)

_OWN_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_TRACE_FIELDS = frozenset(("trace.id", "span.id"))
"""They have fields of their own in OTLP."""


def log_message(record: logging.LogRecord) -> LogRecord:
    """
    One record with its fields as attributes, in the span that is current.

    Fields that are neither text, number nor boolean become text.
    """
    nanos = int(record.created * 1e9)
    message = LogRecord(
        time_unix_nano=nanos,
        observed_time_unix_nano=nanos,
        severity_number=_severity(record.levelno),
        severity_text=record.levelname,
        body=AnyValue(string_value=_text(record.getMessage())),
        attributes=attributes(_fields(record) | _exception(record)),
    )
    trace = sys.modules.get("opentelemetry.trace")
    if trace is not None:
        span = trace.get_current_span().get_span_context()
        if span.is_valid:
            message.trace_id = span.trace_id.to_bytes(16, "big")
            message.span_id = span.span_id.to_bytes(8, "big")
            message.flags = span.trace_flags
    return message


def _severity(level: int) -> "SeverityNumber.ValueType":
    return next(
        (number for least, number in _SEVERITIES if level >= least), SeverityNumber.SEVERITY_NUMBER_TRACE
    )


def _fields(record: logging.LogRecord) -> dict[str, AttributeValue]:
    given = {key: value for key, value in vars(record).items() if key not in _OWN_FIELDS | _TRACE_FIELDS}
    return {"log.logger": record.name} | {key: _plain(value) for key, value in given.items()}


def _plain(value: Any) -> AttributeValue:
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return str(value)
    return value if isinstance(value, bool | int | float) else _text(str(value))


def _text(text: str) -> str:
    """The text, with a question mark for what UTF-8 cannot say."""
    return text.encode("utf-8", "replace").decode()


def _exception(record: logging.LogRecord) -> dict[str, AttributeValue]:
    if not record.exc_info or record.exc_info[1] is None:
        return {}
    error = record.exc_info[1]
    return {
        "exception.type": type(error).__qualname__,
        "exception.message": _text(str(error)),
        "exception.stacktrace": _text("".join(traceback.format_exception(error))),
    }
