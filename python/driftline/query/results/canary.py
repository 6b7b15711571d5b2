"""One version of a model beside another."""

import math
from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa

from driftline.query.grid import Grid, figure, interval
from driftline.query.results.result import Listing
from driftline.query.results.values import Coverage, optional_value
from driftline.v1 import canary_pb2

_FIELDS: dict[str, pa.DataType] = {
    "kind": pa.string(),
    "name": pa.string(),
    "column": pa.string(),
    "verdict": pa.string(),
    "control": pa.float64(),
    "control_low": pa.float64(),
    "control_high": pa.float64(),
    "canary": pa.float64(),
    "canary_low": pa.float64(),
    "canary_high": pa.float64(),
    "log10_e_value": pa.float64(),
    "control_records": pa.uint64(),
    "canary_records": pa.uint64(),
    "limit": pa.float64(),
}
_SCHEMA = pa.schema(_FIELDS)
_HEADERS = ("compared", "verdict", "control", "canary", "e-value", "n control", "n canary")


@dataclass(frozen=True)
class Rate:
    """A share of records, and an interval that holds that of the law at all times at once.

    Attributes
    ----------
    hits, records : int
        Records with it, and all of them.
    value : float, optional
        hits / records; ``None`` without a record.
    low, high : float
        The interval.
    """

    hits: int
    records: int
    value: float | None
    low: float
    high: float

    @classmethod
    def from_proto(cls, message: canary_pb2.CanaryRate) -> "Rate":
        """From the wire."""
        value = optional_value(message, "value")
        return cls(message.hits, message.records, value, message.low, message.high)

    def __str__(self) -> str:
        return f"{figure(self.value)} {interval(self.low, self.high)}"


@dataclass(frozen=True)
class RateComparison:
    """A rate of both versions, the better the lower.

    Attributes
    ----------
    name : str
        ``slow``, ``no_prediction`` or ``error``.
    column : str
        Where it was counted.
    limit, limit_basis : float, str, optional
        Seconds above which an answer is slow, and what they are: ``given``, ``baseline_p99`` or ``control_p99``.
    control, canary : Rate
        The rates.
    verdict : str
        What can be said of the canary's: ``lower``, ``higher``, ``alike`` or ``undecided``.
    """

    name: str
    column: str
    limit: float | None
    limit_basis: str
    control: Rate
    canary: Rate
    verdict: str

    @classmethod
    def from_proto(cls, message: canary_pb2.RateComparison) -> "RateComparison":
        """From the wire."""
        return cls(
            name=message.name,
            column=message.column,
            limit=optional_value(message, "limit"),
            limit_basis=message.limit_basis,
            control=Rate.from_proto(message.control),
            canary=Rate.from_proto(message.canary),
            verdict=message.verdict,
        )

    def __str__(self) -> str:
        if self.limit is None:
            return f"{self.name} ({self.column})"
        return f"{self.name} ({self.column} > {figure(self.limit)} s)"


@dataclass(frozen=True)
class ColumnComparison:
    """Evidence that one column differs between the versions.

    Attributes
    ----------
    column, role : str
        The column.
    log_e_value : float
        Natural logarithm of the e-value after the last window.
    is_discovery : bool
        Whether it is one, among all columns.
    windows, left_out_windows : int
        Windows of both versions that were counted in the same bins, and those that were not.
    control_records, canary_records : int
        Records that took part.
    """

    column: str
    role: str
    log_e_value: float
    is_discovery: bool
    windows: int
    left_out_windows: int
    control_records: int
    canary_records: int

    @classmethod
    def from_proto(cls, message: canary_pb2.ColumnComparison) -> "ColumnComparison":
        """From the wire."""
        return cls(
            column=message.column,
            role=message.role,
            log_e_value=message.log_e_value,
            is_discovery=message.is_discovery,
            windows=message.windows,
            left_out_windows=message.left_out_windows,
            control_records=message.control_records,
            canary_records=message.canary_records,
        )

    @property
    def log10_e_value(self) -> float:
        """Decimal logarithm of the e-value: 2 is a hundred to one."""
        return self.log_e_value / math.log(10)


@dataclass(frozen=True, repr=False)
class CanaryResult(Listing[ColumnComparison]):
    """A canary beside its control; its entries are the columns: ``canary["score"].is_discovery``.

    Attributes
    ----------
    verdict : str
        ``better``, ``worse``, ``alike`` or ``undecided``.
    level : float
        The chance that the verdict, or anything else that is decided, is wrong, at whatever time one looks.
    margin : float
        By how much rates may differ and be alike.
    rates : tuple of RateComparison
        What the verdict is made of.
    control, canary : str
        The versions.
    control_coverage, canary_coverage : Coverage
        Their records.
    """

    verdict: str
    level: float
    margin: float
    rates: tuple[RateComparison, ...]
    control: str
    canary: str
    control_coverage: Coverage
    canary_coverage: Coverage

    _noun: ClassVar[str] = "column"

    @classmethod
    def from_proto(
        cls, message: canary_pb2.CanaryResponse, control: str = "", canary: str = ""
    ) -> "CanaryResult":
        """From the wire, and the versions that were asked about."""
        return cls(
            entries=tuple(map(ColumnComparison.from_proto, message.columns)),
            verdict=message.verdict,
            level=message.level,
            margin=message.margin,
            rates=tuple(map(RateComparison.from_proto, message.rates)),
            control=control,
            canary=canary,
            control_coverage=Coverage.from_proto(message.control),
            canary_coverage=Coverage.from_proto(message.canary),
        )

    @property
    def discoveries(self) -> tuple[ColumnComparison, ...]:
        """The columns that differ between the versions."""
        return tuple(entry for entry in self.entries if entry.is_discovery)

    def _key(self, entry: ColumnComparison) -> str:
        return entry.column

    def sentence(self) -> str:
        """The verdict in words."""
        pair = f"{self.canary} beside {self.control}"
        verdicts = {
            "better": "is better than its control",
            "worse": "is worse than its control",
            "alike": "is no different from its control",
        }
        said = verdicts.get(self.verdict, "is not decided yet")
        different = ", ".join(entry.column for entry in self.discoveries)
        differs = f"; columns that differ: {different}" if different else ""
        return f"canary {pair} {said} (error chance {100 * self.level:.2g}%, margin {100 * self.margin:.2g}%){differs}"

    def to_arrow(self) -> pa.Table:
        """One row a rate (kind ``rate``), then one a column (kind ``column``)."""
        rows = [*map(_row_of_rate, self.rates), *map(_row_of_column, self.entries)]
        return pa.Table.from_pylist(rows, schema=_SCHEMA)

    def grid(self) -> Grid:
        """The verdict, and one row a rate and column."""
        rows = (*map(_cells_of_rate, self.rates), *map(_cells_of_column, self.entries))
        return Grid(self.sentence(), _HEADERS, rows, text_columns=2)


def _row_of_rate(rate: RateComparison) -> dict[str, object]:
    row: dict[str, object] = {"kind": "rate", "name": rate.name, "column": rate.column}
    row |= {"verdict": rate.verdict, "limit": rate.limit}
    for side, found in (("control", rate.control), ("canary", rate.canary)):
        row |= {side: found.value, f"{side}_low": found.low, f"{side}_high": found.high}
        row[f"{side}_records"] = found.records
    return row


def _row_of_column(column: ColumnComparison) -> dict[str, object]:
    names = ("column", "log10_e_value", "control_records", "canary_records")
    row: dict[str, object] = {name: getattr(column, name) for name in names}
    return row | {"kind": "column", "name": column.role, "verdict": _verdict(column)}


def _verdict(column: ColumnComparison) -> str:
    return "differs" if column.is_discovery else "undecided"


def _cells_of_rate(rate: RateComparison) -> tuple[str, ...]:
    counts = (f"{rate.control.records:,}", f"{rate.canary.records:,}")
    return (str(rate), rate.verdict, str(rate.control), str(rate.canary), "-", *counts)


def _cells_of_column(column: ColumnComparison) -> tuple[str, ...]:
    counts = (f"{column.control_records:,}", f"{column.canary_records:,}")
    return (column.column, _verdict(column), "-", "-", f"10^{column.log10_e_value:.1f}", *counts)
