"""The windows of a model, and how far each has come."""

from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa

from driftline.query.grid import Grid, plural
from driftline.query.instants import format_instant
from driftline.query.results.result import Listing
from driftline.v1 import windows_pb2

_FIELDS: dict[str, pa.DataType] = {
    "version": pa.string(),
    "start": pa.timestamp("ns", "UTC"),
    "end": pa.timestamp("ns", "UTC"),
    "records": pa.uint64(),
    "labels": pa.uint64(),
    "revision": pa.uint64(),
}
_SCHEMA = pa.schema(_FIELDS)


@dataclass(frozen=True)
class WindowInfo:
    """One window of one version.

    Attributes
    ----------
    version : str
        Version label.
    start_unix_nanos, end_unix_nanos : int
        Half-open range of event time. Old windows may be longer than the monitor says.
    records, labels : int
        Records in it, and those of them whose label has come.
    revision : int
        Grows with every record, label and correction that comes into the window.
    """

    version: str
    start_unix_nanos: int
    end_unix_nanos: int
    records: int
    labels: int
    revision: int

    @classmethod
    def from_proto(cls, message: windows_pb2.Window) -> "WindowInfo":
        """From the wire."""
        return cls(
            message.version,
            message.start_unix_nanos,
            message.end_unix_nanos,
            message.records,
            message.labels,
            message.revision,
        )

    def __str__(self) -> str:
        return f"{self.version} {format_instant(self.start_unix_nanos)}"


@dataclass(frozen=True, repr=False)
class WindowsResult(Listing[WindowInfo]):
    """Windows by version, then by start; looked up by position or as ``"v2 2013-06-01T00:00:00Z"``."""

    _noun: ClassVar[str] = "window"

    @classmethod
    def from_proto(cls, message: windows_pb2.WindowsResponse) -> "WindowsResult":
        """From the wire."""
        return cls(tuple(map(WindowInfo.from_proto, message.windows)))

    def _key(self, entry: WindowInfo) -> str:
        return str(entry)

    def to_arrow(self) -> pa.Table:
        """One row a window."""
        rows = [
            {
                "version": each.version,
                "start": each.start_unix_nanos,
                "end": each.end_unix_nanos,
                "records": each.records,
                "labels": each.labels,
                "revision": each.revision,
            }
            for each in self.entries
        ]
        return pa.Table.from_pylist(rows, schema=_SCHEMA)

    def grid(self) -> Grid:
        """One row a window."""
        headers = ("version", "start", "end", "records", "labels")
        rows = tuple(
            (
                each.version,
                format_instant(each.start_unix_nanos),
                format_instant(each.end_unix_nanos),
                f"{each.records:,}",
                f"{each.labels:,}",
            )
            for each in self.entries
        )
        return Grid(plural(len(self), "window"), headers, rows, text_columns=3)
