"""A flush counts in full or not at all, whatever fails or is killed, and can be repeated."""

import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from tests.storage.faults import KINDS, Fault, Killed, every_fault, faulty
from tests.storage.rows import WRITER, numbers

from driftline.storage import ProfileStore

Values = list[int | None]

# By log position: what rows, pending records and producers must then be.
BEFORE, AFTER, MORE = 10, 20, 30
STATES: dict[int, tuple[Values, Values | None, Values | None]] = {
    0: ([], None, None),
    BEFORE: ([1], [100], [1000]),
    AFTER: ([1, 2], [200], [2000]),
    MORE: ([1, 2, 3], [300], [3000]),
}
Start = Callable[[Path], None]

# A killed process loses nothing that it has written, so that nothing here depends on syncing.
pytestmark = pytest.mark.usefixtures("without_syncing")


def commit(store: ProfileStore, position: int) -> None:
    """The flush that leads to a state: the first one, or one of two tries of the second."""
    rows, pending, producers = STATES[position]
    sequence = 1 if position == BEFORE else 2
    assert pending is not None
    assert producers is not None
    batches = (numbers(*rows[sequence - 1 :]), numbers(*pending), numbers(*producers))
    store.commit_flush(WRITER, sequence, *batches, position)


def state(store: ProfileStore) -> tuple[Values, Values | None, Values | None]:
    rows = [value for table in store.read_rows() for value in table.column("n").to_pylist()]
    others = (store.read_pending(WRITER), store.read_producers(WRITER))
    pending, producers = (None if table is None else table.column("n").to_pylist() for table in others)
    return rows, pending, producers


def restarted(path: Path) -> ProfileStore:
    """A store as the next process finds it; nothing but what counts is left."""
    store = ProfileStore(path)
    store.recover(WRITER)
    manifest = store.read_manifest(WRITER)
    assert manifest is not None
    assert state(store) == STATES[manifest.log_position]
    named = {file.name for file in manifest.profiles}
    named |= {name for name in (manifest.pending, manifest.producers) if name}
    assert {path.name for path in store.path.rglob("*.*")} - named == {f"{WRITER}.json"}
    return store


def nothing(path: Path) -> None:
    ProfileStore(path).recover(WRITER)


def one_flush(path: Path) -> None:
    commit(ProfileStore(path), BEFORE)


@pytest.mark.parametrize(("start", "position"), [(nothing, BEFORE), (one_flush, AFTER)])
def test_a_fault_at_every_step(tmp_path: Path, start: Start, position: int) -> None:
    path = tmp_path / "data"

    def prepare() -> None:
        shutil.rmtree(path, ignore_errors=True)
        start(path)

    faults = every_fault(lambda: commit(ProfileStore(path), position), prepare)
    assert len(faults) > 4 * 20
    outcomes = set()
    prepare()
    earlier = ProfileStore(path).read_manifest(WRITER)
    assert earlier is not None
    for fault in faults:
        prepare()
        store = ProfileStore(path)
        committed = False
        with faulty(fault), suppress(OSError, Killed):
            commit(store, position)
            committed = True
        found = restarted(path).read_manifest(WRITER)
        assert found is not None
        assert found.log_position in ((position,) if committed else (earlier.log_position, position)), fault
        outcomes.add((committed, found.log_position))
        if not committed and fault.kind.startswith("fails"):
            commit(store, position)
        again = restarted(path)
        if found.log_position != position and fault.kind.startswith("killed"):
            commit(again, position)
        assert state(restarted(path)) == STATES[position], fault
    assert {(False, earlier.log_position), (False, position)} <= outcomes


def test_a_failed_flush_is_repeated_with_more_and_that_is_killed(tmp_path: Path) -> None:
    """After a failure the manifest on disk may name files that the repetition writes anew, with other rows."""
    path = tmp_path / "data"

    def prepare() -> None:
        shutil.rmtree(path, ignore_errors=True)
        one_flush(path)

    for first in every_fault(lambda: commit(ProfileStore(path), AFTER), prepare):
        if not first.kind.startswith("fails"):
            continue

        def failed(first: Fault = first) -> ProfileStore | None:
            prepare()
            store = ProfileStore(path)
            with faulty(first), suppress(OSError):
                commit(store, AFTER)
                return None
            return store

        store = failed()
        if store is None:
            continue
        with faulty(None) as steps:
            commit(store, MORE)
        assert state(restarted(path)) == STATES[MORE]
        for step in range(first.step % 4, len(steps), 4):
            store = failed()
            assert store is not None
            kind = KINDS[2 + step % 2]
            with faulty(Fault(step, kind)), suppress(Killed):
                commit(store, MORE)
            restarted(path)


def test_an_older_directory_is_taken_over_whole_or_not(tmp_path: Path, older: ProfileStore) -> None:
    path = tmp_path / "copy"

    def prepare() -> None:
        shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(older.path, path)

    expected = ([1, 2], [2], None)
    assert state(older)[0] == expected[0], "without a manifest all files count"
    for fault in every_fault(lambda: ProfileStore(path).recover(WRITER), prepare):
        prepare()
        with faulty(fault), suppress(OSError, Killed):
            ProfileStore(path).recover(WRITER)
        assert state(ProfileStore(path))[0] == expected[0], fault
        store = ProfileStore(path)
        store.recover(WRITER)
        assert state(store) == expected
        assert store.next_sequence(WRITER) == 3
