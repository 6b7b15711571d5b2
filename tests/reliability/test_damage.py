"""Files that are damaged: refused loudly, repaired on demand, and nothing else is lost."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.reliability.conftest import Arena

from driftline.demo.process import CollectorProcess
from driftline.errors import UnavailableError

MakeArena = Callable[..., Arena]
ROWS = 50


def killed(arena: MakeArena) -> tuple[Arena, int]:
    """A data directory whose records are all in the log, and their number."""
    scene = arena(flush_interval_seconds=600.0)
    scene.add_producer(ROWS)
    time.sleep(0.3)
    ledger = scene.finish()
    scene.kill()
    return scene, ledger.acknowledged


def segment_of(scene: Arena) -> Path:
    (segment,) = (scene.folder / "data" / "wal").glob("*.log")
    return segment


def repair(scene: Arena, *options: str) -> "subprocess.CompletedProcess[str]":
    program = Path(sys.executable).with_name("driftline")
    command = [str(program), "repair", str(scene.folder / "data"), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_damaged_record_is_refused_and_can_be_given_up(arena: MakeArena) -> None:
    scene, acknowledged = killed(arena)
    content = bytearray(segment_of(scene).read_bytes())
    place = content.index(b"prediction")
    content[place] ^= 1
    segment_of(scene).write_bytes(content)
    with pytest.raises(UnavailableError, match=r"(?s)exit code 1.*record 1 was durable and cannot be read"):
        scene.start()
    refused = repair(scene)
    assert refused.returncode == 1
    assert segment_of(scene).name in refused.stderr
    assert "driftline repair --accept-data-loss" in refused.stderr
    repaired = repair(scene, "--accept-data-loss")
    assert repaired.returncode == 0, repaired.stderr
    assert "lost: records 1 to 1" in repaired.stdout
    scene.start()
    records, _, labels = scene.counted()
    assert (records, labels) == (acknowledged - ROWS, acknowledged - ROWS)


def test_a_torn_tail_is_cut_and_told(arena: MakeArena) -> None:
    scene, acknowledged = killed(arena)
    segment = segment_of(scene)
    content = bytearray(segment.read_bytes())
    # The mark behind the last record, and the end of that record: what a power cut leaves of a write.
    end = max(place for place, byte in enumerate(content) if byte) + 1
    content[end - 200 :] = bytes(len(content) - end + 200)
    segment.write_bytes(content)
    scene.start()
    assert "was cut" in scene.collector.log.read_text()
    records, _, _ = scene.counted()
    assert records == acknowledged - ROWS


def test_two_collectors_do_not_share_a_directory(arena: MakeArena, tmp_path: Path) -> None:
    scene = arena()
    other = {"data_dir": str(scene.folder / "data")}
    (tmp_path / "other").mkdir()
    with pytest.raises(UnavailableError, match="must be used by one collector"):
        CollectorProcess.start(tmp_path / "other", other)
    refused = repair(scene)
    assert refused.returncode == 1
    assert "must be used by one collector" in refused.stderr


def test_repair_of_a_whole_directory_changes_no_answer(arena: MakeArena) -> None:
    scene, acknowledged = killed(arena)
    repaired = repair(scene)
    assert (repaired.returncode, repaired.stderr) == (0, "")
    assert "is whole" in repaired.stdout
    scene.start()
    assert scene.counted()[0] == acknowledged
