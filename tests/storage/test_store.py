import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.storage.rows import MINUTE, WRITER, numbers

from driftline.errors import FailedPreconditionError
from driftline.storage import ProfileStore
from driftline.storage.tables import mark, write_table
from driftline.v1 import control_pb2


def values(store: ProfileStore) -> list[int | None]:
    return [value for table in store.read_rows() for value in table.column("n").to_pylist()]


def test_flushes_are_read_back_in_order(store: ProfileStore) -> None:
    assert values(store) == []
    assert store.next_sequence(WRITER) == 1
    for sequence in (1, 2, 10):
        manifest = store.commit_flush(WRITER, sequence, numbers(sequence), log_position=sequence * 7)
    assert manifest.profiles[-1].name == f"{WRITER}-000000000010.parquet"
    assert (manifest.flush_sequence, manifest.log_position) == (10, 70)
    assert ProfileStore(store.path).read_manifest(WRITER) == manifest
    assert store.next_sequence(WRITER) == 11
    assert store.next_sequence("1" * 32) == 1
    assert values(store) == [1, 2, 10]
    (first, *_) = store.read_rows()
    assert first.schema == numbers().schema


def test_the_manifest_tells_the_windows_of_a_file(store: ProfileStore) -> None:
    (file,) = store.commit_flush(WRITER, 1, numbers(5, 3, 9)).profiles
    assert (file.first_window, file.last_window, file.first_end) == (3 * MINUTE, 9 * MINUTE, 4 * MINUTE)
    assert (file.first_flush, file.last_flush, file.window_length) == (1, 1, 0)


def test_a_committed_flush_is_not_written_again(store: ProfileStore) -> None:
    store.commit_flush(WRITER, 2, numbers(1))
    for sequence in (1, 2):
        with pytest.raises(
            FailedPreconditionError, match=rf"after the last committed one, 2, got {sequence}"
        ):
            store.commit_flush(WRITER, sequence, numbers(2))
    assert values(store) == [1]


def test_a_flush_without_rows_still_counts(store: ProfileStore) -> None:
    store.commit_flush(WRITER, 1, numbers(1), numbers(10), numbers(20), 5)
    store.commit_flush(WRITER, 2, None, numbers(11), None, 6)
    store.commit_flush(WRITER, 3, numbers(), None, None, 7)
    manifest = store.read_manifest(WRITER)
    assert manifest is not None
    assert (manifest.flush_sequence, manifest.log_position, len(manifest.profiles)) == (3, 7, 1)
    assert store.read_pending(WRITER) is None
    assert store.read_producers(WRITER) is None
    assert len(list(store.path.rglob("*.parquet"))) == 1, "what is replaced is removed"


def test_what_waits_is_added_to_until_it_is_written_anew(store: ProfileStore) -> None:
    def waiting(store: ProfileStore) -> "list[Any]":
        table = store.read_pending(WRITER)
        return [] if table is None else table.column("n").to_pylist()

    def files() -> int:
        return len(list((store.path / "pending").iterdir()))

    store.commit_flush(WRITER, 1, None, numbers(2), None, 1, pending_is_whole=False)
    store.commit_flush(WRITER, 2, None, numbers(1), None, 2)
    assert (waiting(store), files()) == ([1], 1)
    store.commit_flush(WRITER, 3, None, numbers(2, 3), None, 3, pending_is_whole=False)
    store.commit_flush(WRITER, 4, None, None, None, 4, pending_is_whole=False)
    store.commit_flush(WRITER, 5, None, numbers(4), None, 5, pending_is_whole=False)
    again = ProfileStore(store.path)
    assert (again.recover(WRITER), waiting(again), files()) == (0, [1, 2, 3, 4], 3)
    store.commit_flush(WRITER, 6, None, numbers(9), None, 6)
    assert (waiting(store), files()) == ([9], 1)
    store.commit_flush(WRITER, 7, None, numbers(10), None, 7, pending_is_whole=False)
    (store.path / "pending" / f"{WRITER}-000000000007.parquet").unlink()
    with pytest.raises(FailedPreconditionError, match="which it names, is not there"):
        ProfileStore(store.path).recover(WRITER)


def test_files_that_do_not_count_are_not_read_and_are_swept(store: ProfileStore) -> None:
    store.commit_flush(WRITER, 1, numbers(1))
    orphan = store.path / "profiles" / f"{WRITER}-000000000002.parquet"
    compacted = orphan.with_name(f"{WRITER}-c000000000001-000000.parquet")
    pending = store.path / "pending" / orphan.name
    pending.parent.mkdir()
    for path in (orphan, compacted, pending):
        write_table(path, numbers(2), mark(WRITER))
    orphan.with_name(f"{orphan.name}.tmp").write_bytes(b"PAR1")
    others = store.files("1" * 32)
    others.commit_flush(1, numbers(7), None, None, 0)
    assert set(values(store)) == {1, 7}
    assert store.next_sequence(WRITER) == 2
    assert store.recover(WRITER) == 4
    assert store.recover(WRITER) == 0
    assert set(values(store)) == {1, 7}


def test_a_damaged_file_is_named(store: ProfileStore) -> None:
    store.commit_flush(WRITER, 1, numbers(1))
    (path,) = store.path.rglob("*.parquet")
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(FailedPreconditionError, match=rf"{path.name} cannot be read: .*; move it away"):
        values(store)


def test_a_lost_manifest_is_said_and_not_guessed(store: ProfileStore) -> None:
    store.commit_flush(WRITER, 1, numbers(1))
    (store.path / "manifests" / f"{WRITER}.json").unlink()
    for use in (values, lambda store: store.recover(WRITER)):
        with pytest.raises(FailedPreconditionError, match="counts only if a file in manifests/ says so"):
            use(ProfileStore(store.path))


def files(store: ProfileStore) -> set[Path]:
    return {path for path in store.path.rglob("*") if path.is_file()}


def test_a_manifest_is_missed_even_where_only_producers_are_left(store: ProfileStore) -> None:
    """All rows may be older than the retention, while the log and its numbers go on."""
    store.commit_flush(WRITER, 1, None, producers=numbers(1), log_position=7)
    (store.path / "manifests" / f"{WRITER}.json").unlink()
    before = files(store)
    with pytest.raises(FailedPreconditionError, match="counts only if a file in manifests/ says so"):
        ProfileStore(store.path).recover(WRITER)
    assert files(store) == before


@pytest.mark.parametrize(("later", "why"), [(2, "which it names, is not there"), (3, "is of a later flush")])
def test_an_older_manifest_is_said_and_nothing_is_removed(store: ProfileStore, later: int, why: str) -> None:
    # One flush later only what it has replaced tells.
    producers = numbers(1) if later == 2 else None
    store.commit_flush(WRITER, 1, numbers(1), producers=producers, log_position=7)
    path = store.path / "manifests" / f"{WRITER}.json"
    older = path.read_bytes()
    for sequence in range(2, later + 1):
        store.commit_flush(
            WRITER, sequence, numbers(sequence), producers=producers, log_position=7 * sequence
        )
    newest = path.read_bytes()
    path.write_bytes(older)
    before = files(store)
    with pytest.raises(FailedPreconditionError, match=rf"{path.name} does not belong .*{why}"):
        ProfileStore(store.path).recover(WRITER)
    assert files(store) == before
    path.write_bytes(newest)
    assert ProfileStore(store.path).recover(WRITER) == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"format": 1', "EOF"),
        ('{"format": 2, "writer_id": "' + WRITER + '"}', "format: Input should be 1"),
        ('{"writer_id": "' + WRITER + '", "extra": 1}', "extra: Extra inputs"),
        ('{"writer_id": "' + WRITER + '", "pending": "../../x.parquet"}', "pending: String should match"),
        ('{"writer_id": "' + "1" * 32 + '"}', f"must be the manifest of writer {WRITER}, got 1111"),
    ],
)
def test_a_damaged_manifest_is_named(store: ProfileStore, text: str, message: str) -> None:
    store.commit_flush(WRITER, 1, numbers(1))
    path = store.path / "manifests" / f"{WRITER}.json"
    path.write_text(text)
    with pytest.raises(FailedPreconditionError, match=rf"{path.name}.* {re.escape(message)}"):
        values(ProfileStore(store.path))


def test_the_writer_is_named_once(store: ProfileStore) -> None:
    name = store.writer_id()
    assert ProfileStore(store.path).writer_id() == name
    (store.path / "writer").write_text("../x")
    with pytest.raises(FailedPreconditionError, match="32 hexadecimal digits"):
        store.writer_id()


@pytest.mark.parametrize("model", ["m", "../../etc/passwd", "M", "", "a/b", "x" * 256, "é\n"])
def test_baselines_of_any_name(model: str, store: ProfileStore) -> None:
    store.write_baseline(model, "first", numbers(1))
    store.write_baseline(model, "first", numbers(2))
    store.write_baseline(model, model, numbers(3))
    found = {(each.model, each.name): each.rows.column("n").to_pylist() for each in store.read_baselines()}
    assert found == {(model, "first"): [2], (model, model): [3]}
    assert all(store.path in path.resolve().parents for path in store.path.rglob("*.parquet"))


def test_a_baseline_that_does_not_say_whose_it_is(store: ProfileStore) -> None:
    store.write_baseline("m", "b", numbers(1))
    (path,) = store.path.rglob("*.parquet")
    store.commit_flush(WRITER, 1, numbers(1))
    path.write_bytes(next((store.path / "profiles").iterdir()).read_bytes())
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
