"""Durations as people write them: ``30s``, ``5m``, ``1h30m``, ``7d``."""

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

_UNITS = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}
_WHOLE = re.compile(r"(?:[0-9]{1,9}(?:ms|s|m|h|d))+")
_PART = re.compile(r"([0-9]+)(ms|s|m|h|d)")


def parse_duration(text: str) -> timedelta:
    """
    Read a duration.

    Parameters
    ----------
    text
        Whole numbers with the units ``ms``, ``s``, ``m``, ``h`` and ``d``, one after the other.

    Raises
    ------
    ValueError
        If the text is anything else.
    """
    if not _WHOLE.fullmatch(text):
        raise ValueError(f"a duration is written like 30s, 5m, 1h or 7d, got {text!r}")
    parts = [int(number) * _UNITS[unit] for number, unit in _PART.findall(text)]
    return sum(parts, timedelta())


def format_duration(duration: timedelta) -> str:
    """
    Write a duration in the shortest form that :func:`parse_duration` reads.

    Durations finer than a millisecond are written in whole milliseconds.
    """
    text = ""
    rest = duration
    for unit in ("d", "h", "m", "s", "ms"):
        count, rest = divmod(rest, _UNITS[unit])
        if count:
            text += f"{count}{unit}"
    return text or "0s"


def nanoseconds(duration: timedelta) -> int:
    """Length in nanoseconds, exactly."""
    return (duration // timedelta(microseconds=1)) * 1_000


def from_nanoseconds(count: int) -> timedelta:
    """
    The duration of that many nanoseconds.

    Raises
    ------
    ValueError
        If it is not a whole number of microseconds.
    """
    microseconds, rest = divmod(count, 1_000)
    if rest:
        raise ValueError(f"a duration must be a whole number of microseconds, got {count} ns")
    return timedelta(microseconds=microseconds)


def _from_text(value: Any) -> Any:
    if isinstance(value, str):
        return parse_duration(value)
    if isinstance(value, timedelta):
        return value
    raise ValueError(f"a duration needs its unit, like 30s or 5m, got {value!r}")


Duration = Annotated[
    timedelta,
    BeforeValidator(_from_text),
    PlainSerializer(format_duration, when_used="json"),
    # Not the format `duration` of JSON Schema, which is that of ISO 8601.
    WithJsonSchema({"type": "string", "pattern": f"^{_WHOLE.pattern}$", "examples": ["5m", "1h30m"]}),
]
"""A ``timedelta`` that configuration files write as ``5m``."""
