"""A network in between that can be cut without either side being told."""

import contextlib
import socket
import threading
from types import TracebackType
from typing import Self


class Proxy:
    """
    Passes bytes on both ways, until it is told to stand still; the connections stay open then.

    Parameters
    ----------
    target
        ``host:port`` that it passes to.
    """

    def __init__(self, target: str) -> None:
        host, _, port = target.rpartition(":")
        self._target = (host, int(port))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets: list[socket.socket] = [self._listener]
        self._passing = threading.Event()
        self._passing.set()
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.ends_seen = threading.Event()
        """Set once one of the sides has closed."""
        threading.Thread(target=self._accept, daemon=True).start()

    def stand_still(self) -> None:
        """Pass on nothing more, in no direction."""
        self._passing.clear()

    def go_on(self) -> None:
        """Pass on again, what has come meanwhile first."""
        self._passing.set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._passing.set()
        for each in self._sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                inner, _ = self._listener.accept()
                outer = socket.create_connection(self._target)
                self._sockets += [inner, outer]
                for source, sink in ((inner, outer), (outer, inner)):
                    threading.Thread(target=self._pass_on, args=[source, sink], daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while received := source.recv(65_536):
                self._passing.wait()
                sink.sendall(received)
        self.ends_seen.set()
