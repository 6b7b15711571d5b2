"""How many records there were, and how long ago."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from driftline.query.instants import format_instant, from_nanos
from driftline.query.results.quality_rows import Row, row
from driftline.query.results.values import Estimate, optional_value
from driftline.v1 import quality_pb2


@dataclass(frozen=True)
class Rate:
    """Records a period.

    Attributes
    ----------
    records : int
        All of them.
    periods : float
        How many periods: of a stored baseline its range over the length of a period.
    empty_periods : int, optional
        Those without a record; ``None`` of a stored baseline.
    mean : float
        Records a period.
    low, high : float, optional
        95% interval of the mean; ``None`` where no side has two periods apart.
    """

    records: int
    periods: float
    empty_periods: int | None
    mean: float
    low: float | None
    high: float | None

    @classmethod
    def from_proto(cls, message: quality_pb2.Rate) -> "Rate":
        """From the wire."""
        return cls(
            message.records,
            message.periods,
            optional_value(message, "empty_periods"),
            message.mean,
            optional_value(message, "low"),
            optional_value(message, "high"),
        )

    def estimate(self) -> Estimate:
        """The mean with its interval, or with none of any width."""
        return Estimate(
            self.mean,
            self.mean if self.low is None else self.low,
            self.mean if self.high is None else self.high,
        )


@dataclass(frozen=True)
class Volume:
    """Records a period on both sides, by a quasi-Poisson model.

    Attributes
    ----------
    period : timedelta
        The longest window of both sides. Only whole periods that are over count, unless there is none.
    reference, current : Rate
        Records a period.
    dispersion : float, optional
        Variance of a period's records over their mean, 1 at least; ``None``, like all that depends on it, where no
        side has two periods apart.
    ratio : Estimate, optional
        Current over reference mean, with its 95% interval.
    noise_floor, noise_q95, p_value, adjusted_p_value, exceeds_noise
        Of the difference of the means, as in `QualityFinding`.
    """

    period: timedelta
    reference: Rate
    current: Rate
    dispersion: float | None
    ratio: Estimate | None
    noise_floor: float | None
    noise_q95: float | None
    p_value: float | None
    adjusted_p_value: float | None
    exceeds_noise: bool

    @classmethod
    def from_proto(cls, message: quality_pb2.Volume) -> "Volume":
        """From the wire."""
        return cls(
            period=timedelta(microseconds=message.period_nanos // 1000),
            reference=Rate.from_proto(message.reference),
            current=Rate.from_proto(message.current),
            ratio=Estimate.from_proto(message.ratio) if message.HasField("ratio") else None,
            exceeds_noise=message.exceeds_noise,
            **{name: optional_value(message, name) for name in _FIGURES},
        )

    def row(self) -> Row:
        """As a row of the table of findings."""
        empty = self.current.empty_periods
        detail = f"records each {self.period}, {empty} without" if empty else f"records each {self.period}"
        return row(
            "",
            "volume",
            reference=self.reference.estimate(),
            current=self.current.estimate(),
            noise_floor=self.noise_floor,
            noise_q95=self.noise_q95,
            p_value=self.p_value,
            adjusted_p_value=self.adjusted_p_value,
            n_reference=self.reference.records,
            n_current=self.current.records,
            exceeds_noise=self.exceeds_noise,
            detail=detail,
        )


_FIGURES = ("dispersion", "noise_floor", "noise_q95", "p_value", "adjusted_p_value")


@dataclass(frozen=True)
class Freshness:
    """How long ago there was a record.

    Attributes
    ----------
    event_age_low_seconds, event_age_high_seconds : float, optional
        From the event time of the newest record until now: its window says at least and at most.
    arrival_age_seconds : float, optional
        Since a record of the versions came in; ``None`` before the first one since the start of the process.
    longest_gap_seconds : float, optional
        Length of the longest stretch of windows without a record.
    longest_gap_start_unix_nanos : int, optional
        Where it starts, nanoseconds since the Unix epoch.
    """

    event_age_low_seconds: float | None
    event_age_high_seconds: float | None
    arrival_age_seconds: float | None
    longest_gap_seconds: float | None
    longest_gap_start_unix_nanos: int | None

    @classmethod
    def from_proto(cls, message: quality_pb2.Freshness) -> "Freshness":
        """From the wire."""
        return cls(**{name: optional_value(message, name) for name in _FRESHNESS})

    @property
    def longest_gap_start(self) -> datetime | None:
        """Where the longest gap starts, UTC."""
        nanos = self.longest_gap_start_unix_nanos
        return None if nanos is None else from_nanos(nanos)

    def rows(self) -> Iterator[Row]:
        """As rows of the table of findings."""
        low, high = self.event_age_low_seconds, self.event_age_high_seconds
        if low is not None and high is not None:
            yield row("", "event_age", current=Estimate(low, low, high), detail="seconds")
        if self.arrival_age_seconds is not None:
            age = self.arrival_age_seconds
            yield row("", "arrival_age", current=Estimate(age, age, age), detail="seconds")
        if self.longest_gap_seconds is not None and self.longest_gap_start_unix_nanos is not None:
            gap = self.longest_gap_seconds
            since = format_instant(self.longest_gap_start_unix_nanos)
            yield row("", "longest_gap", current=Estimate(gap, gap, gap), detail=f"seconds, from {since}")


_FRESHNESS = (
    "event_age_low_seconds",
    "event_age_high_seconds",
    "arrival_age_seconds",
    "longest_gap_seconds",
    "longest_gap_start_unix_nanos",
)
