"""No page of the HTTP door without the scope ``query``, but health."""

from typing import Any

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from driftline.collector.access import Access
from driftline.errors import PermissionDeniedError, UnauthenticatedError

OPEN_PATHS = frozenset(("/healthz", "/readyz"))
"""For load balancers and orchestrators, which have no token."""


class AccessMiddleware:
    """
    Answers 401 to those who are not known, and 403 to those who may not ask about all models.

    Parameters
    ----------
    app
        What is served to the others.
    access
        Knows the callers.
    """

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        refusal = self._refusal(scope) if scope["type"] == "http" else None
        await (refusal or self._app)(scope, receive, send)

    def _refusal(self, scope: Scope) -> Any:
        if scope["path"] in OPEN_PATHS:
            return None
        try:
            given = Headers(scope=scope).getlist("authorization")
            principal = self._access.identify(given, scope.get("client_names"))
            principal.check_scope("query")
            principal.check_all_models()
        except UnauthenticatedError as error:
            self._access.refusals.count(error)
            return PlainTextResponse(f"{error}\n", 401, {"www-authenticate": 'Bearer realm="driftline"'})
        except PermissionDeniedError as error:
            self._access.refusals.count(error)
            return PlainTextResponse(f"{error}\n", 403)
        return None
