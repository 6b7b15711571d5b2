"""Which records a question is about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, TypedDict

from driftline.errors import InvalidArgumentError
from driftline.query.instants import Instant, format_instant, to_nanos
from driftline.v1 import selection_pb2

#: Value of a segment column; other values than text are written as the engine writes them.
SegmentValue: TypeAlias = str | int | bool


class SelectionOptions(TypedDict, total=False):
    """The keywords that every question takes."""

    version: str | None
    start: Instant | None
    end: Instant | None
    segment: Mapping[str, SegmentValue] | None
    exclude: Sequence[tuple[Instant, Instant]]


@dataclass(frozen=True)
class Selection:
    """Records of one model.

    Attributes
    ----------
    model : str, optional
        May be left out when the collector knows one model only.
    version : str, optional
        One version; all of them merged if not given.
    start, end : datetime, date, ISO 8601 text, numpy.datetime64 or int, optional
        Half-open range of event time. Without a time zone they are UTC; an integer is nanoseconds since 1970. All
        windows that start within the range belong to it.
    segment : mapping, optional
        Values of the columns of a declared segment.
    exclude : sequence of pairs, optional
        Half-open ranges of event time that are left out: windows that overlap one do not belong to the selection.

    Examples
    --------
    >>> Selection("delays", start="2026-01-01", segment={"carrier": "AA"}).to_proto().start_unix_nanos
    1767225600000000000
    """

    model: str | None = None
    version: str | None = None
    start: Instant | None = None
    end: Instant | None = None
    segment: Mapping[str, SegmentValue] | None = field(default=None)
    exclude: Sequence[tuple[Instant, Instant]] = ()

    def to_proto(self) -> selection_pb2.Selection:
        """The message of the wire contract; times are checked here."""
        start = None if self.start is None else to_nanos(self.start)
        end = None if self.end is None else to_nanos(self.end)
        if start is not None and end is not None and start >= end:
            raise InvalidArgumentError(
                f"start must be before end, got {format_instant(start)} and {format_instant(end)}"
            )
        return selection_pb2.Selection(
            model=self.model or "",
            version=self.version,
            start_unix_nanos=start,
            end_unix_nanos=end,
            segment={column: segment_text(value) for column, value in (self.segment or {}).items()},
            excluded=[
                selection_pb2.TimeRange(start_unix_nanos=to_nanos(first), end_unix_nanos=to_nanos(last))
                for first, last in self.exclude
            ],
        )


def segment_text(value: SegmentValue) -> str:
    """A value as the engine writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
