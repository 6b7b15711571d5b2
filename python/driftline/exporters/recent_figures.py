"""What was told of the recent range of each version, for as long as nothing has come into it."""

import threading
import time
from collections import deque
from dataclasses import dataclass

from driftline.errors import DriftlineError
from driftline.exporters.names import Metric
from driftline.exporters.version_metrics import add_version_metrics
from driftline.query.transport import Transport
from driftline.v1 import control_pb2, query_pb2

MAX_AGE_SECONDS = 60.0
"""What a version's counters do not show, a baseline that was replaced, shows within this time."""


@dataclass(frozen=True)
class Told:
    """
    Samples of one version.

    Attributes
    ----------
    state
        What it was asked at: counters and settings. As long as they are the same, so are the samples.
    samples
        Metric, value and values of the labels.
    left_out
        Columns without series of their own.
    seconds
        How long it took to ask.
    asked
        When, by the monotonic clock.
    """

    state: bytes
    samples: tuple[tuple[Metric, float, tuple[str, ...]], ...]
    left_out: int
    seconds: float
    asked: float


@dataclass(frozen=True)
class Version:
    """One version at one moment: its settings, how the engine lists it, and its state."""

    monitor: control_pb2.Monitor
    listed: query_pb2.ModelVersion
    state: bytes

    @property
    def name(self) -> tuple[str, str]:
        """Model and version."""
        return self.monitor.model, self.listed.version


class _Samples:
    """Takes samples as a list."""

    def __init__(self) -> None:
        self.taken: list[tuple[Metric, float, tuple[str, ...]]] = []

    def gauge(self, metric: Metric, value: float, *labels: str) -> None:
        """Take a sample."""
        self.taken.append((metric, float(value), labels))


class RecentFigures:
    """
    Asks about versions whose state has changed, within a time; about the others right after it, from a thread.

    Parameters
    ----------
    transport
        Carries the questions.
    max_features
        Most columns reported of one version.
    budget_seconds
        How long one scrape may ask; ``None``: as long as it takes, every time.
    """

    def __init__(self, transport: Transport, max_features: int, budget_seconds: float | None) -> None:
        self._transport = transport
        self._max_features = max_features
        self._budget = budget_seconds
        self._spent = 0.0
        self._told: dict[tuple[str, str], Told] = {}
        self._behind: deque[Version] = deque()
        self._wakes = threading.Condition()
        self._thread: threading.Thread | None = None
        self._is_closed = False
        self.stale = 0
        """Versions of which this scrape tells what was true at an earlier one."""

    def begin(self) -> None:
        """A scrape begins."""
        self._spent = 0.0
        self.stale = 0

    def of(self, version: Version) -> Told:
        """
        What is to be told of a version.

        Raises
        ------
        DriftlineError
            If the model has changed meanwhile.
        """
        told = self._told.get(version.name)
        if told is None or self._budget is None:
            return self._ask_now(version)
        if _is_true(told, version):
            return told
        if self._spent + told.seconds <= self._budget:
            return self._ask_now(version)
        self.stale += 1
        self._ask_later(version)
        return told

    def end(self, names: set[tuple[str, str]]) -> None:
        """A scrape ends, which was about these versions: what was told of others is forgotten."""
        for gone in self._told.keys() - names:
            del self._told[gone]

    def close(self) -> None:
        """End the thread."""
        with self._wakes:
            self._is_closed = True
            self._behind.clear()
            self._wakes.notify()
        if self._thread is not None:
            self._thread.join()

    def _ask_now(self, version: Version) -> Told:
        told = self._ask(version)
        self._spent += told.seconds
        return told

    def _ask(self, version: Version) -> Told:
        samples = _Samples()
        started = time.perf_counter()
        left_out = add_version_metrics(
            samples, self._transport, version.monitor, version.listed, self._max_features
        )
        seconds = time.perf_counter() - started
        told = Told(version.state, tuple(samples.taken), left_out, seconds, time.monotonic())
        self._told[version.name] = told
        return told

    def _ask_later(self, version: Version) -> None:
        with self._wakes:
            if self._is_closed or any(each.name == version.name for each in self._behind):
                return
            self._behind.append(version)
            if self._thread is None:
                self._thread = threading.Thread(target=self._catch_up, name="metrics", daemon=True)
                self._thread.start()
            self._wakes.notify()

    def _catch_up(self) -> None:
        while True:
            with self._wakes:
                self._wakes.wait_for(lambda: self._behind or self._is_closed)
                if self._is_closed:
                    return
                version = self._behind.popleft()
            told = self._told.get(version.name)
            if told is not None and _is_true(told, version):
                # Two scrapes have wanted it.
                continue
            try:
                self._ask(version)
            except DriftlineError:
                # The model changed meanwhile; the next scrape has it.
                continue


def _is_true(told: Told, version: Version) -> bool:
    return told.state == version.state and time.monotonic() - told.asked < MAX_AGE_SECONDS
