"""A number a period, what was expected of it, and whether it is an anomaly."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

import pyarrow as pa

from driftline.query.grid import Grid, figure, interval, plural
from driftline.query.instants import format_instant, from_nanos
from driftline.query.results.result import Listing
from driftline.query.results.values import Coverage, Estimate, optional_value
from driftline.v1 import series_pb2

_FIELDS: dict[str, pa.DataType] = {
    "column": pa.string(),
    "statistic": pa.string(),
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
_SCHEMA = pa.schema(_FIELDS)


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


@dataclass(frozen=True, repr=False)
class ColumnSeries(Listing[SeriesPoint]):
    """One series in the order of time, looked up by position or by the start of a period (RFC 3339).

    Attributes
    ----------
    column, role : str
        Empty of ``records``.
    statistic : str
        What it is of.
    season : int
        Periods after which the same is expected again; 1: no season.
    needed : int
        How many numbers come before the first that is judged.
    next : Expected, optional
        Of the period after the last; ``None`` while too little is known.
    """

    column: str
    role: str
    statistic: str
    season: int
    needed: int
    next: Expected | None

    _noun: ClassVar[str] = "period"

    @classmethod
    def from_proto(cls, message: series_pb2.ColumnSeries, needed: int) -> "ColumnSeries":
        """From the wire."""
        return cls(
            entries=tuple(map(SeriesPoint.from_proto, message.points)),
            column=message.column,
            role=message.role,
            statistic=message.statistic,
            season=message.season,
            needed=needed,
            next=Expected.from_proto(message.next) if message.HasField("next") else None,
        )

    def _key(self, entry: SeriesPoint) -> str:
        return format_instant(entry.start_unix_nanos)

    @property
    def anomalies(self) -> tuple[SeriesPoint, ...]:
        """The periods that are anomalies."""
        return tuple(point for point in self.entries if point.is_anomaly)

    @property
    def is_judged(self) -> bool:
        """Whether there was enough to judge any period by."""
        return any(point.expected is not None for point in self.entries)

    @property
    def name(self) -> str:
        """Column and statistic."""
        return f"{self.statistic} of {self.column}" if self.column else self.statistic

    def to_arrow(self) -> pa.Table:
        """One row a period."""
        return _table([self])

    def grid(self) -> Grid:
        """The anomalies, and before them in words how many periods were judged."""
        return Grid(f"{self.name}: {self.verdict()}", _HEADERS, tuple(_cells([self])), text_columns=2)

    def verdict(self) -> str:
        """What the series says, in words."""
        if not self.is_judged:
            return f"too few periods to judge any, {self.needed} with a number are needed first"
        season = "no season" if self.season == 1 else f"a season of {self.season}"
        found = len(self.anomalies)
        noun = "anomaly" if found == 1 else "anomalies"
        return f"{found} {noun} in {plural(len(self.entries), 'period')}, {season}"


@dataclass(frozen=True, repr=False)
class SeriesResult(Listing[ColumnSeries]):
    """Series, the one with the furthest anomaly first: ``result["amount", "mean"].anomalies``.

    Attributes
    ----------
    every : timedelta
        Length of a period.
    error : float
        The chance of calling any period of any series an anomaly while nothing happens.
    windows_left_out : int
        Windows longer than a period, rolled up for example: they cannot be cut.
    coverage : Coverage
        The records that the numbers come from.
    """

    every: timedelta
    error: float
    windows_left_out: int
    coverage: Coverage

    _noun: ClassVar[str] = "series"

    @classmethod
    def from_proto(cls, message: series_pb2.SeriesResponse) -> "SeriesResult":
        """From the wire."""
        return cls(
            entries=tuple(ColumnSeries.from_proto(each, message.needed) for each in message.series),
            every=timedelta(microseconds=message.every_nanos // 1000),
            error=message.error,
            windows_left_out=message.windows_left_out,
            coverage=Coverage.from_proto(message.coverage),
        )

    def _key(self, entry: ColumnSeries) -> str:
        return entry.name

    def _matches(self, entry: ColumnSeries, key: object) -> bool:
        return key in ((entry.column, entry.statistic), entry.name)

    @property
    def anomalies(self) -> tuple[tuple[ColumnSeries, SeriesPoint], ...]:
        """Series and period of all anomalies."""
        return tuple((series, point) for series in self.entries for point in series.anomalies)

    def to_arrow(self) -> pa.Table:
        """One row a series and period."""
        return _table(self.entries)

    def grid(self) -> Grid:
        """The anomalies of all series."""
        judged = [series for series in self.entries if series.is_judged]
        title = (
            f"{len(self.anomalies):,} anomalies in {len(judged):,} of {len(self.entries):,} series by {self.every}: "
            f"{self.coverage}"
        )
        if not judged and self.entries:
            title = f"{self.entries[0].verdict()}, by {self.every}: {self.coverage}"
        if self.windows_left_out:
            title += f"; {plural(self.windows_left_out, 'window')} longer than a period left out"
        return Grid(title, _HEADERS, tuple(_cells(self.entries)), text_columns=2)


_HEADERS = ("series", "period", "value", "expected", "low, high", "score", "records")


def _cells(series: Iterable[ColumnSeries]) -> Iterator[tuple[str, ...]]:
    for each in series:
        for point in each.anomalies:
            if point.value is not None and point.expected is not None:
                yield (
                    each.name,
                    format_instant(point.start_unix_nanos),
                    figure(point.value.value),
                    figure(point.expected.value),
                    interval(point.expected.low, point.expected.high),
                    figure(point.expected.score),
                    f"{point.records:,}",
                )


def _table(series: Iterable[ColumnSeries]) -> pa.Table:
    rows = [_row(each, point) for each in series for point in each.entries]
    return pa.Table.from_pylist(rows, schema=_SCHEMA)


def _row(series: ColumnSeries, point: SeriesPoint) -> dict[str, object]:
    value, expected = point.value, point.expected
    return {
        "column": series.column,
        "statistic": series.statistic,
        "start": point.start_unix_nanos,
        "records": point.records,
        "value": value and value.value,
        "value_low": value and value.low,
        "value_high": value and value.high,
        "is_whole": point.is_whole,
        "expected": expected and expected.value,
        **{name: expected and getattr(expected, name) for name in _EXPECTED},
        "is_anomaly": point.is_anomaly,
    }


_EXPECTED = ("low", "high", "level", "trend", "season", "scale", "score")
