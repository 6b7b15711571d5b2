"""Calls of the HTTP door of a collector."""

import ssl
from typing import Any

import httpx

from driftline.credentials import Credentials, Tls
from driftline.errors import (
    FailedPreconditionError,
    InvalidArgumentError,
    NotFoundError,
    PermissionDeniedError,
    UnauthenticatedError,
    UnavailableError,
)

_TIMEOUT_SECONDS = 30.0

_ERRORS = {
    400: InvalidArgumentError,
    401: UnauthenticatedError,
    403: PermissionDeniedError,
    404: NotFoundError,
}


def call(target: str, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """
    Call a collector, as whoever ``DRIFTLINE_TOKEN`` or ``DRIFTLINE_TOKEN_FILE`` is of.

    Parameters
    ----------
    target
        ``host:port`` of the HTTP door.
    method, path
        What for.
    body
        Sent as JSON.

    Returns
    -------
    object
        What the answer says, as JSON; ``None`` where it says nothing.

    Raises
    ------
    DriftlineError
        That the collector answers with.
    UnavailableError
        If it does not answer.
    """
    credentials = Credentials.choose(target)
    headers = {
        name: value if isinstance(value, str) else value.decode() for name, value in credentials.metadata()
    }
    scheme = "https" if credentials.tls is not None else "http"
    verify = _context(credentials.tls) if credentials.tls is not None else True
    try:
        answer = httpx.request(
            method,
            f"{scheme}://{target}{path}",
            json=body,
            headers=headers,
            verify=verify,
            timeout=_TIMEOUT_SECONDS,
            trust_env=False,
        )
    except httpx.HTTPError as error:
        raise UnavailableError(f"no collector answers at {target}: {type(error).__name__}: {error}") from None
    except httpx.InvalidURL as error:
        raise InvalidArgumentError(f"target must be host:port, got {target!r}: {error}") from None
    if answer.is_success:
        return answer.json()
    raise _ERRORS.get(answer.status_code, FailedPreconditionError)(_reason(answer))


def _reason(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["error"])
    except (ValueError, KeyError, TypeError):
        return answer.text.strip() or f"the collector answers {answer.status_code}"


def _context(tls: Tls) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=tls.ca_file)
    if tls.certificate_file is not None:
        context.load_cert_chain(tls.certificate_file, tls.private_key_file)
    return context
