"""Quantiles of one column with certified intervals."""

from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa

from driftline.query.grid import Grid, figure
from driftline.query.results.result import Listing
from driftline.query.results.values import Coverage
from driftline.v1 import query_pb2

_SCHEMA = pa.schema([(name, pa.float64()) for name in ("q", "value", "low", "high")])


@dataclass(frozen=True)
class Quantile:
    """The value below which a share ``q`` of the values lie; the exact one certainly lies in ``[low, high]``."""

    q: float
    value: float
    low: float
    high: float

    @classmethod
    def from_proto(cls, message: query_pb2.Quantile) -> "Quantile":
        """From the wire."""
        return cls(message.q, message.value, message.low, message.high)

    def __float__(self) -> float:
        return self.value


@dataclass(frozen=True, repr=False)
class QuantilesResult(Listing[Quantile]):
    """Quantiles in the order asked for; a float looks one up: ``quantiles[0.99].value``.

    Attributes
    ----------
    column : str
        The column.
    count : int
        Finite values that the quantiles are of.
    """

    column: str
    count: int
    coverage: Coverage

    _noun: ClassVar[str] = "quantile"

    @classmethod
    def from_proto(cls, column: str, message: query_pb2.QuantilesResponse) -> "QuantilesResult":
        """From the wire."""
        quantiles = tuple(map(Quantile.from_proto, message.quantiles))
        return cls(quantiles, column, message.count, Coverage.from_proto(message.coverage))

    def _key(self, entry: Quantile) -> str:
        return figure(entry.q)

    def _matches(self, entry: Quantile, key: object) -> bool:
        return entry.q == key

    def to_arrow(self) -> pa.Table:
        """One row a quantile: q, value, low, high."""
        return pa.Table.from_pylist([vars(entry) for entry in self.entries], schema=_SCHEMA)

    def grid(self) -> Grid:
        """One row a quantile."""
        rows = tuple(tuple(map(figure, (e.q, e.value, e.low, e.high))) for e in self.entries)
        title = f"quantiles of {self.column}: {self.count:,} finite values in {self.coverage}"
        return Grid(title, ("q", "value", "low", "high"), rows, text_columns=0)
