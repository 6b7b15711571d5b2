"""Collectors that die, and producers that don't."""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.held_address import held_address
from tests.waiting import is_soon

import driftline
from driftline.demo.process import DOORS, CollectorProcess, free_addresses

MODEL = "killed"

KILLS = int(os.environ.get("DRIFTLINE_KILLS", "10"))
"""How often the collector is killed."""

START_SECONDS = 300.0
"""Long, because many of them may be started at once on a busy machine."""


@dataclass
class Ledger:
    """What all producers together know."""

    acknowledged: int = 0
    sum: int = 0
    rejected: int = 0
    broken: int = 0
    duplicates: int = 0
    on_disk: int = 0


def address(held: ExitStack) -> str:
    """A loopback address that nobody else is given, also while the collector is down, until the stack is closed.

    Linux lets a listener share the port of a socket that does not listen, where both allow it.
    """
    if sys.platform != "linux":
        return free_addresses(1)[0]
    return held.enter_context(held_address(socket.SO_REUSEADDR))


@dataclass
class Arena:
    """One data directory, the collectors that follow each other on it, and their producers."""

    folder: Path
    settings: dict[str, Any]
    collector: CollectorProcess = field(init=False)
    producers: list["subprocess.Popen[str]"] = field(default_factory=list)
    added: int = 0
    """Producers that there ever were: the next one has a name of its own."""

    held: ExitStack = field(default_factory=ExitStack)

    def __post_init__(self) -> None:
        self.settings = {**{door: address(self.held) for door in DOORS}, **self.settings}
        self.start()

    def start(self) -> None:
        """Start the next collector on the same addresses and directory."""
        self.collector = CollectorProcess.start(self.folder, self.settings, START_SECONDS)

    def kill(self) -> None:
        """End the collector at once."""
        self.collector.process.kill()
        self.collector.process.wait()

    def add_producer(self, rows: int) -> None:
        """Let another producer send."""
        script = Path(__file__).with_name("producer.py")
        name = f"producer-{self.added}"
        self.added += 1
        command = [sys.executable, str(script), self.collector.grpc_address, name, MODEL, str(rows)]
        producer = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.producers.append(producer)

    def finish(self, timeout: float = 600.0) -> Ledger:
        """Let the producers deliver what they have, and add up what they know."""
        ledger = Ledger()
        for producer in self.producers:
            output, _ = producer.communicate("finish\n", timeout)
            assert producer.returncode == 0
            for name, value in json.loads(output).items():
                setattr(ledger, name, getattr(ledger, name) + value)
        self.producers.clear()
        return ledger

    def wait_for_metric(self, pattern: str) -> None:
        """Return once a line of ``/metrics`` is as the pattern says."""
        line = re.compile(rf"^{pattern}$", re.MULTILINE)
        assert is_soon(lambda: line.search(self.collector.get("/metrics")) is not None), pattern

    def counted(self) -> tuple[int, int, int]:
        """Records, sum of ``x``, and labels that the collector has counted."""
        with driftline.connect(self.collector.grpc_address) as monitor:
            columns = {column.column: column for column in monitor.summary(MODEL)}
            (quality,) = monitor.performance(model=MODEL)
        x = columns["x"]
        assert x.mean is not None
        return x.count, round(x.mean * x.count), quality.labels

    def close(self) -> None:
        """End all processes."""
        for producer in self.producers:
            producer.kill()
            producer.wait()
        self.collector.stop()
        self.held.close()


@pytest.fixture
def arena(tmp_path: Path) -> Iterator[Any]:
    """Makes arenas, each in a folder of the given name; their processes end with the test."""
    with ExitStack() as stack:

        def make(name: str = "", /, **settings: Any) -> Arena:
            folder = tmp_path / name
            folder.mkdir(exist_ok=True)
            made = Arena(folder, settings)
            stack.callback(made.close)
            return made

        yield make
