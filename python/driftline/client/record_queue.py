"""The bounded queue between the serving threads and the sender."""

import threading
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

import pyarrow as pa

from driftline.client.ledger import Ledger

Record = tuple[dict[str, Any], Any, Any, Any, Any, Any, Any]
"""One call of :meth:`Client.log` as it waits: features, prediction, score, label, id, latency, timestamp.

A plain tuple, because it is made for every prediction.
"""

Chunk = list[Record] | pa.RecordBatch
"""What is sent together: records still to be put into columns, or a batch that came as one."""

MOST_TRACES = 32
"""Spans that a batch is linked to; of records that were logged in further ones it is not said."""


class Taken(NamedTuple):
    """
    What the sender takes at a time.

    Attributes
    ----------
    chunk
        The records.
    traces
        Spans in which they were logged, as ``traceparent``.
    """

    chunk: Chunk
    traces: tuple[str, ...]


class RecordQueue:
    """
    Records in the order they came, bounded by their number.

    Parameters
    ----------
    lock
        Guards the queue and the ledger.
    changed
        Told of every change; a condition of that lock.
    ledger
        Counts what comes in.
    capacity
        Most records that wait.
    batch_records
        Single records are sent when so many have come, or when the sender has waited long enough.
    """

    def __init__(
        self,
        lock: threading.Lock,
        changed: threading.Condition,
        ledger: Ledger,
        capacity: int,
        batch_records: int,
    ) -> None:
        self._lock = lock
        self._changed = changed
        self._ledger = ledger
        self._capacity = capacity
        self._batch_records = batch_records
        self._open: list[Record] = []
        self._traces: dict[str, None] = {}
        self._sealed: deque[Taken] = deque()
        self._hurried = 0
        self._closed = False
        self.records = 0

    def put(self, record: Record, trace: str = "") -> bool:
        """Append one record, logged in a span; ``False`` if the queue is full or closed."""
        with self._lock:
            if self.records >= self._capacity or self._closed:
                return False
            self.records += 1
            self._ledger.pending += 1
            self._open.append(record)
            if trace and len(self._traces) < MOST_TRACES:
                self._traces[trace] = None
            if len(self._open) == self._batch_records:
                self._seal()
                self._changed.notify_all()
            elif self.records == 1:
                self._changed.notify_all()
            return True

    def put_batch(self, batch: pa.RecordBatch, trace: str = "") -> bool:
        """Append a batch, as :meth:`put` does. An empty queue takes a batch of any length."""
        with self._changed:
            if self._closed or (self.records and self.records + batch.num_rows > self._capacity):
                return False
            self._seal()
            self.records += batch.num_rows
            self._ledger.pending += batch.num_rows
            self._sealed.append(Taken(batch, (trace,) if trace else ()))
            self._changed.notify_all()
            return True

    def wait_for_space(self, records: int) -> None:
        """Wait until so many records fit, or nothing waits, or the queue is closed."""
        with self._changed:
            self._changed.wait_for(
                lambda: not self.records or self.records + records <= self._capacity or self._closed
            )

    def wait_for_records(self, timeout: float | None, given_up: Callable[[], bool]) -> bool:
        """Wait until a record is there; ``False`` after ``timeout`` seconds, or on ``given_up()``."""
        with self._changed:
            self._changed.wait_for(lambda: self.records > 0 or given_up(), timeout)
            return self.records > 0 and not given_up()

    def take(self, linger: float, given_up: Callable[[], bool]) -> Taken | None:
        """Take the next chunk, waiting up to ``linger`` seconds for it to fill; ``None`` on ``given_up()``."""
        with self._changed:
            self._changed.wait_for(lambda: self._sealed or self._hurried or given_up(), linger)
            if given_up():
                return None
            if not self._sealed:
                self._seal()
            if not self._sealed:
                return None
            taken = self._sealed.popleft()
            self.records -= len(taken.chunk)
            self._changed.notify_all()
            return taken

    def hurry(self, more: int) -> None:
        """With ``more`` 1, make the sender linger no longer, until called with -1."""
        with self._changed:
            self._hurried += more
            self._changed.notify_all()

    def wake(self) -> None:
        """Let all that wait look again whether they have given up."""
        with self._changed:
            self._changed.notify_all()

    def close(self) -> None:
        """Forget what waits, and take nothing more."""
        with self._changed:
            self._closed = True
            self.records = 0
            self._open, self._traces = [], {}
            self._sealed.clear()
            self._changed.notify_all()

    def _seal(self) -> None:
        if self._open:
            self._sealed.append(Taken(self._open, tuple(self._traces)))
            self._open, self._traces = [], {}
