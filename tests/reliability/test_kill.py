"""kill -9 under load: what was acknowledged is counted, once."""

import logging
import random
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.reliability.conftest import KILLS, MODEL, Arena, Ledger

MakeArena = Callable[..., Arena]


LANES = 4 if KILLS >= 100 else 1
"""Collectors that are killed at once, each on a directory of its own."""

KILLS_A_ROUND = 25
"""After so many what was counted is compared with what producers know, and new producers begin."""

logger = logging.getLogger(__name__)


@pytest.mark.timeout(300 + 60 * KILLS // LANES)
def test_nothing_is_lost_or_counted_twice(arena: MakeArena) -> None:
    scenes = [
        arena(f"lane-{lane}", flush_interval_seconds=0.4, log_segment_bytes=1 << 20) for lane in range(LANES)
    ]
    with ThreadPoolExecutor(LANES) as pool:
        kills = [KILLS // LANES + (lane < KILLS % LANES) for lane in range(LANES)]
        assert sum(pool.map(kill_and_count, scenes, kills)) == KILLS


def kill_and_count(scene: Arena, kills: int) -> int:
    """Kill a collector so often; check now and then that all of its producers' records are counted, once."""
    chance = random.Random(f"{scene.folder.name} {kills}")
    done = acknowledged = total = 0
    while done < kills:
        some = min(KILLS_A_ROUND, kills - done)
        ledger = kill_some(scene, some, chance)
        acknowledged, total = acknowledged + ledger.acknowledged, total + ledger.sum
        expected = (acknowledged, total, acknowledged)
        assert scene.counted() == expected
        scene.kill()
        scene.start()
        assert scene.counted() == expected, "after another start"
        done += some
        logger.info("%s: %d records counted, once, over %d kills", scene.folder.name, acknowledged, done)
    return done


def kill_some(scene: Arena, kills: int, chance: random.Random) -> Ledger:
    """Kill a collector while producers send, and give what they know in the end."""
    for rows in (10, 100, 500):
        scene.add_producer(rows)
    for _ in range(kills):
        time.sleep(chance.uniform(0.02, 0.8))
        scene.kill()
        scene.start()
    ledger = scene.finish()
    assert ledger.broken >= kills
    assert ledger.acknowledged > 0
    assert ledger.on_disk > 0
    assert ledger.rejected == 0
    return ledger


def test_what_is_hashed_and_how_it_is_segmented_holds_over_a_kill(arena: MakeArena) -> None:
    monitor = {"model": MODEL, "values": "hashed", "segments": [["prediction"]]}
    scene = arena(flush_interval_seconds=600.0, monitors=[monitor])
    scene.add_producer(20)
    time.sleep(0.3)
    ledger = scene.finish()
    expected = (ledger.acknowledged, ledger.sum, ledger.acknowledged)
    assert scene.counted() == expected
    scene.kill()
    for file in (scene.folder / "data").rglob("*"):
        assert file.is_dir() or b"producer-0/" not in file.read_bytes(), f"an id in {file}"
    scene.start()
    assert scene.counted() == expected


def test_a_stopped_collector_has_everything_without_its_log(arena: MakeArena) -> None:
    scene = arena(flush_interval_seconds=60.0)
    scene.add_producer(50)
    time.sleep(0.5)
    ledger = scene.finish()
    assert scene.collector.stop() == 0
    for segment in (scene.folder / "data" / "wal").iterdir():
        segment.unlink()
    scene.start()
    assert scene.counted() == (ledger.acknowledged, ledger.sum, ledger.acknowledged)


@pytest.mark.parametrize("who", ["collector", "producer"])
def test_whoever_is_stopped_for_a_while_loses_nothing(arena: MakeArena, who: str) -> None:
    # Silent for longer than the collector waits for a client.
    scene = arena(flush_interval_seconds=0.3, client_timeout_seconds=0.3)
    scene.add_producer(20)
    scene.add_producer(200)
    for _ in range(3):
        # Each has its stream, else there is nobody to be cut off.
        scene.wait_for_metric(r"driftline_open_streams 2\.0")
        process = scene.collector.process if who == "collector" else scene.producers[0]
        process.send_signal(signal.SIGSTOP)
        time.sleep(0.7)
        process.send_signal(signal.SIGCONT)
    ledger = scene.finish()
    assert ledger.acknowledged > 0
    assert ledger.broken > 0 or who == "collector", "a producer that is silent is cut off"
    assert scene.counted() == (ledger.acknowledged, ledger.sum, ledger.acknowledged)


def test_acknowledged_in_memory_means_in_memory(arena: MakeArena) -> None:
    scene = arena(ack="memory", flush_interval_seconds=60.0)
    scene.add_producer(50)
    time.sleep(0.5)
    ledger = scene.finish()
    assert ledger.on_disk == 0
    assert not list((scene.folder / "data" / "wal").glob("*.log"))
    expected: Any = (ledger.acknowledged, ledger.sum, ledger.acknowledged)
    assert scene.counted() == expected
    assert scene.collector.stop() == 0
    scene.start()
    assert scene.counted() == expected
