"""The trace that a call is part of, where the program around it uses OpenTelemetry."""

import sys


def trace_metadata() -> tuple[tuple[str, str], ...]:
    """
    Metadata that make a call part of the trace of the span that is current; empty where there is none.

    A program that has not imported ``opentelemetry`` pays for looking that up.
    """
    trace = sys.modules.get("opentelemetry.trace")
    if trace is None or not trace.get_current_span().get_span_context().is_valid:
        return ()
    from opentelemetry import propagate

    carrier: dict[str, str] = {}
    propagate.inject(carrier)
    return tuple(carrier.items())


def traceparent() -> str:
    """
    The span that is current, as W3C Trace Context writes it, if it is sampled; else empty.

    Called for every record: the text is put together here, since only its one form is wanted.
    """
    trace = sys.modules.get("opentelemetry.trace")
    if trace is None:
        return ""
    context = trace.get_current_span().get_span_context()
    if not (context.is_valid and context.trace_flags.sampled):
        return ""
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"
