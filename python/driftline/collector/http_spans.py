"""A span for each request of the HTTP door, by OpenTelemetry's conventions for HTTP."""

from opentelemetry import propagate, trace
from opentelemetry.trace import SpanKind, StatusCode, Tracer
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from driftline.collector.http_access import OPEN_PATHS

_SERVER_FAULT = 500


class RequestSpans:
    """
    Makes a span of each request but those about health, a child of the span that its headers name.

    Parameters
    ----------
    app
        What is served.
    tracer
        Makes them.
    """

    def __init__(self, app: ASGIApp, tracer: Tracer) -> None:
        self._app = app
        self._tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["path"] in OPEN_PATHS:
            await self._app(scope, receive, send)
            return
        attributes = {
            "http.request.method": scope["method"],
            "url.path": scope["path"],
            "url.scheme": scope["scheme"],
        }
        # The path is the caller's word: only one that is served goes into the name.
        parent = propagate.extract(dict(Headers(scope=scope)))
        span = self._tracer.start_span(scope["method"], parent, SpanKind.SERVER, attributes)

        async def note_status(message: Message) -> None:
            if message["type"] == "http.response.start":
                span.set_attribute("http.response.status_code", message["status"])
                if message["status"] >= _SERVER_FAULT:
                    span.set_status(StatusCode.ERROR)
            await send(message)

        with trace.use_span(span, end_on_exit=True):
            await self._app(scope, receive, note_status)
            route = getattr(scope.get("endpoint"), "__name__", None)
            if route is not None:
                span.set_attribute("http.route", scope["path"])
                span.update_name(f"{scope['method']} {scope['path']}")
