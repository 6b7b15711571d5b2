"""Errors of the core, panics among them, must reach the caller at once as a status."""

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest

from driftline import errors
from driftline.collector.statuses import statuses


class Panic(BaseException):
    """As PyO3 raises a panic of Rust: no ``Exception``."""


@pytest.fixture
def call() -> Iterator[Callable[[BaseException], grpc.RpcError]]:
    """Calls a handler that raises, and returns the error that the caller sees."""
    raised: list[BaseException] = []

    def handle(_: bytes, context: grpc.ServicerContext) -> bytes:
        with statuses(context, "Method"):
            raise raised[0]

    handler = grpc.unary_unary_rpc_method_handler(handle)
    server = grpc.server(ThreadPoolExecutor(1))
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("s", {"m": handler})])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()

    def fail(error: BaseException) -> grpc.RpcError:
        raised[:] = [error]
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel, pytest.raises(grpc.RpcError) as caught:
            channel.unary_unary("/s/m", None, None)(b"", timeout=60)
        return caught.value

    yield fail
    server.stop(0).wait()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.InvalidBatchError("text"), grpc.StatusCode.INVALID_ARGUMENT),
        (errors.InvalidArgumentError("text"), grpc.StatusCode.INVALID_ARGUMENT),
        (errors.LimitExceededError("text"), grpc.StatusCode.RESOURCE_EXHAUSTED),
        (errors.NotFoundError("text"), grpc.StatusCode.NOT_FOUND),
        (errors.FailedPreconditionError("text"), grpc.StatusCode.FAILED_PRECONDITION),
        (errors.UnavailableError("text"), grpc.StatusCode.UNAVAILABLE),
    ],
)
def test_mistakes_of_the_caller(error: Exception, code: grpc.StatusCode, call: Any, caplog: Any) -> None:
    caught = call(error)
    assert (caught.code(), caught.details()) == (code, "text")
    assert not caplog.records


@pytest.mark.parametrize(
    "error", [errors.InternalError("text"), ValueError("text"), Panic("text"), SystemExit(3)]
)
def test_faults_of_our_own_are_logged(error: BaseException, call: Any, caplog: Any) -> None:
    with caplog.at_level(logging.ERROR, "driftline.collector"):
        caught = call(error)
    assert caught.code() is grpc.StatusCode.INTERNAL
    assert caught.details() == f"Method failed: {type(error).__name__}: {error}"
    assert caplog.records[0].exc_info[1] is error
    assert caplog.records[0].method == "Method"
