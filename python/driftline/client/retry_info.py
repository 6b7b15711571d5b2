"""When a collector that refuses a call says to come again."""

from typing import Any

from google.protobuf.message import DecodeError
from google.rpc.error_details_pb2 import RetryInfo
from grpc_status import rpc_status

LONGEST_SECONDS = 60.0
"""No collector is believed that one should stay away longer than that."""


def retry_seconds(error: Any) -> float | None:
    """Seconds after which a failed call may be made again; ``None`` if its status does not tell."""
    try:
        status = rpc_status.from_call(error)
    except (ValueError, DecodeError):
        return None
    for detail in status.details if status is not None else ():
        info = RetryInfo()
        if detail.Unpack(info):
            seconds: float = info.retry_delay.ToTimedelta().total_seconds()
            return min(max(seconds, 0.0), LONGEST_SECONDS)
    return None
