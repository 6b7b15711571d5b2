"""Bad input through the real doors: a clear error that names what and where, and nothing else lost."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import grpc
import numpy as np
import pyarrow as pa
import pytest
from pyarrow import flight
from tests.e2e.doors import call, ipc_stream, put, requests, stream

import driftline
from driftline.demo.process import CollectorProcess
from driftline.query import Monitor
from driftline.v1 import ingest_pb2

INVALID_ARGUMENT, RESOURCE_EXHAUSTED = 3, 8
GOOD_ROWS = 100
NO_TIME = np.timedelta64(0, "s")


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CollectorProcess]:
    running = CollectorProcess.start(tmp_path_factory.mktemp("bad-input"))
    yield running
    assert running.stop() == 0, running.log_end()


@pytest.fixture
def model(request: pytest.FixtureRequest) -> str:
    """A model of its own for every test."""
    name: str = request.node.name
    return name.replace("[", "-").rstrip("]")


@pytest.fixture
def monitor(collector: CollectorProcess) -> Iterator[Monitor]:
    with driftline.connect(collector.grpc_address) as asked:
        yield asked


def _columns(**columns: Any) -> pa.Table:
    return pa.table(columns)


def _table(rows: int = GOOD_ROWS) -> pa.Table:
    return _columns(amount=np.arange(rows, dtype=np.float64), country=["NO", "IT"] * (rows // 2))


def _rejection_among_good(
    collector: CollectorProcess, monitor: Monitor, model: str, bad: bytes
) -> ingest_pb2.Rejection:
    """Send good, bad, good in one stream: both good ones are counted, the bad one is answered for."""
    good = ipc_stream(_table())
    answers = stream(collector.grpc_address, requests(model, [good, bad, good]))
    rejections = [rejection for answer in answers for rejection in answer.rejections]
    assert [rejection.sequence for rejection in rejections] == [2]
    assert sum(answer.records for answer in answers) == 2 * GOOD_ROWS
    assert max(answer.acknowledged_sequence for answer in answers) == 3
    assert monitor.summary(model)["amount"].count == 2 * GOOD_ROWS
    return rejections[0]


def test_not_arrow(collector: CollectorProcess, monitor: Monitor, model: str) -> None:
    found = _rejection_among_good(collector, monitor, model, b"amount,country\n1,NO\n")
    assert (found.code, found.reason) == (INVALID_ARGUMENT, "not_arrow")
    assert "Arrow" in found.message


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_truncated_arrow(collector: CollectorProcess, monitor: Monitor, model: str, share: float) -> None:
    whole = ipc_stream(_table())
    found = _rejection_among_good(collector, monitor, model, whole[: int(len(whole) * share)])
    assert (found.code, found.reason) == (INVALID_ARGUMENT, "not_arrow")
    assert any(word in found.message for word in ("ends", "bytes", "truncated"))


@pytest.mark.parametrize("codec", ["zstd", "lz4"])
def test_a_compressed_bomb(
    collector: CollectorProcess, monitor: Monitor, model: str, codec: Literal["zstd", "lz4"]
) -> None:
    zeros = _columns(**{f"x{i}": np.zeros(1_000_000) for i in range(40)})
    bomb = ipc_stream(zeros, pa.ipc.IpcWriteOptions(compression=codec))
    assert len(bomb) < zeros.nbytes / 100
    before = _resident_bytes(collector)
    found = _rejection_among_good(collector, monitor, model, bomb)
    assert (found.code, found.reason) == (RESOURCE_EXHAUSTED, "limit")
    assert _resident_bytes(collector) - before < 200 << 20


def _resident_bytes(collector: CollectorProcess) -> int:
    pages = int(Path(f"/proc/{collector.process.pid}/statm").read_text().split()[1])
    return pages * 4096


def test_a_schema_that_changes_between_batches(
    collector: CollectorProcess, monitor: Monitor, model: str
) -> None:
    """Within a stream a new schema may come; a batch that fits no schema that was sent is refused."""
    good, other = _table(), pa.table({"amount": [1.5], "city": ["Oslo"]})
    first, wider = ipc_stream(good), ipc_stream(other)
    answers = stream(collector.grpc_address, requests(model, [first, wider, first]))
    assert sum(answer.records for answer in answers) == 2 * GOOD_ROWS + 1
    assert monitor.summary(model)["city"].count == 1
    bare = pa.record_batch({"a": [1.0], "b": [2.0], "c": [3.0]}).serialize().to_pybytes()
    found = _rejection_among_good(collector, monitor, f"{model}-bare", bare)
    assert (found.code, found.reason) in ((INVALID_ARGUMENT, "not_arrow"), (INVALID_ARGUMENT, "schema"))


def test_a_column_whose_type_changes(collector: CollectorProcess, monitor: Monitor, model: str) -> None:
    bad = ipc_stream(pa.table({"amount": ["much"], "country": ["NO"]}))
    found = _rejection_among_good(collector, monitor, model, bad)
    assert (found.code, found.reason) == (INVALID_ARGUMENT, "schema")
    assert all(word in found.message for word in ("amount", "numeric", "categorical"))


def test_a_type_that_cannot_be_taken(collector: CollectorProcess, monitor: Monitor, model: str) -> None:
    bad = ipc_stream(pa.table({"amount": [1.0], "basket": [[1, 2]]}))
    found = _rejection_among_good(collector, monitor, model, bad)
    assert (found.code, found.reason) == (INVALID_ARGUMENT, "schema")
    assert "basket" in found.message


def test_no_rows(collector: CollectorProcess, monitor: Monitor, model: str) -> None:
    good, empty = ipc_stream(_table()), ipc_stream(_table(0))
    answers = stream(collector.grpc_address, requests(model, [good, empty, good]))
    assert sum(answer.records for answer in answers) == 2 * GOOD_ROWS
    assert all(answer.acknowledged_sequence for answer in answers)
    assert monitor.summary(model)["amount"].count == 2 * GOOD_ROWS


def test_no_known_role(collector: CollectorProcess, monitor: Monitor, model: str) -> None:
    field = pa.field("amount", pa.float64(), metadata={"driftline.role": "colour"})
    bad = ipc_stream(pa.table([pa.array([1.0])], schema=pa.schema([field])))
    found = _rejection_among_good(collector, monitor, model, bad)
    assert (found.code, found.reason) == (INVALID_ARGUMENT, "role")
    assert all(word in found.message for word in ("amount", "colour", "feature"))


def test_a_message_over_the_limit(collector: CollectorProcess, monitor: Monitor, model: str) -> None:
    call(collector.grpc_address, requests(model, [ipc_stream(_table())])[0])
    big = _columns(amount=np.random.default_rng(1).normal(size=3_000_000))
    with pytest.raises(grpc.RpcError) as failure:
        call(collector.grpc_address, requests(model, [ipc_stream(big)])[0])
    assert failure.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    call(collector.grpc_address, requests(model, [ipc_stream(_table())])[0])
    assert monitor.summary(model)["amount"].count == 2 * GOOD_ROWS


def test_a_label_for_an_unknown_id_waits(collector: CollectorProcess, monitor: Monitor, model: str) -> None:
    predictions = pa.table({"prediction_id": ["a", "b"], "prediction": [True, False], "timestamp": _times(2)})
    labels = pa.table({"prediction_id": ["a", "nobody"], "label": [True, True]})
    answers = stream(collector.grpc_address, requests(model, [ipc_stream(predictions), ipc_stream(labels)]))
    assert not [rejection for answer in answers for rejection in answer.rejections]
    (version,) = [version for version in monitor.stats().versions if version.model == model]
    assert (version.labels["matched"], version.labels["pending"]) == (1, 1)
    assert monitor.performance(model=model)[0].labels == 1


def test_a_timestamp_a_year_off(collector: CollectorProcess, monitor: Monitor, model: str) -> None:
    year = np.timedelta64(365, "D")
    late, present, future = (_times(1, offset * year)[0] for offset in (-1, 0, 1))
    table = pa.table({"amount": [1.0, 2.0, 3.0], "timestamp": [present, late, future]})
    stream(collector.grpc_address, requests(model, [ipc_stream(table.slice(i, 1)) for i in range(3)]))
    (version,) = [version for version in monitor.stats().versions if version.model == model]
    assert (version.records, version.late_records, version.future_records) == (3, 1, 1)
    assert monitor.summary(model)["amount"].count == 3


def _times(count: int, offset: np.timedelta64 = NO_TIME) -> Any:
    moments: Any = np.datetime64("now", "ns") + offset + np.timedelta64(1, "s") * np.arange(count)
    return pa.array(moments).cast(pa.timestamp("ns", tz="UTC"))


def test_the_unary_twin_answers_with_a_status(
    collector: CollectorProcess, monitor: Monitor, model: str
) -> None:
    call(collector.grpc_address, requests(model, [ipc_stream(_table())])[0])
    with pytest.raises(grpc.RpcError) as failure:
        call(collector.grpc_address, requests(model, [b"not arrow"])[0])
    assert failure.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert "Arrow" in (failure.value.details() or "")
    assert monitor.summary(model)["amount"].count == GOOD_ROWS


def test_the_flight_door_refuses_too(collector: CollectorProcess, monitor: Monitor, model: str) -> None:
    assert put(collector.flight_address, model, "1", _table()).records == GOOD_ROWS
    answer = put(collector.flight_address, model, "1", pa.table({"amount": ["much"], "country": ["NO"]}))
    assert [rejection.reason for rejection in answer.rejections] == ["schema"]
    assert "amount" in answer.rejections[0].message
    with flight.connect(f"grpc://{collector.flight_address}") as client:
        writer, _ = client.do_put(flight.FlightDescriptor.for_command(b"x"), _table().schema)
        with pytest.raises(pa.ArrowInvalid, match="path"):
            writer.close()
    assert monitor.summary(model)["amount"].count == GOOD_ROWS


def test_rejections_are_counted_by_reason(collector: CollectorProcess, monitor: Monitor, model: str) -> None:
    before = monitor.stats().batches_rejected.get("not_arrow", 0)
    _rejection_among_good(collector, monitor, model, b"nothing")
    assert monitor.stats().batches_rejected["not_arrow"] == before + 1
    assert 'driftline_batches_rejected_total{reason="not_arrow"}' in collector.get("/metrics")


def test_a_wrong_configuration_file(tmp_path: Path) -> None:
    path = tmp_path / "driftline.yaml"
    path.write_text("grpc_adress: 127.0.0.1:0\nmonitors:\n  - model: m\n    window: 1 fortnight\n")
    ended = subprocess.run(
        [sys.executable, "-m", "driftline.collector", str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode != 0
    assert all(word in ended.stderr for word in ("grpc_adress", "grpc_address", "window", "1 fortnight"))
