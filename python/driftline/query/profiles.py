"""The profile of a set of records: sketches of every column, kept, merged and compared without the records."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from rich.console import Group

from driftline import _core
from driftline.errors import InvalidArgumentError, NotFoundError
from driftline.query import questions
from driftline.query.results import (
    ColumnSetsResult,
    DistributionResult,
    DriftResult,
    PerformanceResult,
    QualityResult,
    QuantilesResult,
    SummaryResult,
)
from driftline.query.selection import SegmentValue, Selection
from driftline.query.transport import EngineTransport
from driftline.v1 import selection_pb2

ResultT = TypeVar(
    "ResultT",
    SummaryResult,
    QuantilesResult,
    DistributionResult,
    DriftResult,
    PerformanceResult,
    QualityResult,
    ColumnSetsResult,
)

_REFERENCE = "reference"
_SNAPSHOT_COLUMNS = frozenset(
    {"format_version", "window_start", "column", "hll", "tdigest_means", "writer_id"}
)


class Profile:
    """Sketches of the columns of some records, a few kilobytes a column.

    Made by `driftline.profile` from data or by `Monitor.profile` from what a collector has seen. It serves as a
    baseline (`Monitor.set_baseline`), merges with other profiles, and is stored as Parquet.

    Parameters
    ----------
    rows : pyarrow.Table
        Snapshot rows of one model.

    Examples
    --------
    >>> import driftline, pyarrow as pa
    >>> profile = driftline.profile(pa.table({"age": [20, 30, 40], "city": ["Oslo", "Rome", "Oslo"]}))
    >>> profile.summary()["age"].mean
    30.0
    >>> profile.distribution("city")["Oslo"].count
    2
    """

    def __init__(self, rows: pa.Table) -> None:
        if missing := _SNAPSHOT_COLUMNS - set(rows.schema.names):
            raise InvalidArgumentError(
                "a profile must have the columns of snapshot rows, these are missing: "
                + ", ".join(sorted(missing))
            )
        models = [str(model) for model in pc.unique(rows["model"]).to_pylist()]
        if len(models) != 1:
            raise InvalidArgumentError(
                f"a profile must be of exactly one model, these rows are of {len(models)}"
            )
        self._rows = rows
        self._model = models[0]

    @property
    def model(self) -> str:
        """Name of the model in the rows."""
        return self._model

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, sorted."""
        return tuple(summary.column for summary in self.summary())

    def summary(
        self, columns: Sequence[str] | None = None, *, segment: Mapping[str, SegmentValue] | None = None
    ) -> SummaryResult:
        """Counts, moments, range, quantiles and distinct values, one line a column."""
        return self._timed(questions.summary(self._transport, self._selection(segment), columns))

    def quantiles(
        self,
        column: str,
        q: float | Sequence[float] = (0.5, 0.9, 0.99),
        *,
        segment: Mapping[str, SegmentValue] | None = None,
    ) -> QuantilesResult:
        """Quantiles of a numeric column, each ``q`` in [0, 1], with certified intervals."""
        return self._timed(questions.quantiles(self._transport, self._selection(segment), column, q))

    def distribution(
        self, column: str, *, limit: int = 64, segment: Mapping[str, SegmentValue] | None = None
    ) -> DistributionResult:
        """Histogram bins of a numeric column or the most frequent items of a categorical one, at most ``limit``."""
        return self._timed(questions.distribution(self._transport, self._selection(segment), column, limit))

    def sketch(self, column: str, sketch: str, *, segment: Mapping[str, SegmentValue] | None = None) -> bytes:
        """One sketch of a column in the bytes of Apache DataSketches, for Spark, Druid, Postgres and others.

        Parameters
        ----------
        column : str
            The column.
        sketch : str
            ``"hll"``; of a numeric column also ``"tdigest"`` and, if its monitor lists it in ``kll_columns``,
            ``"kll"`` (both of doubles); of a categorical column also ``"frequent"`` (items are strings).
        segment : mapping of str to str, optional
            All records if not given.

        Raises
        ------
        NotFoundError
            If there is no such column or segment, or no KLL sketch holds all values of the column.
        InvalidArgumentError
            If ``sketch`` is none of these, or one that columns of this kind do not have.

        Examples
        --------
        >>> import driftline, pyarrow as pa
        >>> len(driftline.profile(pa.table({"age": [20, 30, 40]})).sketch("age", "hll"))
        20
        """
        rows = questions.profile_rows(self._transport, self._selection(segment), [column])
        return _core.sketch_bytes(rows, column, sketch)

    def performance(
        self, *, curves: bool = False, segment: Mapping[str, SegmentValue] | None = None
    ) -> PerformanceResult:
        """How good the predictions are, if the records have labels; with ``curves`` of scores where there are any."""
        records = self._selection(segment)
        return self._timed(questions.performance(self._transport, records, curves=curves))

    def drift(
        self,
        reference: "Profile",
        *,
        columns: Sequence[str] | None = None,
        metrics: Sequence[str] | None = None,
        recipe: str | None = None,
        bins: int | None = None,
    ) -> DriftResult:
        """How far this profile has moved from a reference.

        Parameters
        ----------
        reference : Profile
            What to compare with. If this profile was counted on its bins (``driftline.profile(data,
            baseline=reference)``), the comparison is exact; otherwise it goes by sketches and says so.
        columns, metrics, recipe, bins
            As in `Monitor.drift`.
        """
        engine = self._engine()
        engine.set_baseline(self._model, _REFERENCE, reference.to_arrow())
        transport = EngineTransport(engine)
        named = selection_pb2.Reference(baseline=_REFERENCE)
        return self._timed(
            questions.drift(transport, self._selection(), named, columns, metrics, recipe, bins)
        )

    def quality(self, reference: "Profile", *, columns: Sequence[str] | None = None) -> QualityResult:
        """What the values of this profile are like beside those of a reference, whatever they say.

        Unseen categories are counted where this profile was counted on the reference's bins
        (``driftline.profile(data, baseline=reference)``). Records a period and their age need a collector or a data
        directory (`Monitor.quality`).

        Examples
        --------
        >>> import driftline, pyarrow as pa
        >>> before = driftline.profile(pa.table({"age": list(range(100))}))
        >>> after = driftline.profile(pa.table({"age": [None, *range(50)]}), baseline=before)
        >>> after.quality(before)["age"]["null_rate"].n_current
        51
        """
        engine = self._engine()
        engine.set_baseline(self._model, _REFERENCE, reference.to_arrow())
        named = selection_pb2.Reference(baseline=_REFERENCE)
        result = questions.quality(EngineTransport(engine), self._selection(), named, columns)
        return replace(self._timed(result), volume=None, freshness=None, batches_rejected={})

    def column_sets(self, reference: "Profile", *, sets: Sequence[str] | None = None) -> ColumnSetsResult:
        """How sets of columns, which the profile's monitor declared, have moved together from a reference.

        Parameters
        ----------
        reference : Profile
            What to compare with. Features and combinations need this profile to be counted beside it:
            ``driftline.profile(data, monitor=monitor, baseline=reference)``.
        sets : sequence of str, optional
            Names of column sets; all, if not given.
        """
        engine = self._engine()
        engine.set_baseline(self._model, _REFERENCE, reference.to_arrow())
        named = selection_pb2.Reference(baseline=_REFERENCE)
        return self._timed(questions.column_sets(EngineTransport(engine), self._selection(), named, sets))

    def merge(self, other: "Profile") -> "Profile":
        """The profile of both sets of records together. Both must be of the same model (see `model`)."""
        if other.model != self._model:
            raise InvalidArgumentError(
                f"profiles must be of one model to be merged, got {self._model!r} and {other.model!r}"
            )
        engine = self._engine()
        engine.load(other.to_arrow())
        transport = EngineTransport(engine)
        rows = pa.concat_tables(
            questions.profile_rows(transport, selection) for selection in self._cells(transport)
        )
        return Profile(_in_window(rows, min(self.start, other.start), max(self.end, other.end)))

    def _cells(self, transport: EngineTransport) -> list[selection_pb2.Selection]:
        """All versions and segments that the engine holds: each keeps rows of its own."""
        return [
            Selection(self._model, version.version, segment=segment).to_proto()
            for version in questions.models(transport)[self._model].versions
            for segment in ({}, *version.segments)
        ]

    @cached_property
    def start(self) -> int:
        """Start of the first window, nanoseconds since the Unix epoch; 0 if the records have no times."""
        return int(pc.min(self._rows["window_start"].cast(pa.int64())).as_py())

    @cached_property
    def end(self) -> int:
        """End of the last window, nanoseconds since the Unix epoch; 1 if the records have no times."""
        starts, lengths = (self._rows[name].cast(pa.int64()) for name in ("window_start", "window_length"))
        return int(pc.max(pc.add(starts, lengths)).as_py())

    def _timed(self, result: ResultT) -> ResultT:
        """The result with the times of these rows: their window may be of any length, an engine's has one."""
        coverage = replace(result.coverage, start_unix_nanos=self.start, end_unix_nanos=self.end)
        return replace(result, coverage=coverage)

    def save(self, path: str | PathLike[str]) -> None:
        """Writes the rows as one Parquet file."""
        pq.write_table(self._rows, Path(path), compression="zstd")

    @classmethod
    def load(cls, path: str | PathLike[str]) -> "Profile":
        """Reads what `save` or ``driftline profile`` wrote.

        Raises
        ------
        NotFoundError
            If there is no such file.
        InvalidArgumentError
            If it is no profile.
        """
        try:
            rows = pq.read_table(Path(path), partitioning=None)
        except FileNotFoundError:
            raise NotFoundError(f"no such file: {path}") from None
        except (pa.ArrowInvalid, OSError) as error:
            raise InvalidArgumentError(f"{path} cannot be read as Parquet: {error}") from error
        return cls(rows)

    @staticmethod
    def describes(schema: pa.Schema) -> bool:
        """Whether a schema is that of snapshot rows, and a file of it a profile and not data."""
        return set(schema.names) >= _SNAPSHOT_COLUMNS

    def to_arrow(self) -> pa.Table:
        """The snapshot rows."""
        return self._rows

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._rows.__arrow_c_stream__(requested_schema)  # type: ignore[no-untyped-call]

    def __repr__(self) -> str:
        return repr(self.summary())

    def _repr_html_(self) -> str:
        return self.summary()._repr_html_()

    def __rich__(self) -> Group:
        return self.summary().__rich__()

    @cached_property
    def _transport(self) -> EngineTransport:
        return EngineTransport(self._engine())

    def _engine(self) -> _core.Engine:
        engine = _core.Engine()
        engine.load(self._rows)
        return engine

    def _selection(self, segment: Mapping[str, SegmentValue] | None = None) -> selection_pb2.Selection:
        return Selection(self._model, segment=segment).to_proto()


def _in_window(rows: pa.Table, start: int, end: int) -> pa.Table:
    """The rows as those of one window ``[start, end)``."""
    for name, nanos in (("window_start", start), ("window_length", end - start)):
        field = rows.schema.field(name)
        values = pa.repeat(pa.scalar(nanos, pa.int64()), rows.num_rows).cast(field.type)
        rows = rows.set_column(rows.schema.get_field_index(name), field, values)
    return rows
