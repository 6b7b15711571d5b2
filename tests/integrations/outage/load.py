"""The producer's process, and how fast its records are acknowledged."""

import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

PRODUCER = Path(__file__).parent / "producer.py"
SLICE_SECONDS = 3.0
FINISH_SECONDS = 90.0


class Load:
    """
    Load on a collector until the end of the block, or until it is finished.

    Parameters
    ----------
    address
        Of the collector's gRPC door.
    window_seconds
        Length of the model's windows.
    """

    def __init__(self, address: str, window_seconds: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(PRODUCER), address, str(window_seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._acknowledged: list[tuple[float, int]] = []
        self._statistics: dict[str, Any] = {}
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def rates(self, start: float, end: float) -> list[float]:
        """Records acknowledged a second, in slices of the time between two moments of ``time.monotonic``."""
        points = [point for point in self._acknowledged if start <= point[0] <= end]
        found, first = [], 0
        for last in range(1, len(points)):
            seconds = points[last][0] - points[first][0]
            if seconds >= SLICE_SECONDS:
                found.append((points[last][1] - points[first][1]) / seconds)
                first = last
        return found

    def finish(self) -> dict[str, Any]:
        """Stop, once all is acknowledged; gives the client's statistics."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._reader.join(FINISH_SECONDS)
        assert self._process.wait(FINISH_SECONDS) == 0
        return self._statistics

    def pause(self) -> None:
        """Send nothing until :meth:`resume`."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Go on."""
        self._process.send_signal(signal.SIGCONT)

    def run_for(self, seconds: float) -> tuple[float, float]:
        """Wait while it goes on; gives when that began and ended."""
        start = time.monotonic()
        time.sleep(seconds)
        assert self._process.poll() is None
        return start, time.monotonic()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("{"):
                self._statistics = json.loads(line)
            else:
                moment, acknowledged = line.split()
                self._acknowledged.append((float(moment), int(acknowledged)))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._reader.join()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()
