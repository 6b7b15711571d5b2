"""End to end: rows a second through gRPC on loopback, against servers that receive and do nothing else.

Each server is a process of its own; the client sends messages that were encoded beforehand, so that doors and engine
are measured and not the encoding of Arrow.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from benches.data import ALL, batches_of, read_batches
from benches.doors import Door, FlightDoor, GrpcDoor
from benches.figures import OURS, Sample
from benches.rounds import ROOT
from driftline.demo.process import CollectorProcess, free_addresses

#: Rows a message, and messages a run: enough for a second or so.
MESSAGES = {100: 4_000, 1_000: 1_000, 10_000: 100}
DISTINCT_MESSAGES = 50

MakeDoor = Callable[[str, Sequence[pa.RecordBatch]], Door]


def measure(bench: str, folder: Path, runs: int) -> tuple[list[Sample], dict[str, str]]:
    """Samples in rows a second by rows a message; the subjects take turns, run by run."""
    table = pa.Table.from_batches(read_batches(folder, ALL))
    samples = []
    with (
        _collector("memory") as collector,
        _collector("durable") as durable,
        _do_nothing("grpc") as grpc_idle,
        _do_nothing("flight") as flight_idle,
    ):
        servers: dict[str, tuple[MakeDoor, str]] = {
            OURS: (GrpcDoor, collector.grpc_address),
            f"{OURS}-durable": (GrpcDoor, durable.grpc_address),
            f"{OURS}-flight": (FlightDoor, collector.flight_address),
            "do-nothing": (GrpcDoor, grpc_idle),
            "do-nothing-flight": (FlightDoor, flight_idle),
        }
        for rows, messages in MESSAGES.items():
            print(f"{bench} {rows} ...", file=sys.stderr)
            distinct = min(DISTINCT_MESSAGES, table.num_rows // rows)
            batches = list(batches_of(table.slice(0, distinct * rows), rows))
            doors = {name: make(address, batches) for name, (make, address) in servers.items()}
            speeds = _take_turns(doors, rows, messages, runs)
            samples += [Sample(bench, str(rows), name, "rows/s", values) for name, values in speeds.items()]
    return samples, {}


def _take_turns(doors: dict[str, Door], rows: int, messages: int, runs: int) -> dict[str, list[float]]:
    """Rows a second of each run, after one that is not measured."""
    speeds: dict[str, list[float]] = {name: [] for name in doors}
    for turn in range(runs + 1):
        for name, door in doors.items():
            run = door.prepare(messages)
            before = time.perf_counter()
            counted = run()
            seconds = time.perf_counter() - before
            if name.startswith(OURS) and counted != rows * messages:
                raise RuntimeError(f"{name} counted {counted} records, {rows * messages} were sent")
            if turn > 0:
                speeds[name].append(rows * messages / seconds)
    return speeds


@contextmanager
def _collector(ack: str) -> Iterator[CollectorProcess]:
    with tempfile.TemporaryDirectory(prefix="driftline-bench-") as folder:
        collector = CollectorProcess.start(Path(folder), {"ack": ack})
        try:
            yield collector
        finally:
            collector.stop()


@contextmanager
def _do_nothing(door: str) -> Iterator[str]:
    """A server that receives and does nothing else, in its own process."""
    (address,) = free_addresses(1)
    command = [sys.executable, "-m", "benches.do_nothing", door, address]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()  # it says when it listens
        try:
            yield address
        finally:
            process.terminate()
