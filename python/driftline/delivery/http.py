"""Another system that takes HTTP requests."""

import logging
import ssl
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from driftline.delivery.errors import DestinationRefusedError, DestinationUnavailableError

_WORTH_ANOTHER_TRY = frozenset({408, 423, 425, 429})
_TOLD_CHARACTERS = 300


class _NoAddresses(logging.Filter):
    """Drops what httpx logs of our requests, each with its address; those of others it leaves alone."""

    def __init__(self) -> None:
        super().__init__()
        self.of_thread = threading.local()

    def filter(self, record: logging.LogRecord) -> bool:  # noqa: ARG002 - whatever it says
        return not getattr(self.of_thread, "is_sending", False)


_NO_ADDRESSES = _NoAddresses()
for _name in ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.proxy"):
    logging.getLogger(_name).addFilter(_NO_ADDRESSES)


class HttpDestination:
    """
    Sends requests to one address, over connections that are kept; thread-safe.

    Parameters
    ----------
    url
        Where to; it may hold a secret, and appears in no error. Errors name ``name`` instead.
    name
        What the destination is called in errors.
    headers
        Sent with each request.
    timeout_seconds
        For connecting, and for each answer.
    auth
        User and password.
    verify
        ``False`` trusts any certificate; or a path to a file of authorities; or a context, with a certificate to show.
    """

    def __init__(
        self,
        url: str,
        name: str,
        *,
        headers: Mapping[str, str] | None = None,
        timeout_seconds: float = 10.0,
        auth: tuple[str, str] | None = None,
        verify: bool | str | ssl.SSLContext = True,
    ) -> None:
        self._name = name
        self._url = url
        self._client = httpx.Client(
            headers=dict(headers or {}), timeout=timeout_seconds, auth=auth, verify=_context(verify)
        )

    def post(
        self, body: bytes, *, path: str = "", headers: Mapping[str, str] | None = None, method: str = "POST"
    ) -> httpx.Response:
        """
        Send a request.

        Parameters
        ----------
        body
            Bytes of it.
        path
            Appended to the address.
        headers
            Besides those of all requests.
        method
            ``POST``, ``PUT``, ``PATCH``.

        Returns
        -------
        httpx.Response
            The answer, of a status from 200 to 299.

        Raises
        ------
        DestinationUnavailableError
            If it cannot be reached, does not answer in time, or answers 408, 423, 425, 429 or from 500 on.
        DestinationRefusedError
            If it answers with anything else.
        """
        return self._send(method, path, body, headers)

    def get(self, path: str = "", *, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """Ask for something; see :meth:`post`."""
        return self._send("GET", path, None, headers)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _send(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str] | None
    ) -> httpx.Response:
        _NO_ADDRESSES.of_thread.is_sending = True
        try:
            response = self._client.request(
                method, self._url + path, content=body, headers=dict(headers or {})
            )
        except httpx.InvalidURL as error:
            raise DestinationRefusedError(f"{self._name} has no valid address") from error
        except httpx.HTTPError as error:
            # Its text may name the address.
            kind = type(error).__name__
            raise DestinationUnavailableError(f"{self._name} cannot be reached: {kind}") from None
        finally:
            _NO_ADDRESSES.of_thread.is_sending = False
        if response.is_success:
            return response
        told = f"{self._name} answered {response.status_code}: {_text(response)}"
        if response.status_code in _WORTH_ANOTHER_TRY or response.status_code >= 500:
            raise DestinationUnavailableError(told, _retry_after(response))
        raise DestinationRefusedError(told)

    def __repr__(self) -> str:
        return f"HttpDestination({self._name!r})"


def _context(verify: bool | str | ssl.SSLContext) -> bool | ssl.SSLContext:
    if isinstance(verify, str):
        return ssl.create_default_context(cafile=verify)
    return verify


def _text(response: httpx.Response) -> str:
    text = " ".join(response.text.split())
    return text if len(text) <= _TOLD_CHARACTERS else text[:_TOLD_CHARACTERS] + "…"


def _retry_after(response: httpx.Response) -> float | None:
    """Seconds, where the answer says so; RFC 9110 allows a number and a date."""
    text = response.headers.get("retry-after", "")
    if text.isdecimal():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
