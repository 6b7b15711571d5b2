"""How far columns have moved from a baseline."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa

from driftline.query.grid import Grid, figure, interval
from driftline.query.results.result import Listing
from driftline.query.results.values import Coverage, optional_value
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
class DriftValue:
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
        Name of the definition.
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

    @property
    def exceeds_noise(self) -> bool:
        """Whether even the lower end of the interval lies above what chance gives in 95 of 100 cases."""
        return self.low > self.noise_q95

    def __float__(self) -> float:
        return self.value


@dataclass(frozen=True, repr=False)
class ColumnDrift(Listing[DriftValue]):
    """The distances of one column by metric: ``drift["dep_delay"]["psi"].value``."""

    column: str
    role: str

    _noun: ClassVar[str] = "metric"

    @classmethod
    def from_proto(cls, message: query_pb2.ColumnDrift) -> "ColumnDrift":
        """From the wire."""
        return cls(tuple(map(DriftValue.from_proto, message.values)), message.column, message.role)

    def _key(self, entry: DriftValue) -> str:
        return entry.metric

    def to_arrow(self) -> pa.Table:
        """One row a metric."""
        return _table([self])

    def grid(self) -> Grid:
        """One row a metric."""
        return Grid(f"drift of {self.column}", _HEADERS, tuple(_cells([self])), text_columns=2)


@dataclass(frozen=True, repr=False)
class DriftResult(Listing[ColumnDrift]):
    """Drift by column, the largest noise-corrected PSI first: ``drift["dep_delay"]["psi"].value``.

    Attributes
    ----------
    coverage : Coverage
        The records that were compared.
    reference : str
        Name of the baseline that they were compared with, or ``records``.
    """

    coverage: Coverage
    reference: str

    _noun: ClassVar[str] = "column"

    @classmethod
    def from_proto(cls, message: query_pb2.DriftResponse) -> "DriftResult":
        """From the wire."""
        columns = tuple(map(ColumnDrift.from_proto, message.columns))
        return cls(columns, Coverage.from_proto(message.coverage), message.reference)

    def _key(self, entry: ColumnDrift) -> str:
        return entry.column

    def to_arrow(self) -> pa.Table:
        """One row a column and metric."""
        return _table(self.entries)

    def grid(self) -> Grid:
        """One row a column and metric."""
        title = f"drift from {self.reference}: {self.coverage}"
        return Grid(title, _HEADERS, tuple(_cells(self.entries)), text_columns=2)


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
