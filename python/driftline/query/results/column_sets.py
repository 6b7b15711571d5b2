"""How declared sets of columns have moved together."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa

from driftline.query.grid import Grid, figure, interval
from driftline.query.results.compared import Compared
from driftline.query.results.result import Listing
from driftline.query.results.values import Coverage, Distance, Estimate, optional_estimate, optional_value
from driftline.v1 import column_sets_pb2

_FIELDS: dict[str, pa.DataType] = {
    "set": pa.string(),
    "metric": pa.string(),
    "value": pa.float64(),
    "low": pa.float64(),
    "high": pa.float64(),
    "noise_floor": pa.float64(),
    "noise_q95": pa.float64(),
    "p_value": pa.float64(),
    "n_reference": pa.uint64(),
    "n_current": pa.uint64(),
    "reference": pa.float64(),
    "current": pa.float64(),
    "columns": pa.list_(pa.string()),
}
_SCHEMA = pa.schema(_FIELDS.items())
_HEADERS = (
    "set",
    "metric",
    "columns",
    "value",
    "interval",
    "noise q95",
    "p",
    "reference",
    "current",
    "n ref",
    "n",
)


@dataclass(frozen=True)
class ColumnSetValue(Distance):
    """One way in which the columns of a set have moved together.

    Attributes
    ----------
    metric : str
        ``mean_distance`` (Mahalanobis distance of the means, in pooled standard deviations), ``covariance_distance``
        (Frobenius, in units of the pooled covariance), ``correlation_change`` (the largest between two columns),
        ``squared_mmd`` (as a Gaussian kernel on standardised values sees both distributions), ``strange_records`` and
        ``unseen_combinations`` (differences of shares).
    value, low, high : float
        The distance, and what it can be, were nothing approximate: of ``squared_mmd`` a 95% interval over the
        frequencies that stand for its kernel.
    noise_floor, noise_q95 : float
        Mean and 95% quantile of this number at these counts when nothing has moved.
    p_value : float, optional
        For one look at one window.
    n_reference, n_current : int
        Records on both sides.
    reference, current : float, optional
        The share, or the correlation that has changed most, on both sides.
    columns : tuple of str
        The columns that it is mostly about.
    """

    metric: str
    value: float
    low: float
    high: float
    noise_floor: float
    noise_q95: float
    p_value: float | None
    n_reference: int
    n_current: int
    reference: float | None
    current: float | None
    columns: tuple[str, ...]

    @classmethod
    def from_proto(cls, message: column_sets_pb2.ColumnSetValue) -> "ColumnSetValue":
        """From the wire."""
        return cls(
            metric=message.metric,
            value=message.value,
            low=message.low,
            high=message.high,
            noise_floor=message.noise_floor,
            noise_q95=message.noise_q95,
            p_value=optional_value(message, "p_value"),
            n_reference=message.n_reference,
            n_current=message.n_current,
            reference=optional_value(message, "reference"),
            current=optional_value(message, "current"),
            columns=tuple(message.columns),
        )


@dataclass(frozen=True)
class ColumnSetSide:
    """What one side holds of a set.

    Attributes
    ----------
    records, complete : int
        Records that have all columns of the set, and those of them in which all numeric columns are finite.
    combinations : Estimate, optional
        Distinct combinations of categories.
    outside : tuple of int
        Records by how many of their columns lie outside the range that 998 in 1,000 records of the baseline have, from
        none on; empty where that was not counted. Of a baseline that was made of data at hand, every other record.
    """

    records: int
    complete: int
    combinations: Estimate | None
    outside: tuple[int, ...]

    @classmethod
    def from_proto(cls, message: column_sets_pb2.ColumnSetSide) -> "ColumnSetSide":
        """From the wire."""
        combinations = optional_estimate(message, "combinations")
        return cls(message.records, message.complete, combinations, tuple(message.outside))


@dataclass(frozen=True, repr=False)
class ColumnSetDrift(Listing[ColumnSetValue]):
    """How one set has moved, by metric: ``sets["money"]["squared_mmd"].value``.

    Attributes
    ----------
    set : str
        Its name.
    numeric_columns, categorical_columns : tuple of str
        Its columns.
    reference, current : ColumnSetSide
        What both sides hold.
    notes : tuple of str
        Why some metrics are missing.
    """

    set: str
    numeric_columns: tuple[str, ...]
    categorical_columns: tuple[str, ...]
    reference: ColumnSetSide
    current: ColumnSetSide
    notes: tuple[str, ...]

    _noun: ClassVar[str] = "metric"

    @classmethod
    def from_proto(cls, message: column_sets_pb2.ColumnSetDrift) -> "ColumnSetDrift":
        """From the wire."""
        return cls(
            entries=tuple(map(ColumnSetValue.from_proto, message.values)),
            set=message.set,
            numeric_columns=tuple(message.numeric_columns),
            categorical_columns=tuple(message.categorical_columns),
            reference=ColumnSetSide.from_proto(message.reference),
            current=ColumnSetSide.from_proto(message.current),
            notes=tuple(message.notes),
        )

    def _key(self, entry: ColumnSetValue) -> str:
        return entry.metric

    def to_arrow(self) -> pa.Table:
        """One row a metric."""
        return _table([self])

    def grid(self) -> Grid:
        """One row a metric."""
        title = f"drift of {self.set}: {', '.join(self.numeric_columns + self.categorical_columns)}"
        return Grid(title, _HEADERS, tuple(_cells([self])), text_columns=3, notes=self.notes)


@dataclass(frozen=True)
class IncomparableColumnSet:
    """A set that nothing can be said of, and why."""

    set: str
    reason: str


@dataclass(frozen=True, repr=False)
class ColumnSetsResult(Listing[ColumnSetDrift]):
    """Drift by column set: ``sets["money"]["correlation_change"].columns``.

    Attributes
    ----------
    coverage : Coverage
        The records that were compared.
    reference : Compared
        What they were compared with.
    incomparable : tuple of IncomparableColumnSet
        The sets that nothing can be said of, and why.
    """

    coverage: Coverage
    reference: Compared
    incomparable: tuple[IncomparableColumnSet, ...]

    _noun: ClassVar[str] = "column set"

    @classmethod
    def from_proto(cls, message: column_sets_pb2.ColumnSetsResponse) -> "ColumnSetsResult":
        """From the wire."""
        return cls(
            entries=tuple(map(ColumnSetDrift.from_proto, message.sets)),
            coverage=Coverage.from_proto(message.coverage),
            reference=Compared.from_proto(message.reference),
            incomparable=tuple(IncomparableColumnSet(each.set, each.reason) for each in message.incomparable),
        )

    def _key(self, entry: ColumnSetDrift) -> str:
        return entry.set

    def to_arrow(self) -> pa.Table:
        """One row a set and metric."""
        return _table(self.entries)

    def grid(self) -> Grid:
        """One row a set and metric."""
        title = f"drift of column sets from {self.reference}: {self.coverage}"
        notes = [f"{entry.set}: {note}" for entry in self.entries for note in entry.notes]
        notes += [f"{each.set}: {each.reason}" for each in self.incomparable]
        return Grid(title, _HEADERS, tuple(_cells(self.entries)), text_columns=3, notes=tuple(notes))


def _table(sets: Iterable[ColumnSetDrift]) -> pa.Table:
    rows = [{"set": entry.set} | vars(value) for entry in sets for value in entry.entries]
    return pa.Table.from_pylist(rows, schema=_SCHEMA)


def _cells(sets: Iterable[ColumnSetDrift]) -> Iterable[tuple[str, ...]]:
    for entry in sets:
        for value in entry.entries:
            yield (
                entry.set,
                value.metric,
                ", ".join(value.columns),
                figure(value.value),
                interval(value.low, value.high),
                figure(value.noise_q95),
                figure(value.p_value),
                figure(value.reference),
                figure(value.current),
                f"{value.n_reference:,}",
                f"{value.n_current:,}",
            )
