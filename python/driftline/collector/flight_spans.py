"""A span for each call of the Flight door, in its caller's trace."""

from typing import Any

from opentelemetry import propagate
from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer
from pyarrow import flight

MIDDLEWARE = "driftline-spans"

_METHODS = {flight.FlightMethod.DO_PUT: "DoPut"}
"""Those that are served; all others are refused by Flight itself."""


class CallSpan(flight.ServerMiddleware):
    """Ends the span of one call with it."""

    def __init__(self, span: Span) -> None:
        self._span = span

    def call_completed(self, exception: Exception | None) -> None:
        """Note how the call ended."""
        code = "OK" if exception is None else type(exception).__name__
        self._span.set_attribute("rpc.response.status_code", code)
        if exception is not None:
            self._span.set_attribute("error.type", code)
            self._span.set_status(StatusCode.ERROR)
        self._span.end()


class SpanFactory(flight.ServerMiddlewareFactory):
    """
    Makes a span of each call, a child of the span that the caller's headers name.

    Parameters
    ----------
    tracer
        Makes them.
    """

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    def start_call(self, info: flight.CallInfo, headers: dict[str, list[Any]]) -> CallSpan | None:
        """Begin a span."""
        method = _METHODS.get(info.method)
        if method is None:
            return None
        carrier = {key.lower(): values for key, values in headers.items()}
        name = f"arrow.flight.protocol.FlightService/{method}"
        attributes = {"rpc.system.name": "grpc", "rpc.method": name}
        return CallSpan(
            self._tracer.start_span(name, propagate.extract(carrier), SpanKind.SERVER, attributes)
        )
