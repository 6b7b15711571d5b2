"""A collector as a process: logs, signals, and what a restart keeps."""

import signal
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import flight

from driftline.client import Client
from driftline.storage import open_engine
from driftline.v1 import ingest_pb2, performance_pb2, query_pb2, selection_pb2

StartProcess = Callable[..., Any]


def records(data_dir: Path) -> int:
    """Records of a data directory, by its cells."""
    engine = open_engine(data_dir)
    models = query_pb2.ModelsResponse.FromString(engine.query("Models", b"", time.time_ns()))
    return sum(version.coverage.records for model in models.models for version in model.versions)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_both_doors_and_an_orderly_stop(
    number: signal.Signals, start_process: StartProcess, tmp_path: Path
) -> None:
    process = start_process(data_dir=str(tmp_path / "data"))
    with Client(process.grpc_address, model="m") as client:
        client.log({"a": 1.0}, prediction=1)
        assert client.flush(20)
    with flight.connect(f"grpc://{process.flight_address}") as door:
        batch = pa.record_batch({"a": [2.0, 3.0]})
        writer, _ = door.do_put(flight.FlightDescriptor.for_path("m"), batch.schema)
        writer.write_batch(batch)
        writer.close()
    process.send(number)
    assert process.wait() == 0
    assert process.log("collector stopped")
    assert records(tmp_path / "data") == 3


def test_logs_are_ecs_objects(start_process: StartProcess) -> None:
    process = start_process()
    started = process.log("collector started")
    assert started["log.level"] == "info"
    assert started["log"]["logger"] == "driftline.collector"
    assert started["@timestamp"].endswith("Z")
    assert started["service"]["name"] == "driftline"
    assert "ecs.version" in started
    assert process.terminate() == 0


def test_values_that_are_hashed_are_in_no_log_and_no_metric(start_process: StartProcess) -> None:
    canary = "canary-7f3a@example.org"
    process = start_process(
        monitors=[{"model": "m", "values": "hashed", "segments": [["a"]]}], log_level="debug"
    )
    with Client(process.grpc_address, model="m") as client:
        client.log({"a": canary, "b": canary}, prediction=canary, id=canary)
        assert client.flush(20)
    with urllib.request.urlopen(f"http://{process.http_address}/metrics") as page:
        metrics = page.read().decode()
    assert 'driftline_predictions_total{model="m",version=""} 1.0' in metrics
    assert process.terminate() == 0
    assert canary not in metrics + str(process.logs)


def test_a_restart_under_load_loses_nothing_and_counts_nothing_twice(
    start_process: StartProcess, tmp_path: Path
) -> None:
    data_dir = str(tmp_path / "data")
    process = start_process(data_dir=data_dir, flush_interval_seconds=0.2)
    address = process.grpc_address
    client = Client(address, model="m", linger_seconds=0.01, batch_records=50)
    done = threading.Event()
    logged = 0

    def log() -> None:
        nonlocal logged
        while not done.is_set():
            client.log({"a": float(logged)}, prediction=logged % 2)
            logged += 1
            time.sleep(0.0002)

    thread = threading.Thread(target=log)
    thread.start()
    for _ in range(3):
        assert process.log("collector started")
        time.sleep(0.5)
        assert process.terminate() == 0
        # Other doors might get the port.
        process = start_process(
            data_dir=data_dir,
            grpc_address=address,
            http_address=None,
            flight_address=None,
            flush_interval_seconds=0.2,
        )
    time.sleep(0.3)
    done.set()
    thread.join()
    assert client.flush(30)
    stats = client.stats
    client.close()
    assert process.terminate() == 0
    assert (stats.acknowledged, stats.dropped, stats.rejected) == (logged, 0, 0)
    assert records(tmp_path / "data") == logged > 1_000


def test_what_waits_for_its_label_waits_over_a_restart(start_process: StartProcess, tmp_path: Path) -> None:
    data_dir = str(tmp_path / "data")
    process = start_process(data_dir=data_dir)
    with Client(process.grpc_address, model="m") as client:
        for number in range(10):
            client.log({"a": 1.0}, prediction=number % 2, id=number)
        client.log_labels([100, 101], [0, 1])
        assert client.flush(20)
    assert process.terminate() == 0
    process = start_process(data_dir=data_dir)
    with Client(process.grpc_address, model="m") as client:
        client.log_labels(range(10), [0] * 10)
        client.log({"a": 1.0}, prediction=1, id=101)
        assert client.flush(20)
    assert process.terminate() == 0
    engine = open_engine(tmp_path / "data")
    request = performance_pb2.PerformanceRequest(selection=selection_pb2.Selection(model="m"))
    answer = engine.query("Performance", request.SerializeToString(), time.time_ns())
    (quality,) = performance_pb2.PerformanceResponse.FromString(answer).segments
    assert (quality.predictions, quality.labels) == (11, 11)
    assert quality.classification.accuracy.value == pytest.approx(6 / 11)


def test_after_a_kill_there_is_what_was_flushed(start_process: StartProcess, tmp_path: Path) -> None:
    data_dir = str(tmp_path / "data")
    process = start_process(data_dir=data_dir, flush_interval_seconds=0.1)
    with Client(process.grpc_address, model="m") as client:
        client.log({"a": 1.0})
        assert client.flush(20)
        for _ in range(100):
            if (tmp_path / "data" / "profiles").exists() and records(tmp_path / "data") == 1:
                break
            time.sleep(0.05)
    process.send(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    process = start_process(data_dir=data_dir)
    assert process.log("state loaded")["rows"] > 0
    assert process.terminate() == 0
    assert records(tmp_path / "data") == 1


def test_two_collectors_do_not_share_a_directory(start_process: StartProcess, tmp_path: Path) -> None:
    first = start_process(data_dir=str(tmp_path / "data"))
    assert first.grpc_address
    second = start_process(data_dir=str(tmp_path / "data"))
    assert second.wait() == 1
    assert "must be used by one collector" in second.log("collector failed")["reason"]
    assert first.terminate() == 0


def test_a_taken_address_is_told_by_its_setting(start_process: StartProcess) -> None:
    first = start_process()
    for setting, address in (
        ("grpc_address", first.grpc_address),
        ("http_address", first.http_address),
        ("flight_address", first.flight_address),
    ):
        second = start_process(**{setting: address})
        assert second.wait() == 1
        assert f"{setting} {address} cannot be listened on" in second.log("collector failed")["reason"]
    assert first.terminate() == 0


def test_a_damaged_file_stops_the_start(start_process: StartProcess, tmp_path: Path) -> None:
    profiles = tmp_path / "data" / "profiles"
    profiles.mkdir(parents=True)
    (profiles / f"{'0' * 32}-000000000001.parquet").write_bytes(b"PAR1 and then nothing")
    process = start_process(data_dir=str(tmp_path / "data"))
    assert process.wait() == 1
    assert "move it away to go on without it" in process.log("collector failed")["reason"]


def test_a_bad_configuration_is_an_exit_status(tmp_path: Path) -> None:
    from driftline.collector.__main__ import main

    config = tmp_path / "driftline.yaml"
    config.write_text("grpc_adress: 127.0.0.1:0")
    assert main([str(config)]) == 2
    assert main(["a", "b"]) == 2


def test_an_answer_means_in_memory(start_process: StartProcess) -> None:
    process = start_process()
    with flight.connect(f"grpc://{process.flight_address}") as door:
        batch = pa.record_batch({"a": [2.0]})
        both: Any = door.do_put(flight.FlightDescriptor.for_path("m"), batch.schema)
        writer, reader = both
        writer.write_batch(batch)
        writer.done_writing()
        answer = ingest_pb2.IngestResponse.FromString(reader.read().to_pybytes())
        writer.close()
    assert answer.durability == ingest_pb2.DURABILITY_MEMORY
    assert process.terminate() == 0


def test_a_signal_during_the_start_is_heeded(start_process: StartProcess, tmp_path: Path) -> None:
    process = start_process(data_dir=str(tmp_path / "data"))
    assert process.log("state loaded")
    assert process.terminate() == 0
    assert process.log("collector stopped")
