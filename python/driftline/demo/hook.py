"""A webhook that keeps what it is sent."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from driftline.errors import UnavailableError


class Hook:
    """A webhook on a free port of this machine; ``with`` starts and stops it."""

    def __init__(self) -> None:
        self._bodies: list[dict[str, Any]] = []
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                hook._bodies.append(json.loads(body))
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002, ARG002 - says nothing
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/"

    def wait_for(self, status: str, timeout: float = 60.0) -> dict[str, Any]:
        """
        The first alert with a status that it is told of.

        Raises
        ------
        UnavailableError
            If there is none within ``timeout`` seconds.
        """
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            for body in list(self._bodies):
                for alert in body["alerts"]:
                    if alert["status"] == status:
                        found: dict[str, Any] = alert
                        return found
            time.sleep(0.05)
        raise UnavailableError(f"the webhook was told of no {status} alert within {timeout:g} seconds")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
