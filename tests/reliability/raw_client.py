"""A client that speaks HTTP/2 by hand, so that it can do what no gRPC library does: be slow, or silent, half-way."""

import contextlib
import socket
import struct
import threading
from types import TracebackType
from typing import Any, Self

import h2.connection
import h2.events
import h2.exceptions

INGEST = "/driftline.v1.IngestService/Ingest"
CHECK = "/grpc.health.v1.Health/Check"
INGEST_BATCH = "/driftline.v1.IngestService/IngestBatch"


def framed(message: bytes) -> bytes:
    """A message as gRPC sends it."""
    return struct.pack(">BI", 0, len(message)) + message


class RawClient:
    """
    One connection, whose thread answers pings, as a live client does.

    Parameters
    ----------
    address
        ``host:port``.
    source
        Address that it comes from.
    takes_answers
        Whether it makes room for further answers when some have come; else there is room for 64 KiB.
    """

    def __init__(self, address: str, *, source: str = "", takes_answers: bool = True) -> None:
        host, _, port = address.rpartition(":")
        self._socket = socket.create_connection((host, int(port)), source_address=(source, 0))
        self._lock = threading.Lock()
        self._http = h2.connection.H2Connection()
        self._takes_answers = takes_answers
        self._http.initiate_connection()
        self._flush()
        self._ended = threading.Event()
        self.pings = 0
        """Pings of the server that were answered."""
        self._thread = threading.Thread(target=self._answer_all, daemon=True)
        self._thread.start()

    def call(self, path: str) -> int:
        """Begin a call; gives its number."""
        with self._lock:
            number: int = self._http.get_next_available_stream_id()
            headers = [
                (":method", "POST"),
                (":scheme", "http"),
                (":path", path),
                (":authority", "collector"),
                ("te", "trailers"),
                ("content-type", "application/grpc"),
            ]
            self._http.send_headers(number, headers)
            self._flush()
        return number

    def send(self, number: int, data: bytes) -> bool:
        """Send bytes of a call; ``False`` if it is over, or the server takes no more bytes now."""
        with self._lock:
            try:
                if self._http.local_flow_control_window(number) < len(data):
                    return False
                self._http.send_data(number, data)
                self._flush()
            except (h2.exceptions.ProtocolError, OSError):
                return False
            return True

    def wait_for_end(self, seconds: float) -> bool:
        """Whether the server ended a call, or the connection, within so many seconds."""
        return self._ended.wait(seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        self._socket.close()

    def _answer_all(self) -> None:
        # The server may end the call, or the connection, at any time.
        with contextlib.suppress(OSError, h2.exceptions.ProtocolError):
            while received := self._socket.recv(65_536):
                with self._lock:
                    for event in self._http.receive_data(received):
                        self._take(event)
                    self._flush()
        self._ended.set()

    def _take(self, event: Any) -> None:
        if isinstance(event, h2.events.PingReceived):
            self.pings += 1
        elif isinstance(event, (h2.events.StreamEnded, h2.events.StreamReset)):
            self._ended.set()
        elif isinstance(event, h2.events.DataReceived) and self._takes_answers:
            assert event.flow_controlled_length is not None
            assert event.stream_id is not None
            self._http.acknowledge_received_data(event.flow_controlled_length, event.stream_id)

    def _flush(self) -> None:
        self._socket.sendall(self._http.data_to_send())
