"""No call of the gRPC door without a scope."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn
from weakref import WeakKeyDictionary

import grpc

from driftline.collector import audit, health_messages
from driftline.collector.access import Access, Principal
from driftline.collector.grpc_handlers import Behavior, wrapped
from driftline.collector.retry_info import abort_until
from driftline.collector.statuses import status_of
from driftline.config.security import Scope
from driftline.errors import DriftlineError, LimitExceededError, PermissionDeniedError

OPEN_METHODS = frozenset(f"/{health_messages.SERVICE}/{method}" for method in ("Check", "Watch"))
"""For load balancers and orchestrators, which have no token."""

_SCOPES: dict[str, dict[str, Scope]] = {
    "IngestService": {"Ingest": "ingest", "IngestBatch": "ingest"},
    "QueryService": {
        "Models": "query",
        "Profile": "query",
        "Summary": "query",
        "Quantiles": "query",
        "Distribution": "query",
        "Drift": "query",
        "Evidence": "query",
        "Canary": "query",
        "Quality": "query",
        "Series": "query",
        "Performance": "query",
        "Fairness": "query",
        "EstimatedPerformance": "query",
        "ColumnSets": "query",
        "Objectives": "query",
        "Windows": "query",
        "Signals": "query",
        "Concept": "query",
        "Stats": "query",
    },
    "ControlService": {
        "SetMonitor": "control",
        "GetMonitor": "query",
        "GetBaseline": "query",
        "SetBaseline": "control",
        "Flush": "control",
    },
}

SCOPES: dict[str, Scope] = {
    f"/driftline.v1.{service}/{method}": scope
    for service, methods in _SCOPES.items()
    for method, scope in methods.items()
}
"""What each method needs. One that is not here is refused."""

_CONTROL = "/driftline.v1.ControlService/"


class Callers(grpc.ServerInterceptor):  # type: ignore[type-arg]  # it is generic in the stub only
    """
    Lets those calls through whose caller has the scope, and remembers who that is.

    Parameters
    ----------
    access
        Knows the callers.
    """

    def __init__(self, access: Access) -> None:
        self._access = access
        self._principals: WeakKeyDictionary[grpc.ServicerContext, Principal] = WeakKeyDictionary()

    def of(self, context: grpc.ServicerContext) -> Principal:
        """Who makes a call that was let through; KeyError for any other."""
        return self._principals[context]

    def refuse_over_quota(self, context: grpc.ServicerContext, longest_seconds: float) -> None:
        """End a call whose caller would have to wait longer than that before sending more."""
        principal = self.of(context)
        seconds = principal.quota.debt_seconds()
        if seconds > longest_seconds:
            message = (
                f"{principal.name} is over its quota; send what is not acknowledged again in {seconds:.1f} s"
            )
            self._access.refusals.count(LimitExceededError(message))
            abort_until(context, grpc.StatusCode.RESOURCE_EXHAUSTED, message, seconds)

    def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
        """A caller who is refused is so before the first byte of the request is read, where that can be known."""
        handler = continuation(handler_call_details)
        method = handler_call_details.method
        if handler is None or method in OPEN_METHODS:
            return handler
        try:
            principal = self._by_metadata(handler_call_details.invocation_metadata)
            if principal is not None:
                _check_scope(principal, method)
        except DriftlineError as error:
            self._access.refusals.count(error)
            return _refusing(error, method)
        return _guarded(handler, lambda context: self._let_in(principal, method, context))

    def _by_metadata(self, metadata: Sequence[tuple[str, str | bytes]] | None) -> Principal | None:
        """``None`` where only the certificate can tell, which is not at hand yet."""
        given = [_text(value) for key, value in metadata or () if key == "authorization"]
        principal = self._access.by_token(given)
        if principal is None and not self._access.asks_clients:
            return self._access.by_certificate(None)
        return principal

    def _let_in(self, principal: Principal | None, method: str, context: grpc.ServicerContext) -> None:
        try:
            if principal is None:
                principal = self._access.by_certificate(certificate_names(context))
                _check_scope(principal, method)
        except DriftlineError as error:
            self._access.refusals.count(error)
            _refuse(error, method, context)
        assert principal is not None
        self._principals[context] = principal


def certificate_names(context: grpc.ServicerContext) -> tuple[str, ...]:
    """Subject alternative names and the common name of the client's certificate."""
    properties: Mapping[str, Any] = context.auth_context()
    alternative = properties.get("x509_subject_alternative_name", ())
    return tuple(map(_text, (*alternative, *properties.get("x509_common_name", ()))))


def _check_scope(principal: Principal, method: str) -> None:
    scope = SCOPES.get(method)
    if scope is None:
        raise PermissionDeniedError(f"{method} is for nobody")
    principal.check_scope(scope)


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("utf-8", "replace")


def _refusing(error: DriftlineError, method: str) -> Any:
    """A handler that reads nothing, whatever the kind of the call: on the wire there is no difference."""
    return grpc.stream_stream_rpc_method_handler(lambda _, context: _refuse(error, method, context))


def _refuse(error: DriftlineError, method: str, context: grpc.ServicerContext) -> NoReturn:
    if method.startswith(_CONTROL):
        audit.refused_call(context.peer(), method, str(error))
    context.abort(*status_of(error, method))
    raise AssertionError("a refused call is aborted")


def _guarded(handler: Any, let_in: Callable[[grpc.ServicerContext], None]) -> Any:
    """The same handler, entered by those who are let in."""

    def guard(behavior: Behavior) -> Behavior:
        def behave(request: Any, context: grpc.ServicerContext) -> Any:
            let_in(context)
            return behavior(request, context)

        return behave

    return wrapped(handler, guard)
