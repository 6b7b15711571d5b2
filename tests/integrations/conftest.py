"""What the tests of other programs share: where those programs are, and how they are started and stopped."""

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.integrations.prometheus.fixtures import flights, prometheus_server

PATIENCE_SECONDS = 120.0

__all__ = ["flights", "prometheus_server"]


@pytest.fixture(scope="session")
def programs(root: Path) -> Path:
    """The folder that ``make test-integrations`` puts other programs in."""
    return root / "target" / "integrations"


@pytest.fixture
def free_port() -> Callable[[], int]:
    """A port of 127.0.0.1 that nothing listens on, for a program that cannot take port 0."""

    def find() -> int:
        with socket.create_server(("127.0.0.1", 0)) as held:
            return int(held.getsockname()[1])

    return find


class Program:
    """A program that runs until the end of the test; ``stop`` and ``start`` take it down for a while."""

    def __init__(self, command: Sequence[str | Path], log: Path, environment: dict[str, str]) -> None:
        self._command = [str(part) for part in command]
        self._log = log
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment,
                start_new_session=True,
            )

    def stop(self, kill: bool = False) -> None:
        """Stop it with its children, by process id."""
        if self._process is None:
            return
        _send(self._process.pid, signal.SIGKILL if kill else signal.SIGTERM)
        try:
            self._process.wait(timeout=20.0)
        except subprocess.TimeoutExpired:
            _send(self._process.pid, signal.SIGKILL)
            self._process.wait(timeout=20.0)
        self._process = None

    def wait_for(self, url: str) -> None:
        """Wait until it answers."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            assert self._process is not None
            assert self._process.poll() is None, (
                f"it ended: {self._log.read_text('utf-8', 'replace')[-2000:]}"
            )
            try:
                with urllib.request.urlopen(url, timeout=5.0):
                    return
            except (OSError, urllib.error.URLError):
                assert time.monotonic() < deadline, self._log.read_text("utf-8", "replace")[-2000:]
                time.sleep(0.1)


def _send(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return


RunProgram = Callable[..., Program]


@pytest.fixture
def run_program(tmp_path: Path) -> Iterator[RunProgram]:
    """Starts programs; all are stopped at the end of the test."""
    with ExitStack() as running:

        def run(*command: str | Path, **environment: str) -> Program:
            log = tmp_path / f"{Path(command[0]).name}.log"
            program = Program(command, log, os.environ | environment)
            running.callback(program.stop, kill=True)
            program.start()
            return program

        yield run
