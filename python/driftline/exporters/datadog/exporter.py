"""Closed windows as metrics of DogStatsD."""

from collections.abc import Iterator, Mapping, Sequence

from driftline.config.exporters.datadog import DatadogConfig
from driftline.delivery import dogstatsd as lines
from driftline.delivery.agent_socket import AgentSocket
from driftline.exporters import names
from driftline.exporters.datadog.midpoints import midpoints
from driftline.exporters.histograms import histograms_of
from driftline.exporters.instruments import instrument, values_instrument
from driftline.exporters.names import Metric
from driftline.exporters.taken_windows import TakenWindows
from driftline.exporters.window_exporter import ClosedWindow, WindowExporter
from driftline.exporters.window_figures import figures_of
from driftline.query.monitor import Monitor

RECORDS = "driftline.records"
LABELS = "driftline.labels"
CHECK = "driftline.export"


class DatadogExporter(WindowExporter):
    """
    Figures as gauges, and records as counts, with the time at which their window ended.

    A window that is told again gives its gauges anew, with the same time; its counts are not: they would add up.

    Parameters
    ----------
    config
        Where to.
    monitor
        Is asked what the windows say.
    """

    def __init__(self, config: DatadogConfig, monitor: Monitor) -> None:
        self._config = config
        self._monitor = monitor
        self._socket = AgentSocket(config.address, config.timeout.total_seconds())
        self._taken = TakenWindows()
        self._name = ""
        self._writer_id = ""
        self._packets = self._too_long = 0

    def begin(self, name: str, writer_id: str) -> None:
        """See :meth:`WindowExporter.begin`."""
        self._name, self._writer_id = name, writer_id

    def export(self, windows: Sequence[ClosedWindow]) -> None:
        """See :meth:`WindowExporter.export`: an agent takes what is sent to it, and does not say so."""
        for window in self._taken.rest(windows):
            for packet, _ in lines.packets(self._lines(window), self._socket.most_bytes):
                if len(packet) > self._socket.most_bytes:
                    self._too_long += 1
                    continue
                self._socket.send(packet)
                self._packets += 1
            self._taken.note(window)
        self._taken.clear()

    def counters(self) -> Iterator[tuple[Metric, int]]:
        """See :meth:`WindowExporter.counters`."""
        yield names.EXPORT_PACKETS, self._packets
        yield names.EXPORT_REJECTED, self._too_long

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def _lines(self, window: ClosedWindow) -> Iterator[str]:
        at = window.end_unix_nanos // 10**9
        for figure in figures_of(self._monitor, window, self._config.max_features):
            line = lines.gauge(instrument(figure.metric).name, figure.value, self._tags(figure.labels), at)
            if line is not None:
                yield line
        version = {"model": window.model, "version": window.version}
        if not window.is_update:
            yield lines.count(RECORDS, window.records, self._tags(version), at)
            if self._config.distributions == "midpoints":
                yield from self._distributions(window)
        about = {"exporter": self._name} | ({"writer": self._writer_id} if self._writer_id else {})
        yield lines.service_check(CHECK, "ok", self._tags(version | about), at, "a window was told")

    def _distributions(self, window: ClosedWindow) -> Iterator[str]:
        for histogram in histograms_of(self._monitor, window):
            labels = {"model": window.model, "version": window.version, "feature": histogram.column}
            tags = self._tags(labels)
            name = values_instrument(histogram.role).name
            for value, times in midpoints(histogram):
                yield lines.distribution(name, value, times, tags)

    def _tags(self, labels: Mapping[str, str]) -> str:
        return lines.tags(labels, self._config.tags)
