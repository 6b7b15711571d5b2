"""One gRPC stream of batches and answers."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import TypeAlias

import grpc

from driftline.client.ledger import Ledger
from driftline.client.message_encoder import MessageStream
from driftline.client.producer import Producer
from driftline.client.record_queue import RecordQueue
from driftline.client.retry_info import retry_seconds
from driftline.client.window import MAX_BATCHES, Window
from driftline.v1 import ingest_pb2

INGEST_METHOD = "/driftline.v1.IngestService/Ingest"

IngestMethod: TypeAlias = Callable[
    [Iterator[ingest_pb2.IngestRequest]], "grpc.CallIterator[ingest_pb2.IngestResponse]"
]

IDLE_SECONDS = 5.0
"""A stream without records ends after that long: each takes a thread of the collector."""

LONGEST_SECONDS = 60.0
"""And a busy one after that long, so that others get their turn."""

AFTERWARDS_SECONDS = 1.0
"""How long a stream waits for the threads that gRPC gave it; they end as soon as they see that it has ended."""


class StreamBrokenError(Exception):
    """A stream ended before it achieved anything, or the collector says when to come again."""

    def __init__(self, code: grpc.StatusCode | None, details: str, retry_seconds: float | None) -> None:
        super().__init__(f"{code.name if code else 'OK'}: {details}")
        self.code = code
        self.retry_seconds = retry_seconds


class IngestStream:
    """
    Sends what the window holds, in order, and what comes into it; settles the window by the answers.

    When :meth:`run` returns, no thread is inside gRPC for this stream any more: a process can be forked.

    Parameters
    ----------
    producer
        As whom it sends.
    queue, window, ledger
        The client's state.
    """

    def __init__(self, producer: Producer, queue: RecordQueue, window: Window, ledger: Ledger) -> None:
        self._producer = producer
        self._queue = queue
        self._window = window
        self._ledger = ledger
        self._call: grpc.CallIterator[ingest_pb2.IngestResponse] | None = None
        self._threads: set[threading.Thread] = set()
        self._over = threading.Event()
        self._ended = False

    def run(self, ingest: IngestMethod, stopped: Callable[[], bool]) -> None:
        """
        Run the stream to its end.

        Raises
        ------
        StreamBrokenError
            If no batch was settled though there was something to send, or the collector says when to come again.
        """
        progress = False
        retry: float | None = None
        code, details = None, "the collector ended the stream without an answer"
        try:
            self._call = ingest(self._requests())
            if not self._call.add_callback(self._note_end):
                self._over.set()
            if stopped():
                self._call.cancel()  # type: ignore[no-untyped-call]
            for response in self._call:
                progress |= self._window.settle(response)
        except grpc.RpcError as error:
            code, details = error.code(), error.details() or ""
            retry = retry_seconds(error)
        finally:
            self._ended = True
            self._queue.wake()
            self._wait_for_threads()
        if retry is not None or (not progress and self._left_work(code)):
            raise StreamBrokenError(code, details, retry)

    def cancel(self) -> None:
        """End the stream now."""
        self._ended = True
        if self._call is not None:
            self._call.cancel()  # type: ignore[no-untyped-call]

    def _note_end(self) -> None:
        self._threads.add(threading.current_thread())
        self._over.set()

    def _wait_for_threads(self) -> None:
        """Wait for the thread that took the requests, and the one that took the events of the call."""
        deadline = time.monotonic() + AFTERWARDS_SECONDS
        if self._call is not None:
            self._over.wait(AFTERWARDS_SECONDS)
        for thread in self._threads - {threading.current_thread()}:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _left_work(self, code: grpc.StatusCode | None) -> bool:
        """Whether there was something to do; after a good end the queue may have filled since."""
        return self._ledger.pending > 0 if code is not None else len(self._window) > 0

    def _requests(self) -> Iterator[ingest_pb2.IngestRequest]:
        self._threads.add(threading.current_thread())
        started = time.monotonic()
        messages = MessageStream()
        last = asked = 0
        while not self._ended:
            batch = self._window.next_after(last)
            if batch is None:
                if time.monotonic() - started > LONGEST_SECONDS or not self._wait_for_batches(last):
                    return
                continue
            last = batch.sequence
            acknowledge = last - asked >= MAX_BATCHES // 2 or self._is_last(last)
            if acknowledge:
                asked = last
            yield self._request(last, messages.next(batch.message), acknowledge)

    def _request(self, sequence: int, records: bytes, acknowledge: bool) -> ingest_pb2.IngestRequest:
        return ingest_pb2.IngestRequest(
            producer_id=self._producer.producer_id,
            producer_epoch=self._producer.epoch,
            sequence=sequence,
            model=self._producer.model,
            version=self._producer.version,
            records=records,
            dropped_records=self._ledger.dropped,
            acknowledge=acknowledge,
        )

    def _is_last(self, sequence: int) -> bool:
        """Whether no other batch is known to follow, so that the answer should not wait for one."""
        return self._queue.records == 0 and self._window.last_sequence == sequence

    def _wait_for_batches(self, last: int) -> bool:
        return self._window.wait_after(last, IDLE_SECONDS, lambda: self._ended)
