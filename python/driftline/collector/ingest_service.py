"""``IngestService``: request bytes go to the core as they came."""

import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import grpc

from driftline._core import Answer, Engine
from driftline.collector.access import Principal
from driftline.collector.admission import Admission, OverloadedError
from driftline.collector.byte_budget import ByteAccount
from driftline.collector.clock import SteadyClock
from driftline.collector.grpc_access import Callers
from driftline.collector.open_calls import OpenCall, OpenCalls
from driftline.collector.quotas import LONGEST_DELAY_SECONDS
from driftline.collector.read_ahead import read_ahead
from driftline.collector.retry_info import abort_until
from driftline.collector.statuses import statuses
from driftline.collector.tracing import Tracing
from driftline.errors import DriftlineError
from driftline.v1 import ingest_pb2

SERVICE = "driftline.v1.IngestService"

_COME_AGAIN_SECONDS = 1.0
"""When to come again to a collector that is stopping."""

_MOST_ANSWERS = 8
"""Answers of a stream, each to at most 64 batches, that may wait for the disk while further batches are counted."""

_LAST_BATCH_SECONDS = 5.0
"""How long a stream whose client is gone waits for the batch that is being counted."""

_STOPPING = "the collector is stopping; send what is not acknowledged again"


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
    calls
        Knows the open streams, and cuts off slow clients.
    clock
        Says when batches come in.
    inflight_batches
        How many batches all streams together should have unanswered; each is told its part.
    tracing
        Takes the figures of a stream into its span.
    """

    def __init__(
        self,
        engine: Engine,
        callers: Callers,
        admission: Admission,
        calls: OpenCalls,
        clock: SteadyClock,
        inflight_batches: int,
        tracing: Tracing,
    ) -> None:
        self._engine = engine
        self._callers = callers
        self._admission = admission
        self._calls = calls
        self._clock = clock
        self._inflight_batches = inflight_batches
        self._tracing = tracing
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
        while (calls := self._calls.all()) and time.monotonic() < deadline:
            for call in calls:
                call.cut_if_idle()
            time.sleep(0.02)

    def _ingest_batch(self, request: bytes, context: grpc.ServicerContext) -> bytes:
        self._refuse_if_stopping(context)
        principal = self._callers.of(context)
        self._callers.refuse_over_quota(context, 0.0)
        principal.quota.charge(size=len(request))
        with statuses(context, "IngestBatch"), self._tracing.span("driftline.ingest/IngestBatch"):
            answer = self._engine.ingest_batch(
                request, self._clock.arrival_time(), principal.models, principal.sender
            )
            _charge_records(principal, answer)
            return answer
        raise AssertionError("a failed call is aborted")

    def _ingest(self, requests: Iterator[bytes], context: grpc.ServicerContext) -> Iterator[bytes]:
        self._refuse_if_stopping(context)
        principal = self._callers.of(context)
        self._callers.refuse_over_quota(context, LONGEST_DELAY_SECONDS)
        with ExitStack() as admitted:
            with statuses(context, "Ingest"):
                account = admitted.enter_context(self._admission.stream(context.peer()))
            call = admitted.enter_context(self._calls.open(context.cancel))
            admitted.callback(lambda: self._tracing.note(batches=call.batches, records=call.records))
            answers = self._answers(
                call, self._admitted(requests, account), account, principal, self._tracing.stream()
            )
            if self._engine.log_status() is None:
                admitted.callback(answers.close)
            else:
                # While answers wait for the disk, further requests are counted.
                answers = admitted.enter_context(_counted_ahead(answers))
            while (answer := _next(answers, context)) is not None:
                told = self._with_part(answer)
                call.answer()
                yield told
                call.answered()
        self._callers.refuse_over_quota(context, LONGEST_DELAY_SECONDS)
        self._refuse_if_stopping(context)

    def _admitted(self, requests: Iterator[bytes], account: ByteAccount) -> Iterator[bytes]:
        """The requests as they arrive; OverloadedError at the first that is too much."""
        for request in requests:
            self._admission.take(account, len(request))
            yield request

    def _answers(
        self,
        call: OpenCall,
        requests: Iterator[bytes],
        account: ByteAccount,
        principal: Principal,
        trace: Callable[[bytes, int], None],
    ) -> Generator[Answer, None, None]:
        """Count the requests, and yield the answers that are due, which wait for the disk."""
        session = self._engine.session(principal.models, principal.sender)
        refusal: DriftlineError | None = None
        try:
            for request in read_ahead(requests):
                if not call.work():
                    return
                principal.quota.charge(size=len(request))
                began = time.time_ns()
                try:
                    answer = session.ingest(request, self._clock.arrival_time())
                except DriftlineError as error:
                    # What came before is answered for first.
                    refusal = error
                    break
                trace(request, began)
                account.give_back(len(request))
                call.unanswered += 1
                call.batches += 1
                if answer is not None:
                    call.records += answer.records
                    principal.quota.charge(records=answer.records)
                    call.promise()
                    yield answer
                if self._stopping.is_set() or self._is_over(principal):
                    break
                call.read()
        except OverloadedError as error:
            # Likewise: the one that is too much was read while those before it were counted.
            refusal = error
        finally:
            # Also where nobody listens any more: what was counted is charged.
            answer = session.acknowledge()
            if answer is not None:
                call.records += answer.records
                principal.quota.charge(records=answer.records)
        if answer is not None:
            call.promise()
            yield answer
        if refusal is not None:
            raise refusal

    def _with_part(self, answer: bytes) -> bytes:
        """The same answer with the stream's part of what all should have on their way; joined, they are one message."""
        part = max(1, self._inflight_batches // max(1, self._calls.most_working()))
        return answer + ingest_pb2.IngestResponse(most_unanswered=part).SerializeToString()

    def _is_over(self, principal: Principal) -> bool:
        """Read nothing for as long as the quota says, up to a bound; ``True`` if that is not long enough."""
        delay = principal.quota.debt_seconds()
        if 0.0 < delay <= LONGEST_DELAY_SECONDS:
            self._stopping.wait(delay)
        return delay > LONGEST_DELAY_SECONDS

    def _refuse_if_stopping(self, context: grpc.ServicerContext) -> None:
        if self._stopping.is_set():
            abort_until(context, grpc.StatusCode.UNAVAILABLE, _STOPPING, _COME_AGAIN_SECONDS)


@contextmanager
def _counted_ahead(answers: Iterator[Answer]) -> Iterator[Generator[Answer, None, None]]:
    """The same answers, for which another thread counts; it comes to an end before the call does, or soon after."""
    ended = threading.Event()

    def until_ended() -> Iterator[Answer]:
        try:
            yield from answers
        finally:
            ended.set()

    ahead = read_ahead(until_ended(), _MOST_ANSWERS)
    try:
        yield ahead
    except GeneratorExit:
        # The client is gone, and so are its requests: what is being counted is the last.
        ahead.close()
        ended.wait(_LAST_BATCH_SECONDS)
        raise
    finally:
        ahead.close()


def _next(answers: Iterator[Answer], context: grpc.ServicerContext) -> bytes | None:
    """The next answer, once what it is about is safe; ``None`` after the last."""
    refusal: DriftlineError | None = None
    answer: Answer | None = None
    try:
        answer = next(answers, None)
    except DriftlineError as error:
        refusal = error
    with statuses(context, "Ingest"):
        if refusal is not None:
            raise refusal
        return None if answer is None else answer.wait()
    raise AssertionError("a failed call is aborted")


def _charge_records(principal: Principal, answer: bytes) -> None:
    if principal.quota.counts_records:
        principal.quota.charge(records=ingest_pb2.IngestResponse.FromString(answer).records)
