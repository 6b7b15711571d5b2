"""Windows as lines of JSON: appended to a file, or sent to a socket."""

import os
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path

from driftline.config.address import split_address
from driftline.config.exporters import JsonLinesConfig
from driftline.delivery import DestinationUnavailableError
from driftline.exporters.window_documents import documents_of, json_line
from driftline.exporters.window_exporter import ClosedWindow, WindowExporter
from driftline.query.monitor import Monitor


class JsonLinesExporter(WindowExporter):
    """
    One object a window and column, and one for the window itself, in Elastic Common Schema.

    ``event.id`` names a window and column: of lines with the same one, that with the highest ``event.sequence`` holds.

    Parameters
    ----------
    config
        Where to.
    monitor
        Is asked what the windows say.
    """

    def __init__(self, config: JsonLinesConfig, monitor: Monitor) -> None:
        self._config = config
        self._monitor = monitor

    def export(self, windows: Sequence[ClosedWindow]) -> None:
        """See :meth:`WindowExporter.export`."""
        lines = b"".join(line for window in windows for line in self._lines(window))
        if self._config.path is not None:
            append(self._config.path, lines)
        else:
            send(self._config.tcp or "", lines, self._config.timeout.total_seconds())

    def _lines(self, window: ClosedWindow) -> Iterator[bytes]:
        config = self._config
        for document in documents_of(self._monitor, window, config.max_features, config.histogram_type):
            event = document.source["event"] | {"id": document.id, "sequence": document.revision}
            yield json_line({**document.source, "event": event})


def append(path: Path, lines: bytes) -> None:
    """
    Append whole lines to a file and have them on disk; a line that a crash has cut short is ended first.

    Raises
    ------
    DestinationUnavailableError
        If that fails: the disk may be full.
    """
    try:
        with path.open("ab+") as file:
            if file.tell() and os.pread(file.fileno(), 1, file.tell() - 1) != b"\n":
                file.write(b"\n")
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise DestinationUnavailableError(f"{path} cannot be written: {error.strerror}") from None


def send(address: str, lines: bytes, timeout_seconds: float) -> None:
    """
    Send lines over a connection of their own, and wait until the other side has come to their end.

    TCP does not tell whether what was sent was read. But a reader that has come to the end of a connection closes it in
    turn, and one that dies before resets it: the first is taken as an acknowledgement.

    Parameters
    ----------
    address
        ``host:port``.
    lines
        What to send.
    timeout_seconds
        Most seconds for connecting, and without progress.

    Raises
    ------
    DestinationUnavailableError
        If there is no connection, or it ends otherwise.
    """
    try:
        with socket.create_connection(split_address(address), timeout_seconds) as connection:
            connection.sendall(lines)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(4096):
                pass
    except OSError as error:
        reason = error.strerror or str(error)
        raise DestinationUnavailableError(f"{address} has not taken all lines: {reason}") from None
