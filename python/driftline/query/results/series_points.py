"""The periods of a series."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any, overload

import pyarrow as pa

from driftline.query.instants import from_nanos
from driftline.query.results.values import Estimate, optional_value
from driftline.v1 import series_pb2

POINT_FIELDS: dict[str, pa.DataType] = {
    "start": pa.timestamp("ns", "UTC"),
    "records": pa.uint64(),
    "value": pa.float64(),
    "value_low": pa.float64(),
    "value_high": pa.float64(),
    "is_whole": pa.bool_(),
    "expected": pa.float64(),
    "low": pa.float64(),
    "high": pa.float64(),
    "level": pa.float64(),
    "trend": pa.float64(),
    "season": pa.float64(),
    "scale": pa.float64(),
    "score": pa.float64(),
    "is_anomaly": pa.bool_(),
}


@dataclass(frozen=True)
class Expected:
    """What was expected of a number.

    Attributes
    ----------
    value, low, high : float
        What lies outside of ``[low, high]`` is called an anomaly.
    level, trend, season : float
        The value without what the season adds, its change a period, and what the season adds.
    scale : float
        The usual distance of a number from what was expected, as a standard deviation.
    score : float, optional
        The distance of the number in scales; ``None`` without a number.
    """

    value: float
    low: float
    high: float
    level: float
    trend: float
    season: float
    scale: float
    score: float | None

    @classmethod
    def from_proto(cls, message: series_pb2.Expected) -> "Expected":
        """From the wire."""
        return cls(
            message.value,
            message.low,
            message.high,
            message.level,
            message.trend,
            message.season,
            message.scale,
            optional_value(message, "score"),
        )


@dataclass(frozen=True)
class SeriesPoint:
    """One period.

    Attributes
    ----------
    start_unix_nanos : int
        Its start, nanoseconds since the Unix epoch.
    records : int
        Records in it, whatever the series is of.
    value : Estimate, optional
        The number with the interval that the sketches leave: 95% of ``distinct``, certain of the rest. ``None``
        where there is no value.
    is_whole : bool
        Whether all of the period lies in the range and is over. What is not is not judged, nor learnt.
    expected : Expected, optional
        ``None`` while too little is known.
    is_anomaly : bool
        Whether all that the value can be lies outside of what was expected.
    """

    start_unix_nanos: int
    records: int
    value: Estimate | None
    is_whole: bool
    expected: Expected | None
    is_anomaly: bool

    @classmethod
    def from_proto(cls, message: series_pb2.SeriesPoint) -> "SeriesPoint":
        """From the wire."""
        return cls(
            start_unix_nanos=message.start_unix_nanos,
            records=message.records,
            value=Estimate.from_proto(message.value) if message.HasField("value") else None,
            is_whole=message.is_whole,
            expected=Expected.from_proto(message.expected) if message.HasField("expected") else None,
            is_anomaly=message.is_anomaly,
        )

    @property
    def start(self) -> datetime:
        """Its start, UTC."""
        return from_nanos(self.start_unix_nanos)


class SeriesPoints(Sequence[SeriesPoint]):
    """The periods of a series as they came, each made when it is looked at."""

    def __init__(self, messages: Sequence[series_pb2.SeriesPoint]) -> None:
        self._messages = messages

    @overload
    def __getitem__(self, index: int) -> SeriesPoint: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[SeriesPoint, ...]: ...
    def __getitem__(self, index: int | slice) -> SeriesPoint | tuple[SeriesPoint, ...]:
        if isinstance(index, slice):
            return tuple(map(SeriesPoint.from_proto, self._messages[index]))
        return SeriesPoint.from_proto(self._messages[index])

    def __len__(self) -> int:
        return len(self._messages)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SeriesPoints):
            return NotImplemented
        return list(self._messages) == list(other._messages)

    def __hash__(self) -> int:
        return hash((SeriesPoints, len(self)))

    def __repr__(self) -> str:
        return repr(self[:])

    def anomalies(self) -> tuple[SeriesPoint, ...]:
        """Those that are anomalies."""
        return tuple(SeriesPoint.from_proto(message) for message in self._messages if message.is_anomaly)

    def are_judged(self) -> bool:
        """Whether there was enough to judge any by."""
        return any(message.HasField("expected") for message in reversed(self._messages))

    def to_arrow(self) -> pa.Table:
        """One row each."""
        columns = {
            name: pa.array(map(_reader(name), self._messages), kind, size=len(self))
            for name, kind in POINT_FIELDS.items()
        }
        return pa.table(columns)


#: Where a field is whose name does not say it.
_PATHS = {
    "start": "start_unix_nanos",
    "value": "value.value",
    "value_low": "value.low",
    "value_high": "value.high",
    "expected": "expected.value",
}
_EXPECTED = ("low", "high", "level", "trend", "season", "scale", "score")


def _reader(name: str) -> Callable[[series_pb2.SeriesPoint], Any]:
    """Reads a field; ``None`` where it is not set."""
    path = f"expected.{name}" if name in _EXPECTED else _PATHS.get(name, name)
    read = attrgetter(path)
    outer, _, inner = path.partition(".")
    if not inner:
        return read
    if inner == "score":
        return lambda message: read(message) if message.expected.HasField("score") else None
    return lambda message: read(message) if message.HasField(outer) else None
