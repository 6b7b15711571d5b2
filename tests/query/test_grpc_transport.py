import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest

from driftline import errors
from driftline.query.grpc_transport import GrpcTransport
from driftline.v1 import query_pb2

ASKED_ENOUGH = threading.Event()
"""Set when the answer that does not come in time may come."""


def quantiles(request: query_pb2.QuantilesRequest, context: Any) -> query_pb2.QuantilesResponse:
    """Answers with the status whose name is asked for."""
    if request.column == "slow":
        ASKED_ENOUGH.wait(60)
    elif request.column != "fine":
        context.abort(grpc.StatusCode[request.column], f"because of {request.column}")
    return query_pb2.QuantilesResponse(count=7)


def profile(request: query_pb2.ProfileRequest, context: Any) -> query_pb2.ProfileResponse:
    return query_pb2.ProfileResponse(rows=bytes(6 * 1024 * 1024))


METHODS = {
    "Quantiles": grpc.unary_unary_rpc_method_handler(
        quantiles, query_pb2.QuantilesRequest.FromString, query_pb2.QuantilesResponse.SerializeToString
    ),
    "Profile": grpc.unary_unary_rpc_method_handler(
        profile, query_pb2.ProfileRequest.FromString, query_pb2.ProfileResponse.SerializeToString
    ),
}


@pytest.fixture
def target() -> Iterator[str]:
    server = grpc.server(ThreadPoolExecutor(2))
    handler = grpc.method_handlers_generic_handler("driftline.v1.QueryService", METHODS)
    server.add_generic_rpc_handlers((handler,))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(None).wait()


@pytest.fixture
def transport(target: str) -> Iterator[GrpcTransport]:
    made = GrpcTransport(target, timeout=30)
    yield made
    made.close()


def ask(transport: GrpcTransport, column: str) -> query_pb2.QuantilesResponse:
    request = query_pb2.QuantilesRequest(column=column)
    return transport.call("QueryService", "Quantiles", request, query_pb2.QuantilesResponse)


def test_an_answer_comes_back(transport: GrpcTransport) -> None:
    assert ask(transport, "fine").count == 7


def test_a_large_profile_comes_back(transport: GrpcTransport) -> None:
    request = query_pb2.ProfileRequest()
    response = transport.call("QueryService", "Profile", request, query_pb2.ProfileResponse)
    assert len(response.rows) == 6 * 1024 * 1024


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("INVALID_ARGUMENT", errors.InvalidArgumentError),
        ("NOT_FOUND", errors.NotFoundError),
        ("FAILED_PRECONDITION", errors.FailedPreconditionError),
        ("RESOURCE_EXHAUSTED", errors.LimitExceededError),
        ("UNAVAILABLE", errors.UnavailableError),
        ("INTERNAL", errors.InternalError),
        ("UNIMPLEMENTED", errors.InternalError),
    ],
)
def test_a_status_becomes_the_error_of_its_kind(
    transport: GrpcTransport, status: str, kind: type[errors.DriftlineError]
) -> None:
    with pytest.raises(kind, match=f"because of {status}") as raised:
        ask(transport, status)
    assert type(raised.value) is kind


def test_a_collector_that_is_not_there_is_named(target: str) -> None:
    transport = GrpcTransport("127.0.0.1:1", timeout=10)
    with pytest.raises(errors.UnavailableError, match=r"collector at 127.0.0.1:1 cannot be reached"):
        ask(transport, "fine")
    transport.close()


def test_a_collector_that_does_not_answer_in_time_is_unavailable(target: str) -> None:
    transport = GrpcTransport(target, timeout=0.1)
    try:
        with pytest.raises(errors.UnavailableError, match=target):
            ask(transport, "slow")
    finally:
        ASKED_ENOUGH.set()
        transport.close()
