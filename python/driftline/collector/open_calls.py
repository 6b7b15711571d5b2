"""The calls that are open: what each waits for, so that one is cut off only if that is its client's doing."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum

from driftline.collector.refusals import Refusals
from driftline.logs import get_logger
from driftline.repeated_work import RepeatedWork

logger = get_logger("driftline.collector")

_IDLE_SECONDS = 0.25
"""A stream that has been silent for so long, with nothing to answer for, may be cut off when stopping."""


_MOST_SECONDS = 0.5
"""Within so long a stream that is as busy as it can be has been seen at work."""


class _Phase(Enum):
    READING = "waits for a request, or for the rest of one"
    WORKING = "waits for nothing but ourselves"
    CUT = "was cut off"


class OpenCall:
    """
    One call, which begins with waiting for a request. One thread takes its requests, another may give its answers.

    A client that has answers to come may be waiting for them, and is not slow to send then.

    Parameters
    ----------
    cancel
        Ends it.
    """

    def __init__(self, cancel: Callable[[], object]) -> None:
        self._cancel = cancel
        self._lock = threading.Lock()
        self._phase = _Phase.READING
        self._since = time.monotonic()
        self._answering_since: float | None = None
        self._answers = 0
        self.unanswered = 0
        """Requests that were counted and that no answer is about yet."""
        self.batches = self.records = 0
        """What was counted in all."""

    @property
    def is_working(self) -> bool:
        """Whether it waits for nothing but ourselves, be it for our disk."""
        is_taking = self._answering_since is not None
        return not is_taking and (self._phase is _Phase.WORKING or self._answers > 0)

    def work(self) -> bool:
        """Go on by ourselves; ``False`` if the call was cut off."""
        return self._enter(_Phase.WORKING)

    def read(self) -> None:
        """Wait for the next request."""
        self._enter(_Phase.READING)

    def promise(self) -> None:
        """An answer to all requests so far is to come."""
        with self._lock:
            self._answers += 1
            self.unanswered = 0

    def answer(self) -> None:
        """Wait until the client takes the next answer."""
        with self._lock:
            self._answering_since = time.monotonic()

    def answered(self) -> None:
        """It has taken it, and may have waited for that before it sends more."""
        with self._lock:
            self._answering_since = None
            self._answers -= 1
            self._since = time.monotonic()

    def cut_if_idle(self) -> None:
        """End the call if nothing can be lost by it."""
        with self._lock:
            is_idle = self._phase is _Phase.READING and self.unanswered == self._answers == 0
            if is_idle and time.monotonic() - self._since > _IDLE_SECONDS:
                self._cut()

    def cut_if_slow(self, seconds: float) -> bool:
        """End the call if it has waited for its client for longer than that; whether it was."""
        with self._lock:
            now = time.monotonic()
            is_read = self._phase is _Phase.READING and self._answers == 0
            is_answered = self._answering_since is not None and self._phase is not _Phase.CUT
            is_slow_to_send = is_read and now - self._since > seconds
            is_slow_to_take = is_answered and now - (self._answering_since or now) > seconds
            if is_slow_to_send or is_slow_to_take:
                self._cut()
                return True
            return False

    def _cut(self) -> None:
        self._phase = _Phase.CUT
        self._cancel()

    def _enter(self, phase: _Phase) -> bool:
        with self._lock:
            if self._phase is _Phase.CUT:
                return False
            self._phase = phase
            self._since = time.monotonic()
            return True


class OpenCalls:
    """
    All calls that are open, and the thread that cuts off those whose clients are slow.

    Parameters
    ----------
    client_timeout_seconds
        How long a call may wait for its client at a time.
    refusals
        Counts those that were cut off.
    """

    def __init__(self, client_timeout_seconds: float, refusals: Refusals) -> None:
        self._seconds = client_timeout_seconds
        self._refusals = refusals
        self._lock = threading.Lock()
        self._calls: set[OpenCall] = set()
        self._most = self._most_before = 0
        self._most_since = time.monotonic()
        self._work = RepeatedWork(
            "slow-clients",
            self._cut_slow,
            lambda: min(1.0, client_timeout_seconds / 4),
            "slow clients could not be cut off",
        )

    def start(self) -> None:
        """Cut off slow clients from now on."""
        self._work.start()

    def stop(self) -> None:
        """Cut off nobody any more."""
        self._work.stop()

    @contextmanager
    def open(self, cancel: Callable[[], object]) -> Iterator[OpenCall]:
        """Know of a call for as long as it lasts."""
        call = OpenCall(cancel)
        with self._lock:
            self._calls.add(call)
        try:
            yield call
        finally:
            with self._lock:
                self._calls.discard(call)

    def all(self) -> list[OpenCall]:
        """Those that are open now."""
        with self._lock:
            return list(self._calls)

    @property
    def working(self) -> int:
        """How many wait for nothing but ourselves."""
        return sum(call.is_working for call in self.all())

    def most_working(self) -> int:
        """The most that were found at work, by this, in the last second or the last half of one, now among them."""
        with self._lock:
            now = time.monotonic()
            if now - self._most_since > _MOST_SECONDS:
                is_old = now - self._most_since > 2 * _MOST_SECONDS
                self._most_before = 0 if is_old else self._most
                self._most, self._most_since = 0, now
            self._most = max(self._most, sum(call.is_working for call in self._calls))
            return max(self._most, self._most_before)

    def _cut_slow(self) -> None:
        slow = sum(call.cut_if_slow(self._seconds) for call in self.all())
        if slow:
            self._refusals.count_slow(slow)
            logger.info("calls of slow clients were cut off", calls=slow)
