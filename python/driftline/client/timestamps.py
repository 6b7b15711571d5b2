"""Event times in the forms that callers have them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa

TIMESTAMP = pa.timestamp("ns", tz="UTC")

_LEAST_NANOSECONDS = 100_000_000_000_000_000
"""Whole numbers from here on are nanoseconds (since 1973); a thousandth of it begins microseconds, and so on."""


def timestamp_array(values: Sequence[Any]) -> "pa.Array[Any]":
    """
    Put event times into a column of nanoseconds, UTC.

    Parameters
    ----------
    values
        Each a ``datetime`` (naive ones are UTC), ``numpy.datetime64``, float seconds since 1970, whole seconds,
        milliseconds, microseconds or nanoseconds since 1970, told apart by size, or ``None``.

    Raises
    ------
    TypeError, ValueError, OverflowError
        For anything else, or a time outside the years 1677 to 2262.
    """
    return pa.array([to_nanoseconds(value) for value in values], type=pa.int64()).cast(TIMESTAMP)


def to_nanoseconds(value: Any) -> int | None:
    """Nanoseconds since 1970 of one event time; see :func:`timestamp_array`."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value * _unit(abs(value))
    if value is None:
        return None
    if isinstance(value, datetime):
        return _from_datetime(value)
    if isinstance(value, np.datetime64):
        return int(value.astype("datetime64[ns]").astype(np.int64))
    if isinstance(value, np.integer):
        return to_nanoseconds(int(value))
    if isinstance(value, (float, np.floating)):
        return round(float(value) * 1e9)
    raise TypeError(f"a timestamp must be a datetime or a number, got {type(value).__name__}")


def _unit(size: int) -> int:
    """Nanoseconds in the unit of a whole number of that size."""
    unit = 1
    least = _LEAST_NANOSECONDS
    while size < least and unit < 1_000_000_000:
        unit *= 1_000
        least //= 1_000
    return unit


def _from_datetime(value: datetime) -> int:
    nanoseconds = getattr(value, "value", None)
    if isinstance(nanoseconds, int) and value.tzinfo is not None:
        return nanoseconds
    aware = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
    since = aware - datetime(1970, 1, 1, tzinfo=UTC)
    return ((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds) * 1_000
