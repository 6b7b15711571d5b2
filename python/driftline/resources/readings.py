"""What readers of resources have in common: figures of one device at one moment, and rates of counters."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class Reading:
    """
    Figures of one device.

    Attributes
    ----------
    device
        ``host``, ``process:`` with its name, or ``gpu`` with its index.
    figures
        By their names, which end in their unit; what the system does not tell is ``None``.
    """

    device: str
    figures: Mapping[str, float | None]


class Reader(Protocol):
    """Reads some devices."""

    def read(self) -> list[Reading]:
        """Read each device once."""
        ...

    def close(self) -> None:
        """Give back what it has open."""
        ...


@dataclass
class Counter:
    """
    Turns a count that only grows into a rate.

    A count that has become smaller, because its device was attached anew, gives no rate once.
    """

    _before: tuple[float, float] | None = field(default=None, init=False)

    def rate(self, count: float, now: float) -> float | None:
        """How much a second it has grown since the call before; ``now`` in seconds."""
        before, self._before = self._before, (count, now)
        if before is None or count < before[0] or now <= before[1]:
            return None
        return (count - before[0]) / (now - before[1])
