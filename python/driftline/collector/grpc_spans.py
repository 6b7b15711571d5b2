"""A span for each call of the gRPC door, by OpenTelemetry's conventions for remote procedure calls."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any

import grpc
from opentelemetry import propagate, trace
from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer

from driftline.collector.grpc_access import OPEN_METHODS
from driftline.collector.grpc_handlers import Behavior, wrapped

_SERVER_FAULTS = frozenset(
    (
        grpc.StatusCode.UNKNOWN,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.UNIMPLEMENTED,
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DATA_LOSS,
    )
)
"""What makes the span of a server an error; the others are the caller's mistakes."""

_END = object()


class CallSpans(grpc.ServerInterceptor):  # type: ignore[type-arg]  # it is generic in the stub only
    """
    Makes a span of each call but those about health, a child of the span that the caller's metadata name.

    Parameters
    ----------
    tracer
        Makes them.
    """

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
        """The same handler inside a span."""
        handler = continuation(handler_call_details)
        method = handler_call_details.method
        if handler is None or method in OPEN_METHODS:
            return handler
        metadata = handler_call_details.invocation_metadata

        def trace_behavior(behavior: Behavior) -> Behavior:
            def answer(request: Any, context: grpc.ServicerContext) -> Any:
                return _answered(self._start(method, metadata, context), behavior, request, context)

            def stream(request: Any, context: grpc.ServicerContext) -> Any:
                return _streamed(self._start(method, metadata, context), behavior, request, context)

            return stream if handler.response_streaming else answer

        return wrapped(handler, trace_behavior)

    def _start(
        self, method: str, metadata: Sequence[tuple[str, str | bytes]] | None, context: grpc.ServicerContext
    ) -> Span:
        carrier = {key: value for key, value in metadata or () if isinstance(value, str)}
        name = method.removeprefix("/")
        attributes: dict[str, str | int] = {"rpc.system.name": "grpc", "rpc.method": name}
        return self._tracer.start_span(
            name,
            propagate.extract(carrier),
            SpanKind.SERVER,
            attributes | _peer(context.peer()),
        )


def _answered(span: Span, behavior: Behavior, request: Any, context: grpc.ServicerContext) -> Any:
    outcome = grpc.StatusCode.UNKNOWN
    try:
        with _current(span):
            answer = behavior(request, context)
        outcome = grpc.StatusCode.OK
        return answer
    finally:
        _end(span, context, outcome)


def _streamed(span: Span, behavior: Behavior, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
    """The answers. The span is current while one is made, not while it is taken: that is another context."""
    answers: Any = None
    outcome = grpc.StatusCode.UNKNOWN
    try:
        while True:
            with _current(span):
                if answers is None:
                    answers = behavior(request, context)
                answer = next(answers, _END)
            if answer is _END:
                outcome = grpc.StatusCode.OK
                return
            yield answer
    except GeneratorExit:
        outcome = grpc.StatusCode.CANCELLED
        raise
    finally:
        with _current(span):
            if isinstance(answers, Generator):
                answers.close()
        _end(span, context, outcome)


def _current(span: Span) -> AbstractContextManager[Span]:
    """Errors become statuses of calls, which say how a span ended."""
    return trace.use_span(span, record_exception=False, set_status_on_exception=False)


def _end(span: Span, context: grpc.ServicerContext, outcome: grpc.StatusCode) -> None:
    """End a span by the status of its call; ``outcome`` where the call has set none."""
    if not span.is_recording():
        return
    code = context.code() or outcome  # type: ignore[attr-defined]  # the stub lacks it
    span.set_attribute("rpc.response.status_code", code.name)
    if code is not grpc.StatusCode.OK:
        span.set_attribute("error.type", code.name)
    if code in _SERVER_FAULTS:
        details = context.details() or b""  # type: ignore[attr-defined]  # likewise
        span.set_status(StatusCode.ERROR, details if isinstance(details, str) else details.decode())
    span.end()


def _peer(peer: str) -> dict[str, str | int]:
    """Address and port out of ``ipv4:127.0.0.1:50123``."""
    kind, _, rest = peer.partition(":")
    if kind not in ("ipv4", "ipv6"):
        return {}
    address, _, port = rest.rpartition(":")
    found: dict[str, str | int] = {"network.peer.address": address.replace("%5B", "").replace("%5D", "")}
    return found | ({"network.peer.port": int(port)} if port.isdigit() else {})
