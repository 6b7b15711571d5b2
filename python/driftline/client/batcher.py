"""The thread between the queue and the window: takes chunks, makes batches of them."""

import logging
import threading
from collections import deque
from collections.abc import Iterable

import pyarrow as pa

from driftline.client.batch_builder import BatchBuilder
from driftline.client.ledger import Ledger
from driftline.client.message_encoder import Message, MessageEncoder
from driftline.client.pausable_thread import PausableThread
from driftline.client.record_queue import Chunk, RecordQueue
from driftline.client.tables import MAX_RECORD_BYTES, cut
from driftline.client.window import Window

logger = logging.getLogger("driftline.client")

FAILURE_SECONDS = 1.0


class Batcher:
    """
    Moves what is in the queue into the window, while there is room.

    Parameters
    ----------
    queue, window, ledger, changed
        The client's state, and what tells of its changes.
    builder
        Puts records into batches.
    linger_seconds
        How long a batch waits to be filled.
    """

    def __init__(
        self,
        queue: RecordQueue,
        window: Window,
        ledger: Ledger,
        changed: threading.Condition,
        builder: BatchBuilder,
        linger_seconds: float,
    ) -> None:
        self._queue = queue
        self._window = window
        self._ledger = ledger
        self._changed = changed
        self._builder = builder
        self._linger_seconds = linger_seconds
        self._encoder = MessageEncoder()
        self._in_hand: deque[tuple[int, Message, tuple[str, ...]]] = deque()
        self.thread = PausableThread("driftline-batcher", self._run, queue.wake)

    def _run(self, interrupted: threading.Event) -> None:
        """What does not fit into the window when this is interrupted stays in hand for the next run."""
        while not interrupted.is_set():
            try:
                if not self._in_hand:
                    self._take(interrupted)
                else:
                    records, message, traces = self._in_hand[0]
                    if self._window.append(records, message, interrupted, traces):
                        self._in_hand.popleft()
            except Exception:
                logger.exception("a batch could not be kept; it is tried again")
                interrupted.wait(FAILURE_SECONDS)

    def _take(self, interrupted: threading.Event) -> None:
        if self._queue.wait_for_records(None, interrupted.is_set):
            taken = self._queue.take(self._linger_seconds, interrupted.is_set)
            if taken is not None:
                self._in_hand.extend((*each, taken.traces) for each in self._messages(taken.chunk))

    def _messages(self, chunk: Chunk) -> list[tuple[int, Message]]:
        try:
            return [(batch.num_rows, self._encoder.encode(batch)) for batch in self._batches(chunk)]
        except Exception as error:
            logger.exception("records could not be put into a batch")
            self._refuse(len(chunk), f"{type(error).__name__}: {error}")
            return []

    def _batches(self, chunk: Chunk) -> Iterable[pa.RecordBatch]:
        batch = chunk if isinstance(chunk, pa.RecordBatch) else self._builder.build(chunk, self._refuse)
        return [] if batch is None else [each for each in cut(batch) if self._fits(each)]

    def _fits(self, batch: pa.RecordBatch) -> bool:
        if batch.nbytes <= MAX_RECORD_BYTES:
            return True
        self._refuse(batch.num_rows, f"a record must be at most {MAX_RECORD_BYTES} bytes, got {batch.nbytes}")
        return False

    def _refuse(self, records: int, message: str) -> None:
        with self._changed:
            self._ledger.reject(records, message.partition(":")[0], message)
            self._changed.notify_all()
