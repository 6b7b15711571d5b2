"""Where two distributions of one column differ: the bins that set them most apart."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa

from driftline.query.grid import Grid, figure
from driftline.query.results.result import Listing
from driftline.query.results.values import Estimate
from driftline.v1 import query_pb2

_ESTIMATE: pa.DataType = pa.struct([(name, pa.float64()) for name in ("value", "low", "high")])
_FIELDS: dict[str, pa.DataType] = {
    "column": pa.string(),
    "bin": pa.string(),
    "above": pa.float64(),
    "to": pa.float64(),
    "reference": _ESTIMATE,
    "current": _ESTIMATE,
    "psi": pa.float64(),
}
_SCHEMA = pa.schema(_FIELDS)


@dataclass(frozen=True)
class DriftBin:
    """Values that fall together, and their share on both sides.

    Attributes
    ----------
    label : str
        Such as ``10 < x <= 20``, a category, or ``(others)`` for all categories without a bin of their own.
    above, to : float, optional
        Bounds of numbers ``above < x <= to``; ``None``: all on that side, and for categories.
    reference, current : Estimate
        Share of the values on either side, in [0, 1]; the interval is that of the sketches' error.
    psi : float
        What the bin adds to driftline's ``psi``, in nats.
    """

    label: str
    above: float | None
    to: float | None
    reference: Estimate
    current: Estimate
    psi: float

    @classmethod
    def from_proto(cls, message: query_pb2.DriftBin) -> "DriftBin":
        """From the wire."""
        bounds = message.range
        above = bounds.above if bounds.HasField("above") else None
        to = bounds.to if bounds.HasField("to") else None
        label = {
            "range": _range(above, to),
            "category": message.category,
            "others": "(others)",
        }[message.WhichOneof("values") or "others"]
        reference, current = (Estimate.from_proto(share) for share in (message.reference, message.current))
        return cls(label, above, to, reference, current, message.psi)

    def __str__(self) -> str:
        return f"{self.label}: {_percent(self.reference)} -> {_percent(self.current)}"


@dataclass(frozen=True, repr=False)
class DriftBins(Listing[DriftBin]):
    """The bins of a column that set both sides most apart, that which adds most to ``psi`` first."""

    column: str

    _noun: ClassVar[str] = "bin"

    @classmethod
    def from_proto(cls, message: query_pb2.ColumnDrift) -> "DriftBins":
        """From the wire."""
        return cls(tuple(map(DriftBin.from_proto, message.bins)), message.column)

    def _key(self, entry: DriftBin) -> str:
        return entry.label

    def to_arrow(self) -> pa.Table:
        """One row a bin."""
        return bins_table([self])

    def grid(self) -> Grid:
        """One row a bin."""
        rows = tuple(
            (entry.label, _percent(entry.reference), _percent(entry.current), figure(entry.psi))
            for entry in self.entries
        )
        return Grid(f"bins of {self.column}", ("bin", "reference", "current", "psi"), rows)


def bins_table(columns: Iterable[DriftBins]) -> pa.Table:
    """One row a column and bin."""
    rows = [
        {
            "column": bins.column,
            "bin": entry.label,
            "above": entry.above,
            "to": entry.to,
            "reference": vars(entry.reference),
            "current": vars(entry.current),
            "psi": entry.psi,
        }
        for bins in columns
        for entry in bins.entries
    ]
    return pa.Table.from_pylist(rows, schema=_SCHEMA)


def _range(above: float | None, to: float | None) -> str:
    """Numbers ``above < x <= to`` in words; a bin that holds one number says so."""
    if above is None:
        return "all" if to is None else f"x <= {figure(to)}"
    if to is None:
        return f"x > {figure(above)}"
    if math.nextafter(above, math.inf) == to:
        return f"x = {figure(to)}"
    return f"{figure(above)} < x <= {figure(to)}"


def _percent(share: Estimate) -> str:
    return f"{share.value:.1%}"
