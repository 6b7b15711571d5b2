"""Curves of the scores of a binary classifier: calibration, thresholds, gain."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import ClassVar

import pyarrow as pa

from driftline.query.grid import Grid, figure
from driftline.query.results.result import Listing
from driftline.query.results.values import Estimate, optional_estimate
from driftline.v1 import performance_pb2


@dataclass(frozen=True)
class CalibrationBin:
    """Records whose scores are at least ``low`` and below ``high``; 1 belongs to the last bin.

    Attributes
    ----------
    low, high : float
        Edges of the bin.
    n : int
        Records in it.
    score : Estimate
        Their mean score; the interval is that of the score histogram, certain.
    positives : Estimate
        The share of positives among them.
    """

    low: float
    high: float
    n: int
    score: Estimate
    positives: Estimate


@dataclass(frozen=True)
class ThresholdPoint:
    """What predicting the positive class from this score on gives.

    Attributes
    ----------
    threshold : float
        The least score that is predicted positive.
    rate : Estimate, optional
        The share of records that are predicted positive.
    precision, recall, f1 : Estimate, optional
        Of the positive class; ``None`` where no record allows it.
    """

    threshold: float
    rate: Estimate | None
    precision: Estimate | None
    recall: Estimate | None
    f1: Estimate | None


@dataclass(frozen=True)
class GainPoint:
    """What taking this share of the records gives, those of the highest scores.

    Attributes
    ----------
    depth : float
        The share of records that is taken.
    gain : Estimate
        The share of all positives that is among them.
    lift : Estimate
        gain / depth.
    """

    depth: float
    gain: Estimate
    lift: Estimate


Point = CalibrationBin | ThresholdPoint | GainPoint


@dataclass(frozen=True, repr=False)
class CalibrationCurve(Listing[CalibrationBin]):
    """Mean scores beside shares of positives, by bins of equal width, those with records."""

    _noun: ClassVar[str] = "bin"

    def _key(self, entry: CalibrationBin) -> str:
        return f"{figure(entry.low)} to {figure(entry.high)}"

    def to_arrow(self) -> pa.Table:
        """One row a bin; estimates with ``_low`` and ``_high``."""
        return _table(self.entries, ("low", "high"), ("n",), ("score", "positives"))

    def grid(self) -> Grid:
        """One row a bin."""
        rows = tuple((self._key(e), f"{e.n:,}", str(e.score), str(e.positives)) for e in self.entries)
        return Grid("calibration", ("scores", "n", "mean score", "positives"), rows)


@dataclass(frozen=True, repr=False)
class ThresholdCurve(Listing[ThresholdPoint]):
    """What other thresholds would give."""

    _noun: ClassVar[str] = "threshold"

    def _key(self, entry: ThresholdPoint) -> str:
        return figure(entry.threshold)

    def to_arrow(self) -> pa.Table:
        """One row a threshold; estimates with ``_low`` and ``_high``."""
        return _table(self.entries, ("threshold",), (), ("rate", "precision", "recall", "f1"))

    def grid(self) -> Grid:
        """One row a threshold."""
        rows = tuple(
            (self._key(e), *("-" if of is None else str(of) for of in (e.rate, e.precision, e.recall, e.f1)))
            for e in self.entries
        )
        return Grid("thresholds", ("threshold", "predicted positive", "precision", "recall", "f1"), rows)


@dataclass(frozen=True, repr=False)
class GainCurve(Listing[GainPoint]):
    """What taking the records of the highest scores gives."""

    _noun: ClassVar[str] = "depth"

    def _key(self, entry: GainPoint) -> str:
        return f"{entry.depth:.0%}"

    def to_arrow(self) -> pa.Table:
        """One row a share of the records; estimates with ``_low`` and ``_high``."""
        return _table(self.entries, ("depth",), (), ("gain", "lift"))

    def grid(self) -> Grid:
        """One row a share of the records."""
        rows = tuple((self._key(e), str(e.gain), str(e.lift)) for e in self.entries)
        return Grid("gain", ("records taken", "share of positives", "lift"), rows)


@dataclass(frozen=True)
class ScoreCurves:
    """What the scores of the positive class allow to say beyond single figures."""

    calibration: CalibrationCurve
    thresholds: ThresholdCurve
    gain: GainCurve


def curves_from_proto(message: performance_pb2.ScoreCurves) -> ScoreCurves:
    """From the wire."""
    calibration = (
        CalibrationBin(b.low, b.high, b.n, Estimate.from_proto(b.score), Estimate.from_proto(b.positives))
        for b in message.calibration
    )
    names = ("rate", "precision", "recall", "f1")
    thresholds = (
        ThresholdPoint(point.threshold, *(optional_estimate(point, name) for name in names))
        for point in message.thresholds
    )
    gain = (
        GainPoint(point.depth, Estimate.from_proto(point.gain), Estimate.from_proto(point.lift))
        for point in message.gain
    )
    return ScoreCurves(
        CalibrationCurve(tuple(calibration)), ThresholdCurve(tuple(thresholds)), GainCurve(tuple(gain))
    )


def _table(
    entries: Iterable[Point], numbers: tuple[str, ...], counts: tuple[str, ...], estimates: tuple[str, ...]
) -> pa.Table:
    ends = [field.name for field in fields(Estimate)]
    columns = {
        f"{name}{'' if end == 'value' else f'_{end}'}": (name, end) for name in estimates for end in ends
    }
    schema = pa.schema(
        [(name, pa.float64()) for name in numbers]
        + [(name, pa.uint64()) for name in counts]
        + [(column, pa.float64()) for column in columns]
    )
    rows = [
        {name: getattr(entry, name) for name in (*numbers, *counts)}
        | {column: getattr(getattr(entry, name), end, None) for column, (name, end) in columns.items()}
        for entry in entries
    ]
    return pa.Table.from_pylist(rows, schema=schema)
