"""Where an agent listens: ``host:port``, or a Unix socket."""

from typing import Annotated

from pydantic import AfterValidator

from driftline.config.address import split_address

UNIX = "unix://"


def _check(address: str) -> str:
    if not address.startswith(UNIX):
        split_address(address)
    elif not address.removeprefix(UNIX).startswith("/"):
        raise ValueError(
            f"the path of a socket begins with a slash, like unix:///run/dsd.socket, got {address!r}"
        )
    return address


AgentAddress = Annotated[str, AfterValidator(_check)]
"""``host:port``, by UDP, or ``unix://`` and the path of a socket of datagrams."""
