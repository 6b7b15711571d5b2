"""What is done when memory is short, by an engine of which as much is in use as the test says."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.storage.rows import MINUTE, NOW, send

from driftline._core import Engine
from driftline.collector.flusher import Flusher
from driftline.collector.memory_keeper import MemoryKeeper
from driftline.storage import ProfileStore
from driftline.v1 import query_pb2


def minutes(count: int) -> list[int]:
    return [NOW - number * MINUTE for number in range(count)]


def held(engine: Engine) -> int:
    """Cells in memory."""
    return query_pb2.StatsResponse.FromString(engine.query("Stats", b"", NOW)).cells


@pytest.fixture
def limit() -> Iterator[int]:
    """Six sevenths of it are in use, by an engine that is kept: memory is short, and nothing is refused."""
    ballast = Engine()
    send(ballast, minutes(10_000))
    yield ballast.memory_status().used * 7 // 6
    assert held(ballast) == 10_000


def test_what_has_changed_is_written_and_leaves(limit: int, tmp_path: Path) -> None:
    store = ProfileStore(tmp_path)
    engine = Engine(store.writer_id(), memory_bytes=limit)
    keeper = MemoryKeeper(engine, Flusher(engine, store, 3_600.0))
    send(engine, minutes(50))
    keeper.relieve()
    assert held(engine) == 0
    assert engine.memory_status().windows_evicted == 50
    manifest = store.read_manifest(store.writer_id())
    assert manifest is not None
    assert manifest.flush_sequence == 1


def test_without_a_directory_the_oldest_are_dropped_and_counted(limit: int) -> None:
    engine = Engine(memory_bytes=limit)
    send(engine, minutes(50))
    MemoryKeeper(engine, None).relieve()
    assert held(engine) == 0
    assert engine.memory_status().windows_dropped == 50
    send(engine, minutes(1))
    assert held(engine) == 1


def test_nothing_is_done_while_there_is_room(limit: int) -> None:
    engine = Engine(memory_bytes=2 * limit)
    send(engine, minutes(50))
    MemoryKeeper(engine, None).relieve()
    assert held(engine) == 50


def test_a_disk_that_fails_costs_nothing_and_is_tried_again(
    limit: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = ProfileStore(tmp_path)
    engine = Engine(store.writer_id(), memory_bytes=limit)
    send(engine, minutes(50))

    def full(*_: object) -> None:
        raise OSError("no space left on device")

    keeper = MemoryKeeper(engine, Flusher(engine, store, 3_600.0))
    with monkeypatch.context() as patch:
        patch.setattr(store, "commit_flush", full)
        keeper.start()
        time.sleep(0.3)
        assert held(engine) == 50
    deadline = time.monotonic() + 10
    while held(engine) and time.monotonic() < deadline:
        time.sleep(0.05)
    keeper.stop()
    assert held(engine) == 0
