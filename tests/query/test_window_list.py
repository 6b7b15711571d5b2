"""The newest windows are listed as they are now, the others as they were a minute ago at most."""

import numpy as np
import pyarrow as pa
import pytest

from driftline import _core
from driftline.query import EngineTransport, Monitor
from driftline.query.window_list import ALL_NANOS, WindowList
from driftline.v1 import ingest_pb2

MINUTE = 60 * 10**9
START = 28_000_000 * MINUTE


class Scene:
    """An engine, a clock, and a list of its windows."""

    def __init__(self) -> None:
        self.now = START
        self._engine = _core.Engine()
        self.monitor = Monitor(EngineTransport(self._engine))
        self.windows = WindowList(self.monitor, lambda: self.now)

    def send(self, *minutes: int, version: str = "1") -> None:
        times = pa.array(START + np.array(minutes) * MINUTE, pa.timestamp("ns", "UTC"))
        table = pa.table({"timestamp": times, "x": pa.array(np.ones(len(minutes)))})
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        request = ingest_pb2.IngestRequest(model="m", version=version, records=sink.getvalue().to_pybytes())
        self._engine.ingest_batch(request.SerializeToString(), START + 10_000 * MINUTE)

    def listed(self, start: int | None = None) -> list[tuple[str, int, int]]:
        found = self.windows.of("m", None if start is None else START + start * MINUTE)
        return [(each.version, (each.start_unix_nanos - START) // MINUTE, each.records) for each in found]


@pytest.fixture
def scene() -> Scene:
    scene = Scene()
    scene.send(*range(100))
    scene.send(50, version="0")
    return scene


def test_all_are_listed_by_version_and_start(scene: Scene) -> None:
    expected = [("0", 50, 1), *(("1", minute, 1) for minute in range(100))]
    assert scene.listed() == expected
    assert scene.listed() == expected
    assert scene.listed(90) == [("1", minute, 1) for minute in range(90, 100)]


def test_new_records_show_at_once_where_they_are_recent_and_within_a_minute_elsewhere(scene: Scene) -> None:
    scene.listed()
    scene.send(3, 95, 100)
    scene.send(2, 101, version="2")
    recent = {("1", 95, 2), ("1", 100, 1), ("2", 101, 1)}
    late = {("1", 3, 2), ("2", 2, 1)}
    assert recent <= set(scene.listed())
    assert not late & set(scene.listed())
    scene.now += ALL_NANOS - 1
    assert not late & set(scene.listed())
    scene.now += 1
    assert recent | late <= set(scene.listed())


def test_a_longer_range_is_asked_for_at_once(scene: Scene) -> None:
    assert len(scene.listed(90)) == 10
    assert len(scene.listed(10)) == 91
    assert len(scene.listed()) == 101


def test_a_clock_that_is_set_back_hides_nothing(scene: Scene) -> None:
    scene.listed()
    scene.send(3)
    scene.now -= MINUTE
    assert ("1", 3, 2) in scene.listed()


def test_a_model_without_windows_gets_some(scene: Scene) -> None:
    scene = Scene()
    scene.send(5)
    assert scene.listed(50) == []
    scene.send(60)
    assert scene.listed(50) == [("1", 60, 1)]
