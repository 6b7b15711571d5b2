"""What happens to the open clients of a process when it forks, and when it ends."""

import atexit
import os
import threading
import time
from typing import Any, Protocol

FORK_SECONDS = 2.0
"""Longest time that a fork is held up."""

EXIT_SECONDS = 2.0


class OpenClient(Protocol):
    """What a client does at these times."""

    def pause(self, timeout: float) -> None:
        """Leave gRPC, within ``timeout`` seconds if possible, until :meth:`resume`."""

    def resume(self) -> None:
        """Go on."""

    def start_afresh_in_child(self) -> None:
        """Forget what is the parent's."""

    def close_at_exit(self, timeout: float) -> None:
        """Deliver what is pending, within ``timeout`` seconds, without raising."""


class _Forks:
    """
    Keeps threads of clients out of gRPC while the process forks, since the child has none of them.

    gRPC makes itself ready for a fork only if no thread is inside it; a child of a fork that found it busy hangs or
    crashes now and then, in its first call.
    """

    def __init__(self) -> None:
        self._one_at_a_time = threading.Lock()
        self._paused: list[OpenClient] = []

    def before(self) -> None:
        self._one_at_a_time.acquire()
        deadline = time.monotonic() + FORK_SECONDS
        self._paused = list(_clients)
        for client in self._paused:
            client.pause(deadline - time.monotonic())

    def after_in_parent(self) -> None:
        paused, self._paused = self._paused, []
        self._one_at_a_time.release()
        for client in paused:
            client.resume()

    def after_in_child(self) -> None:
        self._one_at_a_time = threading.Lock()
        self._paused = []
        for client in list(_clients):
            client.start_afresh_in_child()


_clients: set[Any] = set()
_forks = _Forks()


def register(client: OpenClient) -> None:
    """Remember a client until :func:`unregister`."""
    _clients.add(client)


def unregister(client: OpenClient) -> None:
    """Forget a client that is closed."""
    _clients.discard(client)


def _close_at_exit() -> None:
    deadline = time.monotonic() + EXIT_SECONDS
    for client in list(_clients):
        client.close_at_exit(max(0.0, deadline - time.monotonic()))


os.register_at_fork(
    before=_forks.before, after_in_parent=_forks.after_in_parent, after_in_child=_forks.after_in_child
)
atexit.register(_close_at_exit)
