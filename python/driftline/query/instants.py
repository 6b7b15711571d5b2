"""Points and periods of event time: what a caller may write, and nanoseconds since the Unix epoch, UTC."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import TypeAlias

import numpy as np

from driftline.errors import InvalidArgumentError

#: A point in time as callers may give it. One without a time zone is UTC; an integer is nanoseconds since 1970.
Instant: TypeAlias = datetime | date | str | np.datetime64 | int

#: Most periods that one question is cut into: each is a question of its own.
MAX_PERIODS = 10_000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STEP = re.compile(r"([1-9][0-9]{0,8})(s|m|h|d|w|mo|y)")
_NANOS = {
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
    "d": 86_400_000_000_000,
    "w": 604_800_000_000_000,
}
_MONTHS = {"mo": 1, "y": 12}
# Weeks begin on Mondays; the epoch is a Thursday.
_FIRST_MONDAY = 4 * _NANOS["d"]
_INT64 = range(-(2**63), 2**63)


@dataclass(frozen=True)
class Period:
    """A half-open range of event time ``[start, end)``, nanoseconds since the Unix epoch."""

    start: int
    end: int

    @property
    def label(self) -> str:
        """The start, RFC 3339 in UTC."""
        return format_instant(self.start)

    def __str__(self) -> str:
        return f"{format_instant(self.start)} to {format_instant(self.end)}"


def to_nanos(instant: Instant) -> int:
    """The instant in nanoseconds since the Unix epoch.

    Examples
    --------
    >>> to_nanos("1970-01-01T00:00:01Z")
    1000000000
    >>> to_nanos(date(1970, 1, 2)) == to_nanos(np.datetime64("1970-01-02")) == 86_400 * 10**9
    True
    """
    nanos = _convert(instant)
    if nanos not in _INT64:
        raise InvalidArgumentError(
            f"a time must lie between the years 1678 and 2262 (64-bit nanoseconds), got {instant!r}"
        )
    return nanos


def _convert(instant: Instant) -> int:
    match instant:
        case bool():
            raise InvalidArgumentError(f"a time must be a datetime, ISO text or nanoseconds, got {instant!r}")
        case int() | np.integer():
            return int(instant)
        case np.datetime64():
            return _from_numpy(instant)
        case str():
            return _from_datetime(_parse(instant))
        case datetime():
            return _from_datetime(instant)
        case date():
            return _from_datetime(datetime(instant.year, instant.month, instant.day))
    raise InvalidArgumentError(f"a time must be a datetime, ISO text or nanoseconds, got {instant!r}")


def _parse(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise InvalidArgumentError(
            f"a time must be ISO 8601 text such as 2026-01-31 or 2026-01-31T06:00:00Z, got {text!r}"
        ) from None


def _from_datetime(moment: datetime) -> int:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - _EPOCH) // timedelta(microseconds=1) * 1_000


def _from_numpy(moment: np.datetime64) -> int:
    if np.isnat(moment):
        raise InvalidArgumentError("a time must not be NaT")
    # Through microseconds, which hold any year, so that a year out of range is seen and not wrapped around.
    micros = int(moment.astype("datetime64[us]").astype(np.int64))
    if abs(micros) > 2**63 // 1_000:
        return micros * 1_000
    return int(moment.astype("datetime64[ns]").astype(np.int64))


def from_nanos(nanos: int) -> datetime:
    """The point in time, UTC, cut to microseconds."""
    return _EPOCH + timedelta(microseconds=nanos // 1_000)


def format_instant(nanos: int) -> str:
    """RFC 3339 in UTC, as short as the value allows.

    Examples
    --------
    >>> format_instant(0), format_instant(90 * 10**9)
    ('1970-01-01', '1970-01-01T00:01:30Z')
    """
    if nanos % _NANOS["d"] == 0:
        return from_nanos(nanos).strftime("%Y-%m-%d")
    return from_nanos(nanos).isoformat().replace("+00:00", "Z")


def periods(every: str | timedelta, start: int, end: int) -> tuple[Period, ...]:
    """Cuts ``[start, end)`` at the boundaries of a step, such as ``1h``, ``1d``, ``1w``, ``1mo``, ``1y``.

    Boundaries are those of the calendar in UTC: days begin at midnight, weeks on Monday, ``3mo`` are quarters. The
    first and the last period are cut off at ``start`` and ``end``.

    Raises
    ------
    InvalidArgumentError
        For a step that cannot be read, an empty range, or more than 10,000 periods.
    """
    if start >= end:
        raise InvalidArgumentError(
            f"start must be before end, got {format_instant(start)} and {format_instant(end)}"
        )
    edges = _boundaries(every, start, end)
    edges[0], edges[-1] = max(edges[0], start), min(edges[-1], end)
    return tuple(Period(first, last) for first, last in pairwise(edges))


def step_and_origin(every: str | timedelta) -> tuple[int, int]:
    """Length of a step in nanoseconds, and a boundary of it: weeks begin on Mondays.

    Raises
    ------
    InvalidArgumentError
        For a step that cannot be read, and for months and years, which have no one length.

    Examples
    --------
    >>> step_and_origin("1h"), step_and_origin("1w")
    ((3600000000000, 0), (604800000000000, 345600000000000))
    """
    count, unit = _step(every)
    if unit in _MONTHS:
        raise InvalidArgumentError(f"every must have one length, such as 1h, 1d or 1w, got {every!r}")
    return count * _NANOS.get(unit, 1), _FIRST_MONDAY if unit == "w" else 0


def enclosing(every: str | timedelta, start: int, end: int) -> Period:
    """The range widened to whole steps."""
    edges = _boundaries(every, start, end)
    return Period(edges[0], edges[-1])


def length(step: str | timedelta) -> int:
    """Nanoseconds of a step that is always as long: not one of months or years.

    Examples
    --------
    >>> length("2h") == length(timedelta(hours=2)) == 7_200 * 10**9
    True
    """
    count, unit = _step(step)
    if unit in _MONTHS:
        raise InvalidArgumentError(f"a length must be in s, m, h, d or w, got {step!r}")
    return count * _NANOS.get(unit, 1)


def _boundaries(every: str | timedelta, start: int, end: int) -> list[int]:
    """Boundaries of the step from the one at or before ``start`` to the one at or after ``end``."""
    count, unit = _step(every)
    if unit in _MONTHS:
        return _months(count * _MONTHS[unit], start, end)
    step = count * _NANOS.get(unit, 1)
    origin = _FIRST_MONDAY if unit == "w" else 0
    first = (start - origin) // step
    last = -((origin - end) // step)
    _check_number(last - first, every)
    return [origin + index * step for index in range(first, last + 1)]


def _months(step: int, start: int, end: int) -> list[int]:
    first = _month_of(start) // step
    last = _month_of(end - 1) // step + 1
    _check_number(last - first, f"{step}mo")
    months = np.arange(first, last + 1, dtype=np.int64) * step
    nanos: list[int] = months.astype("datetime64[M]").astype("datetime64[ns]").astype(np.int64).tolist()
    return nanos


def _month_of(nanos: int) -> int:
    return int(np.datetime64(nanos, "ns").astype("datetime64[M]").astype(np.int64))


def _step(every: str | timedelta) -> tuple[int, str]:
    """Number and unit of a step; a timedelta counts in nanoseconds."""
    if isinstance(every, timedelta):
        nanos = every // timedelta(microseconds=1) * 1_000
        if nanos <= 0:
            raise InvalidArgumentError(f"every must be longer than zero, got {every!r}")
        return nanos, "ns"
    found = _STEP.fullmatch(every) if isinstance(every, str) else None
    if found is None:
        raise InvalidArgumentError(
            f"every must be a number and a unit (s, m, h, d, w, mo, y), such as 1d or 3mo, got {every!r}"
        )
    return int(found[1]), found[2]


def _check_number(number: int, every: str | timedelta) -> None:
    if number > MAX_PERIODS:
        raise InvalidArgumentError(
            f"a range must be cut into at most {MAX_PERIODS:,} periods, every={every!r} gives {number:,}: "
            "set start and end, or a longer period"
        )
