"""What ``/metrics`` says of the recent range, of one window: for all that is told window by window."""

from collections.abc import Mapping
from dataclasses import dataclass

from driftline.exporters.names import Metric
from driftline.exporters.version_metrics import add_range_metrics
from driftline.exporters.window_exporter import ClosedWindow
from driftline.query.monitor import Monitor
from driftline.query.selection import Selection


@dataclass(frozen=True)
class Figure:
    """
    One number of one window.

    Attributes
    ----------
    metric
        Its name, help and the names of its labels: one of :mod:`driftline.exporters.names`.
    labels
        By name: ``model``, ``version``, and ``feature``, ``quantile`` and so on.
    value
        The number.
    """

    metric: Metric
    labels: Mapping[str, str]
    value: float

    @property
    def name(self) -> str:
        """Name of the metric."""
        return self.metric.name


class _Figures:
    """Takes samples as a list."""

    def __init__(self) -> None:
        self.taken: list[Figure] = []

    def gauge(self, metric: Metric, value: float, *labels: str) -> None:
        """Take a sample."""
        self.taken.append(Figure(metric, dict(zip(metric.labels, labels, strict=True)), float(value)))


def figures_of(monitor: Monitor, window: ClosedWindow, max_features: int = 100) -> list[Figure]:
    """
    The figures of one window, by the questions that answer ``/metrics``.

    Parameters
    ----------
    monitor
        Is asked.
    window
        The window.
    max_features
        Most columns to tell of; those with most drift come first.
    """
    figures = _Figures()
    settings = monitor.get_monitor(window.model).to_proto()
    selection = selection_of(window).to_proto()
    add_range_metrics(figures, monitor.transport, settings, selection, max_features)
    return figures.taken


def selection_of(window: ClosedWindow) -> Selection:
    """The records of a window."""
    return Selection(
        window.model,
        version=window.version,
        start=window.start_unix_nanos,
        end=window.end_unix_nanos,
    )
