"""Calls with a single request: they are let in before that request is read."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

import grpc

from driftline.collector.admission import Admission, OverloadedError
from driftline.collector.open_calls import OpenCalls
from driftline.collector.places import Places, host_of
from driftline.collector.retry_info import abort_until

PLACES = {"IngestService": 32, "QueryService": 8, "ControlService": 8}
"""Calls at a time by service, so that a flood on one leaves the others alone."""

OTHER_PLACES = 16
"""Calls of the services that are not ours, health above all."""

OTHER_PLACES_PER_PEER = 8
"""Anybody may ask about health: who holds places by half requests should not keep others from it."""


class SingleRequests(grpc.ServerInterceptor):  # type: ignore[type-arg]  # it is generic in the stub only
    """
    Takes a place and the bytes for each call with a single request.

    gRPC reads a single request by itself, on one of its threads and however long that takes. Here the handler gets
    it as a stream of one, which is the same on the wire, so that whoever sends too much is refused before it is read.

    Parameters
    ----------
    admission
        Bounds what is in flight.
    calls
        Cuts off clients that do not send all of their request.
    """

    def __init__(self, admission: Admission, calls: OpenCalls) -> None:
        self._admission = admission
        self._calls = calls
        self._places = {name: Places(limit) for name, limit in PLACES.items()}
        self._other_places = Places(OTHER_PLACES, OTHER_PLACES_PER_PEER)

    def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
        """The same handler, if it reads a stream; else one that is let in first."""
        handler = continuation(handler_call_details)
        if handler is None or handler.request_streaming:
            return handler
        service = handler_call_details.method.rpartition("/")[0].rpartition(".")[2]
        places = self._places.get(service, self._other_places)
        call = _SingleRequest(handler, self._admission, self._calls, places)
        if handler.response_streaming:
            return grpc.stream_stream_rpc_method_handler(call.stream, None, handler.response_serializer)
        return grpc.stream_unary_rpc_method_handler(call.answer, None, handler.response_serializer)


class _SingleRequest:
    """One call, by a handler that expects its request as one message."""

    def __init__(self, handler: Any, admission: Admission, calls: OpenCalls, places: Places) -> None:
        self._handler = handler
        self._admission = admission
        self._calls = calls
        self._places = places

    def answer(self, requests: Iterator[bytes], context: grpc.ServicerContext) -> Any:
        """The one answer; the call counts until that is known."""
        try:
            with self._place(context), self._admission.account() as account:
                self._admission.check()
                request = self._read(requests, context)
                self._admission.take(account, len(request))
                return self._handler.unary_unary(self._parsed(request, context), context)
        except OverloadedError as error:
            _refuse(error, context)

    def stream(self, requests: Iterator[bytes], context: grpc.ServicerContext) -> Any:
        """Many answers, to who only watches: that is no work, so the place is for the request alone."""
        try:
            with self._place(context):
                request = self._read(requests, context)
        except OverloadedError as error:
            _refuse(error, context)
        return self._handler.unary_stream(self._parsed(request, context), context)

    def _place(self, context: grpc.ServicerContext) -> AbstractContextManager[None]:
        return self._admission.place(self._places, host_of(context.peer()), "such calls")

    def _read(self, requests: Iterator[bytes], context: grpc.ServicerContext) -> bytes:
        with self._calls.open(context.cancel):
            request = next(requests, None)
        if request is None:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "the call has no request")
        return request

    def _parsed(self, request: bytes, context: grpc.ServicerContext) -> Any:
        parse = self._handler.request_deserializer
        if parse is None:
            return request
        try:
            return parse(request)
        except Exception as error:  # noqa: BLE001 (whatever it is, the request is no such message)
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"the request cannot be read: {error}")


def _refuse(error: OverloadedError, context: grpc.ServicerContext) -> None:
    assert error.retry_after_seconds is not None
    abort_until(context, grpc.StatusCode.UNAVAILABLE, str(error), error.retry_after_seconds)
