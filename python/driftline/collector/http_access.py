"""No page of the HTTP door without the scope ``query``, but health; nothing is changed without ``control``."""

from typing import Any

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from driftline.collector import audit
from driftline.collector.access import Access
from driftline.errors import DriftlineError, PermissionDeniedError, UnauthenticatedError

OPEN_PATHS = frozenset(("/healthz", "/readyz"))
"""For load balancers and orchestrators, which have no token."""


READING = frozenset(("GET", "HEAD", "OPTIONS"))
"""Methods that change nothing."""


class AccessMiddleware:
    """
    Answers 401 to those who are not known, and 403 to those who may not ask about all models, or not change anything.

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
            principal.check_scope("query" if scope["method"] in READING else "control")
            principal.check_all_models()
            scope["principal"] = principal
        except UnauthenticatedError as error:
            self._refused(scope, error)
            return PlainTextResponse(f"{error}\n", 401, {"www-authenticate": 'Bearer realm="driftline"'})
        except PermissionDeniedError as error:
            self._refused(scope, error)
            return PlainTextResponse(f"{error}\n", 403)
        return None

    def _refused(self, scope: Scope, error: DriftlineError) -> None:
        self._access.refusals.count(error)
        if scope["method"] not in READING:
            peer = scope.get("client")
            audit.refused_call(peer[0] if peer else "", f"{scope['method']} {scope['path']}", str(error))
