"""Windows by Prometheus' remote write 1.0: figures as samples, and the sketches' histograms as native ones."""

import math
from collections.abc import Iterator, Mapping, Sequence

import cramjam

from driftline.config.exporters.prometheus_remote_write import PrometheusRemoteWriteConfig
from driftline.config.secret import reveal
from driftline.delivery import DestinationRefusedError, HttpDestination
from driftline.exporters import names
from driftline.exporters.histograms import ColumnHistogram, histograms_of
from driftline.exporters.label_values import label_value
from driftline.exporters.messages import remote_write_pb2 as pb
from driftline.exporters.names import Metric
from driftline.exporters.native_histogram import ZERO_THRESHOLD, NativeHistogram, native_histogram
from driftline.exporters.taken_windows import TakenWindows
from driftline.exporters.window_exporter import ClosedWindow, WindowExporter
from driftline.exporters.window_figures import figures_of
from driftline.logs import get_logger
from driftline.query.monitor import Monitor

logger = get_logger("driftline.exporters")

HEADERS = {
    "Content-Encoding": "snappy",
    "Content-Type": "application/x-protobuf",
    "User-Agent": "driftline",
    "X-Prometheus-Remote-Write-Version": "0.1.0",
}

MOST_POINTS = 5_000
"""Samples and histograms after which a request ends, with the window that they belong to."""

_DISTRIBUTIONS = {"latency": names.LATENCY_DISTRIBUTION, "score": names.SCORE_DISTRIBUTION}


class RemoteWriteExporter(WindowExporter):
    """
    Sends what windows say, with the time of their end.

    Parameters
    ----------
    config
        Where to.
    monitor
        Is asked for the figures and histograms.

    Raises
    ------
    ConfigurationError
        If a secret cannot be read.
    """

    def __init__(self, config: PrometheusRemoteWriteConfig, monitor: Monitor) -> None:
        self._config = config
        self._monitor = monitor
        self._destination = _destination(config)
        self._taken = TakenWindows()
        self._rejected = 0
        self._left_out = 0

    def export(self, windows: Sequence[ClosedWindow]) -> None:
        """
        Send windows, some at a time; those that are refused alone, a window that is older than what the endpoint has
        say, are counted and keep none of the others back.

        Raises
        ------
        DestinationUnavailableError
            If it cannot be reached or takes nothing now; what it has taken is not sent again.
        DestinationRefusedError
            If it refuses all of them.
        """
        refused: list[DestinationRefusedError] = []
        sent = 0
        for group in self._groups(windows):
            sent += len(group)
            refused += self._send(group)
        self._taken.clear()
        if sent and len(refused) == sent:
            raise refused[-1]

    def counters(self) -> Iterator[tuple[Metric, int]]:
        """See :meth:`WindowExporter.counters`."""
        yield names.EXPORT_REJECTED, self._rejected
        yield names.EXPORT_LEFT_OUT, self._left_out

    def close(self) -> None:
        """Close the connections."""
        self._destination.close()

    def _groups(
        self, windows: Sequence[ClosedWindow]
    ) -> Iterator[list[tuple[ClosedWindow, list[pb.TimeSeries]]]]:
        """Windows with their series, as many as make a request."""
        group: list[tuple[ClosedWindow, list[pb.TimeSeries]]] = []
        points = 0
        for window in self._taken.rest(windows):
            if window.is_update and not self._config.updates:
                self._left_out += 1
                continue
            series = list(self._series(window))
            group.append((window, series))
            points += len(series)
            if points >= MOST_POINTS:
                yield group
                group, points = [], 0
        if group:
            yield group

    def _send(
        self, group: Sequence[tuple[ClosedWindow, list[pb.TimeSeries]]]
    ) -> list[DestinationRefusedError]:
        """Send a request; one that is refused is cut in halves until it is clear which windows are not wanted."""
        request = pb.WriteRequest(timeseries=[each for _, series in group for each in series])
        body = bytes(cramjam.snappy.compress_raw(request.SerializeToString()))
        try:
            self._destination.post(body, headers=HEADERS)
        except DestinationRefusedError as error:
            if len(group) > 1:
                half = len(group) // 2
                return self._send(group[:half]) + self._send(group[half:])
            ((window, series),) = group
            self._rejected += len(series)
            logger.warning(
                "a window was refused",
                model=window.model,
                version=window.version,
                end=window.end_unix_nanos,
                why=str(error),
            )
            return [error]
        for window, _ in group:
            self._taken.note(window)
        return []

    def _series(self, window: ClosedWindow) -> Iterator[pb.TimeSeries]:
        """One sample each."""
        at = window.end_unix_nanos // 1_000_000
        for figure in figures_of(self._monitor, window, self._config.max_features):
            yield pb.TimeSeries(
                labels=self._labels(figure.name, figure.labels),
                samples=[pb.Sample(value=figure.value, timestamp=at)],
            )
        if self._config.histograms:
            for column in histograms_of(self._monitor, window):
                native = _native(window, column)
                labels = dict(zip(native.metric.labels, native.labels, strict=True))
                yield pb.TimeSeries(
                    labels=self._labels(native.metric.name, labels), histograms=[_histogram(native, at)]
                )

    def _labels(self, name: str, labels: Mapping[str, str]) -> list[pb.Label]:
        """Sorted by name, as the protocol wants them."""
        own = {label: label_value(value) for label, value in labels.items()}
        # An empty value is no label.
        pairs = sorted({**self._config.labels, **own, "__name__": name}.items())
        return [pb.Label(name=label, value=value) for label, value in pairs if value]


def _native(window: ClosedWindow, column: ColumnHistogram) -> NativeHistogram:
    version = (window.model, window.version)
    if column.role in _DISTRIBUTIONS:
        return native_histogram(_DISTRIBUTIONS[column.role], version, column)
    return native_histogram(names.FEATURE_DISTRIBUTION, (*version, column.column), column)


def _histogram(native: NativeHistogram, at: int) -> pb.Histogram:
    """A gauge: a window is not counted on from the one before."""
    message = pb.Histogram(
        count_int=native.count,
        sum=native.sum if math.isfinite(native.sum) else math.nan,
        schema=native.schema,
        zero_threshold=ZERO_THRESHOLD,
        zero_count_int=native.zero_count,
        positive_deltas=native.positive.deltas.tolist(),
        negative_deltas=native.negative.deltas.tolist(),
        reset_hint=pb.Histogram.GAUGE,
        timestamp=at,
    )
    for spans, buckets in (
        (message.positive_spans, native.positive),
        (message.negative_spans, native.negative),
    ):
        for offset, length in zip(buckets.offsets.tolist(), buckets.lengths.tolist(), strict=True):
            spans.add(offset=offset, length=length)
    return message


def _destination(config: PrometheusRemoteWriteConfig) -> HttpDestination:
    headers, auth = {}, None
    if config.token is not None or config.token_file is not None:
        headers["Authorization"] = f"Bearer {reveal('token', config.token, config.token_file)}"
    if config.user is not None:
        auth = (config.user, reveal("password", config.password, config.password_file))
    if config.tenant is not None:
        headers["X-Scope-OrgID"] = config.tenant
    return HttpDestination(
        config.url,
        "the remote write endpoint",
        headers=headers,
        timeout_seconds=config.timeout.total_seconds(),
        auth=auth,
        verify=True if config.ca_file is None else str(config.ca_file),
    )
