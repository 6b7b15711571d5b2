"""A span for each batch of a stream, in the traces of those who logged its records."""

import time
from collections.abc import Sequence

from opentelemetry import trace
from opentelemetry.trace import Link, SpanContext, SpanKind, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from driftline.v1 import ingest_pb2

NAME = "driftline.ingest/Batch"

MOST_LINKS = 32
"""Of a span; more spans than that are named by a sender that means no good."""

_FIELD = b"\x4a\x3700-"
"""How the field `traceparents` begins: its tag, its length of 55, and the version."""


class BatchSpans:
    """
    Makes the spans; only requests that name any are parsed here.

    Parameters
    ----------
    tracer
        Makes them.
    """

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    def note(self, request: bytes, began: int, stream: SpanContext) -> None:
        """
        Make the span of a batch that has been counted or refused by now.

        Parameters
        ----------
        request
            A serialised ``IngestRequest``.
        began
            When it was begun with, in nanoseconds since 1970.
        stream
            The span of the call that brought it.
        """
        if _FIELD not in request:
            return
        parsed = ingest_pb2.IngestRequest.FromString(request)
        callers = _contexts(parsed.traceparents)
        if not callers:
            return
        span = self._tracer.start_span(
            NAME,
            trace.set_span_in_context(trace.NonRecordingSpan(callers[0])),
            SpanKind.CONSUMER,
            {
                "driftline.model": parsed.model,
                "driftline.version": parsed.version,
                "driftline.producer_id": parsed.producer_id,
                "driftline.sequence": parsed.sequence,
            },
            [Link(each) for each in (*callers[1:], stream) if each.is_valid],
            began,
        )
        span.end(time.time_ns())


def _contexts(traceparents: Sequence[str]) -> list[SpanContext]:
    """Those that are valid, each once."""
    extract = TraceContextTextMapPropagator().extract
    found = (
        trace.get_current_span(extract({"traceparent": each})).get_span_context()
        for each in traceparents[:MOST_LINKS]
    )
    return list({(each.trace_id, each.span_id): each for each in found if each.is_valid}.values())
