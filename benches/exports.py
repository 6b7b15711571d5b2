"""What exporters and rules cost the ingest of records, while destinations take what they get and while they are dead.

Windows are a second long and compared with a baseline, so that there is a window to tell every second.
"""

import os
import socket
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

import driftline
from benches.data import ALL, batches_of, read_batches
from benches.doors import MODEL, GrpcDoor
from benches.figures import OURS, Sample
from driftline.demo.process import CollectorProcess

ROWS = 10_000
#: Enough for some windows a run.
MESSAGES = 1_000
DISTINCT_MESSAGES = 40
MONITOR = {"model": MODEL, "window": "1s", "recent": "10s"}
EXPORTER = {"grace": "0s", "batch_windows": 1}


def measure(bench: str, folder: Path, runs: int) -> tuple[list[Sample], dict[str, str]]:
    """Samples of rows a second, processor time and memory, by who is told; collectors take turns, run by run."""
    table = pa.Table.from_batches(read_batches(folder, ALL))
    batches = list(batches_of(table, ROWS))[:DISTINCT_MESSAGES]
    speeds: dict[str, list[float]] = {}
    processor: dict[str, list[float]] = {}
    memory: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory(prefix="driftline-bench-") as working, ExitStack() as running:
        doors = {}
        for name, settings in _arrangements(Path(working)).items():
            collector = running.enter_context(_collector(Path(working) / name.replace(" ", "-"), settings))
            with driftline.connect(collector.grpc_address) as monitor:
                monitor.set_baseline(MODEL, "training", driftline.profile(table.slice(0, ROWS)))
            doors[name] = (collector, GrpcDoor(collector.grpc_address, batches))
        for turn in range(runs + 1):
            # Who comes after whom changes.
            order = list(doors.items())
            for name, (collector, door) in order[turn % len(order) :] + order[: turn % len(order)]:
                print(f"{bench} {name} ...", file=sys.stderr)
                before = _processor_seconds(collector)
                speed = _speed(door)
                took = _processor_seconds(collector) - before
                if turn > 0:
                    speeds.setdefault(name, []).append(speed)
                    processor.setdefault(name, []).append(took)
                    memory.setdefault(name, []).append(peak_mebibytes(collector))
    return [
        *(Sample(bench, str(ROWS), name, "rows/s", values) for name, values in speeds.items()),
        *(Sample(f"{bench}_processor", str(ROWS), name, "s", values) for name, values in processor.items()),
        *(Sample(f"{bench}_memory", str(ROWS), name, "MiB", values) for name, values in memory.items()),
    ], {}


def _arrangements(working: Path) -> dict[str, Mapping[str, Any]]:
    """Settings of the collectors."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        dead = f"127.0.0.1:{held.getsockname()[1]}"
    told = {"type": "json_lines", "path": str(working / "windows.jsonl")}
    all_dead: dict[str, dict[str, Any]] = {
        "lines": {"type": "json_lines", "tcp": dead},
        "elastic": {"type": "elasticsearch", "url": f"http://{dead}"},
        "prometheus": {"type": "prometheus_remote_write", "url": f"http://{dead}/api/v1/write"},
        "otlp": {"type": "otlp", "endpoint": f"http://{dead}", "protocol": "http/protobuf"},
    }
    rule = {"name": "AnyColumnDrifted", "model": MODEL, "when": {"evidence": "drift"}}
    return {
        OURS: {},
        "told": {"exporters": {"lines": EXPORTER | told}},
        "dead": {"exporters": {name: EXPORTER | settings for name, settings in all_dead.items()}},
        "rules": {"alerting": {"grace": "0s", "rules": [rule]}},
    }


@contextmanager
def _collector(folder: Path, settings: Mapping[str, Any]) -> Iterator[CollectorProcess]:
    folder.mkdir()
    collector = CollectorProcess.start(folder, {"ack": "memory", "monitors": [MONITOR], **settings})
    try:
        yield collector
    finally:
        collector.stop()


def _speed(door: GrpcDoor) -> float:
    run = door.prepare(MESSAGES)
    before = time.perf_counter()
    counted = run()
    seconds = time.perf_counter() - before
    if counted != ROWS * MESSAGES:
        raise RuntimeError(f"{counted} records were counted, {ROWS * MESSAGES} were sent")
    return counted / seconds


def _processor_seconds(collector: CollectorProcess) -> float:
    """What all its threads have taken so far, by the operating system (Linux)."""
    fields = Path(f"/proc/{collector.process.pid}/stat").read_text().rpartition(")")[2].split()
    user, system = fields[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def peak_mebibytes(collector: CollectorProcess) -> float:
    """The most that it has held so far, by the operating system (Linux)."""
    status = Path(f"/proc/{collector.process.pid}/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024
