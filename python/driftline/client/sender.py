"""The background thread of a client: takes chunks, builds batches, keeps a stream going."""

import logging
import threading
from collections.abc import Iterable
from functools import partial

import grpc
import pyarrow as pa
from tenacity import (
    RetryCallState,
    RetryError,
    Retrying,
    retry_if_exception_type,
    stop_when_event_set,
    wait_random_exponential,
)
from tenacity.nap import sleep_using_event

from driftline.client.batch_builder import BatchBuilder
from driftline.client.ledger import Ledger
from driftline.client.record_queue import Chunk, RecordQueue
from driftline.client.stream import INGEST_METHOD, IngestMethod, IngestStream, StreamBrokenError
from driftline.client.tables import MAX_RECORD_BYTES, cut
from driftline.client.window import Window
from driftline.connection import Connection
from driftline.credentials import Credentials
from driftline.v1 import ingest_pb2

logger = logging.getLogger("driftline.client")

FIRST_WAIT_SECONDS = 0.1
LONGEST_WAIT_SECONDS = 10.0

ATTEMPTS_PER_BATCH = 10
"""A batch that ended so many streams, for another reason than an absent collector, is refused."""

CHANNEL_OPTIONS = (
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 5_000),
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.max_receive_message_length", 4 * 1024 * 1024),
)
"""A connection for each client, since a collector bounds the streams of one; reconnects within seconds."""

_COLLECTOR_IS_ABSENT = (
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.CANCELLED,
    grpc.StatusCode.DEADLINE_EXCEEDED,
)

_CLIENT_IS_REFUSED = (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED)
"""Nothing is wrong with the batch: a token or a certificate has ended, and will be replaced."""


class Sender:
    """
    Delivers what is in the queue, for as long as it runs.

    Parameters
    ----------
    target
        ``host:port`` of the collector.
    credentials
        As whom, and how, to connect.
    identity
        Producer id, model and version, as every request carries them.
    queue, window, ledger, changed
        The client's state, and what tells of its changes.
    builder
        Puts records into batches.
    linger_seconds
        How long a batch waits to be filled.
    """

    def __init__(
        self,
        target: str,
        credentials: Credentials,
        identity: tuple[str, str, str],
        queue: RecordQueue,
        window: Window,
        ledger: Ledger,
        changed: threading.Condition,
        builder: BatchBuilder,
        linger_seconds: float,
    ) -> None:
        self._target = target
        self._credentials = credentials
        self._identity = identity
        self._queue = queue
        self._window = window
        self._ledger = ledger
        self._changed = changed
        self._builder = builder
        self._linger_seconds = linger_seconds
        self._stopped = threading.Event()
        self._producing = threading.Lock()
        self._stream: IngestStream | None = None
        self._thread = threading.Thread(target=self._run, name="driftline-sender", daemon=True)
        self._fruitless_attempts = 0

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """End the stream and the thread, whatever is still on its way."""
        self._stopped.set()
        stream = self._stream
        if stream is not None:
            stream.cancel()
        self._queue.wake()
        self._thread.join(timeout)

    def _run(self) -> None:
        retrying = Retrying(
            retry=retry_if_exception_type(StreamBrokenError),
            wait=_seconds_to_wait,
            stop=stop_when_event_set(self._stopped),
            sleep=sleep_using_event(self._stopped),
        )
        with Connection(self._target, self._credentials, CHANNEL_OPTIONS) as connection:
            while self._has_work():
                try:
                    retrying(self._deliver, connection)
                except RetryError:
                    return
                except Exception:
                    logger.exception("the sender failed and goes on")
                    self._stopped.wait(LONGEST_WAIT_SECONDS)

    def _has_work(self) -> bool:
        """Wait for records, those between queue and window among them; ``False`` when stopped."""
        with self._changed:
            self._changed.wait_for(lambda: self._ledger.pending > 0 or self._stopped.is_set())
        return not self._stopped.is_set()

    def _deliver(self, connection: Connection) -> None:
        """Run one stream to its end; StreamBrokenError if it ended too early and achieved nothing."""
        self._stream = IngestStream(self._identity, self._queue, self._window, self._ledger, self._produce)
        try:
            self._stream.run(_ingest_method(connection), self._stopped.is_set)
            self._fruitless_attempts = 0
        except StreamBrokenError as broken:
            self._note(broken)
            raise
        finally:
            self._stream = None

    def _note(self, broken: StreamBrokenError) -> None:
        if broken.code in _COLLECTOR_IS_ABSENT:
            logger.debug("no collector at %s: %s", self._target, broken)
            return
        if broken.retry_seconds is not None:
            logger.info(
                "the collector at %s has to be given %s s: %s", self._target, broken.retry_seconds, broken
            )
            return
        if broken.code in _CLIENT_IS_REFUSED:
            logger.warning(
                "the collector at %s refuses this client, which keeps its records: %s", self._target, broken
            )
            return
        self._fruitless_attempts += 1
        logger.warning("the collector at %s ended the stream: %s", self._target, broken)
        if self._fruitless_attempts >= ATTEMPTS_PER_BATCH:
            self._fruitless_attempts = 0
            self._window.refuse_first("undeliverable", str(broken))

    def _produce(self, stream: IngestStream) -> None:
        """Move one chunk from the queue into the window. One stream at a time, and only the present one."""
        with self._producing:
            if stream.ended or not self._window.wait_for_room(lambda: stream.ended):
                return
            chunk = self._queue.take(self._linger_seconds, lambda: stream.ended)
            if chunk is not None:
                for batch in self._batches(chunk):
                    self._window.append(batch)

    def _batches(self, chunk: Chunk) -> Iterable[pa.RecordBatch]:
        try:
            batch = chunk if isinstance(chunk, pa.RecordBatch) else self._builder.build(chunk, self._refuse)
        except Exception as error:
            logger.exception("records could not be put into a batch")
            self._refuse(len(chunk), f"{type(error).__name__}: {error}")
            return []
        if batch is None:
            return []
        return [each for each in cut(batch) if self._fits(each)]

    def _fits(self, batch: pa.RecordBatch) -> bool:
        if batch.nbytes <= MAX_RECORD_BYTES:
            return True
        self._refuse(batch.num_rows, f"a record must be at most {MAX_RECORD_BYTES} bytes, got {batch.nbytes}")
        return False

    def _refuse(self, records: int, message: str) -> None:
        with self._changed:
            self._ledger.reject(records, message.partition(":")[0], message)
            self._changed.notify_all()


_BACKOFF = wait_random_exponential(multiplier=FIRST_WAIT_SECONDS, max=LONGEST_WAIT_SECONDS)


def _seconds_to_wait(state: RetryCallState) -> float:
    """As long as the collector says, else longer each time."""
    broken = state.outcome.exception() if state.outcome is not None else None
    if isinstance(broken, StreamBrokenError) and broken.retry_seconds is not None:
        return broken.retry_seconds
    return _BACKOFF(state)


def _ingest_method(connection: Connection) -> IngestMethod:
    """The call with what the present certificates and the present token are."""
    method = connection.channel().stream_stream(
        INGEST_METHOD,
        request_serializer=ingest_pb2.IngestRequest.SerializeToString,
        response_deserializer=ingest_pb2.IngestResponse.FromString,
    )
    return partial(method, metadata=connection.metadata())
