"""Who probes a model: signals of each principal beside its cohort."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa

from driftline.query.grid import Grid, plural
from driftline.query.instants import format_instant
from driftline.query.results.result import Listing
from driftline.query.results.values import Coverage, Estimate, optional_estimate
from driftline.v1 import signals_pb2

_FIELDS: dict[str, pa.DataType] = {
    "principal": pa.string(),
    "signal": pa.string(),
    "is_discovery": pa.bool_(),
    "value": pa.float64(),
    "value_low": pa.float64(),
    "value_high": pa.float64(),
    "others": pa.float64(),
    "others_low": pa.float64(),
    "others_high": pa.float64(),
    "of": pa.uint64(),
    "of_others": pa.uint64(),
    "log10_e_value": pa.float64(),
    "since": pa.timestamp("ns", "UTC"),
    "windows": pa.uint64(),
}
_SCHEMA = pa.schema(_FIELDS)
_HEADERS = ("principal", "signal", "", "value", "others", "e-value", "since", "n", "n others")

_WORDS = {
    "distinct_queries": "distinct queries",
    "near_duplicates": "different queries close together",
    "near_boundary": "scores near the decision boundary",
    "outliers": "inputs outside the baseline's range",
    "label_flips": "labels that contradict the prediction",
}


@dataclass(frozen=True)
class PrincipalSignal:
    """One signal of one principal.

    Attributes
    ----------
    principal : str
        Who.
    signal : str
        ``distinct_queries``, ``near_duplicates``, ``near_boundary``, ``outliers`` or ``label_flips``.
    value, others : Estimate, optional
        Its share of the principal's records, queries or labels, and of those of the others in the same windows.
    of, of_others : int
        How many records, queries or labels these are shares of.
    log_e_value : float
        Natural logarithm of the e-value after the last window.
    is_discovery : bool
        Whether it is one, among all signals of all principals.
    since_unix_nanos : int
        Start of the window with which it likely began.
    windows : int
        Windows in which it was compared.
    """

    principal: str
    signal: str
    value: Estimate | None
    others: Estimate | None
    of: int
    of_others: int
    log_e_value: float
    is_discovery: bool
    since_unix_nanos: int
    windows: int

    @classmethod
    def from_proto(cls, message: signals_pb2.PrincipalSignal) -> "PrincipalSignal":
        """From the wire."""
        return cls(
            principal=message.principal,
            signal=message.signal,
            value=optional_estimate(message, "value"),
            others=optional_estimate(message, "others"),
            of=message.of,
            of_others=message.of_others,
            log_e_value=message.log_e_value,
            is_discovery=message.is_discovery,
            since_unix_nanos=message.since_unix_nanos,
            windows=message.windows,
        )

    @property
    def log10_e_value(self) -> float:
        """Decimal logarithm of the e-value: 2 is a hundred to one."""
        return self.log_e_value / math.log(10)

    @property
    def since(self) -> str:
        """The window with which it likely began, UTC."""
        return format_instant(self.since_unix_nanos)


@dataclass(frozen=True, repr=False)
class SignalsResult(Listing[PrincipalSignal]):
    """Signals of principals, the surest first: ``signals["alice"].signal``.

    Attributes
    ----------
    level : float
        The chance of ever naming anybody while nobody is beyond the tolerance.
    tolerance : float
        By how many times a principal's odds may differ from the others' and nobody is told.
    principals, streams : int
        Principals that were told apart, and their signals that were compared.
    other_records : int
        Records of principals that were not told apart.
    coverage : Coverage
        Where the figures come from.
    """

    level: float
    tolerance: float
    principals: int
    streams: int
    other_records: int
    coverage: Coverage

    _noun: ClassVar[str] = "principal"

    @classmethod
    def from_proto(cls, message: signals_pb2.SignalsResponse) -> "SignalsResult":
        """From the wire."""
        return cls(
            entries=tuple(map(PrincipalSignal.from_proto, message.signals)),
            level=message.level,
            tolerance=message.tolerance,
            principals=message.principals,
            streams=message.streams,
            other_records=message.other_records,
            coverage=Coverage.from_proto(message.coverage),
        )

    @property
    def discoveries(self) -> tuple[PrincipalSignal, ...]:
        """The signals that name somebody."""
        return tuple(entry for entry in self.entries if entry.is_discovery)

    @property
    def named(self) -> tuple[str, ...]:
        """Who is named, the surest first."""
        return tuple(dict.fromkeys(entry.principal for entry in self.discoveries))

    def _key(self, entry: PrincipalSignal) -> str:
        return entry.principal

    def sentences(self) -> Iterator[str]:
        """Who is named, and for what."""
        for entry in self.discoveries:
            what = _WORDS.get(entry.signal, entry.signal)
            yield (
                f"principal {entry.principal} since {entry.since}: {what} {entry.value}, others {entry.others} "
                f"(e-value 10^{entry.log10_e_value:.1f}, false alarm chance {100 * self.level:.2g}%)"
            )

    def to_arrow(self) -> pa.Table:
        """One row a signal of a principal."""
        return pa.Table.from_pylist([_row(entry) for entry in self.entries], schema=_SCHEMA)

    def grid(self) -> Grid:
        """One row a signal of a principal."""
        said = ", ".join(self.named) or "nobody"
        title = f"signals of {plural(self.principals, 'principal')}: {said} named; {self.coverage}"
        rows = tuple(map(_cells, self.entries))
        notes = (f"{self.other_records:,} records of principals that are not told apart",)
        return Grid(title, _HEADERS, rows, text_columns=3, notes=notes if self.other_records else ())


def _row(entry: PrincipalSignal) -> dict[str, object]:
    names = ("principal", "signal", "is_discovery", "of", "of_others", "log10_e_value", "windows")
    row: dict[str, object] = {name: getattr(entry, name) for name in names}
    for side, found in (("value", entry.value), ("others", entry.others)):
        if found is not None:
            row |= {side: found.value, f"{side}_low": found.low, f"{side}_high": found.high}
    return row | {"since": entry.since_unix_nanos}


def _cells(entry: PrincipalSignal) -> tuple[str, ...]:
    return (
        entry.principal,
        entry.signal,
        "named" if entry.is_discovery else "",
        str(entry.value or "-"),
        str(entry.others or "-"),
        f"10^{entry.log10_e_value:.1f}",
        entry.since,
        f"{entry.of:,}",
        f"{entry.of_others:,}",
    )
