"""Answers from a running collector."""

from typing import Any

import grpc

from driftline import errors
from driftline.connection import Connection
from driftline.credentials import Credentials
from driftline.query.transport import ResponseT
from driftline.trace_context import trace_metadata

# Profiles of wide models are larger than gRPC's default of 4 MiB; the collector bounds what it sends.
_UNLIMITED = -1

_ERRORS: dict[grpc.StatusCode, type[errors.DriftlineError]] = {
    grpc.StatusCode.INVALID_ARGUMENT: errors.InvalidArgumentError,
    grpc.StatusCode.NOT_FOUND: errors.NotFoundError,
    grpc.StatusCode.FAILED_PRECONDITION: errors.FailedPreconditionError,
    grpc.StatusCode.RESOURCE_EXHAUSTED: errors.LimitExceededError,
    grpc.StatusCode.UNAUTHENTICATED: errors.UnauthenticatedError,
    grpc.StatusCode.PERMISSION_DENIED: errors.PermissionDeniedError,
    grpc.StatusCode.UNAVAILABLE: errors.UnavailableError,
    grpc.StatusCode.DEADLINE_EXCEEDED: errors.UnavailableError,
}


class GrpcTransport:
    """Calls a collector over gRPC.

    Parameters
    ----------
    target : str
        ``host:port`` of the collector, or any gRPC name such as ``dns:///driftline:7571``.
    timeout : float
        Seconds after which a call is given up with UnavailableError.
    credentials : Credentials
        As whom, and how, to connect; by default as nobody, without encryption.
    """

    def __init__(self, target: str, timeout: float = 30.0, credentials: Credentials | None = None) -> None:
        self._target = target
        self._timeout = timeout
        options = [("grpc.max_receive_message_length", _UNLIMITED)]
        self._connection = Connection(target, credentials or Credentials(), options)

    def call(self, service: str, method: str, request: Any, response_type: type[ResponseT]) -> ResponseT:
        """See `driftline.query.transport.Transport`."""
        invoke = self._connection.channel().unary_unary(
            f"/driftline.v1.{service}/{method}",
            request_serializer=type(request).SerializeToString,
            response_deserializer=response_type.FromString,
        )
        metadata = (*self._connection.metadata(), *trace_metadata())
        try:
            response: ResponseT = invoke(request, timeout=self._timeout, metadata=metadata)
        except grpc.RpcError as error:
            raise self._as_driftline_error(error) from error
        return response

    def _as_driftline_error(self, error: Any) -> errors.DriftlineError:
        code, details = error.code(), error.details() or "no details"
        kind = _ERRORS.get(code)
        if kind is None:
            return errors.InternalError(f"collector at {self._target} answered {code.name}: {details}")
        if kind is errors.UnavailableError:
            return kind(f"collector at {self._target} cannot be reached: {details}")
        return kind(details)

    def close(self) -> None:
        """Closes the channel."""
        self._connection.close()

    def __repr__(self) -> str:
        return f"GrpcTransport({self._target!r})"
