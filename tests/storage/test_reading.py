"""A reader beside a working collector sees one state, never parts of two."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.storage.rows import HOUR, MINUTE, NOW, WRITER, flushed, send

from driftline._core import Engine
from driftline.errors import FailedPreconditionError
from driftline.storage import ProfileStore, compact, compaction, load_engine, open_engine, store, tables
from driftline.storage.rollup import RollUp
from driftline.v1 import query_pb2

ROLL_UP = RollUp(hourly_before=NOW // (24 * HOUR) * 24 * HOUR)


def records(engine: Engine) -> int:
    request = query_pb2.StatsRequest().SerializeToString()
    answer = query_pb2.StatsResponse.FromString(engine.query("Stats", request, NOW))
    return sum(version.records for version in answer.versions)


def filled(path: Path, flushes: int) -> ProfileStore:
    """A directory of flushes of ten records each."""
    store = ProfileStore(path)
    engine = Engine(WRITER)
    for number in range(flushes):
        send(engine, [NOW - 30 * HOUR + (number * 10 + at) * MINUTE for at in range(10)])
        store.commit_flush(WRITER, *flushed(engine))
    return store


@pytest.fixture(autouse=True)
def few_files_make_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compaction, "SORTED_FILES", 3)


@pytest.mark.usefixtures("without_syncing")
def test_files_are_replaced_at_any_moment_of_a_reading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushes = 6
    read = tables.read_pieces
    restarts = 0
    for moment in range(flushes + 1):
        path = tmp_path / str(moment)
        writer = filled(path, flushes)
        reads = 0

        def reading(file: Path, moment: int = moment, writer: ProfileStore = writer) -> object:
            nonlocal reads
            if reads == moment:
                reads += 1
                assert list(compact(writer.files(WRITER), ROLL_UP))
            reads += 1
            return read(file)

        monkeypatch.setattr(store, "read_pieces", reading)
        assert records(open_engine(path)) == 10 * flushes, moment
        manifest = writer.read_manifest(WRITER)
        assert manifest is not None
        restarts += reads > 1 + max(moment, len(manifest.profiles))
    assert restarts >= flushes - 1, "the files that were to be read next are gone: it began again"


def test_a_reader_gives_up_when_files_keep_vanishing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(tmp_path, 2)
    reads = 0

    def vanished(file: Path) -> object:
        nonlocal reads
        reads += 1
        raise tables.FileVanishedError(f"{file} should be there and is not")

    monkeypatch.setattr(store, "read_pieces", vanished)
    with pytest.raises(FailedPreconditionError, match="should be there and is not"):
        open_engine(tmp_path)
    assert reads == 5


def test_readers_beside_a_writer_see_whole_flushes(tmp_path: Path) -> None:
    writer = filled(tmp_path, 1)
    engine = Engine(WRITER)
    load_engine(writer, engine)
    engine.resume_at(2, 0)

    def write() -> None:
        for number in range(40):
            send(engine, [NOW - 20 * HOUR + (number * 10 + at) * MINUTE for at in range(10)])
            writer.commit_flush(WRITER, *flushed(engine))
            list(compact(writer.files(WRITER), ROLL_UP))

    seen = [10]
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        while not writing.done():
            seen.append(records(open_engine(tmp_path)))
        writing.result()
    assert len(seen) > 3
    assert all(count % 10 == 0 for count in seen), seen
    assert seen == sorted(seen)
    assert records(open_engine(tmp_path)) == 410


def test_files_of_an_older_time_take_nothing_from_newer_ones(tmp_path: Path) -> None:
    older, newer = tmp_path / "older.parquet", tmp_path / "newer.parquet"
    starts = pa.array([0], pa.timestamp("ns", "UTC"))
    inner = pa.StructArray.from_arrays([pa.array([1.0])], ["label"])
    known = {"window_start": starts, "performance": pa.StructArray.from_arrays([inner], ["regression"])}
    pq.write_table(pa.table(known), older)
    inner = pa.StructArray.from_arrays([pa.array([2.0]), pa.array([3.0])], ["label", "spread"])
    outer = pa.StructArray.from_arrays([inner], ["regression"])
    pq.write_table(pa.table({**known, "performance": outer, "later": pa.array([4])}), newer)
    for paths in ([older, newer], [newer, older]):
        rows = sorted(tables.scan_windows(paths, 0, 0).read_all().to_pylist(), key=str)
        assert [row["later"] for row in rows] == [None, 4]
        assert [row["performance"]["regression"] for row in rows] == [
            {"label": 1.0, "spread": None},
            {"label": 2.0, "spread": 3.0},
        ]
