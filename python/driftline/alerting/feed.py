"""The windows that rules are evaluated on, as the query service lists them."""

from collections.abc import Iterable

from driftline.alerting.evaluator import SeenWindow
from driftline.query import Monitor
from driftline.query.results import WindowInfo


def windows_of(
    monitor: Monitor, model: str, start: int | None = None, end: int | None = None
) -> list[SeenWindow]:
    """
    List the windows of a model, of all versions.

    Parameters
    ----------
    monitor
        Is asked.
    model
        The model.
    start, end
        Range of event time in which they start, nanoseconds since 1970; ``None``: all.
    """
    return seen(monitor.windows(model=model, start=start, end=end))


def seen(windows: Iterable[WindowInfo]) -> list[SeenWindow]:
    """Windows as rules see them."""
    return [
        SeenWindow(
            version=each.version,
            start=each.start_unix_nanos,
            end=each.end_unix_nanos,
            records=each.records,
            labels=each.labels,
            revision=each.revision,
        )
        for each in windows
    ]
