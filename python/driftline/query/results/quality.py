"""What the values of columns are like, and how many records there are, beside those of a reference."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa

from driftline.query.grid import Grid
from driftline.query.results.compared import Compared
from driftline.query.results.presence import Freshness, Volume
from driftline.query.results.quality_rows import HEADERS, SCHEMA, Row, cells, row
from driftline.query.results.result import Listing
from driftline.query.results.values import Coverage, Estimate, optional_value
from driftline.v1 import quality_pb2


@dataclass(frozen=True)
class QualityFinding:
    """One share or property of a column on both sides.

    Attributes
    ----------
    check : str
        ``absent_rate`` (share of records without the column), ``null_rate`` (of rows), ``nan_rate``,
        ``infinity_rate`` (of numbers), ``out_of_range`` (share of finite numbers outside the reference's smallest and
        largest), ``unseen_rate`` (share of values that are no category of the baseline), ``constant`` (1 where all
        values are one, else 0), ``distinct`` (number of different values).
    reference, current : Estimate
        With the interval that the sketches leave: 95% of ``distinct``, certain of the rest.
    noise_floor, noise_q95 : float
        Mean and 95% quantile of the difference of both sides at these counts when nothing has changed.
    p_value, adjusted_p_value : float, optional
        Of a classical test, where one exists, for one look at one range; and adjusted for all findings of the
        result, by Benjamini and Hochberg.
    n_reference, n_current : int
        Rows on both sides.
    exceeds_noise : bool
        Whether the least difference that the intervals allow lies above what chance gives in 95 of 100 cases.
    """

    check: str
    reference: Estimate
    current: Estimate
    noise_floor: float
    noise_q95: float
    p_value: float | None
    adjusted_p_value: float | None
    n_reference: int
    n_current: int
    exceeds_noise: bool

    @classmethod
    def from_proto(cls, message: quality_pb2.QualityFinding) -> "QualityFinding":
        """From the wire."""
        return cls(
            check=message.check,
            reference=Estimate.from_proto(message.reference),
            current=Estimate.from_proto(message.current),
            noise_floor=message.noise_floor,
            noise_q95=message.noise_q95,
            p_value=optional_value(message, "p_value"),
            adjusted_p_value=optional_value(message, "adjusted_p_value"),
            n_reference=message.n_reference,
            n_current=message.n_current,
            exceeds_noise=message.exceeds_noise,
        )

    def __float__(self) -> float:
        return self.current.value


@dataclass(frozen=True, repr=False)
class ColumnQuality(Listing[QualityFinding]):
    """The findings of one column by check: ``quality["amount"]["null_rate"].current.value``."""

    column: str
    role: str
    kind: str

    _noun: ClassVar[str] = "check"

    @classmethod
    def from_proto(cls, message: quality_pb2.ColumnQuality) -> "ColumnQuality":
        """From the wire."""
        findings = tuple(map(QualityFinding.from_proto, message.findings))
        return cls(findings, message.column, message.role, message.kind)

    def _key(self, entry: QualityFinding) -> str:
        return entry.check

    def to_arrow(self) -> pa.Table:
        """One row a check."""
        return pa.Table.from_pylist(list(self.rows()), schema=SCHEMA)

    def grid(self) -> Grid:
        """One row a check."""
        return Grid(f"quality of {self.column}", HEADERS, tuple(map(cells, self.rows())), text_columns=2)

    def rows(self) -> Iterator[Row]:
        """The findings as rows of a table."""
        return (row(self.column, role=self.role, **vars(entry)) for entry in self.entries)


@dataclass(frozen=True)
class SchemaChange:
    """In what a column differs from the reference's.

    Attributes
    ----------
    change : str
        ``missing`` (no record has the column), ``untyped`` (it has only had nulls of no type), ``added`` (the
        reference has none of this name), ``kind`` (numeric and categorical), ``role``.
    column : str
        Its name.
    reference, current : str
        Its kind or role on both sides; empty where a side has no such column.
    """

    change: str
    column: str
    reference: str
    current: str

    @classmethod
    def from_proto(cls, message: quality_pb2.SchemaChange) -> "SchemaChange":
        """From the wire."""
        return cls(message.change, message.column, message.reference, message.current)

    def __str__(self) -> str:
        return f"{self.column}: {self.change} ({self.reference or 'nothing'} -> {self.current or 'nothing'})"


@dataclass(frozen=True)
class KindRefusal:
    """Batches refused because a column was of another kind than before, since the start of the process."""

    version: str
    column: str
    batches: int


@dataclass(frozen=True, repr=False)
class QualityResult(Listing[ColumnQuality]):
    """Findings by column, those beyond their noise first: ``quality["amount"]["null_rate"].exceeds_noise``.

    Attributes
    ----------
    schema : tuple of SchemaChange
        In what the columns differ from the reference's.
    volume : Volume, optional
        Records a period; ``None`` without a range of time on both sides.
    freshness : Freshness, optional
        How long ago there was a record; ``None`` for data at hand.
    kind_refusals : tuple of KindRefusal
        Batches refused for a column's kind, of the versions asked about.
    batches_rejected : mapping
        Batches refused by reason, of all models, since the start of the process.
    coverage : Coverage
        The records that were looked at.
    reference : Compared
        What they were compared with.
    """

    schema: tuple[SchemaChange, ...]
    volume: Volume | None
    freshness: Freshness | None
    kind_refusals: tuple[KindRefusal, ...]
    batches_rejected: Mapping[str, int]
    coverage: Coverage
    reference: Compared

    _noun: ClassVar[str] = "column"

    @classmethod
    def from_proto(cls, message: quality_pb2.QualityResponse) -> "QualityResult":
        """From the wire."""
        return cls(
            entries=tuple(map(ColumnQuality.from_proto, message.columns)),
            schema=tuple(map(SchemaChange.from_proto, message.schema)),
            volume=Volume.from_proto(message.volume) if message.HasField("volume") else None,
            freshness=Freshness.from_proto(message.freshness),
            kind_refusals=tuple(
                KindRefusal(each.version, each.column, each.batches) for each in message.kind_refusals
            ),
            batches_rejected=dict(sorted(message.batches_rejected.items())),
            coverage=Coverage.from_proto(message.coverage),
            reference=Compared.from_proto(message.reference),
        )

    def _key(self, entry: ColumnQuality) -> str:
        return entry.column

    @property
    def exceeding(self) -> tuple[tuple[str, QualityFinding], ...]:
        """Column and finding of those beyond their noise."""
        return tuple(
            (column.column, finding) for column in self for finding in column if finding.exceeds_noise
        )

    def to_arrow(self) -> pa.Table:
        """One row a finding; changes of the schema, volume, freshness and refusals are rows too."""
        return pa.Table.from_pylist(list(self._rows()), schema=SCHEMA)

    def grid(self) -> Grid:
        """One row a finding, those that say something first."""
        title = f"quality beside {self.reference}: {self.coverage}"
        rows = sorted(self._rows(), key=lambda each: not each["exceeds_noise"])
        return Grid(title, HEADERS, tuple(map(cells, rows)), text_columns=2)

    def _rows(self) -> Iterator[Row]:
        for change in self.schema:
            detail = f"{change.reference or 'nothing'} -> {change.current or 'nothing'}"
            yield row(change.column, f"schema_{change.change}", detail=detail, exceeds_noise=True)
        for refusal in self.kind_refusals:
            yield row(
                refusal.column,
                "kind_refusals",
                current=Estimate(refusal.batches, refusal.batches, refusal.batches),
                detail=f"batches of version {refusal.version}" if refusal.version else "batches",
                exceeds_noise=True,
            )
        if self.volume is not None:
            yield self.volume.row()
        if self.freshness is not None:
            yield from self.freshness.rows()
        for column in self.entries:
            yield from column.rows()
