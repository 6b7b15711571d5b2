"""Batches on their way: kept until the collector has answered for them."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from driftline.client.endings import EPOCH_REASON
from driftline.client.ledger import Ledger
from driftline.client.message_encoder import Message
from driftline.client.store import MAX_BATCHES, Content, Store
from driftline.v1 import ingest_pb2

_UNAVAILABLE = 14
"""google.rpc.Code of a rejection that a later attempt may not meet."""


@dataclass(slots=True)
class SentBatch:
    """A numbered batch; it keeps its number when it is sent again."""

    sequence: int
    records: int
    content: Content
    was_sent: bool = False
    is_held: bool = False
    """Refused for now: not sent again on this stream."""
    traces: tuple[str, ...] = ()
    """Spans in which the records were logged; those of another process are not known."""


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
    store
        Where the batches are kept, and how many.
    """

    def __init__(self, changed: threading.Condition, ledger: Ledger, store: Store) -> None:
        self._store = store
        self._changed = changed
        self._ledger = ledger
        self._batches: deque[SentBatch] = deque()
        self.last_sequence = 0

    def append(
        self, records: int, message: Message, interrupted: threading.Event, traces: tuple[str, ...] = ()
    ) -> bool:
        """
        Number a batch of so many records, logged in some spans, and keep it, as soon as there is room.

        Returns
        -------
        bool
            ``False`` if that was interrupted. Only one thread may call this.
        """
        content = self._store.put(self.last_sequence + 1, records, message, interrupted)
        if content is None:
            return False
        with self._changed:
            self._add(self.last_sequence + 1, records, content, traces)
        return True

    def adopt(self, sequence: int, records: int, content: Content) -> None:
        """Take a batch that was kept before; in the order of their numbers."""
        with self._changed:
            self._ledger.adopted += records
            self._ledger.pending += records
            self._add(sequence, records, content)

    @property
    def is_full(self) -> bool:
        """Whether nothing can come in before something is let go."""
        return self._store.is_full

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
        """Wait for a batch to send after that number, ``timeout`` seconds or until ``given_up()``; is there one?"""
        with self._changed:
            self._changed.wait_for(lambda: self._find(sequence) is not None or given_up(), timeout)
            return self._find(sequence) is not None

    def wait_until_settled(self, sequence: int, given_up: Callable[[], bool]) -> bool:
        """Wait until all up to that number are let go or held; ``False`` on ``given_up()``."""
        with self._changed:
            self._changed.wait_for(lambda: self._unanswered(sequence) == 0 or given_up())
            return not given_up()

    def wait_until(self, condition: Callable[[Callable[[int], int]], bool]) -> None:
        """Wait until that is true of the number of unanswered batches up to a number."""
        with self._changed:
            self._changed.wait_for(lambda: condition(self._unanswered))

    def unanswered(self, sequence: int) -> int:
        """Number of batches up to that number that have no answer yet."""
        with self._changed:
            return self._unanswered(sequence)

    def settle(self, response: ingest_pb2.IngestResponse) -> Settlement:
        """Let go of the batches that an answer covers, but for those that it asks to send again."""
        rejections = {rejection.sequence: rejection for rejection in response.rejections}
        settlement = Settlement()
        kept: list[SentBatch] = []
        let_go: list[SentBatch] = []
        with self._changed:
            while self._batches and self._batches[0].sequence <= response.acknowledged_sequence:
                batch = self._batches.popleft()
                rejection = rejections.get(batch.sequence)
                if batch.is_held or self._is_held(batch, rejection, settlement):
                    kept.append(batch)
                else:
                    let_go.append(batch)
                    self._settle_one(batch, rejection)
            self._batches.extendleft(reversed(kept))
            self._changed.notify_all()
        settlement.batches = len(let_go)
        for batch in let_go:
            batch.content.release()
        return settlement

    def refuse_first(self, reason: str, message: str) -> None:
        """Let go of the first batch: it is what keeps all others from being delivered."""
        with self._changed:
            batch = self._batches.popleft() if self._batches else None
            if batch is not None:
                self._reject(batch, reason, message)
        if batch is not None:
            batch.content.release()

    def refuse_all(self, reason: str, message: str) -> None:
        """Let go of all batches: none of them will ever be taken."""
        while len(self):
            self.refuse_first(reason, message)

    def set_aside(self, batch: SentBatch, why: str) -> None:
        """Let go of a batch that is damaged."""
        with self._changed:
            self._batches.remove(batch)
            self._forget(batch)
            self._ledger.drop(batch.records, why, were_pending=True)
            self._changed.notify_all()
        batch.content.set_aside()

    def clear(self) -> None:
        """Let go of all batches that are in memory; those on disk stay there."""
        with self._changed:
            if not self._store.is_on_disk:
                self._batches.clear()
            self._changed.notify_all()

    def __len__(self) -> int:
        return len(self._batches)

    def _add(self, sequence: int, records: int, content: Content, traces: tuple[str, ...] = ()) -> None:
        self.last_sequence = sequence
        self._batches.append(SentBatch(sequence, records, content, traces=traces))
        if self._store.is_on_disk:
            self._ledger.spooled += records
        self._changed.notify_all()

    def _forget(self, batch: SentBatch) -> None:
        if self._store.is_on_disk:
            self._ledger.spooled -= batch.records

    def _reject(self, batch: SentBatch, reason: str, message: str) -> None:
        self._forget(batch)
        self._ledger.reject(batch.records, reason, message)
        self._changed.notify_all()

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
            self._reject(batch, rejection.reason, rejection.message)
        else:
            self._forget(batch)
            self._ledger.acknowledged += batch.records
            self._ledger.pending -= batch.records
