"""Work in the background goes on after a failure, and ends when it is told to."""

import threading

from driftline.repeated_work import RepeatedWork


def test_it_goes_on_after_a_failure_until_it_is_stopped() -> None:
    third = threading.Event()
    done: list[int] = []

    def work() -> None:
        done.append(len(done))
        if len(done) == 3:
            third.set()
        raise OSError("no space left")

    repeated = RepeatedWork("test", work, lambda: 0.001, "the test's work failed")
    repeated.start()
    assert third.wait(10)
    assert not repeated.is_stopped
    repeated.stop()
    assert repeated.is_stopped
    count = len(done)
    assert not any(thread.name == "driftline-test" for thread in threading.enumerate())
    assert len(done) == count >= 3


def test_pauses_are_asked_for_each_time_and_cut_short_by_the_end() -> None:
    pauses = iter([0.001, 0.001, 3600.0])
    asked = threading.Event()
    done: list[None] = []

    def pause() -> float:
        seconds = next(pauses)
        if seconds > 1:
            asked.set()
        return seconds

    repeated = RepeatedWork("test", lambda: done.append(None), pause, "the test's work failed")
    repeated.start()
    assert asked.wait(10)
    repeated.stop()
    assert len(done) == 2


def test_stopping_what_never_began_is_no_error() -> None:
    RepeatedWork("test", lambda: None, lambda: 1.0, "the test's work failed").stop()
