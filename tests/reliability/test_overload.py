"""A flood on a collector whose engine stands still: memory stays bounded, nothing that was acknowledged is lost."""

import json
import os
import re
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pyarrow as pa
import pytest

import driftline
from driftline.client.retry_info import retry_seconds
from driftline.v1 import ingest_pb2, ingest_pb2_grpc

MEBIBYTE = 1 << 20
BUDGET = 16 * MEBIBYTE
MESSAGE = 2 * MEBIBYTE
ROWS = MESSAGE // 8
CONNECTIONS = 7
SENDERS = 7
"""Of each kind on each connection; gRPC itself takes 16 calls on one."""

MESSAGES = 3
STALL_SECONDS = float(os.environ.get("DRIFTLINE_STALL_SECONDS", "2"))
MOST_GROWTH = 128 * MEBIBYTE
"""The budget, what gRPC reads before it counts, and what allocators keep; without a budget it is nearly 400 MiB."""


class Stalled:
    """The process of ``stalled_collector.py``."""

    def __init__(self, **settings: Any) -> None:
        script = Path(__file__).with_name("stalled_collector.py")
        self.process = subprocess.Popen(
            [sys.executable, str(script), json.dumps(settings)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=script.parent.parent.parent,
            env=os.environ | {"PYTHONPATH": str(script.parent.parent.parent)},
        )
        assert self.process.stdout is not None
        self.grpc_address, self.http_address = self.process.stdout.readline().split()

    def tell(self, word: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()

    def metric(self, name: str) -> float:
        with urllib.request.urlopen(f"http://{self.http_address}/metrics", timeout=20) as response:
            (value,) = re.findall(rf"^{re.escape(name)} ([\d.e+]+)$", response.read().decode(), re.MULTILINE)
        return float(value)

    def peak_bytes(self) -> int:
        """The most memory that it ever held."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        (kibibytes,) = re.findall(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
        return int(kibibytes) * 1024


@pytest.fixture
def start() -> Iterator[Callable[..., Stalled]]:
    started: list[Stalled] = []

    def make(**settings: Any) -> Stalled:
        started.append(Stalled(**settings))
        return started[-1]

    yield make
    for each in started:
        each.process.kill()
        each.process.communicate()


class Flood:
    """Senders that know nothing of pace: each sends until all that it has is acknowledged."""

    def __init__(self, address: str) -> None:
        sink = pa.BufferOutputStream()
        batch = pa.record_batch({"x": pa.array(np.ones(ROWS))})
        with pa.ipc.new_stream(sink, batch.schema) as writer:
            writer.write_batch(batch)
        self._records = sink.getvalue().to_pybytes()
        self._channels = [
            grpc.insecure_channel(address, options=[("grpc.use_local_subchannel_pool", 1)])
            for _ in range(CONNECTIONS)
        ]
        self._lock = threading.Lock()
        self._over = time.monotonic() + STALL_SECONDS + 60.0
        self.acknowledged = self.duplicates = self.refused = 0
        self.other_errors: list[grpc.RpcError] = []
        self._done: dict[str, int] = {}
        self._threads = []
        for place, channel in enumerate(self._channels):
            stub: Any = ingest_pb2_grpc.IngestServiceStub(channel)  # type: ignore[no-untyped-call]
            for number in range(SENDERS):
                for kind, send in (("stream", self._stream), ("single", self._single)):
                    name = f"{place}/{number}/{kind}"
                    self._threads.append(threading.Thread(target=self._send, args=[send, stub, name]))
        for thread in self._threads:
            thread.start()

    def finish(self) -> None:
        for thread in self._threads:
            thread.join()
        for channel in self._channels:
            channel.close()

    def _send(self, send: Callable[[Any, str], None], stub: Any, name: str) -> None:
        self._done[name] = 0
        while self._done[name] < MESSAGES and time.monotonic() < self._over:
            try:
                send(stub, name)
            except grpc.RpcError as error:
                time.sleep(self._note(error))

    def _stream(self, stub: Any, name: str) -> None:
        left = range(self._done[name] + 1, MESSAGES + 1)
        for answer in stub.Ingest(self._request(name, number) for number in left):
            self._count(name, answer)

    def _single(self, stub: Any, name: str) -> None:
        self._count(name, stub.IngestBatch(self._request(name, self._done[name] + 1)))

    def _request(self, name: str, number: int) -> ingest_pb2.IngestRequest:
        return ingest_pb2.IngestRequest(
            producer_id=name, sequence=number, model="m", records=self._records, acknowledge=True
        )

    def _count(self, name: str, answer: ingest_pb2.IngestResponse) -> None:
        self._done[name] = answer.acknowledged_sequence
        with self._lock:
            self.acknowledged += answer.records
            self.duplicates += answer.duplicates

    def _note(self, error: grpc.RpcError) -> float:
        seconds = retry_seconds(error)
        with self._lock:
            if error.code() is grpc.StatusCode.UNAVAILABLE and seconds is not None:
                self.refused += 1
            else:
                self.other_errors.append(error)
        return seconds or 0.1


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the most memory that a process held")
@pytest.mark.timeout(STALL_SECONDS + 120.0)
def test_a_flood_on_a_stalled_engine_takes_bounded_memory_and_loses_nothing(
    start: Callable[..., Stalled],
) -> None:
    collector = start(
        max_inflight_bytes=BUDGET, max_message_bytes=4 * MEBIBYTE, max_streams=100, max_streams_per_peer=100
    )
    before = collector.peak_bytes()
    collector.tell("shut")
    flood = Flood(collector.grpc_address)
    most_in_flight = 0.0
    end = time.monotonic() + STALL_SECONDS
    while time.monotonic() < end:
        most_in_flight = max(most_in_flight, collector.metric("driftline_inflight_bytes"))
    grown = collector.peak_bytes() - before
    refused = flood.refused
    collector.tell("open")
    flood.finish()
    assert BUDGET / 2 < most_in_flight <= BUDGET
    assert grown < MOST_GROWTH, grown
    assert refused > CONNECTIONS * SENDERS
    assert flood.other_errors == []
    assert flood.duplicates == 0
    assert flood.acknowledged == CONNECTIONS * SENDERS * 2 * MESSAGES * ROWS
    with driftline.connect(collector.grpc_address) as monitor:
        (x,) = (column for column in monitor.summary("m") if column.column == "x")
    assert (x.count, x.mean) == (flood.acknowledged, 1.0)
    assert collector.metric("driftline_inflight_bytes") == 0
