"""Batches on their way: kept until the collector has answered for them."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from driftline.client.ledger import Ledger
from driftline.client.message_encoder import Message
from driftline.v1 import ingest_pb2

MAX_BATCHES = 64
"""Most batches on their way; the collector answers at least as often as that."""


@dataclass(slots=True)
class SentBatch:
    """A numbered batch; it keeps its number when it is sent again."""

    sequence: int
    records: int
    message: Message
    was_sent: bool = False


class Window:
    """
    The unacknowledged batches in the order of their numbers.

    Parameters
    ----------
    changed
        Told of every change; its lock guards the window and the ledger.
    ledger
        Counts what becomes of the records.
    """

    def __init__(self, changed: threading.Condition, ledger: Ledger) -> None:
        self._changed = changed
        self._ledger = ledger
        self._batches: deque[SentBatch] = deque()
        self.last_sequence = 0

    def append(self, records: int, message: Message, given_up: Callable[[], bool]) -> bool:
        """Number a batch of so many records and keep it, as soon as there is room; ``False`` on ``given_up()``."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._batches) < MAX_BATCHES or given_up())
            if given_up():
                return False
            self.last_sequence += 1
            self._batches.append(SentBatch(self.last_sequence, records, message))
            self._changed.notify_all()
            return True

    def wait_after(self, sequence: int, timeout: float, given_up: Callable[[], bool]) -> bool:
        """Wait ``timeout`` seconds for a batch with a higher number; ``False`` also on ``given_up()``."""
        with self._changed:
            self._changed.wait_for(lambda: self.last_sequence > sequence or given_up(), timeout)
            return self.last_sequence > sequence and not given_up()

    def next_after(self, sequence: int) -> SentBatch | None:
        """The first batch with a higher number, counted as sent; ``None`` if there is none."""
        with self._changed:
            for each in self._batches:
                if each.sequence > sequence:
                    if not each.was_sent:
                        each.was_sent = True
                        self._ledger.sent += each.records
                    return each
            return None

    def settle(self, response: ingest_pb2.IngestResponse) -> bool:
        """Let go of the batches that an answer covers; ``False`` if it covers none of these."""
        rejections = {rejection.sequence: rejection for rejection in response.rejections}
        with self._changed:
            before = len(self._batches)
            while self._batches and self._batches[0].sequence <= response.acknowledged_sequence:
                batch = self._batches.popleft()
                self._settle_one(batch, rejections.get(batch.sequence))
            self._changed.notify_all()
            return len(self._batches) < before

    def refuse_first(self, reason: str, message: str) -> None:
        """Let go of the first batch: it is what keeps all others from being delivered."""
        with self._changed:
            if self._batches:
                batch = self._batches.popleft()
                self._ledger.reject(batch.records, reason, message)
                self._changed.notify_all()

    def clear(self) -> None:
        """Let go of all batches."""
        with self._changed:
            self._batches.clear()
            self._changed.notify_all()

    def __len__(self) -> int:
        return len(self._batches)

    def _settle_one(self, batch: SentBatch, rejection: ingest_pb2.Rejection | None) -> None:
        if rejection is not None:
            self._ledger.reject(batch.records, rejection.reason, rejection.message)
        else:
            self._ledger.acknowledged += batch.records
            self._ledger.pending -= batch.records
