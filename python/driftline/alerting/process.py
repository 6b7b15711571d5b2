"""A program that is run without a shell, and is ended with all that it has started if it takes too long."""

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path

from driftline.config.alerting.channels import CommandSettings
from driftline.delivery import DestinationRefusedError, DestinationUnavailableError

EXIT_TRY_AGAIN = 75
"""EX_TEMPFAIL of sysexits.h: worth another attempt."""

_GRACE_SECONDS = 2.0
_TAIL_BYTES = 2_000
_SAID_CHARACTERS = 300


class LimitedProcess:
    """
    Runs a program, again and again, one at a time.

    Parameters
    ----------
    name
        Of its channel, for errors.
    settings
        What is run, where, for how long, and which variables it sees.
    """

    def __init__(self, name: str, settings: CommandSettings) -> None:
        self._name = name
        self._settings = settings
        self._lock = threading.Lock()
        self._running: subprocess.Popen[bytes] | None = None
        self._is_closed = False

    def run(self, standard_input: Path, variables: Mapping[str, str]) -> str:
        """
        Run it to its end.

        Parameters
        ----------
        standard_input
            File that it reads.
        variables
            Of its environment, besides those that it may see of the collector's.

        Returns
        -------
        str
            The end of what it printed, in a line.

        Raises
        ------
        DestinationUnavailableError
            If it ends with code 75, or was ended since the collector stops.
        DestinationRefusedError
            If it cannot be started, ends with any other code but 0, or runs for too long.
        """
        limit = self._settings.time_limit.total_seconds()
        process = self._start(standard_input, variables)
        tail = _Tail(process)
        try:
            process.wait(limit)
        except subprocess.TimeoutExpired:
            _end(process)
            raise DestinationRefusedError(
                f"{self._name}: the command was ended after its time limit of {limit:g} s"
            ) from None
        finally:
            with self._lock:
                self._running = None
        said = tail.read()
        if self._is_closed:
            raise DestinationUnavailableError(f"{self._name}: the command was ended, the collector stops")
        if process.returncode:
            message = f"{self._name}: the command ended with {_ending(process.returncode)}: {said}"
            if process.returncode == EXIT_TRY_AGAIN:
                raise DestinationUnavailableError(message)
            raise DestinationRefusedError(message)
        return f"exit code 0: {said}"

    def close(self) -> None:
        """End what is running, and run nothing more."""
        with self._lock:
            self._is_closed = True
            if self._running is not None:
                _end(self._running)

    def _start(self, standard_input: Path, variables: Mapping[str, str]) -> "subprocess.Popen[bytes]":
        settings = self._settings
        allowed = {name: os.environ[name] for name in settings.environment if name in os.environ}
        with self._lock, standard_input.open("rb") as source:
            if self._is_closed:
                raise DestinationUnavailableError(f"{self._name}: the collector stops")
            try:
                # A session of its own: it can be ended with all that it has started.
                self._running = subprocess.Popen(
                    settings.argv,
                    stdin=source,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    cwd=settings.working_directory,
                    env=allowed | dict(variables),
                    start_new_session=True,
                )
            except OSError as error:
                reason = error.strerror or type(error).__name__
                raise DestinationRefusedError(
                    f"{self._name}: the command cannot be started: {reason}"
                ) from None
        return self._running


class _Tail:
    """Reads what a process prints, so that it never waits, and keeps the end."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process
        self._end = b""
        self._thread = threading.Thread(target=self._read, name="driftline-command-output", daemon=True)
        self._thread.start()

    def read(self) -> str:
        """The end, in a line, once the process has ended."""
        self._thread.join(_GRACE_SECONDS)
        return " ".join(self._end.decode("utf-8", "replace").split())[-_SAID_CHARACTERS:]

    def _read(self) -> None:
        output = self._process.stdout
        assert output is not None
        with output:
            while chunk := os.read(output.fileno(), 65_536):
                self._end = (self._end + chunk)[-_TAIL_BYTES:]


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a process and all that it has started."""
    _signal(process, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_GRACE_SECONDS)
    _signal(process, signal.SIGKILL)
    process.wait()


def _signal(process: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _ending(code: int) -> str:
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name
