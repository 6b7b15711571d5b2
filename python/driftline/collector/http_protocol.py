"""HTTP connections that know the certificate of their client."""

import asyncio
from collections.abc import Mapping
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol


class HttpProtocol(H11Protocol):
    """Tells the application the names in the client's certificate, or ``None``: ``scope["client_names"]``."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection whose handshake is done."""
        super().connection_made(transport)
        names = names_in(transport.get_extra_info("peercert"))
        app = self.app

        async def with_names(scope: Any, receive: Any, send: Any) -> None:
            scope["client_names"] = names
            await app(scope, receive, send)

        self.app = with_names


def names_in(certificate: Mapping[str, Any] | None) -> tuple[str, ...] | None:
    """Subject alternative names and common names of a certificate as ``ssl`` shows it; ``None`` without one."""
    if not certificate:
        return None
    alternative = [value for _, value in certificate.get("subjectAltName", ())]
    subject = [pair for part in certificate.get("subject", ()) for pair in part]
    return (*alternative, *(value for key, value in subject if key == "commonName"))
