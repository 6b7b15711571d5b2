"""The windows of a model, asked for again and again without reading old ones from disk each time."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from driftline.query.monitor import Monitor
from driftline.query.results.windows import WindowInfo

ALL_NANOS = 60 * 10**9
"""How often all windows are asked for."""

_RECENT_WINDOWS = 10

_Key = tuple[str, int]


@dataclass
class _Listed:
    start: int | None
    at: int
    windows: dict[_Key, WindowInfo]


class WindowList:
    """
    Lists windows. The newest are as they are now; what has changed in older ones, which may be on disk only, shows
    within a minute.

    Parameters
    ----------
    monitor
        Is asked.
    now
        Nanoseconds since the Unix epoch.
    """

    def __init__(self, monitor: Monitor, now: Callable[[], int] = time.time_ns) -> None:
        self._monitor = monitor
        self._now = now
        self._listed: dict[str, _Listed] = {}

    def of(self, model: str, start: int | None = None) -> list[WindowInfo]:
        """
        The windows of a model, by version and then by start.

        Parameters
        ----------
        model
            Its name.
        start
            From which start on, nanoseconds since the Unix epoch; ``None``: all.
        """
        now = self._now()
        listed = self._listed.get(model)
        if listed is None or not 0 <= now - listed.at < ALL_NANOS or _reaches_further(start, listed.start):
            listed = self._listed[model] = _Listed(start, now, self._ask(model, start))
        elif listed.windows:
            newest = max(listed.windows.values(), key=lambda each: each.end_unix_nanos)
            length = newest.end_unix_nanos - newest.start_unix_nanos
            listed.windows |= self._ask(model, newest.start_unix_nanos - _RECENT_WINDOWS * length)
        else:
            listed.windows = self._ask(model, start)
        chosen = (each for each in listed.windows.values() if start is None or each.start_unix_nanos >= start)
        return sorted(chosen, key=lambda each: (each.version, each.start_unix_nanos))

    def _ask(self, model: str, start: int | None) -> dict[_Key, WindowInfo]:
        return {
            (each.version, each.start_unix_nanos): each
            for each in self._monitor.windows(model=model, start=start)
        }


def _reaches_further(start: int | None, known: int | None) -> bool:
    return known is not None and (start is None or start < known)
