"""A manifest that is lost, torn or put back from an older copy: said, with what to do, and nothing is counted twice."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.reliability.conftest import Arena
from tests.storage.rows import NOW, send

from driftline._core import Engine
from driftline.collector.flusher import Flusher
from driftline.collector.state import make_whole
from driftline.config import CollectorConfig
from driftline.errors import DamagedStateError, UnavailableError
from driftline.storage import ProfileStore, load_engine
from driftline.storage.manifest import Manifest
from driftline.v1 import query_pb2

MakeArena = Callable[..., Arena]

SECONDS = 120.0


def manifest_of(scene: Arena) -> Path:
    (path,) = (scene.folder / "data" / "manifests").glob("*.json")
    return path


def flushes(path: Path) -> int:
    return Manifest.model_validate_json(path.read_bytes()).flush_sequence


def files(folder: Path) -> dict[str, int]:
    """Everything in a data directory that a start must not touch before it knows what counts."""
    found = (path for path in folder.rglob("*") if path.is_file() and path.name != "lock")
    return {str(path.relative_to(folder)): path.stat().st_size for path in found}


def killed_after_flushes(arena: MakeArena, count: int) -> tuple[Arena, tuple[int, int, int], list[bytes]]:
    """A collector killed after so many flushes at least, what it had counted, and its manifests in their order."""
    scene = arena(flush_interval_seconds=0.15)
    scene.add_producer(20)
    copies: list[bytes] = []
    deadline = time.monotonic() + SECONDS
    while len(copies) < count:
        assert time.monotonic() < deadline
        content = manifest_of(scene).read_bytes()
        if flushes(manifest_of(scene)) > 0 and content not in copies:
            copies.append(content)
        time.sleep(0.02)
    ledger = scene.finish()
    scene.kill()
    return scene, (ledger.acknowledged, ledger.sum, ledger.acknowledged), copies


def test_a_manifest_that_is_lost_torn_or_older_stops_the_start_until_it_is_back(arena: MakeArena) -> None:
    scene, expected, copies = killed_after_flushes(arena, 3)
    path = manifest_of(scene)
    newest = path.read_bytes()
    for content, message in (
        (None, "counts only if a file in manifests/ says so.*put back a copy"),
        (newest[: len(newest) // 2], "is not a manifest.*put back a copy"),
        (copies[0], "does not belong to the files beside it.*put back the newest copy"),
    ):
        path.unlink(missing_ok=True)
        if content is not None:
            path.write_bytes(content)
        before = files(scene.folder / "data")
        with pytest.raises(UnavailableError, match=rf"(?s)exit code 1.*{path.stem}.*{message}"):
            scene.start()
        assert files(scene.folder / "data") == before
    program = Path(sys.executable).with_name("driftline")
    repair = [str(program), "repair", str(scene.folder / "data"), "--accept-data-loss"]
    refused = subprocess.run(repair, capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert "does not belong to the files beside it" in refused.stderr, "records are given up, files are not"
    path.write_bytes(newest)
    scene.start()
    assert scene.counted() == expected


def flushed_twice(folder: Path, segment_bytes: int) -> tuple[ProfileStore, bytes]:
    """A directory after two flushes, and the manifest of the first; nobody has a number, so that only rows tell."""
    store = ProfileStore(folder)
    engine = Engine(store.writer_id(), hash_key=store.hash_key())
    store.check(store.writer_id())
    engine.open_log(folder / "wal", 0, segment_bytes)
    flusher = Flusher(engine, store, 60.0)
    for _ in range(20):
        send(engine, [NOW])
    flusher.flush()
    (path,) = (folder / "manifests").glob("*.json")
    first = path.read_bytes()
    for _ in range(20):
        send(engine, [NOW])
    flusher.flush()
    # Segments are used again after the flush that has freed them.
    for _ in range(20):
        send(engine, [NOW])
    return store, first


def records(store: ProfileStore) -> int:
    engine = Engine()
    load_engine(store, engine)
    stats = query_pb2.StatsResponse.FromString(engine.query("Stats", b"", NOW))
    return sum(version.records for version in stats.versions)


def test_a_manifest_older_by_one_flush_is_made_good_by_the_log(tmp_path: Path) -> None:
    """What that flush has left looks like what a crash leaves; the log, still whole, has all that it held."""
    store, first = flushed_twice(tmp_path, 1 << 20)
    (path,) = (tmp_path / "manifests").glob("*.json")
    path.write_bytes(first)
    store = ProfileStore(tmp_path)
    assert make_whole(store, CollectorConfig(data_dir=tmp_path))[1] == []
    assert records(store) == 60


def test_a_manifest_older_than_the_log_is_refused_before_anything_is_removed(tmp_path: Path) -> None:
    store, first = flushed_twice(tmp_path, 1 << 12)
    (path,) = (tmp_path / "manifests").glob("*.json")
    newest = path.read_bytes()
    path.write_bytes(first)
    before = files(tmp_path)
    with pytest.raises(DamagedStateError, match=r"was durable and cannot be read.*driftline repair"):
        make_whole(ProfileStore(tmp_path), CollectorConfig(data_dir=tmp_path))
    assert files(tmp_path) == before, "the rows of the flush that it does not know are still there"
    path.write_bytes(newest)
    store = ProfileStore(tmp_path)
    assert make_whole(store, CollectorConfig(data_dir=tmp_path))[1] == []
    assert records(store) == 60
