"""Full load for long, with a collector that is stopped and killed again and again: memory stays flat, counts right.

``DRIFTLINE_SOAK_MINUTES`` makes it long: `make soak`.
"""

import os
import re
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.reliability.conftest import Arena

MINUTES = float(os.environ.get("DRIFTLINE_SOAK_MINUTES", "0.1"))
LIVES = max(4, round(2 * MINUTES))
"""Collectors that follow each other, each for half a minute or as long as there is; the first one warms up."""

MOST_RISE = 1.25 if MINUTES >= 1 else 1.5
"""Resident memory of the last third of the lives, over that of the first; short lives are still warming up."""

MEBIBYTE = 1 << 20

pytestmark = [
    pytest.mark.timeout(120 + 120 * MINUTES),
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="resident memory is read from /proc"),
]


def resident_bytes(scene: Arena) -> int:
    status = Path(f"/proc/{scene.collector.process.pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) * 1_024


def gauge(page: str, name: str) -> float:
    (value,) = re.findall(rf"^{name} (\S+)$", page, re.MULTILINE)
    return float(value)


def test_memory_is_flat_and_counts_are_right_over_many_lives(
    arena: Callable[..., Arena], capsys: pytest.CaptureFixture[str]
) -> None:
    # What waits for labels lasts ten seconds, so that the state itself stays as large as it is; by default it would
    # grow for seven days.
    monitor = {"model": "killed", "label_horizon": "10s", "window": "10m"}
    scene = arena(flush_interval_seconds=1.0, compaction_interval_seconds=5.0, monitors=[monitor])
    for rows in (10_000, 10_000, 20):
        scene.add_producer(rows)
    while gauge(scene.collector.get("/metrics"), "driftline_records_total") < 200_000:
        time.sleep(0.05)
    lives: list[tuple[int, float, float]] = []
    for life in range(LIVES):
        # The same phase of each life: all of it but the last moment.
        time.sleep(MINUTES * 60 / LIVES)
        page = scene.collector.get("/metrics")
        state = gauge(page, "driftline_cells"), gauge(page, "driftline_pending_predictions")
        lives.append((resident_bytes(scene), *state))
        if life % 2:
            scene.kill()
        else:
            assert scene.collector.stop() == 0
        scene.start()
    ledger = scene.finish()
    assert scene.counted() == (ledger.acknowledged, ledger.sum, ledger.acknowledged)
    assert ledger.rejected == 0
    residents = [resident for resident, _, _ in lives[1:]]
    third = len(residents) // 3
    with capsys.disabled():
        megabytes = [round(resident / MEBIBYTE) for resident in residents]
        told = f"{len(lives)} lives, {ledger.acknowledged} records; resident MiB: {megabytes}"
        sys.stdout.write(f"\n{told}\n")
    first, last = (statistics.median(part) for part in (residents[:third], residents[-third:]))
    assert last < MOST_RISE * first, f"{first} to {last} bytes; cells and what waits: {lives}"
