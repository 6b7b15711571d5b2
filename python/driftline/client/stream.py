"""One gRPC stream of batches and answers."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import TypeAlias

import grpc

from driftline.client.endings import EPOCH_REASON, Ending, Remedy, ending_of
from driftline.client.ledger import Ledger
from driftline.client.message_encoder import Message, MessageStream
from driftline.client.outbox import Outbox
from driftline.client.pace import Pace
from driftline.client.record_queue import RecordQueue
from driftline.client.store import DamagedBatchError
from driftline.client.window import SentBatch, Settlement
from driftline.v1 import ingest_pb2

logger = logging.getLogger("driftline.client")

INGEST_METHOD = "/driftline.v1.IngestService/Ingest"

IngestMethod: TypeAlias = Callable[
    [Iterator[ingest_pb2.IngestRequest]], "grpc.CallIterator[ingest_pb2.IngestResponse]"
]

IDLE_SECONDS = 5.0
"""A stream without records ends after that long: each takes a thread of the collector."""

LONGEST_SECONDS = 60.0
"""And a busy one after that long, so that others get their turn."""

AFTERWARDS_SECONDS = 1.0
"""How long a stream waits for the threads that served it; they end as soon as they see that it has ended."""


class StreamBrokenError(Exception):
    """A stream ended in a way that asks for something."""

    def __init__(self, ending: Ending) -> None:
        super().__init__(ending.message)
        self.ending = ending


class IngestStream:
    """
    Sends what the window holds, in order, and what comes into it; settles the window by the answers.

    When :meth:`run` returns, no thread is inside gRPC for this stream any more: a process can be forked.

    Parameters
    ----------
    outbox
        What it sends, and as whom.
    queue, ledger
        The client's state.
    pace
        How many batches may be unanswered.
    answer_timeout
        Seconds without any answer after which the stream is given up.
    careful_until
        Up to this number batches are sent one by one, each after the answer to the one before.
    """

    def __init__(
        self,
        outbox: Outbox,
        queue: RecordQueue,
        ledger: Ledger,
        pace: Pace,
        answer_timeout: float,
        careful_until: int = 0,
    ) -> None:
        self._outbox = outbox
        self._producer = outbox.producer
        self._window = outbox.window
        self._queue = queue
        self._ledger = ledger
        self._pace = pace
        self._answer_timeout = answer_timeout
        self._careful_until = careful_until
        self._call: grpc.CallIterator[ingest_pb2.IngestResponse] | None = None
        self._threads: set[threading.Thread] = set()
        self._over = threading.Event()
        self._ended = self._has_sent_all = False
        self._refused_for_now: Ending | None = None
        self._waits_since = time.monotonic()
        self.last_sequence = 0
        """The last batch that was sent on this stream."""

    def run(self, ingest: IngestMethod, interrupted: Callable[[], bool]) -> None:
        """
        Run the stream to its end.

        Raises
        ------
        StreamBrokenError
            If no batch was settled though there was something to send, or if its end asks for something.
        """
        progress = 0
        ending = Ending(Remedy.DOUBT, "unknown", "the collector ended the stream without an answer")
        self._window.begin()
        try:
            self._call = ingest(self._requests())
            if not self._call.add_callback(self._note_end):
                self._over.set()
            self._watch_answers(self._call)
            if interrupted():
                self._call.cancel()  # type: ignore[no-untyped-call]
            for response in self._call:
                progress += self._settle(response)
        except grpc.RpcError as error:
            ending = ending_of(error)
        finally:
            self._ended = True
            self._queue.wake()
            self._wait_for_threads()
        if self._refused_for_now is not None:
            raise StreamBrokenError(self._refused_for_now)
        is_asking = ending.delay is not None or ending.remedy in (Remedy.REFUSE, Remedy.STOP)
        if is_asking or (not progress and len(self._window) > 0):
            raise StreamBrokenError(ending)

    def cancel(self) -> None:
        """End the stream now."""
        self._ended = True
        if self._call is not None:
            self._call.cancel()  # type: ignore[no-untyped-call]

    def _settle(self, response: ingest_pb2.IngestResponse) -> int:
        settlement = self._window.settle(response)
        if settlement.batches:
            self._waits_since = time.monotonic()
            self._pace.answered(settlement.batches, response.most_unanswered)
        self._note_refusals(settlement)
        return settlement.batches

    def _note_refusals(self, settlement: Settlement) -> None:
        """After a refusal for now, nothing more is sent on this stream: what was sent is answered, then it ends."""
        if settlement.stop is not None:
            self._refused_for_now = Ending(Remedy.STOP, EPOCH_REASON, settlement.stop)
        elif settlement.retry_after is not None and self._refused_for_now is None:
            self._refused_for_now = Ending(
                Remedy.SEND_AGAIN, "unavailable", "a batch was refused for now", settlement.retry_after
            )
        if self._refused_for_now is not None:
            self._ended = True
            self._queue.wake()

    def _requests(self) -> Iterator[ingest_pb2.IngestRequest]:
        self._threads.add(threading.current_thread())
        try:
            yield from self._batches()
        finally:
            self._waits_since = time.monotonic()
            self._has_sent_all = True

    def _batches(self) -> Iterator[ingest_pb2.IngestRequest]:
        started = time.monotonic()
        messages = MessageStream()
        asked = 0
        while not self._ended and time.monotonic() - started < LONGEST_SECONDS:
            self._wait_for_pace(asked)
            if self._ended:
                return
            batch = self._window.next_after(self.last_sequence)
            if batch is None:
                if self._is_idle(asked):
                    return
                continue
            message = self._read(batch)
            if message is None:
                continue
            unanswered = self._window.unanswered(self.last_sequence)
            if unanswered == 0:
                self._waits_since = time.monotonic()
            last = self.last_sequence = batch.sequence
            is_careful = last <= self._careful_until
            limit = self._pace.limit
            is_due = last - asked >= max(1, limit // 2) or unanswered + 1 >= limit
            acknowledge = is_careful or is_due or self._is_last(last)
            if acknowledge:
                asked = last
            self._pace.sent(unanswered + 1)
            yield self._request(batch, messages.next(message), acknowledge)
            if is_careful and not self._window.wait_until_settled(last, lambda: self._ended):
                return

    def _wait_for_pace(self, asked: int) -> None:
        """Wait until another batch may be sent, as long as an answer is due."""
        self._window.wait_until(
            lambda unanswered: (
                self._ended or unanswered(asked) == 0 or unanswered(self.last_sequence) < self._pace.limit
            )
        )

    def _read(self, batch: SentBatch) -> Message | None:
        try:
            return batch.content.read()
        except DamagedBatchError as error:
            logger.warning("a batch of %d record(s) is lost: %s", batch.records, error)
            self._window.set_aside(batch, "a file of the spool is damaged")
            return None

    def _request(self, batch: SentBatch, records: bytes, acknowledge: bool) -> ingest_pb2.IngestRequest:
        return ingest_pb2.IngestRequest(
            producer_id=self._producer.producer_id,
            producer_epoch=self._producer.epoch,
            sequence=batch.sequence,
            model=self._producer.model,
            version=self._producer.version,
            records=records,
            dropped_records=0 if self._outbox.is_left else self._ledger.dropped,
            acknowledge=acknowledge,
            traceparents=batch.traces,
        )

    def _is_last(self, sequence: int) -> bool:
        """Whether no other batch is known to follow, or can, so that the answer should not wait for one."""
        may_follow = self._queue.records > 0 and not self._window.is_full
        return not may_follow and not self._window.has_next(sequence)

    def _is_idle(self, asked: int) -> bool:
        """Wait for something to send; whether nothing has come for long, and no answer is due without more."""
        if self._outbox.is_left and self._window.last_sequence <= self.last_sequence:
            return True
        not_asked = asked < self.last_sequence
        if self._window.wait_for_next(
            self.last_sequence, IDLE_SECONDS, lambda: self._ended or (not_asked and self._window.is_full)
        ):
            return False
        return not_asked or self._window.unanswered(self.last_sequence) == 0

    def _watch_answers(self, call: "grpc.CallIterator[ingest_pb2.IngestResponse]") -> None:
        """Cancel the call when it has not been answered for too long."""

        def watch() -> None:
            while not self._over.wait(min(1.0, self._answer_timeout / 4)):
                waited = time.monotonic() - self._waits_since
                if waited > self._answer_timeout and self._expects_something():
                    logger.warning("no answer from the collector for %.0f seconds", waited)
                    call.cancel()  # type: ignore[no-untyped-call]
                    return

        thread = threading.Thread(target=watch, name="driftline-watch", daemon=True)
        self._threads.add(thread)
        thread.start()

    def _expects_something(self) -> bool:
        return self._has_sent_all or self._window.unanswered(self.last_sequence) > 0

    def _note_end(self) -> None:
        self._threads.add(threading.current_thread())
        self._over.set()

    def _wait_for_threads(self) -> None:
        """Wait for those that took the requests, took the events of the call, and watched it."""
        deadline = time.monotonic() + AFTERWARDS_SECONDS
        if self._call is not None:
            self._over.wait(AFTERWARDS_SECONDS)
        self._over.set()
        for thread in self._threads - {threading.current_thread()}:
            thread.join(max(0.0, deadline - time.monotonic()))
