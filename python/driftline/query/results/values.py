"""Values that several results have in common."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from google.protobuf.message import Message

from driftline.query.grid import figure, interval
from driftline.query.instants import format_instant, from_nanos
from driftline.v1 import query_pb2, selection_pb2


@dataclass(frozen=True)
class Coverage:
    """The windows that an answer was made of.

    Attributes
    ----------
    start_unix_nanos, end_unix_nanos : int
        Start of the first and end of the last window with records; both 0 if there is none.
    windows, records : int
        How many windows have records, and how many records are in them.
    """

    start_unix_nanos: int
    end_unix_nanos: int
    windows: int
    records: int

    @classmethod
    def from_proto(cls, message: selection_pb2.Coverage) -> "Coverage":
        """From the wire."""
        return cls(message.start_unix_nanos, message.end_unix_nanos, message.windows, message.records)

    @property
    def start(self) -> datetime | None:
        """Start of the first window, UTC."""
        return from_nanos(self.start_unix_nanos) if self.windows else None

    @property
    def end(self) -> datetime | None:
        """End of the last window, UTC."""
        return from_nanos(self.end_unix_nanos) if self.windows else None

    def __str__(self) -> str:
        if not self.windows:
            return "no records"
        if self.end_unix_nanos - self.start_unix_nanos <= 1:
            return f"{self.records:,} records"  # of a source without times
        start, end = format_instant(self.start_unix_nanos), format_instant(self.end_unix_nanos)
        return f"{self.records:,} records, {start} to {end}"


@dataclass(frozen=True)
class Estimate:
    """A number with its 95% interval."""

    value: float
    low: float
    high: float

    @classmethod
    def from_proto(cls, message: selection_pb2.Estimate) -> "Estimate":
        """From the wire."""
        return cls(message.value, message.low, message.high)

    def __float__(self) -> float:
        return self.value

    def __str__(self) -> str:
        return f"{figure(self.value)} {interval(self.low, self.high)}"


@dataclass(frozen=True)
class ItemCount:
    """A frequent item; its true count lies in ``[count, count + error]``."""

    item: str
    count: int
    error: int

    @classmethod
    def from_proto(cls, message: query_pb2.ItemCount) -> "ItemCount":
        """From the wire."""
        return cls(message.item, message.count, message.error)


def optional_value(message: Message, field: str) -> Any:
    """The value of a scalar field, ``None`` if it is not set."""
    return getattr(message, field) if message.HasField(field) else None


def optional_estimate(message: Message, field: str) -> Estimate | None:
    """The estimate in a field, ``None`` if it does not exist."""
    return Estimate.from_proto(getattr(message, field)) if message.HasField(field) else None


class Distance:
    """A number that chance alone makes differ from nothing: told beside what chance gives."""

    value: float
    low: float
    noise_q95: float

    @property
    def exceeds_noise(self) -> bool:
        """Whether even the lower end of the interval lies above what chance gives in 95 of 100 cases."""
        return self.low > self.noise_q95

    def __float__(self) -> float:
        return self.value
