"""Which windows become longer ones, and when."""

from datetime import timedelta
from typing import NamedTuple

MINUTE = 60_000_000_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class RollUp(NamedTuple):
    """
    Up to when windows are rolled up and dropped: instants in nanoseconds since the Unix epoch, UTC.

    Attributes
    ----------
    hourly_before, daily_before
        Windows that end by then become hours, and days; each is the start of a UTC day. ``None``: never.
    drop_before
        Windows that end by then are dropped; ``None``: never.
    """

    hourly_before: int | None = None
    daily_before: int | None = None
    drop_before: int | None = None

    def window_length(self, instant: int) -> int | None:
        """The length that a window at an instant gets, in nanoseconds; ``None``: it stays as it is."""
        if self.daily_before is not None and instant < self.daily_before:
            return DAY
        if self.hourly_before is not None and instant < self.hourly_before:
            return HOUR
        return None


class RollUpPolicy(NamedTuple):
    """
    How old windows must be to be rolled up or dropped; ``None``: they never are.

    Attributes
    ----------
    hourly_after, daily_after
        Age from which windows become hours, and days. It is the age of the whole UTC day that they lie in.
    retention
        Age from which they are dropped, likewise.
    """

    hourly_after: timedelta | None = timedelta(days=2)
    daily_after: timedelta | None = timedelta(days=30)
    retention: timedelta | None = None

    def at(self, now: int) -> RollUp:
        """What that means at a time, in nanoseconds since the Unix epoch."""
        return RollUp(*(None if age is None else _day_start(now, age) for age in self))


def _day_start(now: int, age: timedelta) -> int:
    return (now - age // timedelta(microseconds=1) * 1_000) // DAY * DAY
