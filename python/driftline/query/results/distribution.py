"""How the values of one column are distributed."""

from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa

from driftline.query.grid import Grid, figure
from driftline.query.results.result import Listing
from driftline.query.results.values import Coverage, ItemCount
from driftline.v1 import query_pb2

_BIN_FIELDS: dict[str, pa.DataType] = {"lower": pa.float64(), "upper": pa.float64(), "count": pa.uint64()}
_ITEM_FIELDS: dict[str, pa.DataType] = {"item": pa.string(), "count": pa.uint64(), "error": pa.uint64()}


@dataclass(frozen=True)
class Bin:
    """Exact count of the values ``lower < x <= upper``, mirrored below zero; the zero bin has both bounds 0."""

    lower: float
    upper: float
    count: int

    @classmethod
    def from_proto(cls, message: query_pb2.Bin) -> "Bin":
        """From the wire."""
        return cls(message.lower, message.upper, message.count)


@dataclass(frozen=True, repr=False)
class DistributionResult(Listing[Bin | ItemCount]):
    """Histogram bins, ascending, or frequent items, the most frequent first: ``distribution["AA"].count``.

    Attributes
    ----------
    column : str
        The column.
    kind : str
        ``numeric`` (entries are `Bin`) or ``categorical`` (entries are `ItemCount`).
    count, nulls : int
        Values that are not null, and nulls.
    """

    column: str
    kind: str
    count: int
    nulls: int
    coverage: Coverage

    _noun: ClassVar[str] = "item"

    @classmethod
    def from_proto(cls, column: str, message: query_pb2.DistributionResponse) -> "DistributionResult":
        """From the wire."""
        bins = tuple(map(Bin.from_proto, message.bins))
        items = tuple(map(ItemCount.from_proto, message.items))
        coverage = Coverage.from_proto(message.coverage)
        return cls(bins or items, column, message.kind, message.count, message.nulls, coverage)

    def _key(self, entry: Bin | ItemCount) -> str:
        return (
            entry.item if isinstance(entry, ItemCount) else f"({figure(entry.lower)}, {figure(entry.upper)}]"
        )

    def to_arrow(self) -> pa.Table:
        """``lower, upper, count`` of bins, or ``item, count, error``, one row each."""
        fields = _ITEM_FIELDS if self.kind == "categorical" else _BIN_FIELDS
        return pa.Table.from_pylist([vars(entry) for entry in self.entries], schema=pa.schema(fields))

    def grid(self) -> Grid:
        """One row a bin or item with its share of the values."""
        rows = tuple(
            (self._key(entry), f"{entry.count:,}", f"{entry.count / max(self.count, 1):.1%}")
            for entry in self.entries
        )
        title = (
            f"distribution of {self.column}: {self.count:,} values, {self.nulls:,} nulls in {self.coverage}"
        )
        return Grid(title, ("values" if self.kind == "numeric" else "item", "count", "share"), rows)
