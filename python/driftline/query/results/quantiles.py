"""Quantiles of one column with certified intervals."""

from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa

from driftline.query.grid import Grid, figure
from driftline.query.results.result import Listing
from driftline.query.results.values import Coverage
from driftline.v1 import query_pb2

_SCHEMA = pa.schema([(name, pa.float64()) for name in ("q", "value", "low", "high", "kll")])


@dataclass(frozen=True)
class Quantile:
    """The value below which a share ``q`` of the values lie; the exact one certainly lies in ``[low, high]``.

    ``kll`` is the one by the KLL sketch, where a column keeps it (see `MonitorConfig.kll_columns`).
    """

    q: float
    value: float
    low: float
    high: float
    kll: float | None = None

    @classmethod
    def from_proto(cls, message: query_pb2.Quantile) -> "Quantile":
        """From the wire."""
        kll = message.kll if message.HasField("kll") else None
        return cls(message.q, message.value, message.low, message.high, kll)

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
    kll_rank_error : float, optional
        With a probability of 99% the rank of each ``kll`` is at most this far from its ``q``.
    """

    column: str
    count: int
    coverage: Coverage
    kll_rank_error: float | None = None

    _noun: ClassVar[str] = "quantile"

    @classmethod
    def from_proto(cls, column: str, message: query_pb2.QuantilesResponse) -> "QuantilesResult":
        """From the wire."""
        quantiles = tuple(map(Quantile.from_proto, message.quantiles))
        error = message.kll_rank_error if message.HasField("kll_rank_error") else None
        return cls(quantiles, column, message.count, Coverage.from_proto(message.coverage), error)

    def _key(self, entry: Quantile) -> str:
        return figure(entry.q)

    def _matches(self, entry: Quantile, key: object) -> bool:
        return entry.q == key

    def to_arrow(self) -> pa.Table:
        """One row a quantile: q, value, low, high, kll."""
        return pa.Table.from_pylist([vars(entry) for entry in self.entries], schema=_SCHEMA)

    def grid(self) -> Grid:
        """One row a quantile."""
        rows = tuple(tuple(map(figure, (e.q, e.value, e.low, e.high))) for e in self.entries)
        title = f"quantiles of {self.column}: {self.count:,} finite values in {self.coverage}"
        return Grid(title, ("q", "value", "low", "high"), rows, text_columns=0)
