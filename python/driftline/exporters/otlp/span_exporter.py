"""Spans of OpenTelemetry's SDK to a receiver as it is configured."""

import threading
from collections.abc import Sequence

from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from tenacity.stop import stop_after_delay

from driftline.config.otlp import OtlpConnectionConfig
from driftline.delivery import DestinationError, retrying
from driftline.exporters.otlp.destination import open_destination
from driftline.logs import get_logger

logger = get_logger("driftline.exporters")

TIMEOUT_SECONDS = 10.0
"""Of one request."""

RETRY_SECONDS = 30.0
"""How long a batch is tried again; the SDK's queue is bounded, and drops what does not fit meanwhile."""


class DestinationSpanExporter(SpanExporter):
    """
    Sends spans over the connection that metrics and logs have, too: the same certificates, headers and retries.

    Parameters
    ----------
    config
        Where to.

    Raises
    ------
    ConfigurationError
        If a file of the receiver's certificates cannot be read.
    """

    def __init__(self, config: OtlpConnectionConfig) -> None:
        self._destination = open_destination(config, "traces", TIMEOUT_SECONDS)
        self._stopped = threading.Event()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send a batch; FAILURE after half a minute without success, or at once where it is refused."""
        request = encode_spans(spans).SerializeToString()
        try:
            for attempt in retrying(self._stopped, stop_after_delay(RETRY_SECONDS), 5.0):
                with attempt:
                    self._destination.send(request, ExportTraceServiceResponse)
        except DestinationError as error:
            logger.warning("spans are lost", spans=len(spans), why=str(error))
            return SpanExportResult.FAILURE
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        """Try nothing again from now on."""
        self._stopped.set()
        self._destination.close()
