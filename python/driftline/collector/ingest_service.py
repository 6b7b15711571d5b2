"""``IngestService``: request bytes go to the core as they came."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import grpc

from driftline._core import Engine
from driftline.collector.access import Principal
from driftline.collector.admission import Admission, OverloadedError
from driftline.collector.byte_budget import ByteAccount
from driftline.collector.grpc_access import Callers
from driftline.collector.quotas import LONGEST_DELAY_SECONDS
from driftline.collector.read_ahead import read_ahead
from driftline.collector.retry_info import abort_until
from driftline.collector.statuses import statuses
from driftline.errors import DriftlineError
from driftline.v1 import ingest_pb2

SERVICE = "driftline.v1.IngestService"

_IDLE_SECONDS = 0.25
"""A stream that has been silent for so long, with nothing to answer for, may be cut off when stopping."""

_COME_AGAIN_SECONDS = 1.0
"""When to come again to a collector that is stopping."""

_STOPPING = "the collector is stopping; send what is not acknowledged again"


class _Stream:
    """Whether a stream is at work, so that it is not cut off between counting a batch and answering for it."""

    def __init__(self, context: grpc.ServicerContext) -> None:
        self._context = context
        self._lock = threading.Lock()
        self._busy = False
        self._cut = False
        self._since = time.monotonic()
        self.unanswered = 0

    def begin(self) -> bool:
        """Start on a request; ``False`` if the stream was cut off while it waited for that."""
        with self._lock:
            self._busy = not self._cut
            return self._busy

    def end(self) -> None:
        """The request is done."""
        with self._lock:
            self._busy = False
            self._since = time.monotonic()

    def cut_if_idle(self) -> None:
        """End the stream if nothing can be lost by it."""
        with self._lock:
            silent = time.monotonic() - self._since
            if not self._busy and not self._cut and self.unanswered == 0 and silent > _IDLE_SECONDS:
                self._cut = True
                self._context.cancel()  # type: ignore[no-untyped-call]


class IngestService:
    """
    The two ingest calls over one engine.

    Parameters
    ----------
    engine
        Takes the batches.
    callers
        Knows who sends them.
    admission
        Lets streams and their requests in; what is refused is told to come again.
    """

    def __init__(self, engine: Engine, callers: Callers, admission: Admission) -> None:
        self._engine = engine
        self._callers = callers
        self._admission = admission
        self._lock = threading.Lock()
        self._streams: set[_Stream] = set()
        self._stopping = threading.Event()

    def handler(self) -> "grpc.GenericRpcHandler[Any, Any]":
        """What the server registers."""
        return grpc.method_handlers_generic_handler(
            SERVICE,
            {
                "Ingest": grpc.stream_stream_rpc_method_handler(self._ingest),
                "IngestBatch": grpc.unary_unary_rpc_method_handler(self._ingest_batch),
            },
        )

    def drain(self, timeout: float) -> None:
        """
        Take no new streams and end the present ones, each after the answer to what it has sent.

        Parameters
        ----------
        timeout
            Most seconds to wait for that.
        """
        self._stopping.set()
        deadline = time.monotonic() + timeout
        while self._open_streams() and time.monotonic() < deadline:
            for stream in self._open_streams():
                stream.cut_if_idle()
            time.sleep(0.02)

    def _open_streams(self) -> list[_Stream]:
        with self._lock:
            return list(self._streams)

    def _ingest_batch(self, request: bytes, context: grpc.ServicerContext) -> bytes:
        self._refuse_if_stopping(context)
        principal = self._callers.of(context)
        self._callers.refuse_over_quota(context, 0.0)
        principal.quota.charge(size=len(request))
        with statuses(context, "IngestBatch"):
            answer = self._engine.ingest_batch(request, time.time_ns(), principal.models)
            _charge_records(principal, answer)
            return answer
        raise AssertionError("a failed call is aborted")

    def _ingest(self, requests: Iterator[bytes], context: grpc.ServicerContext) -> Iterator[bytes]:
        self._refuse_if_stopping(context)
        with ExitStack() as admitted:
            with statuses(context, "Ingest"):
                account = admitted.enter_context(self._admission.stream(context.peer()))
            stream = admitted.enter_context(self._open(context))
            yield from self._answers(stream, self._admitted(requests, account), account, context)
        self._refuse_if_stopping(context)

    def _admitted(self, requests: Iterator[bytes], account: ByteAccount) -> Iterator[bytes]:
        """The requests as they arrive; OverloadedError at the first that is too much."""
        for request in requests:
            self._admission.take(account, len(request))
            yield request

    def _answers(
        self,
        stream: _Stream,
        requests: Iterator[bytes],
        account: ByteAccount,
        context: grpc.ServicerContext,
    ) -> Iterator[bytes]:
        principal = self._callers.of(context)
        self._callers.refuse_over_quota(context, LONGEST_DELAY_SECONDS)
        session = self._engine.session(principal.models)
        refusal: DriftlineError | None = None
        try:
            for request in read_ahead(requests):
                if not stream.begin():
                    return
                principal.quota.charge(size=len(request))
                try:
                    answer = session.ingest(request, time.time_ns())
                except DriftlineError as error:
                    # What came before is answered for first.
                    refusal = error
                    stream.end()
                    break
                account.give_back(len(request))
                stream.unanswered += 1
                if answer is not None:
                    stream.unanswered = 0
                    _charge_records(principal, answer)
                    yield answer
                stream.end()
                if self._stopping.is_set() or self._is_over(principal):
                    break
        except OverloadedError as error:
            # Likewise: the one that is too much was read while those before it were counted.
            refusal = error
        finally:
            # Also where nobody listens any more: what was counted is charged.
            with statuses(context, "Ingest"):
                answer = session.acknowledge()
            _charge_records(principal, answer)
        if answer is not None:
            yield answer
        if refusal is not None:
            with statuses(context, "Ingest"):
                raise refusal
        self._callers.refuse_over_quota(context, LONGEST_DELAY_SECONDS)

    def _is_over(self, principal: Principal) -> bool:
        """Read nothing for as long as the quota says, up to a bound; ``True`` if that is not long enough."""
        delay = principal.quota.debt_seconds()
        if 0.0 < delay <= LONGEST_DELAY_SECONDS:
            self._stopping.wait(delay)
        return delay > LONGEST_DELAY_SECONDS

    @contextmanager
    def _open(self, context: grpc.ServicerContext) -> Iterator[_Stream]:
        """Know of a stream for as long as it lasts."""
        stream = _Stream(context)
        with self._lock:
            self._streams.add(stream)
        try:
            yield stream
        finally:
            with self._lock:
                self._streams.discard(stream)

    def _refuse_if_stopping(self, context: grpc.ServicerContext) -> None:
        if self._stopping.is_set():
            abort_until(context, grpc.StatusCode.UNAVAILABLE, _STOPPING, _COME_AGAIN_SECONDS)


def _charge_records(principal: Principal, answer: bytes | None) -> None:
    if answer is not None and principal.quota.counts_records:
        principal.quota.charge(records=ingest_pb2.IngestResponse.FromString(answer).records)
