"""Attempts go on until one succeeds, fails for good, or the work is stopped."""

import threading
import time

import pytest
from tenacity import Retrying
from tenacity.stop import stop_after_attempt

from driftline.delivery import DestinationRefusedError, DestinationUnavailableError, retrying


class Failing:
    """Fails at every attempt."""

    def __init__(self, error: Exception) -> None:
        self.attempts = 0
        self._error = error

    def attempt_all(self, attempts: Retrying) -> None:
        for attempt in attempts:
            with attempt:
                self.attempts += 1
                raise self._error


def test_it_goes_on_until_it_is_taken() -> None:
    attempts = 0
    for attempt in retrying(threading.Event(), longest_wait_seconds=0.01):
        with attempt:
            attempts += 1
            if attempts < 5:
                raise DestinationUnavailableError("not yet")
    assert attempts == 5


def test_a_refusal_ends_it() -> None:
    failing = Failing(DestinationRefusedError("never"))
    with pytest.raises(DestinationRefusedError):
        failing.attempt_all(retrying(threading.Event()))
    assert failing.attempts == 1


def test_it_gives_up_where_it_is_told_to() -> None:
    failing = Failing(DestinationUnavailableError("not yet"))
    with pytest.raises(DestinationUnavailableError):
        failing.attempt_all(retrying(threading.Event(), stop_after_attempt(3), longest_wait_seconds=0.01))
    assert failing.attempts == 3


def test_a_stop_ends_the_waiting() -> None:
    stopped = threading.Event()
    threading.Timer(0.1, stopped.set).start()
    started = time.monotonic()
    failing = Failing(DestinationUnavailableError("not yet", retry_after_seconds=300.0))
    with pytest.raises(DestinationUnavailableError):
        failing.attempt_all(retrying(stopped))
    assert time.monotonic() - started < 30.0


def test_it_waits_as_it_is_told() -> None:
    waits = []
    attempts = 0
    for attempt in retrying(threading.Event(), longest_wait_seconds=0.01):
        with attempt:
            attempts += 1
            waits.append(time.monotonic())
            if attempts < 2:
                raise DestinationUnavailableError("in a while", retry_after_seconds=0.09)
    assert waits[1] - waits[0] >= 0.09
