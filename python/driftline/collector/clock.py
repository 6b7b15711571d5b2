"""A clock that no jump of the machine's clock misleads about what is old."""

import time
from collections.abc import Callable

AHEAD = 3_600_000_000_000
"""How far the machine's clock is believed to be ahead of the time that has passed: an hour, in nanoseconds."""

BEHIND = 60_000_000_000
"""How far it is believed to be behind: a minute, less than ``max_future`` most often is."""


class SteadyClock:
    """
    The machine's clock, as long as it goes with the time that passes. A start believes it as it is then.

    What is old is rolled up and dropped for good, so a machine's clock that jumps ahead by days must not make anything
    old. One that is set back by days must not make what comes in look as if it came from the future: it would be
    counted in old windows.

    Parameters
    ----------
    wall
        The machine's clock: nanoseconds since the Unix epoch.
    elapsed
        Nanoseconds that have passed since some moment, those of a suspended machine included.
    """

    def __init__(
        self, wall: Callable[[], int] | None = None, elapsed: Callable[[], int] | None = None
    ) -> None:
        self._wall = wall or time.time_ns
        self._elapsed = elapsed or _elapsed
        self._start = self._wall() - self._elapsed()

    def age_time(self) -> int:
        """By what time things are old, nanoseconds since the Unix epoch: the machine's, or less."""
        return min(self._wall(), self._expected() + AHEAD)

    def arrival_time(self) -> int:
        """When what comes in comes in, likewise: the machine's time, or more if that was set back."""
        return max(self._wall(), self._expected() - BEHIND)

    def ahead_seconds(self) -> float:
        """By how much the machine's clock has run ahead further than it is believed, in seconds; else 0.0."""
        return max(0, self._wall() - self._expected() - AHEAD) / 1e9

    def _expected(self) -> int:
        return self._start + self._elapsed()


def _elapsed() -> int:
    """With the time of a suspended machine, where the operating system tells it."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    return time.monotonic_ns()
