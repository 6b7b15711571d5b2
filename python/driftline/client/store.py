"""Where the batches of a window are kept until they are acknowledged."""

import threading
from dataclasses import dataclass
from typing import Protocol

from driftline.client.message_encoder import Message

MAX_BATCHES = 64
"""Most batches on their way; the collector answers at least as often as that."""


class DamagedBatchError(Exception):
    """What is kept of a batch is not what was put there."""


class Content(Protocol):
    """What a store holds of one batch."""

    def read(self) -> Message:
        """The batch; DamagedBatchError if it is lost."""

    def release(self) -> None:
        """It is not needed any more."""

    def set_aside(self) -> None:
        """It is damaged: keep it out of the way."""


class Store(Protocol):
    """Takes the batches of one producer."""

    is_on_disk: bool

    @property
    def is_full(self) -> bool:
        """Whether a batch waits for room."""

    def put(
        self, sequence: int, records: int, message: Message, interrupted: threading.Event, /
    ) -> Content | None:
        """Keep a batch, as soon as there is room; ``None`` if that is interrupted."""


class MemoryStore:
    """
    Keeps as many batches in memory as may be on their way.

    Parameters
    ----------
    changed
        Told of every change.
    """

    is_on_disk = False

    def __init__(self, changed: threading.Condition) -> None:
        self._changed = changed
        self._batches = 0
        self._is_waited_for = False

    @property
    def is_full(self) -> bool:
        """See :class:`Store`; not yet while the last batch that fits is on its way into the window."""
        return self._is_waited_for and self._batches >= MAX_BATCHES

    def put(
        self, _sequence: int, _records: int, message: Message, interrupted: threading.Event, /
    ) -> Content | None:
        """See :class:`Store`."""
        with self._changed:
            self._is_waited_for = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._batches < MAX_BATCHES or interrupted.is_set())
            self._is_waited_for = False
            if interrupted.is_set():
                return None
            self._batches += 1
            return _InMemory(self, message)

    def release(self) -> None:
        """Make room for one batch."""
        with self._changed:
            self._batches -= 1
            self._changed.notify_all()


@dataclass(frozen=True, slots=True)
class _InMemory:
    store: MemoryStore
    message: Message

    def read(self) -> Message:
        return self.message

    def release(self) -> None:
        self.store.release()

    def set_aside(self) -> None:
        self.release()
