"""A disk that fills up: refused, not lost, and taken again when there is space."""

import contextlib
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.reliability.conftest import Arena

MEBIBYTE = 1 << 20


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MiB in memory, where it may be mounted."""
    path = tmp_path / "disk"
    path.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(path)]
    try:
        mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("a small file system can only be mounted by root")
    try:
        yield path
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)


def test_a_full_disk_loses_nothing(arena: Callable[..., Arena], small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(4 * MEBIBYTE))
    scene = arena(
        data_dir=str(small_disk / "data"),
        flush_interval_seconds=1.0,
        log_segment_bytes=256 * 1024,
        flush_log_bytes=1 << 30,
    )
    filler = small_disk / "filler"
    scene.add_producer(200)
    scene.wait_for_metric(r"driftline_records_total [1-9].*")
    # Without a buffer, whose rest would be written, and refused, once more when the file is closed.
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(64 * 1024))
    time.sleep(2.0)
    scene.wait_for_metric(r'driftline_batches_rejected_total\{reason="unavailable"\} [1-9].*')
    assert scene.collector.get("/healthz") == "ok\n"
    filler.unlink()
    ballast.unlink()
    ledger = scene.finish()
    assert ledger.rejected == 0
    assert ledger.broken > 0
    assert scene.counted() == (ledger.acknowledged, ledger.sum, ledger.acknowledged)
    scene.kill()
    scene.start()
    assert scene.counted() == (ledger.acknowledged, ledger.sum, ledger.acknowledged)
