"""Certificates, tokens, and ways to call a collector with them."""

import hashlib
import http.client
import socket
import ssl
from collections.abc import Callable
from pathlib import Path

import grpc
import pytest
from tests.collector.conftest import start_process  # noqa: F401 (a fixture for the tests of this folder, too)
from tests.security.authority import Authority, Pair


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def server(authority: Authority) -> Pair:
    return authority.issue("collector.example", file="server")


@pytest.fixture
def tls(server: Pair) -> dict[str, str]:
    """The setting ``tls``, without client certificates."""
    return {"certificate": str(server.certificate), "private_key": str(server.key)}


@pytest.fixture
def mutual_tls(tls: dict[str, str], authority: Authority) -> dict[str, str]:
    return tls | {"client_ca": str(authority.path)}


Principal = Callable[..., dict[str, object]]


@pytest.fixture
def principal() -> Principal:
    """Settings of one principal; its token is ``token-of-NAME`` unless told otherwise."""

    def make(name: str, *scopes: str, **settings: object) -> dict[str, object]:
        tokens = [{"sha256": sha256(f"token-of-{name}")}]
        return {"name": name, "scopes": scopes, "tokens": tokens} | settings

    return make


def sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def channel_credentials(authority: Authority, client: Pair | None = None) -> grpc.ChannelCredentials:
    key, chain = (client.key.read_bytes(), client.certificate.read_bytes()) if client else (None, None)
    return grpc.ssl_channel_credentials(authority.path.read_bytes(), key, chain)


def https_get(
    address: str, path: str, authority: Authority, client: Pair | None = None, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body; a handshake that fails is an ``ssl.SSLError``."""
    context = ssl.create_default_context(cafile=authority.path)
    if client is not None:
        context.load_cert_chain(client.certificate, client.key)
    connection = http.client.HTTPSConnection(address, timeout=10, context=context)
    try:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        return response.status, {k.lower(): v for k, v in response.getheaders()}, response.read()
    finally:
        connection.close()


def shown_certificate(address: str, authority: Authority) -> bytes:
    """What a TLS door shows to a new connection, as DER."""
    host, _, port = address.rpartition(":")
    context = ssl.create_default_context(cafile=authority.path)
    context.set_alpn_protocols(["h2", "http/1.1"])
    with (
        socket.create_connection((host, int(port)), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as encrypted,
    ):
        return encrypted.getpeercert(binary_form=True) or b""
