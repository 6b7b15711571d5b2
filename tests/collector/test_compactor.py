"""A collector keeps its files few and its old windows long while it runs."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.collector.test_http import get
from tests.storage.rows import DAY, HOUR, MINUTE, WRITER, numbers

import driftline
from driftline._core import merge_rows
from driftline.collector import Collector
from driftline.query import Monitor
from driftline.storage import ProfileStore, compaction
from driftline.storage.tables import mark, write_table

StartCollector = Callable[..., Collector]
TODAY = time.time_ns() // DAY * DAY


def metric(collector: Collector, name: str, **labels: str) -> float:
    families = text_string_to_metric_families(get(collector, "/metrics")[2].decode())
    samples = [sample for family in families for sample in family.samples]
    (found,) = [each.value for each in samples if each.name == name and each.labels == labels]
    return found


def wait_for(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def log(collector: Collector, times: list[int]) -> None:
    with driftline.Client(str(collector.grpc_address), model="m", version="1") as client:
        for at in times:
            client.log({"x": float(at // MINUTE % 100)}, timestamp=at / 1e9)
        assert client.flush(20)


def answers(monitor: Monitor) -> list[Any]:
    lines = [(each.column, each.count, each.min, each.max, each.distinct) for each in monitor.summary("m")]
    return [lines, monitor.distribution("x", model="m")]


def spans(path: Path) -> set[tuple[int, int]]:
    """Length of the windows and the number of files of that length."""
    manifest = ProfileStore(path).read_manifest(ProfileStore(path).writer_id())
    assert manifest is not None
    lengths = [file.window_length for file in manifest.profiles if "-c" in file.name]
    return {(length, lengths.count(length)) for length in lengths}


def test_old_windows_become_long_and_answers_stay(
    start_collector: StartCollector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compaction, "SORTED_FILES", 3)
    data = tmp_path / "data"
    writer = ProfileStore(data).writer_id()
    running = start_collector(data_dir=data, flush_interval_seconds=0.1, compaction_interval_seconds=0.2)
    for flushes, day in enumerate((40, 5, 1)):
        log(running, [TODAY - day * DAY + at * MINUTE for at in range(100)])
        wait_for(lambda flushes=flushes: ProfileStore(data).next_sequence(writer) > flushes + 1)  # type: ignore[misc]
    with driftline.connect(str(running.grpc_address)) as monitor:
        wait_for(lambda: {DAY, HOUR} <= {length for length, _ in spans(data)})
        # One day, two hours of another, and a hundred minutes of yesterday.
        wait_for(lambda: metric(running, "driftline_cells") == 1 + 2 + 100)
        # It is counted once it is committed, which can be seen before.
        wait_for(lambda: metric(running, "driftline_compactions_total", outcome="done") >= 1)
        assert metric(running, "driftline_compactions_total", outcome="failed") == 0
        assert metric(running, "driftline_profile_files") < 10
        live = answers(monitor)
        stored = answers(driftline.open(data))
    assert live == stored
    assert live[0][0][1] == 300
    running.stop()
    again = start_collector(data_dir=data)
    with driftline.connect(str(again.grpc_address)) as monitor:
        assert answers(monitor) == live


def test_what_a_crash_left_is_removed_and_counted(start_collector: StartCollector, tmp_path: Path) -> None:
    store = ProfileStore(tmp_path / "data")
    writer = store.writer_id()
    store.recover(writer)
    orphan = store.path / "profiles" / f"{writer}-000000000001.parquet"
    orphan.parent.mkdir()
    write_table(orphan, numbers(1), mark(writer))
    foreign = store.path / "profiles" / f"{WRITER}-000000000007.parquet.tmp"
    foreign.write_bytes(b"")
    running = start_collector(data_dir=store.path)
    assert metric(running, "driftline_orphans_swept_total") == 1
    assert not orphan.exists()
    assert foreign.exists(), "it is another writer's"


def test_a_failed_compaction_is_counted_and_tried_again(
    start_collector: StartCollector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compaction, "SORTED_FILES", 1)
    merge, failures = merge_rows, 0

    def failing(*arguments: Any) -> Any:
        nonlocal failures
        if failures < 2:
            failures += 1
            raise OSError(28, "No space left on device")
        return merge(*arguments)

    monkeypatch.setattr("driftline.storage.compaction.merge_rows", failing)
    running = start_collector(
        data_dir=tmp_path / "data", flush_interval_seconds=0.1, compaction_interval_seconds=0.1
    )
    log(running, [TODAY])
    wait_for(lambda: metric(running, "driftline_compactions_total", outcome="done") >= 1)
    assert metric(running, "driftline_compactions_total", outcome="failed") == 2
