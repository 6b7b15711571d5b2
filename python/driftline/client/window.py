"""Batches on their way: kept until the collector has answered for them."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from driftline.client.endings import EPOCH_REASON
from driftline.client.ledger import Ledger
from driftline.client.message_encoder import Message
from driftline.v1 import ingest_pb2

MAX_BATCHES = 64
"""Most batches on their way; the collector answers at least as often as that."""

_UNAVAILABLE = 14
"""google.rpc.Code of a rejection that a later attempt may not meet."""


@dataclass(slots=True)
class SentBatch:
    """A numbered batch; it keeps its number when it is sent again."""

    sequence: int
    records: int
    message: Message
    was_sent: bool = False
    is_held: bool = False
    """Refused for now: not sent again on this stream."""


@dataclass(slots=True)
class Settlement:
    """
    What one answer did.

    Attributes
    ----------
    batches
        Batches that were let go.
    retry_after
        Seconds after which to send those again that were refused for now; ``None`` if none was.
    stop
        Why the client must stop, if it must.
    """

    batches: int = 0
    retry_after: float | None = None
    stop: str | None = None


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

    def begin(self) -> None:
        """Begin a new stream: what was held is sent again too."""
        with self._changed:
            for each in self._batches:
                each.is_held = False

    def next_after(self, sequence: int) -> SentBatch | None:
        """The next batch to send after that number, counted as sent; ``None`` if there is none, or no room."""
        with self._changed:
            batch = self._find(sequence)
            if batch is not None:
                if batch.was_sent:
                    self._ledger.resent_batches += 1
                else:
                    self._ledger.sent += batch.records
                batch.was_sent = True
            return batch

    def has_next(self, sequence: int) -> bool:
        """Whether there is a batch to send after that number, and room for it."""
        with self._changed:
            return self._find(sequence) is not None

    def wait_for_next(self, sequence: int, timeout: float, given_up: Callable[[], bool]) -> bool:
        """Wait ``timeout`` seconds for a batch to send after that number; ``False`` also on ``given_up()``."""
        with self._changed:
            self._changed.wait_for(lambda: self._find(sequence) is not None or given_up(), timeout)
            return self._find(sequence) is not None and not given_up()

    def wait_until_settled(self, sequence: int, given_up: Callable[[], bool]) -> bool:
        """Wait until all up to that number are let go or held; ``False`` on ``given_up()``."""
        with self._changed:
            self._changed.wait_for(lambda: self._unanswered(sequence) == 0 or given_up())
            return not given_up()

    def unanswered(self, sequence: int) -> int:
        """Number of batches up to that number that have no answer yet."""
        with self._changed:
            return self._unanswered(sequence)

    def settle(self, response: ingest_pb2.IngestResponse) -> Settlement:
        """Let go of the batches that an answer covers, but for those that it asks to send again."""
        rejections = {rejection.sequence: rejection for rejection in response.rejections}
        settlement = Settlement()
        kept: list[SentBatch] = []
        with self._changed:
            while self._batches and self._batches[0].sequence <= response.acknowledged_sequence:
                batch = self._batches.popleft()
                rejection = rejections.get(batch.sequence)
                if batch.is_held or self._is_held(batch, rejection, settlement):
                    kept.append(batch)
                else:
                    settlement.batches += 1
                    self._settle_one(batch, rejection)
            self._batches.extendleft(reversed(kept))
            self._changed.notify_all()
        return settlement

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

    def _find(self, sequence: int) -> SentBatch | None:
        for place, each in enumerate(self._batches):
            if place >= MAX_BATCHES:
                return None
            if each.sequence > sequence:
                return each
        return None

    def _unanswered(self, sequence: int) -> int:
        count = 0
        for each in self._batches:
            if each.sequence > sequence:
                break
            count += not each.is_held
        return count

    def _is_held(
        self, batch: SentBatch, rejection: ingest_pb2.Rejection | None, settlement: Settlement
    ) -> bool:
        if rejection is None:
            return False
        if rejection.reason == EPOCH_REASON:
            settlement.stop = rejection.message
        elif not rejection.retry_after_nanos and rejection.code != _UNAVAILABLE:
            return False
        else:
            settlement.retry_after = max(settlement.retry_after or 0.0, rejection.retry_after_nanos / 1e9)
        batch.is_held = True
        return True

    def _settle_one(self, batch: SentBatch, rejection: ingest_pb2.Rejection | None) -> None:
        if rejection is not None:
            self._ledger.reject(batch.records, rejection.reason, rejection.message)
        else:
            self._ledger.acknowledged += batch.records
            self._ledger.pending -= batch.records
