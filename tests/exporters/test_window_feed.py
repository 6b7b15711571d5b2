"""Windows are handed over once they are over, and again when more has come into them."""

from datetime import timedelta
from typing import Any

import pyarrow as pa
import pytest

from driftline import _core
from driftline.exporters.window_exporter import ClosedWindow
from driftline.exporters.window_feed import WindowFeed
from driftline.query import EngineTransport, Monitor
from driftline.v1 import ingest_pb2

START = 1_700_000_040 * 10**9
SECOND = 10**9
MINUTE = 60 * SECOND
GRACE = timedelta(seconds=10)


class Scene:
    """An engine, a clock, and a feed that remembers what it handed over."""

    def __init__(self) -> None:
        self.now = START
        self._engine = _core.Engine()
        self._monitor = Monitor(EngineTransport(self._engine))
        self._feed = WindowFeed(self._monitor, GRACE, timedelta(days=2), lambda: self.now)
        self._known: dict[tuple[str, int], int] = {}

    def send(self, *minutes: int, version: str = "1") -> None:
        times = pa.array([START + minute * MINUTE for minute in minutes], pa.timestamp("ns", "UTC"))
        self._ingest(pa.table({"timestamp": times, "x": pa.array([1.0] * len(minutes))}), version)

    def _ingest(self, table: pa.Table, version: str) -> None:
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        request: Any = ingest_pb2.IngestRequest(
            model="m", version=version, records=sink.getvalue().to_pybytes()
        )
        self._engine.ingest_batch(request.SerializeToString(), max(self.now, START + 7_200 * MINUTE))

    def due(self) -> list[ClosedWindow]:
        first = self._feed.first_start("m")
        return [] if first is None else self._feed.due("m", first, self._known)

    def take(self) -> list[tuple[int, int, bool]]:
        """Hand over what is due: minute, records, whether it is an update."""
        windows = self.due()
        self._known |= {(each.version, each.start_unix_nanos): each.revision for each in windows}
        return [((each.start_unix_nanos - START) // MINUTE, each.records, each.is_update) for each in windows]


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_a_window_is_due_once_its_end_lies_back_by_the_grace(scene: Scene) -> None:
    scene.send(0, 0)
    for seconds, expected in [(0, []), (60, []), (69, []), (70, [(0, 2, False)]), (71, []), (10_000, [])]:
        scene.now = START + seconds * SECOND
        assert scene.take() == expected, seconds


def test_more_makes_it_due_again_when_it_has_settled(scene: Scene) -> None:
    scene.send(0)
    scene.now = START + 70 * SECOND
    assert scene.take() == [(0, 1, False)]
    scene.send(0)
    assert scene.take() == []
    scene.now += 5 * SECOND
    scene.send(0)
    assert scene.take() == []
    scene.now += 9 * SECOND
    assert scene.take() == [], "5 seconds after the first, the second started the wait anew"
    scene.now += SECOND
    assert scene.take() == [(0, 3, True)]


def test_one_that_never_settles_is_due_in_the_end(scene: Scene) -> None:
    scene.send(0)
    scene.now = START + 1_000 * SECOND
    taken = []
    for _ in range(30):
        scene.send(0)
        taken += scene.take()
        scene.now += 5 * SECOND
    assert len(taken) == 1
    assert 20 <= taken[0][1] <= 23


def test_the_earliest_come_first_whatever_the_version(scene: Scene) -> None:
    scene.send(3, 1)
    scene.send(2, 0, version="0")
    scene.now = START + 3_600 * SECOND
    assert scene.take() == []
    scene.now += 10 * SECOND
    assert [minute for minute, _, _ in scene.take()] == [0, 1, 2, 3]


def test_none_comes_before_an_earlier_one_that_still_waits(scene: Scene) -> None:
    """Between two looks there may be a minute: the newest window is in time then, of the others it is not known."""
    scene.send(0)
    scene.now = START + 70 * SECOND
    assert scene.take() == [(0, 1, False)]
    scene.send(1, 2, 3)
    scene.send(3, version="0")
    scene.now = START + (4 * 60 + 12) * SECOND
    assert [window.version for window in scene.due()] == ["0"], "the other version waits for nothing"
    assert scene.take() == [(3, 1, False)]
    # What was told before waits for nothing either, nor does it hold others up.
    scene.send(0)
    scene.now += 10 * SECOND
    assert scene.take() == [(1, 1, False), (2, 1, False), (3, 1, False)]
    scene.now += 10 * SECOND
    assert scene.take() == [(0, 2, True)]


def test_only_the_lookback_is_looked_at(scene: Scene) -> None:
    scene.send(0, 2 * 1_440)
    for expected in ([], [2 * 1_440]):
        scene.now += 10 * 86_400 * SECOND
        assert [minute for minute, _, _ in scene.take()] == expected
