"""One line a column."""

from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa

from driftline.query.grid import Grid, figure
from driftline.query.results.result import Listing
from driftline.query.results.values import Coverage, Estimate, ItemCount, optional_value
from driftline.v1 import query_pb2

_ITEM = pa.struct(
    [pa.field("item", pa.string()), pa.field("count", pa.uint64()), pa.field("error", pa.uint64())]
)
_FIELDS: dict[str, pa.DataType] = {
    "column": pa.string(),
    "role": pa.string(),
    "kind": pa.string(),
    "count": pa.uint64(),
    "nulls": pa.uint64(),
    "nans": pa.uint64(),
    "infinities": pa.uint64(),
    "distinct": pa.float64(),
    "distinct_low": pa.float64(),
    "distinct_high": pa.float64(),
    "mean": pa.float64(),
    "std_dev": pa.float64(),
    "skewness": pa.float64(),
    "excess_kurtosis": pa.float64(),
    "min": pa.float64(),
    "p50": pa.float64(),
    "p99": pa.float64(),
    "max": pa.float64(),
    "top": pa.list_(_ITEM),
}
_SCHEMA = pa.schema(_FIELDS)
_SHOWN = ("mean", "std_dev", "min", "p50", "p99", "max")
_FIGURES = (*_SHOWN, "skewness", "excess_kurtosis")


@dataclass(frozen=True)
class ColumnSummary:
    """Counts and figures of one column.

    Attributes
    ----------
    column, role : str
        Its name and what it is to the model.
    kind : str
        ``numeric`` or ``categorical``.
    count, nulls, nans, infinities : int
        Values that are not null, and how many are null, not a number (NaN), infinite.
    distinct : Estimate
        Distinct values.
    mean, std_dev, min, max, p50, p99 : float, optional
        Of the finite numbers, in the column's unit; ``None`` for a categorical column. The deviation is that of a
        sample (n - 1).
    skewness, excess_kurtosis : float, optional
        Third standardised moment, and the fourth less 3, of the finite numbers: 0 for the normal distribution.
        ``None`` without spread.
    top : tuple of ItemCount
        The most frequent items of a categorical column, at most 10.
    """

    column: str
    role: str
    kind: str
    count: int
    nulls: int
    nans: int
    infinities: int
    distinct: Estimate
    mean: float | None
    std_dev: float | None
    skewness: float | None
    excess_kurtosis: float | None
    min: float | None
    p50: float | None
    p99: float | None
    max: float | None
    top: tuple[ItemCount, ...]

    @classmethod
    def from_proto(cls, message: query_pb2.ColumnSummary) -> "ColumnSummary":
        """From the wire."""
        return cls(
            column=message.name,
            role=message.role,
            kind=message.kind,
            count=message.count,
            nulls=message.nulls,
            nans=message.nans,
            infinities=message.infinities,
            distinct=Estimate.from_proto(message.distinct),
            top=tuple(map(ItemCount.from_proto, message.top)),
            **{name: optional_value(message, name) for name in _FIGURES},
        )


@dataclass(frozen=True, repr=False)
class SummaryResult(Listing[ColumnSummary]):
    """Summaries by column: ``summary["latency"].p99``."""

    coverage: Coverage

    _noun: ClassVar[str] = "column"

    @classmethod
    def from_proto(cls, message: query_pb2.SummaryResponse) -> "SummaryResult":
        """From the wire."""
        columns = tuple(map(ColumnSummary.from_proto, message.columns))
        return cls(columns, Coverage.from_proto(message.coverage))

    def _key(self, entry: ColumnSummary) -> str:
        return entry.column

    def to_arrow(self) -> pa.Table:
        """One row a column."""
        return pa.Table.from_pylist([_row(entry) for entry in self.entries], schema=_SCHEMA)

    def grid(self) -> Grid:
        """One row a column; a categorical column shows its most frequent item."""
        headers = ("column", "role", "count", "nulls", "distinct", *_SHOWN, "most frequent")
        return Grid(f"summary of {self.coverage}", headers, tuple(map(_cells, self.entries)), text_columns=2)


def _row(entry: ColumnSummary) -> dict[str, object]:
    return vars(entry) | {
        "distinct": entry.distinct.value,
        "distinct_low": entry.distinct.low,
        "distinct_high": entry.distinct.high,
        "top": [vars(item) for item in entry.top],
    }


def _cells(entry: ColumnSummary) -> tuple[str, ...]:
    counts = (f"{entry.count:,}", f"{entry.nulls:,}", f"{entry.distinct.value:,.0f}")
    top = f"{entry.top[0].item} ({entry.top[0].count:,})" if entry.top else "-"
    figures = (figure(getattr(entry, name)) for name in _SHOWN)
    return (entry.column, entry.role, *counts, *figures, top)
