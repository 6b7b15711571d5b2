"""Which windows are over and not handed over as they are now."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from driftline.config.duration import nanoseconds
from driftline.exporters.window_exporter import ClosedWindow
from driftline.query.monitor import Monitor
from driftline.query.results import WindowInfo
from driftline.query.window_list import WindowList

_LONGEST_UNREST = 10
"""After so many times the grace, a window that still changes is handed over as it is."""


@dataclass
class _Unsettled:
    handed_over: int | None
    revision: int
    changed: int
    since: int


class WindowFeed:
    """
    Finds the windows of a model that are over: their end lies back by the grace, and for that long nothing has come.

    Parameters
    ----------
    monitor
        Is asked.
    grace
        How long a window waits for late records.
    lookback
        How far back from a version's newest window changes are looked for.
    now
        Nanoseconds since the Unix epoch.
    """

    def __init__(
        self,
        monitor: Monitor,
        grace: timedelta,
        lookback: timedelta,
        now: Callable[[], int] = time.time_ns,
    ) -> None:
        self._monitor = monitor
        self._grace = nanoseconds(grace)
        self._lookback = nanoseconds(lookback)
        self._now = now
        self._windows = WindowList(monitor, now)
        self._unsettled: dict[tuple[str, str, int], _Unsettled] = {}

    def first_start(self, model: str) -> int | None:
        """The start from which on changes are looked for; ``None`` while the model has no records."""
        ends = [
            version.coverage.end_unix_nanos
            for version in self._monitor.models(outline=True)[model].versions
            if version.coverage.windows
        ]
        return max(ends) - self._lookback if ends else None

    def due(self, model: str, first_start: int, known: Mapping[tuple[str, int], int]) -> list[ClosedWindow]:
        """
        The windows to be handed over, the earliest first.

        Parameters
        ----------
        model
            Its name.
        first_start
            From which start on.
        known
            The revisions already handed over, by version and start.
        """
        now = self._now()
        length = nanoseconds(self._monitor.get_monitor(model).window)
        listed = self._windows.of(model, first_start)
        # Rolled-up windows are made of those that were handed over.
        of_length = [each for each in listed if each.end_unix_nanos - each.start_unix_nanos == length]
        changed = [
            each
            for each in of_length
            if each.end_unix_nanos + self._grace <= now
            and known.get((each.version, each.start_unix_nanos), -1) != each.revision
        ]
        settled = [each for each in changed if self._is_settled(model, each, known, now)]
        self._forget(model, changed)
        due = [_closed(model, each, known) for each in _in_order(settled, changed, known)]
        return sorted(due, key=lambda each: (each.start_unix_nanos, each.version))

    def _is_settled(
        self, model: str, window: WindowInfo, known: Mapping[tuple[str, int], int], now: int
    ) -> bool:
        key = (model, window.version, window.start_unix_nanos)
        handed_over = known.get((window.version, window.start_unix_nanos))
        seen = self._unsettled.get(key)
        if seen is None or seen.handed_over != handed_over:
            # What has come into a window until now, while it waited, was in time.
            has_just_closed = window.end_unix_nanos + 2 * self._grace > now
            since = now - self._grace if handed_over is None and has_just_closed else now
            seen = self._unsettled[key] = _Unsettled(handed_over, window.revision, since, since)
        elif seen.revision != window.revision:
            seen.revision, seen.changed = window.revision, now
        return now - seen.changed >= self._grace or now - seen.since >= _LONGEST_UNREST * self._grace

    def _forget(self, model: str, changed: Iterable[WindowInfo]) -> None:
        """What was handed over, or is gone, is not waited for."""
        waiting = {(model, each.version, each.start_unix_nanos) for each in changed}
        gone = [key for key in self._unsettled if key[0] == model and key not in waiting]
        for key in gone:
            del self._unsettled[key]


def _in_order(
    settled: Iterable[WindowInfo], changed: Iterable[WindowInfo], known: Mapping[tuple[str, int], int]
) -> Iterator[WindowInfo]:
    """
    Those before which no window of their version still waits to be handed over for the first time.

    After a long pause between two looks, the newest window settles before those that are seen for the first time
    then; some destinations, Prometheus for one, take nothing that is older than what they have.
    """
    settled = list(settled)
    ready = {_key(each) for each in settled}
    waiting: dict[str, int] = {}
    for each in changed:
        key = _key(each)
        if key not in ready and key not in known:
            waiting[each.version] = min(key[1], waiting.get(each.version, key[1]))
    for each in settled:
        first = waiting.get(each.version)
        if first is None or each.start_unix_nanos < first or _key(each) in known:
            yield each


def _key(window: WindowInfo) -> tuple[str, int]:
    return (window.version, window.start_unix_nanos)


def _closed(model: str, window: WindowInfo, known: Mapping[tuple[str, int], int]) -> ClosedWindow:
    return ClosedWindow(
        model=model,
        version=window.version,
        start_unix_nanos=window.start_unix_nanos,
        end_unix_nanos=window.end_unix_nanos,
        records=window.records,
        labels=window.labels,
        revision=window.revision,
        is_update=(window.version, window.start_unix_nanos) in known,
    )
