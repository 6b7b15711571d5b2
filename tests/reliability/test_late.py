"""Records that are late by days: each is counted in its own window, whatever has become of that meanwhile."""

import random
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import Any

from tests.reliability.batches import DAY, HOUR, MINUTE, request, send
from tests.reliability.conftest import MODEL, Arena

import driftline
from driftline.storage import ProfileStore

MakeArena = Callable[..., Arena]
ROWS = 20
LATE = [0, MINUTE, HOUR, DAY, 2 * DAY + 5 * MINUTE, 3 * DAY, 40 * DAY, 400 * DAY]


def at(instant: int) -> datetime:
    return datetime.fromtimestamp(instant / 1e9, UTC)


def counts_by_day(scene: Arena, days: set[int]) -> dict[int, int]:
    """Records of each day."""
    counts = {}
    with driftline.connect(scene.collector.grpc_address) as monitor:
        for day in days:
            columns: Any = monitor.summary(MODEL, start=at(day), end=at(day + DAY))
            counts[day] = {each.column: each.count for each in columns}.get("x", 0)
    return counts


def test_what_is_late_by_days_lands_in_its_window(arena: MakeArena) -> None:
    """Windows of the older days have become hours and days when more comes for them, and files have been merged."""
    scene = arena(
        flush_interval_seconds=0.02,
        compaction_interval_seconds=0.1,
        rollup={"hourly_after": "1d", "daily_after": "2d"},
    )
    now = time.time_ns()
    chance = random.Random(7)
    expected: Counter[int] = Counter()
    numbers = count(1)

    def log(late: int) -> None:
        times = [now - late - chance.randrange(10 * MINUTE) for _ in range(ROWS)]
        assert send(scene, request(next(numbers), times)).records == ROWS
        expected.update(instant // DAY * DAY for instant in times)

    for _ in range(3):
        late = list(LATE)
        chance.shuffle(late)
        for each in late:
            log(each)
        assert counts_by_day(scene, set(expected)) == expected
        # As many flushes as it takes until files are merged.
        deadline = time.monotonic() + 300.0
        while not {HOUR, DAY} <= lengths(scene):
            assert time.monotonic() < deadline, "old windows become long"
            log(0)
        assert counts_by_day(scene, set(expected)) == expected
    scene.kill()
    scene.start()
    assert counts_by_day(scene, set(expected)) == expected
    total = sum(expected.values())
    assert scene.counted() == (total, total, total)
    assert 'driftline_late_records_total{model="killed",version="1"}' in scene.collector.get("/metrics")


def lengths(scene: Arena) -> set[int]:
    """Lengths that the windows of merged files have."""
    (path,) = (scene.folder / "data" / "manifests").glob("*.json")
    manifest = ProfileStore(scene.folder / "data").read_manifest(path.stem)
    assert manifest is not None
    return {file.window_length for file in manifest.profiles}
