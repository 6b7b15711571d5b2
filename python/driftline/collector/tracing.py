"""Spans of what the collector is asked to do, in the traces of those who ask."""

import os
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from driftline._core import __version__
from driftline.config.tracing import TracingConfig
from driftline.errors import MissingExtraError

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Tracer

    from driftline.collector.batch_spans import BatchSpans

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")


class Tracing:
    """
    Where spans go, if anywhere: without a tracer nothing is made, and OpenTelemetry is not even imported.

    Parameters
    ----------
    config
        Where a provider of the collector's own sends spans. ``None``: to the provider of the process, if it has set
        one; else to where the standard variables of OpenTelemetry say, if they do.
    environment
        The variables: ``OTEL_EXPORTER_OTLP_ENDPOINT`` and the like.
    writer_id
        Whose spans they are, beside those of other collectors.

    Raises
    ------
    MissingExtraError
        If there is a configuration, and the packages that it needs are absent.
    """

    def __init__(
        self, config: TracingConfig | None, environment: Mapping[str, str] = os.environ, writer_id: str = ""
    ) -> None:
        self._provider: TracerProvider | None = None
        self.tracer: Tracer | None = None
        """Makes the spans."""
        self._batches: BatchSpans | None = None
        if config is not None or _is_asked_for(environment):
            self._provider = _provider(config, environment, writer_id)
            self.tracer = self._provider.get_tracer("driftline", __version__)
        elif _has_provider():
            from opentelemetry import trace

            self.tracer = trace.get_tracer("driftline", __version__)
        if self.tracer is not None:
            from driftline.collector import batch_spans

            self._batches = batch_spans.BatchSpans(self.tracer)

    def stream(self) -> Callable[[bytes, int], None]:
        """
        How the batches of the stream whose span is current are made spans, in their callers' traces.

        Returns
        -------
        callable
            Takes a serialised ``IngestRequest`` and when it was begun with, in nanoseconds since 1970.
        """
        if self._batches is None:
            return _nothing
        from opentelemetry import trace

        return partial(self._batches.note, stream=trace.get_current_span().get_span_context())

    def span(self, name: str) -> AbstractContextManager[Any]:
        """A span around work inside a call; nothing where no spans are made."""
        return nullcontext() if self.tracer is None else self.tracer.start_as_current_span(name)

    def note(self, **figures: int) -> None:
        """Add ``driftline.`` attributes to the span that is current."""
        if self.tracer is not None:
            from opentelemetry import trace

            span = trace.get_current_span()
            span.set_attributes({f"driftline.{name}": value for name, value in figures.items()})

    def close(self) -> None:
        """Send what is left, for a few seconds at most."""
        if self._provider is not None:
            self._provider.shutdown()


def _nothing(_request: bytes, _began: int) -> None:
    """Where no spans are made."""


def _is_asked_for(environment: Mapping[str, str]) -> bool:
    """Whether the standard variables ask for traces, and the process has not taken care of that itself."""
    if environment.get("OTEL_SDK_DISABLED", "").lower() == "true" or _has_provider():
        return False
    exporter = environment.get("OTEL_TRACES_EXPORTER", "")
    is_named = any(environment.get(name) for name in _ENDPOINTS)
    return exporter == "otlp" or (is_named and not exporter and find_spec("opentelemetry.sdk") is not None)


def _has_provider() -> bool:
    """Whether the process makes spans already: for that it must have imported the SDK."""
    if "opentelemetry.sdk.trace" not in sys.modules:
        return False
    from opentelemetry import trace

    return not isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider)


def _provider(
    config: TracingConfig | None, environment: Mapping[str, str], writer_id: str
) -> "TracerProvider":
    try:
        from opentelemetry.sdk.resources import OTELResourceDetector, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

        exporter = _exporter(config, environment)
    except ImportError as error:
        raise MissingExtraError(
            f"traces need OpenTelemetry's SDK, `pip install 'driftline[otel]'`: {error}"
        ) from error
    attributes = {"service.name": "driftline", "service.version": __version__}
    if writer_id:
        attributes["driftline.writer_id"] = writer_id
    # Without a ratio the SDK asks OTEL_TRACES_SAMPLER, and samples all if that says nothing.
    ratio = None if config is None else config.sample_ratio
    provider = TracerProvider(
        sampler=None if ratio is None else ParentBased(TraceIdRatioBased(ratio)),
        resource=Resource(attributes).merge(OTELResourceDetector().detect()),
        shutdown_on_exit=False,
    )
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider


def _exporter(config: TracingConfig | None, environment: Mapping[str, str]) -> "SpanExporter":
    """Ours where there is a configuration; else OpenTelemetry's own, which reads the environment."""
    if config is not None:
        from driftline.exporters.otlp.span_exporter import DestinationSpanExporter

        return DestinationSpanExporter(config)
    protocol = next((environment[name] for name in _PROTOCOLS if environment.get(name)), "grpc")
    if protocol == "grpc":
        from opentelemetry.exporter.otlp.proto.grpc import trace_exporter as grpc_exporter

        return grpc_exporter.OTLPSpanExporter()
    from opentelemetry.exporter.otlp.proto.http import trace_exporter as http_exporter

    return http_exporter.OTLPSpanExporter()
