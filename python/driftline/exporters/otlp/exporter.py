"""Closed windows as metrics of OpenTelemetry."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse

from driftline.config.exporters.otlp import OtlpExporterConfig
from driftline.exporters import names
from driftline.exporters.coarser_buckets import at_most
from driftline.exporters.histograms import histograms_of
from driftline.exporters.instruments import instrument, values_instrument
from driftline.exporters.names import Metric
from driftline.exporters.otlp.destination import open_destination
from driftline.exporters.otlp.messages import resource
from driftline.exporters.otlp.points import histogram_point, number_point
from driftline.exporters.otlp.requests import MAX_REQUEST_BYTES, Sample, requests_of
from driftline.exporters.taken_windows import TakenWindows
from driftline.exporters.window_exporter import ClosedWindow, WindowExporter
from driftline.exporters.window_figures import figures_of
from driftline.logs import get_logger
from driftline.query.monitor import Monitor

logger = get_logger("driftline.exporters")

_DAY_NANOS = 86_400 * 10**9


class OtlpExporter(WindowExporter):
    """
    Figures as gauges, columns as exponential histograms, each with the times of its window.

    A window that is told again gives its gauges anew, with the same time, and no histograms: a delta can only add, and
    a cumulative histogram of the past is out of order. Those left out are counted.

    Parameters
    ----------
    config
        Where to, and how.
    monitor
        Is asked what the windows say.
    """

    def __init__(self, config: OtlpExporterConfig, monitor: Monitor) -> None:
        self._config = config
        self._monitor = monitor
        self._resource = resource("", config.resource_attributes)
        self._destination = open_destination(config, "metrics", config.timeout.total_seconds())
        self._taken = TakenWindows()
        self._rejected = self._left_out = 0

    def begin(self, _: str, writer_id: str) -> None:
        """See :meth:`WindowExporter.begin`."""
        self._resource = resource(writer_id, self._config.resource_attributes)

    def export(self, windows: Sequence[ClosedWindow]) -> None:
        """
        See :meth:`WindowExporter.export`.

        What the receiver took of windows that come again because it did not take all of them is not sent again.
        """
        group: list[ClosedWindow] = []
        samples: list[Sample] = []
        size = 0
        for window in self._taken.rest(windows):
            told = list(self._samples(window))
            added = sum(sample.size for sample in told)
            if group and size + added > MAX_REQUEST_BYTES:
                self._send(group, samples)
                group, samples, size = [], [], 0
            group.append(window)
            samples += told
            size += added
        self._send(group, samples)
        self._taken.clear()

    def counters(self) -> Iterator[tuple[Metric, int]]:
        """See :meth:`WindowExporter.counters`."""
        yield names.EXPORT_REJECTED, self._rejected
        yield names.EXPORT_LEFT_OUT, self._left_out

    def close(self) -> None:
        """Close the connection."""
        self._destination.close()

    def _send(self, windows: Sequence[ClosedWindow], samples: Sequence[Sample]) -> None:
        for request in requests_of(samples, self._resource, self._config.temporality):
            response = self._destination.send(request.body, ExportMetricsServiceResponse)
            refused = response.partial_success
            if refused.rejected_data_points or refused.error_message:
                self._rejected += refused.rejected_data_points
                logger.warning(
                    "the receiver did not take all data points",
                    points=request.points,
                    rejected=refused.rejected_data_points,
                    why=refused.error_message[:300],
                )
        for window in windows:
            self._taken.note(window)
        if self._config.histograms:
            self._left_out += sum(window.is_update for window in windows)

    def _samples(self, window: ClosedWindow) -> Iterator[Sample]:
        start, end = window.start_unix_nanos, window.end_unix_nanos
        for figure in figures_of(self._monitor, window, self._config.max_features):
            yield Sample(instrument(figure.metric), number_point(figure.value, figure.labels, start, end))
        if self._config.histograms and not window.is_update:
            yield from self._histograms(window)

    def _histograms(self, window: ClosedWindow) -> Iterator[Sample]:
        start, end = window.start_unix_nanos, window.end_unix_nanos
        if self._config.temporality == "cumulative":
            # Whatever came late for earlier windows of the day is in it.
            start -= start % _DAY_NANOS
        for histogram in histograms_of(self._monitor, replace(window, start_unix_nanos=start)):
            labels = {
                "model": window.model,
                "version": window.version,
                "feature": histogram.column,
                "role": histogram.role,
            }
            told = at_most(histogram, self._config.max_buckets)
            yield Sample(values_instrument(histogram.role), histogram_point(told, labels, start, end))
