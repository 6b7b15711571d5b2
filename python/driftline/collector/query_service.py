"""``QueryService``: questions and answers pass as bytes."""

import time
from collections.abc import Callable
from typing import Any

import grpc

from driftline._core import Engine
from driftline.collector.statuses import statuses
from driftline.v1 import query_pb2

SERVICE = "driftline.v1.QueryService"


def query_handler(engine: Engine) -> "grpc.GenericRpcHandler[Any, Any]":
    """
    All calls of the service over one engine.

    Parameters
    ----------
    engine
        Answers each call by its name.
    """
    methods = query_pb2.DESCRIPTOR.services_by_name["QueryService"].methods_by_name
    return grpc.method_handlers_generic_handler(
        SERVICE, {name: grpc.unary_unary_rpc_method_handler(_answer(engine, name)) for name in methods}
    )


def _answer(engine: Engine, method: str) -> Callable[[bytes, grpc.ServicerContext], bytes]:
    def answer(request: bytes, context: grpc.ServicerContext) -> bytes:
        with statuses(context, method):
            return engine.query(method, request, time.time_ns())
        raise AssertionError("a failed call is aborted")

    return answer
