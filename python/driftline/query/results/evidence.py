"""How sure it is, over time, that columns have moved."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa

from driftline.query.grid import Grid, figure, interval, plural
from driftline.query.instants import Period, format_instant
from driftline.query.results.compared import Compared
from driftline.query.results.result import Listing
from driftline.query.results.values import Coverage, optional_value
from driftline.v1 import evidence_pb2, selection_pb2

_INSTANT = pa.timestamp("ns", tz="UTC")
_FIELDS: dict[str, pa.DataType] = {
    "segment": pa.string(),
    "column": pa.string(),
    "role": pa.string(),
    "log10_e_value": pa.float64(),
    "is_discovery": pa.bool_(),
    "largest_log10_e_value": pa.float64(),
    "largest_at": _INSTANT,
    "reached_at": _INSTANT,
    "windows": pa.uint64(),
    "left_out_windows": pa.uint64(),
    "records": pa.uint64(),
    "reference_records": pa.uint64(),
    "ks": pa.float64(),
    "ks_low": pa.float64(),
    "ks_high": pa.float64(),
    "mean_shift": pa.float64(),
    "mean_shift_low": pa.float64(),
    "mean_shift_high": pa.float64(),
}
_SCHEMA = pa.schema(_FIELDS)
_HEADERS = ("column", "", "e-value", "largest", "since", "windows", "left out", "ks", "mean shift")

#: What windows are left out for, in words.
_REASONS = {
    "other_bins": "were not counted in the reference's bins, as before it was set",
    "part_of_block": "are of a block that is cut or not over",
}


@dataclass(frozen=True)
class ToleratedDistance:
    """A distance between all records and the reference.

    Attributes
    ----------
    value, low, high : float
        The distance, and an interval that holds that of the laws at all times, those of all columns together with a
        chance of 1 - level.
    tolerance : float, optional
        What is tolerated.
    is_exceeded : bool, optional
        Whether even ``low`` is more; ``None`` where nothing was said to be tolerated.
    """

    value: float
    low: float
    high: float
    tolerance: float | None
    is_exceeded: bool | None

    @classmethod
    def from_proto(cls, message: evidence_pb2.ToleratedDistance) -> "ToleratedDistance":
        """From the wire."""
        tolerance, is_exceeded = (optional_value(message, name) for name in ("tolerance", "is_exceeded"))
        return cls(message.value, message.low, message.high, tolerance, is_exceeded)

    def __str__(self) -> str:
        return f"{figure(self.value)} {interval(self.low, self.high)}"


@dataclass(frozen=True)
class LeftOutWindows:
    """Windows that took no part, and why: ``other_bins`` or ``part_of_block``."""

    reason: str
    windows: int
    period: Period

    @classmethod
    def from_proto(cls, message: evidence_pb2.LeftOutWindows) -> "LeftOutWindows":
        """From the wire."""
        return cls(message.reason, message.windows, _period(message.range))

    def __str__(self) -> str:
        return f"{plural(self.windows, 'window')} ({self.period}) {_REASONS.get(self.reason, self.reason)}"


@dataclass(frozen=True)
class LeftOutColumn:
    """A column that could not be compared, and why: ``not_in_reference``, ``no_bins`` or ``other_kind``."""

    segment: Mapping[str, str]
    column: str
    reason: str

    @classmethod
    def from_proto(cls, message: evidence_pb2.LeftOutColumn) -> "LeftOutColumn":
        """From the wire."""
        return cls(dict(sorted(message.segment.items())), message.column, message.reason)


@dataclass(frozen=True)
class ColumnEvidence:
    """Evidence that one column has moved.

    Attributes
    ----------
    segment : mapping
        Empty: all records.
    column, role : str
        The column.
    log_e_value : float
        Natural logarithm of the e-value after the last window; 0 before the first.
    is_discovery : bool
        Whether it is one now, among all columns and segments at the level of the question.
    largest_log_e_value, largest_at : float, Period, optional
        The largest there has been, and the window or block after which.
    reached_at : Period, optional
        The window or block after which it first reached ``1 / level``; ``None``: never.
    windows, records, reference_records : int
        Windows, or blocks, that took part, records in them, and in the reference.
    left_out : tuple of LeftOutWindows
        Windows that took no part.
    ks, mean_shift : ToleratedDistance, optional
        Kolmogorov-Smirnov distance, and difference of the means in standard deviations of the reference, of all records
        in the windows that took part; ``None`` for categories and for blocks.
    """

    segment: Mapping[str, str]
    column: str
    role: str
    log_e_value: float
    is_discovery: bool
    largest_log_e_value: float | None
    largest_at: Period | None
    reached_at: Period | None
    windows: int
    records: int
    reference_records: int
    left_out: tuple[LeftOutWindows, ...]
    ks: ToleratedDistance | None
    mean_shift: ToleratedDistance | None

    @classmethod
    def from_proto(cls, message: evidence_pb2.ColumnEvidence) -> "ColumnEvidence":
        """From the wire."""
        return cls(
            segment=dict(sorted(message.segment.items())),
            column=message.column,
            role=message.role,
            log_e_value=message.log_e_value,
            is_discovery=message.is_discovery,
            largest_log_e_value=optional_value(message, "largest_log_e_value"),
            largest_at=_period(message.largest_at) if message.HasField("largest_at") else None,
            reached_at=_period(message.reached_at) if message.HasField("reached_at") else None,
            windows=message.windows,
            records=message.records,
            reference_records=message.reference_records,
            left_out=tuple(map(LeftOutWindows.from_proto, message.left_out)),
            ks=ToleratedDistance.from_proto(message.ks) if message.HasField("ks") else None,
            mean_shift=(
                ToleratedDistance.from_proto(message.mean_shift) if message.HasField("mean_shift") else None
            ),
        )

    @property
    def log10_e_value(self) -> float:
        """Decimal logarithm of the e-value: 2 is a hundred to one."""
        return self.log_e_value / math.log(10)

    @property
    def largest_log10_e_value(self) -> float | None:
        """Decimal logarithm of the largest e-value there has been."""
        return None if self.largest_log_e_value is None else self.largest_log_e_value / math.log(10)

    def __str__(self) -> str:
        values = ", ".join(f"{column}={value}" for column, value in self.segment.items())
        return f"{self.column} of {values}" if values else self.column


@dataclass(frozen=True, repr=False)
class EvidenceResult(Listing[ColumnEvidence]):
    """Evidence by column, the surest first: ``evidence["amount"].is_discovery``.

    With ``by`` an entry is looked up by column and segment: ``evidence["amount", {"carrier": "AA"}]``.

    Attributes
    ----------
    left_out : tuple of LeftOutColumn
        Columns that could not be compared.
    coverage : Coverage
        All windows of the selection.
    reference : Compared
        What it was compared with.
    level : float
        The chance of any false alarm, over all time, columns and segments.
    block_nanos : int
        Length of a block, all records of which are one observation; 0: every record is one.
    """

    left_out: tuple[LeftOutColumn, ...]
    coverage: Coverage
    reference: Compared
    level: float
    block_nanos: int

    _noun: ClassVar[str] = "column"

    @classmethod
    def from_proto(cls, message: evidence_pb2.EvidenceResponse) -> "EvidenceResult":
        """From the wire."""
        return cls(
            tuple(map(ColumnEvidence.from_proto, message.columns)),
            tuple(map(LeftOutColumn.from_proto, message.left_out)),
            Coverage.from_proto(message.coverage),
            Compared.from_proto(message.reference),
            message.level,
            message.block_nanos,
        )

    @property
    def discoveries(self) -> tuple[ColumnEvidence, ...]:
        """The columns that have moved, with one chance of a false alarm for all of them."""
        return tuple(entry for entry in self.entries if entry.is_discovery)

    def _key(self, entry: ColumnEvidence) -> str:
        return str(entry)

    def _matches(self, entry: ColumnEvidence, key: object) -> bool:
        return key in (str(entry), (entry.column, entry.segment))

    def to_arrow(self) -> pa.Table:
        """One row a column and segment."""
        return pa.Table.from_pylist([_row(entry) for entry in self.entries], schema=_SCHEMA)

    def sentences(self) -> tuple[str, ...]:
        """What it means: a sentence for every column that has moved, or one that none has."""
        chance = f"false alarm chance {100 * self.level:.2g}%"
        found = tuple(
            f"{entry} has moved {_since(entry)} (e-value {_power(entry.log10_e_value)}, {chance})"
            for entry in self.discoveries
        )
        return found or (f"nothing has moved for certain ({chance})",)

    def grid(self) -> Grid:
        """One row a column and segment, under the sentences."""
        title = [f"evidence against {self.reference}: {self.coverage}", *self.sentences(), *self._left_out()]
        return Grid("\n".join(title), _HEADERS, tuple(map(_cells, self.entries)), text_columns=2)

    def _left_out(self) -> list[str]:
        """What took no part, once each."""
        windows = dict.fromkeys(str(left) for entry in self.entries for left in entry.left_out)
        columns = dict.fromkeys(f"{left.column} was left out: {left.reason}" for left in self.left_out)
        return [*windows, *columns]


def _period(message: selection_pb2.TimeRange) -> Period:
    return Period(message.start_unix_nanos, message.end_unix_nanos)


def _since(entry: ColumnEvidence) -> str:
    """When it was first seen: discoveries of many together may not have reached what one alone needs."""
    if entry.reached_at is None:
        return "by now"
    return f"since {format_instant(entry.reached_at.start)}"


def _power(log10: float) -> str:
    return f"10^{log10:.1f}"


def _row(entry: ColumnEvidence) -> dict[str, object]:
    names = ("column", "role", "log10_e_value", "is_discovery", "largest_log10_e_value")
    row: dict[str, object] = {name: getattr(entry, name) for name in names}
    row |= {name: getattr(entry, name) for name in ("windows", "records", "reference_records")}
    row["segment"] = ", ".join(f"{column}={value}" for column, value in entry.segment.items())
    row["left_out_windows"] = sum(left.windows for left in entry.left_out)
    for name, period in (("largest_at", entry.largest_at), ("reached_at", entry.reached_at)):
        row[name] = None if period is None else period.start
    for name, distance in (("ks", entry.ks), ("mean_shift", entry.mean_shift)):
        if distance is not None:
            row |= {name: distance.value, f"{name}_low": distance.low, f"{name}_high": distance.high}
    return row


def _cells(entry: ColumnEvidence) -> tuple[str, ...]:
    largest = entry.largest_log10_e_value
    return (
        str(entry),
        "moved" if entry.is_discovery else "",
        _power(entry.log10_e_value),
        "-" if largest is None else _power(largest),
        "-" if entry.reached_at is None else format_instant(entry.reached_at.start),
        f"{entry.windows:,}",
        f"{sum(left.windows for left in entry.left_out):,}",
        "-" if entry.ks is None else str(entry.ks),
        "-" if entry.mean_shift is None else str(entry.mean_shift),
    )
