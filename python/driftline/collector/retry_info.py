"""Refusals that say when to come again, as ``google.rpc.RetryInfo`` in the details of the status."""

from datetime import timedelta
from typing import NoReturn

import grpc
from google.protobuf.any_pb2 import Any
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from grpc_status import rpc_status


def abort_until(
    context: grpc.ServicerContext, code: grpc.StatusCode, message: str, seconds: float
) -> NoReturn:
    """
    End a call that may be made again.

    Parameters
    ----------
    context
        Of the call.
    code, message
        Its status.
    seconds
        How long the caller should wait.
    """
    context.abort_with_status(rpc_status.to_status(status_until(code, message, seconds)))
    raise AssertionError("a failed call is aborted")


def status_until(code: grpc.StatusCode, message: str, seconds: float) -> Status:
    """The status of a call that may be made again after so many seconds."""
    info = RetryInfo()
    info.retry_delay.FromTimedelta(timedelta(seconds=seconds))
    detail = Any()
    detail.Pack(info)
    return Status(code=code.value[0], message=message, details=[detail])
