"""Readings become records of one more model, through the client and the door that all records take."""

import os
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from tests.resources.nvml import Gpu, Nvml
from typer.testing import CliRunner

import driftline
from driftline.cli import app
from driftline.demo.process import CollectorProcess
from driftline.errors import InvalidArgumentError, UnavailableError
from driftline.resources import Sampler
from driftline.resources import sampler as module
from driftline.resources.gpus import GpuReader
from driftline.resources.readings import Reading

MODEL = "host/a"
SETTINGS = {"monitors": [{"model": MODEL, "segments": [["device"]], "window": "1s"}]}


class Kept:
    """Keeps the tables that it is given."""

    def __init__(self) -> None:
        self.tables: list[pa.Table] = []

    def log_table(self, table: Any) -> None:
        self.tables.append(table)


def test_a_sample_is_a_record_for_each_device(monkeypatch: pytest.MonkeyPatch) -> None:
    nvml = Nvml([Gpu((50, 10), (1, 2), 40, 1_000), Gpu((60, 10), (1, 2), 41, 2_000)])
    monkeypatch.setattr(module, "GpuReader", lambda: GpuReader(nvml))
    kept = Kept()
    sampler = Sampler(kept, host="a", clock=lambda: 17)
    readings = sampler.sample()
    sampler.close()
    sampler.close()
    assert nvml.open == 0
    host, process, gpus = kept.tables
    assert host["device"].to_pylist() == ["host"]
    assert process["device"].to_pylist() == [readings[1].device]
    assert gpus["device"].to_pylist() == ["gpu0", "gpu1"]
    assert gpus["gpu_power_watts"].to_pylist() == [1.0, 2.0]
    for table in kept.tables:
        roles = {field.name: (field.metadata or {})[b"driftline.role"] for field in table.schema}
        assert roles.pop("timestamp") == b"timestamp"
        assert (roles.pop("host"), roles.pop("device")) == (b"segment", b"segment")
        assert set(roles.values()) == {b"feature"}
        assert table["timestamp"].cast(pa.int64()).to_pylist() == [17] * table.num_rows


def test_readings_of_other_figures_are_other_tables() -> None:
    readings = [Reading("a", {"x": 1.0}), Reading("b", {"y": None}), Reading("c", {"x": 2.0})]
    found = [table.to_pydict() for table in module.tables(readings, "h", 0)]
    assert [(table["device"], table.get("x")) for table in found] == [(["a", "c"], [1.0, 2.0]), (["b"], None)]


def test_gpus_that_are_asked_for_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GpuReader", lambda: GpuReader(Nvml([], has_driver=False)))
    with pytest.raises(UnavailableError):
        Sampler(Kept(), host="a", gpus=True)
    Sampler(Kept(), host="a").close()
    with pytest.raises(InvalidArgumentError, match=r"at least 0\.1"):
        Sampler(Kept(), host="a", interval_seconds=0)


def test_a_sampler_samples_until_it_is_closed() -> None:
    kept = Kept()
    with Sampler(kept, host="a", interval_seconds=0.1, gpus=False) as sampler:
        deadline = time.monotonic() + 20
        while len(kept.tables) < 6 and time.monotonic() < deadline:
            time.sleep(0.02)
        sampler.start()
    count = len(kept.tables)
    assert count >= 6
    time.sleep(0.3)
    assert len(kept.tables) == count


@pytest.fixture
def address(tmp_path: Path) -> Any:
    process = CollectorProcess.start(tmp_path, SETTINGS)
    yield process.grpc_address
    process.stop()


def test_a_collector_has_what_was_sampled(address: str) -> None:
    with driftline.Client(address, model=MODEL) as client:
        with Sampler(client, host="a", interval_seconds=60, gpus=False) as sampler:
            readings = [reading for _ in range(3) for reading in sampler.sample()]
        assert client.flush(20)
    used = [reading.figures["memory_used_bytes"] for reading in readings if reading.device == "host"]
    with driftline.connect(address) as monitor:
        summary = monitor.summary(model=MODEL, segment={"device": "host"})
        line = summary["memory_used_bytes"]
        assert line.mean == pytest.approx(sum(filter(None, used)) / 3, rel=1e-9)
        assert (line.count, line.nulls) == (3, 0)
        assert monitor.summary(model=MODEL).coverage.records == 6


def test_the_command_sends_so_many_and_stops(address: str) -> None:
    command = ["sample-resources", address, "--host", "a", "--interval-seconds", "0.1", "--count", "2"]
    process = ["--process", str(os.getpid()), "--no-gpu"]
    outcome = CliRunner().invoke(app, [*command, *process], catch_exceptions=False)
    assert outcome.exit_code == 0
    assert outcome.stdout.startswith("4 records sent to")
    with driftline.connect(address) as monitor:
        devices = {
            segment["device"] for version in monitor.models()[MODEL].versions for segment in version.segments
        }
        assert "host" in devices
