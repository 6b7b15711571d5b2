"""A machine's clock that jumps by days: nothing is dropped, and nobody forgotten."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.reliability.batches import DAY, SECOND, request, send
from tests.reliability.conftest import Arena

from driftline.collector.clock import AHEAD, BEHIND, SteadyClock

MakeArena = Callable[..., Arena]
ROWS = 10

# Python reads it at the start of each process that has its folder in PYTHONPATH.
SITECUSTOMIZE = """
import pathlib, time
offset = pathlib.Path(__file__).with_name("offset")
real = time.time_ns
time.time_ns = lambda: real() + int(offset.read_text())
time.time = lambda: time.time_ns() / 1e9
"""


class Hands:
    """Both clocks of a machine, moved by hand, in nanoseconds."""

    def __init__(self) -> None:
        self.wall = 1_700_000_000 * SECOND
        self.elapsed = 5 * SECOND

    def clock(self) -> SteadyClock:
        return SteadyClock(lambda: self.wall, lambda: self.elapsed)


def test_a_clock_that_goes_is_believed() -> None:
    hands = Hands()
    clock = hands.clock()
    for _ in range(3):
        hands.wall += DAY
        hands.elapsed += DAY
        assert (clock.age_time(), clock.arrival_time(), clock.ahead_seconds()) == (
            hands.wall,
            hands.wall,
            0.0,
        )


@pytest.mark.parametrize("days", [1, 400, 40_000])
def test_what_is_old_is_decided_by_a_clock_that_does_not_run_ahead(days: int) -> None:
    hands = Hands()
    clock, started = hands.clock(), hands.wall
    hands.wall += days * DAY
    assert clock.age_time() == started + AHEAD
    assert clock.arrival_time() == hands.wall
    assert clock.ahead_seconds() == pytest.approx(days * 86_400 - 3_600)
    hands.elapsed += DAY
    assert clock.age_time() == min(hands.wall, started + DAY + AHEAD), "it goes on as time does"
    assert hands.clock().age_time() == hands.wall, "a start believes what it finds"


@pytest.mark.parametrize("days", [1, 400, 10_000])
def test_what_comes_in_does_not_come_from_the_future_because_a_clock_was_set_back(days: int) -> None:
    hands = Hands()
    clock, started = hands.clock(), hands.wall
    hands.wall -= days * DAY
    hands.elapsed += SECOND
    assert clock.arrival_time() == started + SECOND - BEHIND
    assert (clock.age_time(), clock.ahead_seconds()) == (hands.wall, 0.0)


@pytest.fixture
def jump(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Moves the clock of the processes that the test starts to so many days from now."""
    folder = tmp_path / "clock"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(SITECUSTOMIZE)
    monkeypatch.setenv("PYTHONPATH", str(folder))

    def move(days: int) -> None:
        # Replaced in one step: the processes read it all the time.
        (folder / "next").write_text(str(days * DAY))
        (folder / "next").rename(folder / "offset")

    move(0)
    return move


def test_a_clock_that_jumps_by_days_drops_and_forgets_nothing(
    arena: MakeArena, jump: Callable[[int], None]
) -> None:
    scene = arena(retention="2d", compaction_interval_seconds=0.1, flush_interval_seconds=0.1)
    now = time.time_ns()
    expected = 0
    for sequence, days in enumerate([0, 400, 0, -400, 400, 0], start=1):
        jump(days)
        assert send(scene, request(sequence, [now - (sequence % 2) * DAY] * ROWS)).records == ROWS
        expected += ROWS
        # Some flushes and looks at what is old.
        time.sleep(0.5)
        assert send(scene, request(1, [now] * ROWS)).duplicates == 1, "the producer is known"
        assert scene.counted() == (expected, expected, expected), f"{days} days from now"
    assert "the clock is ahead of the time that has passed" in scene.collector.log.read_text()
    scene.kill()
    scene.start()
    assert send(scene, request(6, [now] * ROWS)).duplicates == 1
    assert scene.counted() == (expected, expected, expected)


def test_what_is_old_goes_all_the_same(arena: MakeArena, jump: Callable[[int], None]) -> None:
    """The test above is worth something only if retention is at work in it."""
    scene = arena(retention="2d", compaction_interval_seconds=0.1, flush_interval_seconds=0.1)
    now = time.time_ns()
    assert send(scene, request(1, [now - 9 * DAY] * ROWS)).records == ROWS
    assert send(scene, request(2, [now] * ROWS)).records == ROWS
    deadline = time.monotonic() + 20.0
    while scene.counted()[0] != ROWS and time.monotonic() < deadline:
        time.sleep(0.1)
    assert scene.counted() == (ROWS, ROWS, ROWS)
