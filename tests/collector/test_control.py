import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import pyarrow as pa
import pytest
from google.protobuf.message_factory import GetMessageClass

import driftline._core as core
from driftline.client import Client
from driftline.collector import Collector
from driftline.config import MonitorConfig
from driftline.storage import open_engine
from driftline.v1 import control_pb2, control_pb2_grpc, query_pb2, query_pb2_grpc, selection_pb2

StartCollector = Callable[..., Collector]


@pytest.fixture
def kept(start_collector: StartCollector, tmp_path: Path) -> Collector:
    """A collector with a data directory that flushes when it is told to."""
    return start_collector(data_dir=tmp_path / "data", flush_interval_seconds=3_600)


@pytest.fixture
def channel(kept: Collector) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(str(kept.grpc_address)) as channel:
        yield channel


@pytest.fixture
def control(channel: grpc.Channel) -> Any:
    return control_pb2_grpc.ControlServiceStub(channel)  # type: ignore[no-untyped-call]


@pytest.fixture
def query(channel: grpc.Channel) -> Any:
    return query_pb2_grpc.QueryServiceStub(channel)  # type: ignore[no-untyped-call]


def baseline(values: list[float]) -> bytes:
    rows = core.profile(pa.table({"a": values}))
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_batch(rows)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def test_a_baseline_that_grows_beyond_the_limit_is_refused_before_it_does(
    kept: Collector, control: Any
) -> None:
    zeros = pa.table({f"x{column}": pa.nulls(1_000_000, pa.float64()).fill_null(0.0) for column in range(40)})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, zeros.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(zeros)
    bomb = sink.getvalue().to_pybytes()
    assert len(bomb) < zeros.nbytes / 100
    pool = pa.default_memory_pool()
    before = pool.bytes_allocated()
    with pytest.raises(grpc.RpcError) as refused:
        control.SetBaseline(control_pb2.SetBaselineRequest(model="m", name="b", rows=bomb))
    assert refused.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert "at most 67108864 bytes when decompressed" in (refused.value.details() or "")
    assert pool.bytes_allocated() - before < 1 << 20


def test_a_baseline_may_be_compressed(kept: Collector, control: Any) -> None:
    rows = core.profile(pa.table({"a": [1.0, 2.0]}))
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as writer:
        writer.write_batch(rows)
    request = control_pb2.SetBaselineRequest(model="m", name="b", rows=sink.getvalue().to_pybytes())
    assert control.SetBaseline(request).columns == 1


def log(collector: Collector, values: list[float]) -> None:
    with Client(str(collector.grpc_address), model="m") as client:
        client.log_table(pa.table({"a": values}))
        assert client.flush(20)


def test_what_is_set_survives_a_restart(
    kept: Collector, control: Any, start_collector: StartCollector, tmp_path: Path
) -> None:
    monitor = MonitorConfig(model="m", window="5m", segments=[["b"]], kll_columns=["a"])  # type: ignore[arg-type]
    control.SetMonitor(control_pb2.SetMonitorRequest(monitor=monitor.to_proto()))
    rows = baseline([float(number) for number in range(1_000)])
    request = control_pb2.SetBaselineRequest(model="m", name="training", rows=rows, make_default=True)
    assert control.SetBaseline(request).columns == 1
    kept.stop()
    again = start_collector(data_dir=tmp_path / "data")
    stored = control_pb2.Monitor.FromString(again.engine.monitor("m"))
    assert MonitorConfig.from_proto(stored) == monitor.model_copy(update={"baseline": "training"})
    assert [name for name, _ in again.engine.baselines("m")] == ["training"]


def test_the_configuration_file_goes_before_what_was_set(
    kept: Collector, control: Any, start_collector: StartCollector, tmp_path: Path
) -> None:
    rows = baseline([1.0, 2.0, 3.0])
    control.SetBaseline(
        control_pb2.SetBaselineRequest(model="m", name="training", rows=rows, make_default=True)
    )
    kept.stop()
    again = start_collector(data_dir=tmp_path / "data", monitors=[{"model": "m", "recent": "2h"}])
    stored = MonitorConfig.from_proto(control_pb2.Monitor.FromString(again.engine.monitor("m")))
    assert stored == MonitorConfig(model="m", recent="2h", baseline="training")  # type: ignore[arg-type]


def test_drift_from_a_baseline_that_was_set(kept: Collector, control: Any, query: Any) -> None:
    values = [float(number % 100) for number in range(2_000)]
    request = control_pb2.SetBaselineRequest(model="m", name="b", rows=baseline(values), make_default=True)
    control.SetBaseline(request)
    log(kept, values)
    selection = selection_pb2.Selection(model="m")
    (column,) = query.Drift(query_pb2.DriftRequest(selection=selection)).columns
    psi = {value.metric: value.value for value in column.values}["psi"]
    assert 0 <= psi < 0.01
    log(kept, [value + 90 for value in values] * 4)
    (column,) = query.Drift(query_pb2.DriftRequest(selection=selection)).columns
    assert {value.metric: value.value for value in column.values}["psi"] > 1


def test_a_flush_writes_what_has_changed(kept: Collector, control: Any, tmp_path: Path) -> None:
    assert control.Flush(control_pb2.FlushRequest()).rows == 0
    log(kept, [1.0, 2.0])
    flushed = control.Flush(control_pb2.FlushRequest())
    assert (flushed.rows, flushed.sequence) == (2, 1)
    assert control.Flush(control_pb2.FlushRequest()).rows == 0
    log(kept, [3.0])
    assert control.Flush(control_pb2.FlushRequest()).sequence == 2
    reader = open_engine(tmp_path / "data")
    request = query_pb2.QuantilesRequest(selection=selection_pb2.Selection(model="m"), column="a", q=[0, 1])
    answer = reader.query("Quantiles", request.SerializeToString(), time.time_ns())
    quantiles = query_pb2.QuantilesResponse.FromString(answer)
    assert (quantiles.count, [each.value for each in quantiles.quantiles]) == (3, [1.0, 3.0])


@pytest.mark.parametrize(
    ("method", "request_message", "code"),
    [
        ("SetMonitor", control_pb2.SetMonitorRequest(), "INVALID_ARGUMENT"),
        (
            "SetMonitor",
            control_pb2.SetMonitorRequest(monitor=control_pb2.Monitor(model="m", window_nanos=1)),
            "INVALID_ARGUMENT",
        ),
        ("GetMonitor", control_pb2.GetMonitorRequest(model="nobody"), "NOT_FOUND"),
        ("SetBaseline", control_pb2.SetBaselineRequest(model="m", name="b"), "INVALID_ARGUMENT"),
        (
            "SetBaseline",
            control_pb2.SetBaselineRequest(model="m", name="b", rows=b"x" * 99),
            "INVALID_ARGUMENT",
        ),
    ],
)
def test_bad_requests(method: str, request_message: Any, code: str, control: Any, tmp_path: Path) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        getattr(control, method)(request_message)
    assert caught.value.code().name == code
    assert not list((tmp_path / "data" / "monitors").rglob("*.json"))
    assert not list((tmp_path / "data").rglob("*.parquet"))


def test_the_window_of_a_model_with_data_stays(kept: Collector, control: Any) -> None:
    log(kept, [1.0])
    monitor = control_pb2.Monitor(model="m", window_nanos=300 * 10**9)
    with pytest.raises(grpc.RpcError) as caught:
        control.SetMonitor(control_pb2.SetMonitorRequest(monitor=monitor))
    assert caught.value.code() is grpc.StatusCode.FAILED_PRECONDITION


def test_without_a_data_directory_there_is_nothing_to_flush(collector: Collector) -> None:
    with grpc.insecure_channel(str(collector.grpc_address)) as channel:
        stub = control_pb2_grpc.ControlServiceStub(channel)  # type: ignore[no-untyped-call]
        with pytest.raises(grpc.RpcError) as caught:
            stub.Flush(control_pb2.FlushRequest())
    assert caught.value.code() is grpc.StatusCode.FAILED_PRECONDITION


def test_all_calls_of_the_query_service_are_served(query: Any) -> None:
    methods = query_pb2.DESCRIPTOR.services_by_name["QueryService"].methods_by_name
    answered = {"Models": "OK", "Stats": "OK"}
    assert methods
    for name, method in methods.items():
        request = GetMessageClass(method.input_type)
        try:
            getattr(query, name)(request())
        except grpc.RpcError as error:
            answered[name] = error.code().name
    assert set(answered) == set(methods)
    assert {code for name, code in answered.items() if name not in ("Models", "Stats")} <= {
        "INVALID_ARGUMENT",
        "NOT_FOUND",
    }
