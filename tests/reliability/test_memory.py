"""Far more windows than fit into memory: the core keeps to its budget, and nothing is missed in the answers."""

import os
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pyarrow as pa
from prometheus_client.parser import text_string_to_metric_families
from tests.reliability.conftest import MODEL, Arena

import driftline
from driftline.v1 import ingest_pb2

MEBIBYTE = 1 << 20
LIMIT = 32 * MEBIBYTE
# What the process takes beyond: flushes write compressed Parquet, and the system's allocator keeps what was freed.
MOST_RESIDENT = 224 * MEBIBYTE

MINUTE = 60_000_000_000
WINDOWS = 100
ROWS_A_WINDOW = 20
BATCHES = int(os.environ.get("DRIFTLINE_MEMORY_BATCHES", "120"))

MakeArena = Callable[..., Arena]


class Watch:
    """The highest that was seen of the memory of a collector: what its core counts, and what the system does."""

    def __init__(self, arena: Arena) -> None:
        self._arena = arena
        self.core = self.resident = 0
        self.last: dict[str, float] = {}

    def look(self) -> None:
        with urllib.request.urlopen(f"http://{self._arena.settings['http_address']}/metrics") as answer:
            families = text_string_to_metric_families(answer.read().decode())
        samples = [sample for family in families for sample in family.samples]
        self.last = {sample.name: sample.value for sample in samples if not sample.labels}
        self.core = max(self.core, int(self.last["driftline_memory_bytes"]))
        status = Path(f"/proc/{self._arena.collector.process.pid}/status")
        if status.exists():
            resident = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
            self.resident = max(self.resident, int(resident.split()[1]) * 1024)

    @contextmanager
    def while_it_lasts(self) -> Iterator[None]:
        """Look now and then until the block ends."""
        done = threading.Event()

        def watch() -> None:
            while not done.wait(0.1):
                # Nobody listens yet while a collector starts.
                with suppress(OSError):
                    self.look()

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            yield
        finally:
            done.set()
            watcher.join()
        self.look()


def request(number: int, start: int) -> bytes:
    """Rows of a hundred minutes of their own, with words that no other row has."""
    rows = np.arange(WINDOWS * ROWS_A_WINDOW)
    instants = start + (number * WINDOWS + rows // ROWS_A_WINDOW) * MINUTE
    columns: dict[str, Any] = {
        "timestamp": pa.array(instants, pa.timestamp("ns", "UTC")),
        "x": (rows % 7).astype(np.float64),
        "word": pa.array([f"{number:08}-{row:08}-{'w' * 80}" for row in rows.tolist()]),
    }
    batch = pa.record_batch(columns)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    message = ingest_pb2.IngestRequest(
        producer_id="p", sequence=number + 1, model=MODEL, version="1", records=sink.getvalue().to_pybytes()
    )
    return message.SerializeToString()


def send(arena: Arena, start: int) -> int:
    """Send all batches, each until it is taken; how often one was not."""
    refused = 0
    with grpc.insecure_channel(arena.collector.grpc_address) as channel:
        call = channel.unary_unary("/driftline.v1.IngestService/IngestBatch", None, None)
        for number in range(BATCHES):
            message = request(number, start)
            while True:
                try:
                    call(message, timeout=30)
                    break
                except grpc.RpcError as error:
                    if error.code() != grpc.StatusCode.UNAVAILABLE:
                        raise
                    refused += 1
                    time.sleep(0.05)
    return refused


def check_answers(arena: Arena, start: int) -> None:
    """All windows, and those of some of the oldest."""
    windows = BATCHES * WINDOWS
    with driftline.connect(arena.collector.grpc_address) as monitor:
        everything = {column.column: column for column in monitor.summary(MODEL)}
        assert everything["x"].count == windows * ROWS_A_WINDOW
        assert everything["word"].count == windows * ROWS_A_WINDOW
        assert abs(everything["word"].distinct.value / (windows * ROWS_A_WINDOW) - 1) < 0.05
        (version,) = monitor.models()[MODEL].versions
        assert (version.coverage.windows, version.coverage.records) == (windows, windows * ROWS_A_WINDOW)
        instants = [datetime.fromtimestamp((start + at * MINUTE) / 1e9, UTC) for at in (50, 150)]
        oldest = {
            column.column: column for column in monitor.summary(MODEL, start=instants[0], end=instants[1])
        }
        assert oldest["x"].count == 100 * ROWS_A_WINDOW


def test_the_core_keeps_to_its_budget_and_answers_miss_nothing(arena: MakeArena) -> None:
    scene = arena(
        memory_bytes=LIMIT,
        max_message_bytes=MEBIBYTE,
        flush_interval_seconds=3_600.0,
        compaction_interval_seconds=3_600.0,
        threads=1,
    )
    start = time.time_ns() // MINUTE * MINUTE - BATCHES * WINDOWS * MINUTE
    before, watch = Watch(scene), Watch(scene)
    before.look()
    with watch.while_it_lasts():
        send(scene, start)
        check_answers(scene, start)
    assert watch.last["driftline_windows_evicted_total"] > BATCHES * WINDOWS / 4
    assert watch.core <= 1.25 * LIMIT
    assert watch.resident - before.resident <= MOST_RESIDENT
    assert scene.collector.stop() == 0
    start_again(scene, start, before.resident)


def start_again(scene: Arena, start: int, resident: int) -> dict[str, float]:
    """Start within the budget, and check that nothing is missing; gives the last numbers."""
    scene.settings["memory_bytes"] = LIMIT
    watch = Watch(scene)
    with watch.while_it_lasts():
        scene.start()
        check_answers(scene, start)
    assert watch.core <= 1.25 * LIMIT
    assert watch.resident <= resident + MOST_RESIDENT
    return watch.last


def test_a_log_of_more_than_fits_is_counted_again_within_the_budget(arena: MakeArena) -> None:
    scene = arena(
        max_message_bytes=MEBIBYTE,
        flush_interval_seconds=3_600.0,
        compaction_interval_seconds=3_600.0,
        threads=1,
    )
    start = time.time_ns() // MINUTE * MINUTE - BATCHES * WINDOWS * MINUTE
    before = Watch(scene)
    before.look()
    send(scene, start)
    before.look()
    assert before.core > 1.5 * LIMIT, "more than what will fit"
    scene.kill()
    last = start_again(scene, start, before.resident)
    assert last["driftline_profile_files"] > 1, "flushed while it was counted again"
