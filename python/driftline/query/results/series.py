"""A number a period, what was expected of it, and whether it is an anomaly."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import pyarrow as pa

from driftline.query.grid import Grid, duration, figure, interval, plural
from driftline.query.instants import format_instant
from driftline.query.results.result import Listing
from driftline.query.results.series_points import POINT_FIELDS, Expected, SeriesPoint, SeriesPoints
from driftline.query.results.values import Coverage
from driftline.v1 import series_pb2

_SCHEMA = pa.schema({"column": pa.string(), "statistic": pa.string(), **POINT_FIELDS})


@dataclass(frozen=True, repr=False)
class ColumnSeries(Listing[SeriesPoint]):
    """One series in the order of time, looked up by position or by the start of a period (RFC 3339).

    Attributes
    ----------
    entries : sequence of SeriesPoint
        The periods; each is made when it is looked at, since there may be hundreds of thousands.
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

    entries: SeriesPoints
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
            entries=SeriesPoints(message.points),
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
        return self.entries.anomalies()

    @property
    def is_judged(self) -> bool:
        """Whether there was enough to judge any period by."""
        return self.entries.are_judged()

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

    def sentences(self) -> Iterator[str]:
        """Each series with anomalies, and the furthest of them."""
        for series in self.entries:
            anomalies = [
                (point, point.value, point.expected)
                for point in series.anomalies
                if point.value is not None and point.expected is not None
            ]
            if not anomalies:
                continue
            point, value, expected = max(anomalies, key=lambda each: abs(each[2].score or 0.0))
            unlike = "is unlike" if len(anomalies) == 1 else "are unlike"
            yield (
                f"{series.name}: {plural(len(anomalies), 'period')} of {duration(self.every)} {unlike} those before, "
                f"the furthest {format_instant(point.start_unix_nanos)} with {figure(value.value)}, where "
                f"{interval(expected.low, expected.high)} was expected"
            )

    def to_arrow(self) -> pa.Table:
        """One row a series and period."""
        return _table(self.entries)

    def grid(self) -> Grid:
        """The anomalies of all series."""
        judged = [series for series in self.entries if series.is_judged]
        title = (
            f"{len(self.anomalies):,} anomalies in {len(judged):,} of {len(self.entries):,} series "
            f"by {duration(self.every)}: {self.coverage}"
        )
        if not judged and self.entries:
            title = f"{self.entries[0].verdict()}, by {duration(self.every)}: {self.coverage}"
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
    tables = [_named(each) for each in series]
    return pa.concat_tables(tables) if tables else _SCHEMA.empty_table()


def _named(series: ColumnSeries) -> pa.Table:
    points = series.entries.to_arrow()
    names = [pa.repeat(name, points.num_rows) for name in (series.column, series.statistic)]
    return pa.table([*names, *points.columns], schema=_SCHEMA)
