"""The standard health service, for load balancers and orchestrators."""

import threading
from collections.abc import Iterator
from typing import Any

import grpc

from driftline.collector.health_messages import (
    SERVICE,
    HealthCheckRequest,
    HealthCheckResponse,
    ServingStatus,
)

MAX_WATCHERS = 8
"""Each watcher holds a thread of the server."""


class HealthService:
    """
    One state for the whole collector: it serves all of its services or none.

    Parameters
    ----------
    services
        Full names that may be asked about, besides the empty one.
    """

    def __init__(self, services: tuple[str, ...]) -> None:
        self._services = frozenset(("", *services))
        self._status = ServingStatus.NOT_SERVING
        self._changed = threading.Condition()
        self._watchers = threading.Semaphore(MAX_WATCHERS)

    def set_status(self, status: ServingStatus) -> None:
        """Change the state and tell those who watch."""
        with self._changed:
            self._status = status
            self._changed.notify_all()

    def handler(self) -> "grpc.GenericRpcHandler[Any, Any]":
        """What the server registers."""
        return grpc.method_handlers_generic_handler(
            SERVICE,
            {
                "Check": grpc.unary_unary_rpc_method_handler(
                    self._check, HealthCheckRequest.FromString, HealthCheckResponse.SerializeToString
                ),
                "Watch": grpc.unary_stream_rpc_method_handler(
                    self._watch, HealthCheckRequest.FromString, HealthCheckResponse.SerializeToString
                ),
            },
        )

    def _check(self, request: Any, context: grpc.ServicerContext) -> Any:
        if request.service not in self._services:
            context.abort(grpc.StatusCode.NOT_FOUND, f"there is no service {request.service!r}")
        return HealthCheckResponse(status=self._status)

    def _watch(self, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        if not self._watchers.acquire(blocking=False):
            context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, f"at most {MAX_WATCHERS} may watch at a time")
        try:
            context.add_callback(self._wake)
            yield from self._statuses(request.service, context)
        finally:
            self._watchers.release()

    def _statuses(self, service: str, context: grpc.ServicerContext) -> Iterator[Any]:
        """The state, and again whenever it changes."""
        told: ServingStatus | None = None
        while (status := self._next_status(service, told, context)) is not None:
            told = status
            yield HealthCheckResponse(status=status)

    def _next_status(
        self, service: str, told: ServingStatus | None, context: grpc.ServicerContext
    ) -> ServingStatus | None:
        """Wait for another state than the one told; ``None`` when nobody listens any more."""
        with self._changed:
            self._changed.wait_for(lambda: self._seen(service) != told or not context.is_active())
            return self._seen(service) if context.is_active() else None

    def _seen(self, service: str) -> ServingStatus:
        return self._status if service in self._services else ServingStatus.SERVICE_UNKNOWN

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()
