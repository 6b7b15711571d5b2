"""The thread that keeps a stream to the collector going."""

import logging
import threading
from functools import partial

import grpc
from tenacity import (
    RetryCallState,
    RetryError,
    Retrying,
    retry_if_exception_type,
    stop_when_event_set,
    wait_random_exponential,
)
from tenacity.nap import sleep_using_event

from driftline.client.ledger import Ledger
from driftline.client.pausable_thread import PausableThread
from driftline.client.producer import Producer
from driftline.client.record_queue import RecordQueue
from driftline.client.stream import INGEST_METHOD, IngestMethod, IngestStream, StreamBrokenError
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
    Delivers what is in the window, for as long as its thread runs.

    Parameters
    ----------
    target
        ``host:port`` of the collector.
    credentials
        As whom, and how, to connect.
    producer
        As whom it sends.
    queue, window, ledger, changed
        The client's state, and what tells of its changes.
    """

    def __init__(
        self,
        target: str,
        credentials: Credentials,
        producer: Producer,
        queue: RecordQueue,
        window: Window,
        ledger: Ledger,
        changed: threading.Condition,
    ) -> None:
        self._target = target
        self._credentials = credentials
        self._producer = producer
        self._queue = queue
        self._window = window
        self._ledger = ledger
        self._changed = changed
        self._stream: IngestStream | None = None
        self._fruitless_attempts = 0
        self.thread = PausableThread("driftline-sender", self._run, self._interrupt)

    def _interrupt(self) -> None:
        stream = self._stream
        if stream is not None:
            stream.cancel()
        self._queue.wake()

    def _run(self, interrupted: threading.Event) -> None:
        _keep_grpc_running(self._target)
        retrying = Retrying(
            retry=retry_if_exception_type(StreamBrokenError),
            wait=_seconds_to_wait,
            stop=stop_when_event_set(interrupted),
            sleep=sleep_using_event(interrupted),
        )
        with Connection(self._target, self._credentials, CHANNEL_OPTIONS) as connection:
            while self._has_work(interrupted):
                try:
                    retrying(self._deliver, connection, interrupted)
                except RetryError:
                    return
                except Exception:
                    logger.exception("the sender failed and goes on")
                    interrupted.wait(LONGEST_WAIT_SECONDS)

    def _has_work(self, interrupted: threading.Event) -> bool:
        """Wait for batches; ``False`` when interrupted."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._window) > 0 or interrupted.is_set())
        return not interrupted.is_set()

    def _deliver(self, connection: Connection, interrupted: threading.Event) -> None:
        """Run one stream to its end; StreamBrokenError if it ended too early and achieved nothing."""
        self._stream = IngestStream(self._producer, self._queue, self._window, self._ledger)
        try:
            self._stream.run(_ingest_method(connection), interrupted.is_set)
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


_idle_channels: list[grpc.Channel] = []


def _keep_grpc_running(target: str) -> None:
    """
    Keep one channel of the process, which is never used, open for ever.

    Without any, gRPC shuts down in a thread of its own, and a fork that comes just then leaves the child with locks
    that nobody opens.
    """
    if not _idle_channels:
        _idle_channels.append(grpc.insecure_channel(target))
