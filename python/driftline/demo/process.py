"""A collector as a process of its own, as it runs beside a real service."""

import contextlib
import http.client
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from tenacity import Retrying, retry_if_exception_message, stop_after_attempt

from driftline.errors import UnavailableError

DOORS = ("grpc_address", "http_address", "flight_address")
START_SECONDS = 120.0
STOP_SECONDS = 120.0


@dataclass
class CollectorProcess:
    """A running collector and the addresses of its three doors (``host:port``)."""

    process: "subprocess.Popen[bytes]"
    grpc_address: str
    http_address: str
    flight_address: str
    log: Path

    @classmethod
    def start(
        cls, folder: Path, settings: Mapping[str, Any] | None = None, timeout: float = START_SECONDS
    ) -> "CollectorProcess":
        """Start a collector on free ports and wait until it is ready.

        Parameters
        ----------
        folder
            Gets the configuration ``driftline.yaml``, the log ``collector.log`` and the data directory ``data``.
        settings
            Further settings of the configuration file; they win. Without an address among them, others are picked
            when somebody takes one of the free ports first.
        timeout
            Seconds within which it is to be ready.

        Raises
        ------
        UnavailableError
            If it ends or is not ready in time; the message carries the end of its log.
        """
        settings = settings or {}
        tries = 1 if any(door in settings for door in DOORS) else 3
        starting = Retrying(
            stop=stop_after_attempt(tries),
            retry=retry_if_exception_message(match=r"(?s).*cannot be listened on"),
            reraise=True,
        )
        return starting(cls._start, folder, settings, timeout)

    @classmethod
    def _start(cls, folder: Path, settings: Mapping[str, Any], timeout: float) -> "CollectorProcess":
        configuration: dict[str, Any] = {
            **dict(zip(DOORS, free_addresses(len(DOORS)), strict=True)),
            "data_dir": str(folder / "data"),
            **settings,
        }
        path = folder / "driftline.yaml"
        path.write_text(yaml.safe_dump(configuration, sort_keys=False))
        log = folder / "collector.log"
        command = [sys.executable, "-m", "driftline.collector", str(path)]
        with log.open("ab") as output:
            process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        grpc_address, http_address, flight_address = (configuration[door] for door in DOORS)
        collector = cls(process, grpc_address, http_address, flight_address, log)
        try:
            collector.wait_until_ready(timeout)
        except BaseException:
            process.kill()
            process.wait()
            raise
        return collector

    def wait_until_ready(self, timeout: float = START_SECONDS) -> None:
        """Return as soon as ``/readyz`` answers 200; raise UnavailableError after ``timeout`` seconds."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                code = self.process.returncode
                raise UnavailableError(f"the collector ended with exit code {code}: {self.log_end()}")
            # Who has taken its port may answer anything or nothing.
            with contextlib.suppress(OSError, http.client.HTTPException):
                self.get("/readyz", timeout=5.0)
                return
            time.sleep(0.05)
        raise UnavailableError(f"the collector was not ready within {timeout:g} seconds: {self.log_end()}")

    def get(self, path: str, timeout: float = 60.0) -> str:
        """The body that its HTTP door answers to GET ``path``; raises ``urllib.error.HTTPError`` on 4xx and 5xx."""
        with urllib.request.urlopen(f"http://{self.http_address}{path}", timeout=timeout) as response:
            body: bytes = response.read()
        return body.decode()

    def stop(self, timeout: float = STOP_SECONDS) -> int:
        """Ask it to stop by SIGTERM, wait, and return its exit code (killed after ``timeout`` seconds: -9)."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def log_end(self, lines: int = 20) -> str:
        """The last lines of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def free_addresses(count: int) -> list[str]:
    """Different loopback addresses ``127.0.0.1:port`` that nobody listens on at the moment."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for listener in sockets:
            listener.bind(("127.0.0.1", 0))
        return [f"127.0.0.1:{listener.getsockname()[1]}" for listener in sockets]
