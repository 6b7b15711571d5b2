"""``QueryService``: questions and answers pass as bytes."""

import time
from collections.abc import Callable
from typing import Any

import grpc

from driftline.collector.grpc_access import Callers
from driftline.collector.query_access import checked_question, cut_answer
from driftline.collector.statuses import statuses
from driftline.collector.tracing import Tracing
from driftline.storage import Answers
from driftline.v1 import query_pb2

SERVICE = "driftline.v1.QueryService"


def query_handler(answers: Answers, callers: Callers, tracing: Tracing) -> "grpc.GenericRpcHandler[Any, Any]":
    """
    All calls of the service over one engine and its files.

    Parameters
    ----------
    answers
        Answers each call by its name.
    callers
        Knows who asks.
    tracing
        Makes a span of the time that an answer takes.
    """
    methods = query_pb2.DESCRIPTOR.services_by_name["QueryService"].methods_by_name
    return grpc.method_handlers_generic_handler(
        SERVICE,
        {
            name: grpc.unary_unary_rpc_method_handler(_answer(answers, callers, tracing, name))
            for name in methods
        },
    )


def _answer(
    answers: Answers, callers: Callers, tracing: Tracing, method: str
) -> Callable[[bytes, grpc.ServicerContext], bytes]:
    def answer(request: bytes, context: grpc.ServicerContext) -> bytes:
        with statuses(context, method):
            principal = callers.of(context)
            question = checked_question(principal, method, request)
            with tracing.span(f"driftline.query/{method}"):
                answered = answers.query(method, question, time.time_ns())
            return cut_answer(principal, method, answered)
        raise AssertionError("a failed call is aborted")

    return answer
