"""How fast a collector that was killed is back: rows a second that are counted again from its log."""

import shutil
import tempfile
import time
from pathlib import Path

import pyarrow as pa

from benches.data import ALL, batches_of, read_batches
from benches.doors import GrpcDoor
from benches.figures import OURS, Sample
from driftline._core import Engine
from driftline.demo.process import CollectorProcess

#: Rows a message, and messages in the log.
MESSAGES = {1_000: 500, 10_000: 100}


def measure(bench: str, folder: Path, runs: int) -> tuple[list[Sample], dict[str, str]]:
    """Samples in rows a second by rows a message; each run replays a copy of the same log."""
    table = pa.Table.from_batches(read_batches(folder, ALL))
    samples = []
    for rows, messages in MESSAGES.items():
        with tempfile.TemporaryDirectory(prefix="driftline-bench-") as working:
            log = _write_log(Path(working), list(batches_of(table, rows)), messages)
            speeds = [rows * messages / _replay(log, rows * messages) for _ in range(runs + 1)]
        samples.append(Sample(bench, str(rows), OURS, "rows/s", speeds[1:]))
    return samples, {}


def _write_log(folder: Path, batches: list[pa.RecordBatch], messages: int) -> Path:
    """The log of a collector that was killed before its first flush."""
    settings = {"flush_interval_seconds": 3_600, "flush_log_bytes": 1 << 40}
    collector = CollectorProcess.start(folder, settings)
    try:
        GrpcDoor(collector.grpc_address, batches).prepare(messages)()
    finally:
        collector.process.kill()
        collector.process.wait()
    return folder / "data" / "wal"


def _replay(log: Path, records: int) -> float:
    with tempfile.TemporaryDirectory(prefix="driftline-bench-") as folder:
        copy = shutil.copytree(log, Path(folder) / "wal")
        engine = Engine("bench", threads=2)
        before = time.perf_counter()
        recovery = engine.open_log(copy, 0, goes_on=False)
        seconds = time.perf_counter() - before
    if recovery.records != records:
        raise RuntimeError(f"{recovery.records} records came back, {records} were sent")
    return seconds
