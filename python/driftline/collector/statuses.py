"""Errors of the core as gRPC statuses."""

from collections.abc import Iterator
from contextlib import contextmanager

import grpc

from driftline.collector.retry_info import abort_until
from driftline.errors import (
    DriftlineError,
    FailedPreconditionError,
    InvalidArgumentError,
    InvalidBatchError,
    LimitExceededError,
    NotFoundError,
    PermissionDeniedError,
    UnauthenticatedError,
    UnavailableError,
)
from driftline.logs import get_logger

logger = get_logger("driftline.collector")

_CODES: dict[type[DriftlineError], grpc.StatusCode] = {
    InvalidBatchError: grpc.StatusCode.INVALID_ARGUMENT,
    InvalidArgumentError: grpc.StatusCode.INVALID_ARGUMENT,
    LimitExceededError: grpc.StatusCode.RESOURCE_EXHAUSTED,
    NotFoundError: grpc.StatusCode.NOT_FOUND,
    FailedPreconditionError: grpc.StatusCode.FAILED_PRECONDITION,
    PermissionDeniedError: grpc.StatusCode.PERMISSION_DENIED,
    UnauthenticatedError: grpc.StatusCode.UNAUTHENTICATED,
    UnavailableError: grpc.StatusCode.UNAVAILABLE,
}


@contextmanager
def statuses(context: grpc.ServicerContext, method: str) -> Iterator[None]:
    """
    Turn what is raised inside into the status of a call.

    A fault of our own, a panic of the core among them, is logged and becomes INTERNAL: left alone, a panic (which
    is no ``Exception``) would leave the caller waiting until its deadline.
    """
    try:
        yield
    except BaseException as error:  # noqa: BLE001 (see above)
        code, message = status_of(error, method)
        retry_after_seconds = getattr(error, "retry_after_seconds", None)
    else:
        return
    if retry_after_seconds is not None:
        abort_until(context, code, message, retry_after_seconds)
    context.abort(code, message)


def status_of(error: BaseException, method: str) -> tuple[grpc.StatusCode, str]:
    """The status of an error, and its message; those that are nobody's mistake but ours are logged."""
    for kind, code in _CODES.items():
        if isinstance(error, kind):
            return code, str(error)
    if isinstance(error, OSError):
        logger.error("the state cannot be written", method=method, exc_info=error)
        return grpc.StatusCode.UNAVAILABLE, f"{method} failed, the state cannot be written: {error}"
    logger.error("call failed", method=method, exc_info=error)
    return grpc.StatusCode.INTERNAL, f"{method} failed: {type(error).__name__}: {error}"
