"""The way to a Datadog agent: UDP, or a Unix socket of datagrams."""

import socket

from driftline.delivery.errors import DestinationUnavailableError

UNIX = "unix://"

UDP_BYTES = 1_432
"""Fits into one Ethernet frame with the headers of IP and UDP, on most ways; a larger packet may be lost in parts."""

UNIX_BYTES = 8_192
"""What agents read of a Unix socket at a time."""


class AgentSocket:
    """
    Sends packets; opened when first used, and again after an error.

    Nothing comes back: over UDP, a packet that is lost is not noticed, but for an agent on this machine that does not
    listen. A Unix socket says when nobody listens, and when the agent does not keep up.

    Parameters
    ----------
    address
        ``host:port``, or ``unix://`` and the path of the socket.
    timeout
        Seconds after which an agent that does not read is given up; Unix sockets only.
    """

    def __init__(self, address: str, timeout: float) -> None:
        self._address = address
        self._timeout = timeout
        self._socket: socket.socket | None = None
        self.most_bytes = UNIX_BYTES if address.startswith(UNIX) else UDP_BYTES
        """Of a packet."""

    def send(self, packet: bytes) -> None:
        """
        Send one packet.

        Raises
        ------
        DestinationUnavailableError
            If nobody can be listening.
        """
        try:
            if self._socket is None:
                self._socket = self._open()
            self._socket.send(packet)
        except OSError as error:
            self.close()
            raise DestinationUnavailableError(
                f"no agent at {self._address}: {error.strerror or type(error).__name__}"
            ) from error

    def close(self) -> None:
        """Close the socket; a later packet opens another."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _open(self) -> socket.socket:
        if self._address.startswith(UNIX):
            opened = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            target: str | tuple[str, int] = self._address.removeprefix(UNIX)
        else:
            host, _, port = self._address.rpartition(":")
            bare = host.removeprefix("[").removesuffix("]")
            family, kind, protocol, _, found = socket.getaddrinfo(bare, port, type=socket.SOCK_DGRAM)[0]
            opened = socket.socket(family, kind, protocol)
            target = found  # type: ignore[assignment]  # pairs, or four values for IPv6
        try:
            opened.settimeout(self._timeout)
            opened.connect(target)
        except OSError:
            opened.close()
            raise
        return opened
