"""Addresses to listen on: ``host:port``."""

from typing import Annotated, Any

from pydantic import BeforeValidator


def split_address(address: str) -> tuple[str, int]:
    """
    Split ``host:port``; an IPv6 host stands in brackets.

    Raises
    ------
    ValueError
        If there is no host, or no port in 0..65535.
    """
    host, separator, port = address.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    if not separator or not bare or (":" in bare and bare == host):
        raise ValueError(f"an address is host:port, like 127.0.0.1:7571 or [::1]:7571, got {address!r}")
    if not (port.isascii() and port.isdigit()) or int(port) > 65_535:
        raise ValueError(f"a port must be a number from 0 to 65535, got {port!r} in {address!r}")
    return bare, int(port)


def join_address(host: str, port: int) -> str:
    """Write an address; an IPv6 host is put in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _check(value: Any) -> Any:
    if value == "":
        return None
    if isinstance(value, str):
        split_address(value)
    return value


Address = Annotated[str | None, BeforeValidator(_check)]
"""``host:port``, port 0 for a free one; ``None`` (or empty) leaves that door closed."""
