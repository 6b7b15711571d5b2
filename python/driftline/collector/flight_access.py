"""No call of the Flight door without the scope ``ingest``."""

from typing import Any

from pyarrow import flight

from driftline.collector.access import Access, Principal
from driftline.errors import PermissionDeniedError, UnauthenticatedError

MIDDLEWARE = "driftline-access"


class AccessMiddleware(flight.ServerMiddleware):
    """Remembers who makes one call."""

    def __init__(self, principal: Principal) -> None:
        self.principal = principal


class AccessFactory(flight.ServerMiddlewareFactory):
    """
    Lets calls through whose caller may send records.

    Parameters
    ----------
    access
        Knows the callers; here by their tokens, since Flight does not tell what is in a certificate.
    """

    def __init__(self, access: Access) -> None:
        self._access = access

    def start_call(self, _: flight.CallInfo, headers: dict[str, list[Any]]) -> AccessMiddleware:
        """Let a call in, or raise the status of its refusal."""
        given = [
            str(value)
            for key, values in headers.items()
            if key.lower() == "authorization"
            for value in values
        ]
        try:
            principal = self._access.identify(given, () if self._access.asks_clients else None)
            principal.check_scope("ingest")
        except UnauthenticatedError as error:
            self._access.refusals.count(error)
            raise flight.FlightUnauthenticatedError(str(error)) from error
        except PermissionDeniedError as error:
            self._access.refusals.count(error)
            raise flight.FlightUnauthorizedError(str(error)) from error
        return AccessMiddleware(principal)


def caller_of(context: flight.ServerCallContext) -> Principal:
    """Who makes a call that was let through."""
    middleware: Any = context.get_middleware(MIDDLEWARE)
    principal: Principal = middleware.principal
    return principal


def check_model(principal: Principal, model: str) -> None:
    """Raise the status of a refusal for a model that the caller may not send records of."""
    try:
        principal.check_model(model)
    except PermissionDeniedError as error:
        raise flight.FlightUnauthorizedError(str(error)) from error
