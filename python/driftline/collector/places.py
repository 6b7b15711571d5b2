"""Places for calls: so many at a time, and so many of them for one peer."""

import threading
from collections import Counter


class Places:
    """
    Counts who is inside.

    Parameters
    ----------
    limit
        Most calls at a time.
    limit_per_peer
        Most calls of one peer; by default as many as there are places.
    """

    def __init__(self, limit: int, limit_per_peer: int | None = None) -> None:
        self.limit = limit
        self.limit_per_peer = limit if limit_per_peer is None else limit_per_peer
        self._lock = threading.Lock()
        self._peers: Counter[str] = Counter()
        self._taken = 0

    @property
    def taken(self) -> int:
        """How many are inside."""
        return self._taken

    def take(self, peer: str) -> int | None:
        """Let a call in; if that cannot be, the limit that stands against it."""
        with self._lock:
            if self._taken >= self.limit:
                return self.limit
            if self._peers[peer] >= self.limit_per_peer:
                return self.limit_per_peer
            self._taken += 1
            self._peers[peer] += 1
            return None

    def give_back(self, peer: str) -> None:
        """A call that was let in has left."""
        with self._lock:
            self._taken -= 1
            self._peers[peer] -= 1
            if not self._peers[peer]:
                del self._peers[peer]


def host_of(peer: str) -> str:
    """
    The machine of a peer as gRPC names it.

    >>> host_of("ipv4:10.0.0.7:51324"), host_of("ipv6:%5B::1%5D:51324"), host_of("unix:/run/driftline")
    ('ipv4:10.0.0.7', 'ipv6:%5B::1%5D', 'unix:/run/driftline')
    """
    host, colon, port = peer.rpartition(":")
    return host if colon and port.isdigit() else peer
