import threading
import time
from collections.abc import Iterator

import pytest

from driftline.collector.read_ahead import read_ahead

SECONDS = 10.0


def readers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "driftline-read-ahead"]


def test_messages_come_in_order() -> None:
    assert list(read_ahead(iter(range(1000)))) == list(range(1000))
    assert list(read_ahead(iter([]))) == []


def test_one_message_is_read_ahead_and_no_more() -> None:
    read: list[int] = []
    second = threading.Event()

    def messages() -> Iterator[int]:
        for number in range(5):
            read.append(number)
            if number == 1:
                second.set()
            yield number

    ahead = read_ahead(messages())
    assert next(ahead) == 0
    assert second.wait(SECONDS)
    assert next(ahead) == 1
    assert len(read) <= 3
    assert list(ahead) == [2, 3, 4]


@pytest.mark.parametrize("most", [1, 2, 8])
def test_no_more_wait_than_may(most: int) -> None:
    read: list[int] = []

    def items() -> Iterator[int]:
        for number in range(100):
            read.append(number)
            yield number

    ahead = read_ahead(items(), most)
    for number in range(20):
        assert next(ahead) == number
        deadline = time.monotonic() + SECONDS
        # The one that was given, those that wait.
        while len(read) < number + 1 + most:
            assert time.monotonic() < deadline
            time.sleep(0.001)
        time.sleep(0.002)
        assert len(read) == number + 1 + most
    assert list(ahead) == list(range(20, 100))


def test_a_generator_is_closed_when_nobody_wants_more_of_it() -> None:
    closed = threading.Event()

    def items() -> Iterator[int]:
        try:
            yield from range(100)
        finally:
            closed.set()

    ahead = read_ahead(items(), 3)
    assert next(ahead) == 0
    ahead.close()
    assert closed.wait(SECONDS)


def test_an_error_comes_after_the_messages_before_it() -> None:
    def messages() -> Iterator[int]:
        yield 1
        yield 2
        raise ValueError("broken")

    ahead = read_ahead(messages())
    assert (next(ahead), next(ahead)) == (1, 2)
    with pytest.raises(ValueError, match="broken"):
        next(ahead)


def test_the_thread_ends_with_the_generator() -> None:
    before = readers()
    ahead = read_ahead(iter(range(100)))
    assert next(ahead) == 0
    started = [thread for thread in readers() if thread not in before]
    assert len(started) == 1
    ahead.close()
    started[0].join(SECONDS)
    assert not started[0].is_alive()
