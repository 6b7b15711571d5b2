"""The thread that keeps a stream to the collector going."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial

import grpc
from tenacity import (
    RetryCallState,
    RetryError,
    Retrying,
    retry_if_exception_type,
    stop_when_event_set,
    wait_fixed,
    wait_random,
    wait_random_exponential,
)
from tenacity.nap import sleep_using_event

from driftline.client.endings import EPOCH_REASON, Ending, Remedy
from driftline.client.ledger import Ledger
from driftline.client.outbox import Outbox
from driftline.client.pace import Pace
from driftline.client.pausable_thread import PausableThread
from driftline.client.record_queue import RecordQueue
from driftline.client.stream import INGEST_METHOD, IngestMethod, IngestStream, StreamBrokenError
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
    ("grpc.min_reconnect_backoff_ms", 5_000),
    ("grpc.max_reconnect_backoff_ms", 5_000),
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.max_receive_message_length", 4 * 1024 * 1024),
)
"""A connection for each client, since a collector bounds the streams of one; reconnects within seconds.

What gRPC calls the least backoff is how long a connection may take to come about: a collector that is far away, or
busy, must not be given up for that. One that refuses is tried again after the initial backoff.
"""

JITTER = 0.25
"""By what share pauses that are asked for are made longer, at random, so that clients do not come back at once."""

_backoff = wait_random_exponential(multiplier=FIRST_WAIT_SECONDS, max=LONGEST_WAIT_SECONDS)


class Sender:
    """
    Delivers what is in the outboxes, for as long as its thread runs.

    Parameters
    ----------
    target
        ``host:port`` of the collector.
    credentials
        As whom, and how, to connect.
    left, own
        What earlier clients left, the oldest first, and what this one sends, after that.
    queue, ledger, changed
        The client's state, and what tells of its changes.
    answer_timeout
        Seconds without any answer after which a stream is given up.
    give_up
        Told why, when the collector wants nothing of this client: the sender has ended then.
    """

    def __init__(
        self,
        target: str,
        credentials: Credentials,
        left: Sequence[Outbox],
        own: Outbox,
        queue: RecordQueue,
        ledger: Ledger,
        changed: threading.Condition,
        answer_timeout: float,
        give_up: Callable[[str], None],
    ) -> None:
        self._target = target
        self._credentials = credentials
        self._left = deque(left)
        self._own = own
        self._queue = queue
        self._ledger = ledger
        self._changed = changed
        self._answer_timeout = answer_timeout
        self._give_up = give_up
        self._stream: IngestStream | None = None
        self._pace = Pace()
        self._fruitless_attempts = 0
        self._careful_until = 0
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
            wait=_pause,
            stop=stop_when_event_set(interrupted),
            sleep=sleep_using_event(interrupted),
        )
        with Connection(self._target, self._credentials, CHANNEL_OPTIONS) as connection:
            while self._has_work(interrupted):
                try:
                    retrying(self._deliver, connection, interrupted)
                except RetryError:
                    return
                except _StoppedError as stopped:
                    self._give_up(str(stopped))
                    return
                except Exception:
                    logger.exception("the sender failed and goes on")
                    interrupted.wait(LONGEST_WAIT_SECONDS)

    def _has_work(self, interrupted: threading.Event) -> bool:
        """Wait for batches; ``False`` when interrupted."""
        self._remove_empty()
        with self._changed:
            self._changed.wait_for(lambda: len(self._present().window) > 0 or interrupted.is_set())
        return not interrupted.is_set()

    def _present(self) -> Outbox:
        """What is sent now: an epoch is over for the collector once it has seen a later one."""
        return self._left[0] if self._left else self._own

    def _remove_empty(self) -> None:
        while self._left and not len(self._left[0].window):
            folder = self._left.popleft().folder
            if folder is not None:
                folder.remove()
                logger.info("the batches that %s left are delivered", folder.producer.producer_id)

    def _deliver(self, connection: Connection, interrupted: threading.Event) -> None:
        """Run one stream to its end; StreamBrokenError if it ended too early and achieved nothing."""
        outbox = self._present()
        stream = IngestStream(
            outbox, self._queue, self._ledger, self._pace, self._answer_timeout, self._careful_until
        )
        self._stream = stream
        try:
            stream.run(_ingest_method(connection), interrupted.is_set)
            self._fruitless_attempts = 0
        except StreamBrokenError as broken:
            if broken.ending.delay is not None:
                self._pace.refused()
            self._remedy(broken.ending, outbox, stream.last_sequence)
            raise
        finally:
            self._stream = None

    def _remedy(self, ending: Ending, outbox: Outbox, last_sequence: int) -> None:
        """Do what the end of a stream asks for, but for the next one."""
        if ending.remedy is Remedy.SEND_AGAIN:
            logger.debug("the collector at %s is not there: %s", self._target, ending.message)
            return
        logger.warning("the collector at %s ended the stream: %s", self._target, ending.message)
        if ending.reason == EPOCH_REASON and outbox.is_left:
            outbox.window.refuse_all(EPOCH_REASON, ending.message)
            return
        if ending.remedy is Remedy.STOP and ending.reason != EPOCH_REASON and self._credentials.can_change:
            logger.warning(
                "the collector at %s refuses this client, which keeps its records: %s",
                self._target,
                ending.message,
            )
            return
        if ending.remedy is Remedy.STOP:
            raise _StoppedError(ending.message)
        unanswered = outbox.window.unanswered(last_sequence)
        if ending.remedy is Remedy.REFUSE and unanswered > 1:
            # Any of them may be the cause: sent one by one, it will show.
            self._careful_until = last_sequence
        elif ending.remedy is Remedy.REFUSE and unanswered == 1:
            outbox.window.refuse_first(ending.reason, ending.message)
        else:
            self._doubt(ending, outbox)

    def _doubt(self, ending: Ending, outbox: Outbox) -> None:
        self._fruitless_attempts += 1
        if self._fruitless_attempts >= ATTEMPTS_PER_BATCH:
            self._fruitless_attempts = 0
            outbox.window.refuse_first("undeliverable", ending.message)


class _StoppedError(Exception):
    """The collector wants nothing of this client."""


def _pause(state: RetryCallState) -> float:
    """Seconds before the next stream: those that were asked for, else more and more."""
    error = state.outcome.exception() if state.outcome is not None else None
    asked = error.ending.delay if isinstance(error, StreamBrokenError) else None
    if not asked:
        return _backoff(state)
    return (wait_fixed(asked) + wait_random(0.0, asked * JITTER))(state)


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
