"""Why a stream ended, and what that asks of the client."""

from dataclasses import dataclass
from enum import Enum
from typing import cast

import grpc
from google.protobuf.message import DecodeError
from google.rpc.error_details_pb2 import ErrorInfo
from grpc_status import rpc_status

from driftline.client.retry_info import retry_seconds

EPOCH_REASON = "epoch"
"""Of a refusal: another client has started under this one's name since."""


class Remedy(Enum):
    """What to do about a stream that ended."""

    SEND_AGAIN = "the batches may have arrived or not: send them again, with their numbers"
    REFUSE = "one batch is wrong in itself: send all but that again"
    DOUBT = "send again; if that does not help for long, take the first batch for the cause"
    STOP = "nothing that this client sends is wanted"


@dataclass(frozen=True, slots=True)
class Ending:
    """
    The end of one stream.

    Attributes
    ----------
    remedy
        What it asks for.
    reason
        Short name, for counting.
    message
        What the collector, or the transport, said.
    delay
        Seconds to wait before the next stream, where that was asked for.
    """

    remedy: Remedy
    reason: str
    message: str
    delay: float | None = None


_REMEDIES = {
    grpc.StatusCode.UNAVAILABLE: Remedy.SEND_AGAIN,
    grpc.StatusCode.CANCELLED: Remedy.SEND_AGAIN,
    grpc.StatusCode.DEADLINE_EXCEEDED: Remedy.SEND_AGAIN,
    grpc.StatusCode.INVALID_ARGUMENT: Remedy.REFUSE,
    grpc.StatusCode.OUT_OF_RANGE: Remedy.REFUSE,
    grpc.StatusCode.FAILED_PRECONDITION: Remedy.REFUSE,
    grpc.StatusCode.RESOURCE_EXHAUSTED: Remedy.REFUSE,
    grpc.StatusCode.UNAUTHENTICATED: Remedy.STOP,
    grpc.StatusCode.PERMISSION_DENIED: Remedy.STOP,
}
"""A reset of the connection may show as INTERNAL or UNKNOWN, so these, and all others, leave doubt."""


def ending_of(error: grpc.RpcError) -> Ending:
    """Read the status of a call that failed, with the details of google.rpc if it has any."""
    code, message = error.code(), f"{error.code().name}: {error.details() or ''}"
    reason = code.name.lower()
    if _error_reason(error) == EPOCH_REASON:
        return Ending(Remedy.STOP, EPOCH_REASON, message)
    remedy = _REMEDIES.get(code, Remedy.DOUBT)
    delay = retry_seconds(error)
    if delay is not None and remedy is not Remedy.STOP:
        return Ending(Remedy.SEND_AGAIN, reason, message, delay)
    return Ending(remedy, reason, message)


def _error_reason(error: grpc.RpcError) -> str | None:
    """The reason in the details of a status; ``None`` also where these contradict it, or are no message."""
    try:
        status = rpc_status.from_call(cast("grpc.Call", error))
        for detail in status.details if status is not None else ():
            info = ErrorInfo()
            if detail.Unpack(info):
                return str(info.reason)
    except (ValueError, DecodeError):
        pass
    return None
