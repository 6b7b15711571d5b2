"""Whether service-level objectives are met, how fast their error budgets burn, and how many records come."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import pyarrow as pa

from driftline.query.grid import Grid, duration, figure
from driftline.query.results.result import Listing
from driftline.query.results.values import Coverage, Estimate, optional_estimate
from driftline.v1 import objectives_pb2

_FIELDS: dict[str, pa.DataType] = {
    "objective": pa.string(),
    "figure": pa.string(),
    "window": pa.duration("ns"),
    "value": pa.float64(),
    "low": pa.float64(),
    "high": pa.float64(),
    "records": pa.uint64(),
    "limit": pa.float64(),
    "severity": pa.string(),
    "holds": pa.bool_(),
}
_SCHEMA = pa.schema(_FIELDS)
_HEADERS = ("objective", "alert", "good", "target", "budget left", "burn rate 5m, 1h, 1d", "n")
_MICROSECOND = 1_000
_SHOWN = (timedelta(minutes=5), timedelta(hours=1), timedelta(days=1))


def _length(nanos: int) -> timedelta:
    return timedelta(microseconds=nanos // _MICROSECOND)


@dataclass(frozen=True)
class BurnRate:
    """The share of bad records of a window in units of the error budget: at 1 it lasts for the period.

    Attributes
    ----------
    window : timedelta
        Length of the window.
    start_unix_nanos, end_unix_nanos : int
        The windows that took part.
    records : int
        Records that the objective is about.
    rate : Estimate, optional
        The burn rate; ``None`` without a record.
    """

    window: timedelta
    start_unix_nanos: int
    end_unix_nanos: int
    records: int
    rate: Estimate | None

    @classmethod
    def from_proto(cls, message: objectives_pb2.BurnRate) -> "BurnRate":
        """From the wire."""
        return cls(
            window=_length(message.length_nanos),
            start_unix_nanos=message.range.start_unix_nanos,
            end_unix_nanos=message.range.end_unix_nanos,
            records=message.records,
            rate=optional_estimate(message, "rate"),
        )


@dataclass(frozen=True)
class BurnAlert:
    """Two windows over which the budget may burn too fast.

    Attributes
    ----------
    long, short : timedelta
        Lengths of the windows.
    limit : float
        The burn rate that both must reach.
    severity : str
        ``page`` or ``ticket``.
    holds : bool
        Whether they do.
    """

    long: timedelta
    short: timedelta
    limit: float
    severity: str
    holds: bool

    @classmethod
    def from_proto(cls, message: objectives_pb2.BurnAlert) -> "BurnAlert":
        """From the wire."""
        long, short = _length(message.long_nanos), _length(message.short_nanos)
        return cls(long, short, message.limit, message.severity, message.holds)


@dataclass(frozen=True)
class RecordRate:
    """Records a second over the last so much time.

    Attributes
    ----------
    window : timedelta
        Length of the time.
    start_unix_nanos, end_unix_nanos : int
        The range that records were counted in.
    records : int
        How many there were.
    a_second : Estimate, optional
        Records a second, with the exact 95% interval of a Poisson law; ``None`` for an empty range.
    """

    window: timedelta
    start_unix_nanos: int
    end_unix_nanos: int
    records: int
    a_second: Estimate | None

    @classmethod
    def from_proto(cls, message: objectives_pb2.RecordRate) -> "RecordRate":
        """From the wire."""
        return cls(
            window=_length(message.length_nanos),
            start_unix_nanos=message.range.start_unix_nanos,
            end_unix_nanos=message.range.end_unix_nanos,
            records=message.records,
            a_second=optional_estimate(message, "a_second"),
        )


@dataclass(frozen=True)
class ObjectiveStanding:
    """How one objective stands.

    Attributes
    ----------
    name, bad, column : str
        Its name, what is bad (``slow``, ``error`` or ``missing``) and where; an empty column: no record has had one.
    target, period : float, timedelta
        The share that is to be good, and within which time.
    records, bad_least, bad_most : int
        Records of the period, and at least and at most how many of them are bad.
    good : Estimate, optional
        The share of good records; its interval holds what the buckets of the histogram leave open, too.
    budget_left : Estimate, optional
        The share of the error budget that the period's records have left; negative where more is spent.
    burn_rates : tuple of BurnRate
        By the length of the window, the shortest first.
    alerts : tuple of BurnAlert
        The most urgent first.
    severity : str
        That of the most urgent alert that holds: ``page``, ``ticket`` or ``none``.
    is_certain : bool
        Whether it holds at the lower ends of the intervals, too.
    """

    name: str
    bad: str
    column: str
    target: float
    period: timedelta
    records: int
    bad_least: int
    bad_most: int
    good: Estimate | None
    budget_left: Estimate | None
    burn_rates: tuple[BurnRate, ...]
    alerts: tuple[BurnAlert, ...]
    severity: str
    is_certain: bool

    @classmethod
    def from_proto(cls, message: objectives_pb2.ObjectiveStanding) -> "ObjectiveStanding":
        """From the wire."""
        return cls(
            name=message.objective.name,
            bad=message.objective.WhichOneof("bad") or "",
            column=message.column,
            target=message.objective.target,
            period=_length(message.objective.period_nanos),
            records=message.records,
            bad_least=message.bad_least,
            bad_most=message.bad_most,
            good=optional_estimate(message, "good"),
            budget_left=optional_estimate(message, "budget_left"),
            burn_rates=tuple(map(BurnRate.from_proto, message.burn_rates)),
            alerts=tuple(map(BurnAlert.from_proto, message.alerts)),
            severity=message.severity,
            is_certain=message.is_certain,
        )

    def burn_rate(self, window: timedelta) -> Estimate | None:
        """The burn rate over a window of this length; ``None`` if there is none, or no record in it."""
        return next((burn.rate for burn in self.burn_rates if burn.window == window), None)


@dataclass(frozen=True, repr=False)
class ObjectivesResult(Listing[ObjectiveStanding]):
    """All objectives of a model: ``objectives["fast"].budget_left``.

    Attributes
    ----------
    rates : tuple of RecordRate
        Records a second, over windows of several lengths, the shortest first.
    coverage : Coverage
        Where the figures come from.
    """

    rates: tuple[RecordRate, ...]
    coverage: Coverage

    _noun: ClassVar[str] = "objective"

    @classmethod
    def from_proto(cls, message: objectives_pb2.ObjectivesResponse) -> "ObjectivesResult":
        """From the wire."""
        return cls(
            entries=tuple(map(ObjectiveStanding.from_proto, message.objectives)),
            rates=tuple(map(RecordRate.from_proto, message.rates)),
            coverage=Coverage.from_proto(message.coverage),
        )

    @property
    def alerting(self) -> tuple[ObjectiveStanding, ...]:
        """The objectives whose budget burns too fast."""
        return tuple(entry for entry in self.entries if entry.severity != "none")

    def _key(self, entry: ObjectiveStanding) -> str:
        return entry.name

    def sentences(self) -> Iterator[str]:
        """What is to be done."""
        for entry in self.alerting:
            doubt = "" if entry.is_certain else ", though chance may be behind it"
            burn = ", ".join(
                f"{figure(burn.rate.value)} over {duration(burn.window)}"
                for burn in entry.burn_rates
                if burn.rate
            )
            yield f"objective {entry.name}: {entry.severity}{doubt}; its error budget burns at {burn}"

    def to_arrow(self) -> pa.Table:
        """One row a figure: ``good``, ``budget_left``, ``burn_rate``, ``alert``, and ``records_a_second`` of none."""
        rows = [row for entry in self.entries for row in _rows(entry)]
        for rate in self.rates:
            row = _row("", "records_a_second", rate.a_second)
            rows.append(row | {"window": rate.window, "records": rate.records})
        return pa.Table.from_pylist(rows, schema=_SCHEMA)

    def grid(self) -> Grid:
        """One row an objective; where there is none, the rates of records."""
        if not self.entries:
            rows = tuple(
                (duration(rate.window), str(rate.a_second or "-"), f"{rate.records:,}") for rate in self.rates
            )
            return Grid(f"records a second; {self.coverage}", ("over", "records a second", "n"), rows)
        rates = ", ".join(
            f"{rate.a_second} over {duration(rate.window)}" for rate in self.rates if rate.a_second
        )
        notes = (f"records a second: {rates}",) if rates else ()
        title = f"objectives; {self.coverage}"
        return Grid(title, _HEADERS, tuple(map(_cells, self.entries)), text_columns=2, notes=notes)


def _row(objective: str, name: str, estimate: Estimate | None) -> dict[str, object]:
    found = {"objective": objective, "figure": name}
    if estimate is None:
        return {**found}
    return {**found, "value": estimate.value, "low": estimate.low, "high": estimate.high}


def _rows(entry: ObjectiveStanding) -> Iterator[dict[str, object]]:
    of_period: dict[str, object] = {"window": entry.period, "records": entry.records}
    verdict: dict[str, object] = {"severity": entry.severity, "limit": entry.target}
    yield _row(entry.name, "good", entry.good) | of_period | verdict
    yield _row(entry.name, "budget_left", entry.budget_left) | of_period
    for burn in entry.burn_rates:
        yield _row(entry.name, "burn_rate", burn.rate) | {"window": burn.window, "records": burn.records}
    for alert in entry.alerts:
        row: dict[str, object] = {"window": alert.long, "limit": alert.limit}
        yield _row(entry.name, "alert", None) | row | {"severity": alert.severity, "holds": alert.holds}


def _cells(entry: ObjectiveStanding) -> tuple[str, ...]:
    found = (entry.burn_rate(window) for window in _SHOWN)
    burns = ", ".join(figure(None if burn is None else burn.value) for burn in found)
    where = f"{entry.name} ({entry.bad}{f' {entry.column}' if entry.column else ''})"
    return (
        where,
        entry.severity,
        str(entry.good or "-"),
        f"{entry.target:.6g} in {duration(entry.period)}",
        str(entry.budget_left or "-"),
        burns,
        f"{entry.records:,}",
    )
