import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from driftline.errors import FailedPreconditionError
from driftline.storage import ProfileStore
from driftline.v1 import control_pb2

WRITER = "0" * 32


def rows(*values: int) -> pa.RecordBatch:
    counts = pa.array([[(1, value)] for value in values], pa.map_(pa.int32(), pa.uint64()))
    return pa.record_batch({"n": pa.array(values, pa.uint64()), "hist_pos": counts})


@pytest.fixture
def store(tmp_path: Path) -> ProfileStore:
    return ProfileStore(tmp_path / "data")


def test_flushes_are_read_back_in_order(store: ProfileStore) -> None:
    assert store.read_rows() is None
    assert store.next_sequence(WRITER) == 1
    for sequence in (1, 2, 10):
        path = store.write_flush(WRITER, sequence, rows(sequence))
    assert path.name == f"{WRITER}-000000000010.parquet"
    assert store.next_sequence(WRITER) == 11
    assert store.next_sequence("1" * 32) == 1
    reader = store.read_rows()
    assert reader is not None
    assert reader.schema == rows().schema
    assert reader.read_all().to_pylist() == pa.Table.from_batches([rows(1, 2, 10)]).to_pylist()


def test_a_repeated_flush_replaces_itself(store: ProfileStore) -> None:
    store.write_flush(WRITER, 1, rows(1))
    store.write_flush(WRITER, 1, rows(2))
    reader = store.read_rows()
    assert reader is not None
    assert reader.read_all().column("n").to_pylist() == [2]


def test_a_half_written_flush_is_not_read(store: ProfileStore) -> None:
    path = store.write_flush(WRITER, 1, rows(1))
    path.with_name(f"{WRITER}-000000000002.parquet.tmp").write_bytes(b"PAR1")
    assert store.next_sequence(WRITER) == 2
    reader = store.read_rows()
    assert reader is not None
    assert reader.read_all().num_rows == 1


def test_a_damaged_file_is_named(store: ProfileStore) -> None:
    path = store.write_flush(WRITER, 1, rows(1))
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(FailedPreconditionError, match=rf"{path.name} cannot be read: .*; move it away"):
        store.read_rows()


def test_the_writer_is_named_once(store: ProfileStore) -> None:
    name = store.writer_id()
    assert ProfileStore(store.path).writer_id() == name
    (store.path / "writer").write_text("../x")
    with pytest.raises(FailedPreconditionError, match="32 hexadecimal digits"):
        store.writer_id()


@pytest.mark.parametrize("model", ["m", "../../etc/passwd", "M", "", "a/b", "x" * 256, "é\n"])
def test_baselines_of_any_name(model: str, store: ProfileStore) -> None:
    store.write_baseline(model, "first", rows(1))
    store.write_baseline(model, "first", rows(2))
    store.write_baseline(model, model, rows(3))
    found = {(each.model, each.name): each.rows.column("n").to_pylist() for each in store.read_baselines()}
    assert found == {(model, "first"): [2], (model, model): [3]}
    assert all(store.path in path.resolve().parents for path in store.path.rglob("*.parquet"))


def test_a_baseline_that_does_not_say_whose_it_is(store: ProfileStore) -> None:
    store.write_baseline("m", "b", rows(1))
    (path,) = store.path.rglob("*.parquet")
    path.write_bytes(store.write_flush(WRITER, 1, rows(1)).read_bytes())
    with pytest.raises(FailedPreconditionError, match="must name its model and baseline"):
        list(store.read_baselines())


def test_monitors_are_kept(store: ProfileStore) -> None:
    one = control_pb2.Monitor(model="a", window_nanos=5, roles={"x": "label"})
    store.write_monitor(one)
    store.write_monitor(control_pb2.Monitor(model="A/b"))
    one.max_pending = 7
    store.write_monitor(one)
    assert sorted(store.read_monitors(), key=lambda each: each.model) == [
        control_pb2.Monitor(model="A/b"),
        one,
    ]
    (store.path / "monitors" / "a.json").write_text('{"model": 3')
    with pytest.raises(FailedPreconditionError, match=r"a\.json is not the configuration of a model"):
        list(store.read_monitors())


def pending(store: ProfileStore) -> list[int | None] | None:
    table = store.read_pending(WRITER)
    return None if table is None else table.column("n").to_pylist()


def test_pending_records_belong_to_the_last_flush(store: ProfileStore) -> None:
    assert pending(store) is None
    store.write_pending(WRITER, 0, rows(0))
    assert pending(store) == [0]
    for sequence in (1, 2, 3):
        store.write_pending(WRITER, sequence, rows(sequence))
        assert pending(store) == [sequence - 1], "a crash here must find those of the flush before"
        store.write_flush(WRITER, sequence, rows(1))
        assert pending(store) == [sequence]
    store.write_pending(WRITER, 3, rows(33))
    assert pending(store) == [33]
    assert len(list((store.path / "pending").iterdir())) == 2


def test_a_directory_is_one_collectors(store: ProfileStore) -> None:
    lock = store.lock()
    script = "import sys; from driftline.storage import ProfileStore; ProfileStore(sys.argv[1]).lock()"
    other = subprocess.run(
        [sys.executable, "-c", script, str(store.path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert other.returncode == 1
    assert "must be used by one collector, process" in other.stderr
    with pytest.raises(FailedPreconditionError, match="must be used by one collector"):
        store.lock()
    lock.release()
    lock.release()
    store.lock().release()
