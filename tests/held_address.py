"""Addresses that nobody listens on and that nobody else is given."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def held_address(shared_by: int | None = None) -> Iterator[str]:
    """
    A loopback address ``host:port`` that refuses who comes.

    Parameters
    ----------
    shared_by
        ``SO_REUSEADDR`` or ``SO_REUSEPORT``: who listens with that option may do so there meanwhile. ``None``: nobody.
    """
    with socket.socket() as held:
        if shared_by is not None:
            held.setsockopt(socket.SOL_SOCKET, shared_by, 1)
        held.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{held.getsockname()[1]}"
