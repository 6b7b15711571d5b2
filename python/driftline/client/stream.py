"""One gRPC stream of batches and answers."""

import time
from collections.abc import Callable, Iterator
from typing import TypeAlias

import grpc

from driftline.client.ledger import Ledger
from driftline.client.message_encoder import MessageEncoder
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


class StreamBrokenError(Exception):
    """A stream ended before it achieved anything, or the collector says when to come again."""

    def __init__(self, code: grpc.StatusCode | None, details: str, retry_seconds: float | None) -> None:
        super().__init__(f"{code.name if code else 'OK'}: {details}")
        self.code = code
        self.retry_seconds = retry_seconds


class IngestStream:
    """
    Sends what the window holds, in order, then what comes into the queue; settles the window by the answers.

    Parameters
    ----------
    identity
        Producer id, model and version.
    queue, window, ledger
        The client's state.
    produce
        Moves a chunk from the queue into the window, if one comes within the linger time.
    """

    def __init__(
        self,
        identity: tuple[str, str, str],
        queue: RecordQueue,
        window: Window,
        ledger: Ledger,
        produce: Callable[["IngestStream"], None],
    ) -> None:
        self._identity = identity
        self._queue = queue
        self._window = window
        self._ledger = ledger
        self._produce = produce
        self._call: grpc.CallIterator[ingest_pb2.IngestResponse] | None = None
        self.ended = False

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
            if stopped():
                self._call.cancel()  # type: ignore[no-untyped-call]
            for response in self._call:
                progress |= self._window.settle(response)
        except grpc.RpcError as error:
            code, details = error.code(), error.details() or ""
            retry = retry_seconds(error)
        finally:
            self.ended = True
            self._queue.wake()
        if retry is not None or (not progress and self._left_work(code)):
            raise StreamBrokenError(code, details, retry)

    def cancel(self) -> None:
        """End the stream now."""
        self.ended = True
        if self._call is not None:
            self._call.cancel()  # type: ignore[no-untyped-call]

    def _left_work(self, code: grpc.StatusCode | None) -> bool:
        """Whether there was something to do; after a good end the queue may have filled since."""
        return self._ledger.pending > 0 if code is not None else len(self._window) > 0

    def _requests(self) -> Iterator[ingest_pb2.IngestRequest]:
        started = time.monotonic()
        encoder = MessageEncoder()
        last = asked = 0
        while not self.ended:
            batch = self._window.next_after(last)
            if batch is None:
                if time.monotonic() - started > LONGEST_SECONDS or not self._wait_for_records():
                    return
                self._produce(self)
                continue
            last = batch.sequence
            acknowledge = last - asked >= MAX_BATCHES // 2 or self._is_last(last)
            if acknowledge:
                asked = last
            yield self._request(last, encoder.encode(batch.batch), acknowledge)

    def _request(self, sequence: int, records: bytes, acknowledge: bool) -> ingest_pb2.IngestRequest:
        producer_id, model, version = self._identity
        return ingest_pb2.IngestRequest(
            producer_id=producer_id,
            sequence=sequence,
            model=model,
            version=version,
            records=records,
            dropped_records=self._ledger.dropped,
            acknowledge=acknowledge,
        )

    def _is_last(self, sequence: int) -> bool:
        """Whether no other batch is known to follow, so that the answer should not wait for one."""
        return self._queue.records == 0 and self._window.last_sequence == sequence

    def _wait_for_records(self) -> bool:
        return self._queue.wait_for_records(IDLE_SECONDS, lambda: self.ended)
