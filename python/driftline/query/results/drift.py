"""How far columns have moved from a baseline."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import ClassVar

import pyarrow as pa

from driftline.query.grid import Grid, figure, interval
from driftline.query.results.bins import DriftBins, bins_table
from driftline.query.results.compared import Compared
from driftline.query.results.result import Listing
from driftline.query.results.values import Coverage, Distance, optional_value
from driftline.v1 import query_pb2

_FIELDS: dict[str, pa.DataType] = {
    "column": pa.string(),
    "role": pa.string(),
    "metric": pa.string(),
    "value": pa.float64(),
    "low": pa.float64(),
    "high": pa.float64(),
    "noise_floor": pa.float64(),
    "noise_q95": pa.float64(),
    "p_value": pa.float64(),
    "n_reference": pa.uint64(),
    "n_current": pa.uint64(),
    "basis": pa.string(),
    "recipe": pa.string(),
}
_SCHEMA = pa.schema(_FIELDS)
_HEADERS = (
    "column",
    "metric",
    "value",
    "low, high",
    "noise q95",
    "p-value",
    "n reference",
    "n current",
    "basis",
)


@dataclass(frozen=True)
class DriftValue(Distance):
    """A distance between two distributions of one column. It is no verdict: compare it with its noise.

    Attributes
    ----------
    metric : str
        ``psi`` (nats), ``ks`` (in [0, 1]), ``jensen_shannon`` (distance, base 2, in [0, 1]), ``wasserstein`` (the
        column's unit), ``chi_square`` (the statistic), ``hellinger`` (in [0, 1]), ``kl`` (of the reference from the
        records, in nats), ``total_variation``, ``l_infinity`` (both in [0, 1]), ``g_test`` (the statistic),
        ``cramers_v`` (in [0, 1]), ``normalized_wasserstein``, ``mean_shift`` (both in standard deviations of the
        reference), ``null_rate``, ``unseen_rate`` (both differences of shares).
    value, low, high : float
        The distance, and its interval from the sketches' error alone.
    noise_floor, noise_q95 : float
        Mean and 95% quantile of the distance at these counts when nothing has moved.
    p_value : float, optional
        Of a classical test, where one exists: for one look at one window.
    n_reference, n_current : int
        Values on both sides.
    basis : str
        What it was computed from: ``baseline_bins``, ``sketch``, ``categories``, ``frequent_items``, ``moments``.
    recipe : str
        Whose definition of the metric it is: ``driftline``, ``evidently``, ``nannyml``, ``scouter``, ``whylogs``.
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
    basis: str
    recipe: str

    @classmethod
    def from_proto(cls, message: query_pb2.DriftValue) -> "DriftValue":
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
            basis=message.basis,
            recipe=message.recipe,
        )


@dataclass(frozen=True, repr=False)
class ColumnDrift(Listing[DriftValue]):
    """The distances of one column by metric: ``drift["dep_delay"]["psi"].value``.

    Attributes
    ----------
    column, role : str
        The column.
    bins : DriftBins
        Where both sides differ most.
    """

    column: str
    role: str
    bins: DriftBins

    _noun: ClassVar[str] = "metric"

    @classmethod
    def from_proto(cls, message: query_pb2.ColumnDrift) -> "ColumnDrift":
        """From the wire."""
        values = tuple(map(DriftValue.from_proto, message.values))
        return cls(values, message.column, message.role, DriftBins.from_proto(message))

    def _key(self, entry: DriftValue) -> str:
        return entry.metric

    @property
    def exceeds_noise(self) -> bool:
        """Whether any of the distances does."""
        return any(value.exceeds_noise for value in self.entries)

    def to_arrow(self) -> pa.Table:
        """One row a metric."""
        return _table([self])

    def grid(self) -> Grid:
        """One row a metric."""
        notes = tuple(_where([self], are_named=False))
        return Grid(f"drift of {self.column}", _HEADERS, tuple(_cells([self])), text_columns=2, notes=notes)


@dataclass(frozen=True)
class IncomparableColumn:
    """A column that nothing can be said of.

    Attributes
    ----------
    column, role : str
        The column.
    reason : str
        A kind that changed (``numeric in the reference, categorical in the records``), a side without the column or
        without values, or no metric that fits.
    """

    column: str
    role: str
    reason: str

    @classmethod
    def from_proto(cls, message: query_pb2.IncomparableColumn) -> "IncomparableColumn":
        """From the wire."""
        return cls(message.column, message.role, message.reason)

    def __str__(self) -> str:
        return f"{self.column}: {self.reason}"


@dataclass(frozen=True, repr=False)
class DriftResult(Listing[ColumnDrift]):
    """Drift by column, that which has moved furthest first: ``drift["dep_delay"]["psi"].value``.

    Attributes
    ----------
    coverage : Coverage
        The records that were compared.
    reference : Compared
        What they were compared with: name, fingerprint, versions, where it comes from.
    incomparable : tuple of IncomparableColumn
        The columns that nothing can be said of, and why: a change of type is here.
    recipe : str
        Whose definitions of the metrics were used.
    ranked_by : str
        The metric whose excess over its noise orders the columns: the first asked for that all of them have and that
        means the same for all. Empty where there is none: each goes by its own first one, in widths of its noise.
    """

    coverage: Coverage
    reference: Compared
    incomparable: tuple[IncomparableColumn, ...]
    recipe: str
    ranked_by: str

    _noun: ClassVar[str] = "column"

    @classmethod
    def from_proto(cls, message: query_pb2.DriftResponse) -> "DriftResult":
        """From the wire."""
        return cls(
            entries=tuple(map(ColumnDrift.from_proto, message.columns)),
            coverage=Coverage.from_proto(message.coverage),
            reference=Compared.from_proto(message.reference),
            incomparable=tuple(map(IncomparableColumn.from_proto, message.incomparable)),
            recipe=message.recipe,
            ranked_by=message.ranked_by,
        )

    def _key(self, entry: ColumnDrift) -> str:
        return entry.column

    def of_role(self, *roles: str) -> "DriftResult":
        """The same for columns of these roles only: ``drift.of_role("prediction", "score")``."""
        return replace(
            self,
            entries=tuple(entry for entry in self.entries if entry.role in roles),
            incomparable=tuple(column for column in self.incomparable if column.role in roles),
        )

    def to_arrow(self) -> pa.Table:
        """One row a column and metric."""
        return _table(self.entries)

    def bins_to_arrow(self) -> pa.Table:
        """One row a column and bin: where the columns differ most."""
        return bins_table(entry.bins for entry in self.entries)

    def grid(self) -> Grid:
        """One row a column and metric."""
        recipe = "" if self.recipe in ("", "driftline") else f" by the recipe of {self.recipe}"
        title = f"drift from {self.reference}{recipe}: {self.coverage}"
        notes = (*_where(self.entries, are_named=True), *_not_compared(self.incomparable))
        return Grid(title, _HEADERS, tuple(_cells(self.entries)), text_columns=2, notes=notes)


def _where(columns: Iterable[ColumnDrift], *, are_named: bool) -> Iterable[str]:
    """A line for every column that has moved more than chance moves it."""
    for column in columns:
        if column.exceeds_noise and column.bins.entries:
            name = f"{column.column}: " if are_named else ""
            yield f"{name}mostly {', '.join(map(str, column.bins.entries))}"


def _not_compared(columns: Iterable[IncomparableColumn]) -> Iterable[str]:
    for column in columns:
        yield f"not compared: {column}"


def _table(columns: Iterable[ColumnDrift]) -> pa.Table:
    rows = [
        {"column": column.column, "role": column.role} | vars(value)
        for column in columns
        for value in column.entries
    ]
    return pa.Table.from_pylist(rows, schema=_SCHEMA)


def _cells(columns: Iterable[ColumnDrift]) -> Iterable[tuple[str, ...]]:
    for column in columns:
        for value in column.entries:
            yield (
                column.column,
                value.metric,
                figure(value.value),
                interval(value.low, value.high),
                figure(value.noise_q95),
                figure(value.p_value),
                f"{value.n_reference:,}",
                f"{value.n_current:,}",
                value.basis,
            )
