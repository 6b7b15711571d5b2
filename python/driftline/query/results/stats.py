"""Counters of the engine itself."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa

from driftline.query.grid import Grid, figure
from driftline.query.results.result import Result
from driftline.query.results.values import optional_value
from driftline.v1 import query_pb2

_FIELDS: dict[str, pa.DataType] = {
    "counter": pa.string(),
    "model": pa.string(),
    "version": pa.string(),
    "detail": pa.string(),
    "value": pa.float64(),
}
_SCHEMA = pa.schema(_FIELDS)
_ENGINE_COUNTERS = (
    "batches_accepted",
    "batches_duplicate",
    "records",
    "bytes",
    "cells",
    "pending_predictions",
    "pending_labels",
)
_VERSION_COUNTERS = (
    "records",
    "client_dropped_records",
    "late_labels",
    "late_records",
    "future_records",
    "missing_timestamps",
    "segment_overflow_records",
)


@dataclass(frozen=True)
class VersionStats:
    """Counters of one version of a model.

    Attributes
    ----------
    records : int
        Records counted, those loaded from disk included.
    labels : mapping
        Labels by what became of them: matched, repeated, corrected, stale, pending, orphan.
    late_labels : int
        Labels, matched or corrected, of predictions over an hour older than the newest one.
    client_dropped_records : int
        Records that producers say they dropped.
    late_records, future_records, missing_timestamps : int
        Records older than the newest window by more than an hour; stamped too far in the future; without a time.
    segment_overflow_records : int
        Records counted in ``__other__``.
    seconds_since_last_record : float, optional
        At the time of the call; ``None`` before the first record.
    """

    model: str
    version: str
    records: int
    labels: Mapping[str, int]
    late_labels: int
    client_dropped_records: int
    late_records: int
    future_records: int
    missing_timestamps: int
    segment_overflow_records: int
    seconds_since_last_record: float | None

    @classmethod
    def from_proto(cls, message: query_pb2.VersionStats) -> "VersionStats":
        """From the wire."""
        return cls(
            model=message.model,
            version=message.version,
            labels=dict(sorted(message.labels.items())),
            seconds_since_last_record=optional_value(message, "seconds_since_last_record"),
            **{name: getattr(message, name) for name in _VERSION_COUNTERS},
        )


@dataclass(frozen=True, repr=False)
class StatsResult(Result):
    """Counters since the start of the process, and its present state.

    Attributes
    ----------
    batches_accepted, batches_duplicate : int
        Batches counted, and batches that had been counted before.
    batches_rejected : mapping
        Refused batches by reason.
    records, bytes : int
        Records counted, and the size of their requests.
    versions : tuple of VersionStats
        By model and version.
    cells, pending_predictions, pending_labels : int
        Cells in memory, and predictions and labels that wait for each other.
    """

    batches_accepted: int
    batches_duplicate: int
    batches_rejected: Mapping[str, int]
    records: int
    bytes: int
    versions: tuple[VersionStats, ...]
    cells: int
    pending_predictions: int
    pending_labels: int

    @classmethod
    def from_proto(cls, message: query_pb2.StatsResponse) -> "StatsResult":
        """From the wire."""
        return cls(
            batches_rejected=dict(sorted(message.batches_rejected.items())),
            versions=tuple(map(VersionStats.from_proto, message.versions)),
            **{name: getattr(message, name) for name in _ENGINE_COUNTERS},
        )

    def to_arrow(self) -> pa.Table:
        """One row a counter; those of the whole engine have an empty model and version."""
        columns = zip(*self._counters(), strict=True)
        return pa.table(dict(zip(_SCHEMA.names, map(list, columns), strict=True)), schema=_SCHEMA)

    def grid(self) -> Grid:
        """One row a counter."""
        rows = tuple((*names, _number(value)) for *names, value in self._counters())
        return Grid("engine counters", tuple(_SCHEMA.names), rows, text_columns=4)

    def _counters(self) -> Iterator[tuple[str, str, str, str, float]]:
        for name in _ENGINE_COUNTERS:
            yield (name, "", "", "", getattr(self, name))
        for reason, count in self.batches_rejected.items():
            yield ("batches_rejected", "", "", reason, count)
        for version in self.versions:
            yield from _version_counters(version)


def _version_counters(stats: VersionStats) -> Iterator[tuple[str, str, str, str, float]]:
    for name in _VERSION_COUNTERS:
        yield (name, stats.model, stats.version, "", getattr(stats, name))
    for outcome, count in stats.labels.items():
        yield ("labels", stats.model, stats.version, outcome, count)
    if stats.seconds_since_last_record is not None:
        yield ("seconds_since_last_record", stats.model, stats.version, "", stats.seconds_since_last_record)


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else figure(value)
