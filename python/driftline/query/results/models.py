"""The models that are known, with their versions, columns and segments."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa

from driftline.query.grid import Grid, plural
from driftline.query.results.result import Listing
from driftline.query.results.values import Coverage
from driftline.v1 import query_pb2

_COLUMN = pa.struct([pa.field(name, pa.string()) for name in ("column", "role", "kind")])
_FIELDS: dict[str, pa.DataType] = {
    "model": pa.string(),
    "version": pa.string(),
    "start": pa.timestamp("ns", "UTC"),
    "end": pa.timestamp("ns", "UTC"),
    "windows": pa.uint64(),
    "records": pa.uint64(),
    "columns": pa.list_(_COLUMN),
    "segments": pa.list_(pa.map_(pa.string(), pa.string())),
    "baselines": pa.list_(pa.string()),
}
_SCHEMA = pa.schema(_FIELDS)


@dataclass(frozen=True)
class ColumnInfo:
    """A column: its name, role (``feature``, ``label`` ...) and kind (``numeric`` or ``categorical``)."""

    column: str
    role: str
    kind: str


@dataclass(frozen=True)
class VersionInfo:
    """One version of a model: the records seen, its columns, the segments seen."""

    version: str
    coverage: Coverage
    columns: tuple[ColumnInfo, ...]
    segments: tuple[Mapping[str, str], ...]

    @classmethod
    def from_proto(cls, message: query_pb2.ModelVersion) -> "VersionInfo":
        """From the wire."""
        return cls(
            version=message.version,
            coverage=Coverage.from_proto(message.coverage),
            columns=tuple(ColumnInfo(c.name, c.role, c.kind) for c in message.columns),
            segments=tuple(dict(segment.values) for segment in message.segments),
        )


@dataclass(frozen=True)
class ModelInfo:
    """One model: its versions, and the names of its baselines, the default one first."""

    name: str
    versions: tuple[VersionInfo, ...]
    baselines: tuple[str, ...]

    @classmethod
    def from_proto(cls, message: query_pb2.Model) -> "ModelInfo":
        """From the wire."""
        return cls(
            message.name, tuple(map(VersionInfo.from_proto, message.versions)), tuple(message.baselines)
        )


@dataclass(frozen=True, repr=False)
class ModelsResult(Listing[ModelInfo]):
    """Models by name: ``models["delays"].versions``."""

    _noun: ClassVar[str] = "model"

    @classmethod
    def from_proto(cls, message: query_pb2.ModelsResponse) -> "ModelsResult":
        """From the wire."""
        return cls(tuple(map(ModelInfo.from_proto, message.models)))

    def _key(self, entry: ModelInfo) -> str:
        return entry.name

    def to_arrow(self) -> pa.Table:
        """One row a version."""
        rows = [_row(model, version) for model in self.entries for version in model.versions]
        return pa.Table.from_pylist(rows, schema=_SCHEMA)

    def grid(self) -> Grid:
        """One row a version."""
        headers = ("model", "version", "records", "columns", "segments", "baselines")
        rows = tuple(_cells(model, version) for model in self.entries for version in model.versions)
        return Grid(plural(len(self), "model"), headers, rows, text_columns=3)


def _row(model: ModelInfo, version: VersionInfo) -> dict[str, object]:
    seen = version.coverage.windows > 0
    return {
        "model": model.name,
        "version": version.version,
        "start": version.coverage.start_unix_nanos if seen else None,
        "end": version.coverage.end_unix_nanos if seen else None,
        "windows": version.coverage.windows,
        "records": version.coverage.records,
        "columns": [vars(column) for column in version.columns],
        "segments": [list(segment.items()) for segment in version.segments],
        "baselines": list(model.baselines),
    }


def _cells(model: ModelInfo, version: VersionInfo) -> tuple[str, ...]:
    counts = (f"{len(version.columns):,}", f"{len(version.segments):,}")
    return (model.name, version.version, str(version.coverage), *counts, ", ".join(model.baselines) or "-")
