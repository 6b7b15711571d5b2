"""The same questions to a running collector and to its data directory."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import grpc
import pyarrow as pa
import pytest

import driftline
from driftline.config import MonitorConfig
from driftline.errors import FailedPreconditionError, InvalidArgumentError, NotFoundError
from driftline.v1 import ingest_pb2

if TYPE_CHECKING:
    from driftline.collector import Collector


@pytest.fixture
def collector(start_collector: Callable[..., "Collector"], tmp_path: Path, records: pa.Table) -> "Collector":
    running = start_collector(data_dir=tmp_path / "data")
    target = str(running.grpc_address)
    with driftline.connect(target) as monitor:
        monitor.set_monitor(
            MonitorConfig(model="delays", window=timedelta(hours=1), segments=(("carrier",),))
        )
        columns = monitor.set_baseline("delays", "training", driftline.profile(records.slice(0, 2_000)))
        assert columns == records.num_columns - 1
    send(target, records.slice(2_000))
    return running


def send(target: str, table: pa.Table) -> None:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    request = ingest_pb2.IngestRequest(model="delays", version="1", records=sink.getvalue().to_pybytes())
    with grpc.insecure_channel(target) as channel:
        channel.unary_unary(
            "/driftline.v1.IngestService/IngestBatch",
            request_serializer=ingest_pb2.IngestRequest.SerializeToString,
            response_deserializer=ingest_pb2.IngestResponse.FromString,
        )(request)


def test_a_directory_answers_like_its_collector(collector: "Collector", tmp_path: Path) -> None:
    with driftline.connect(str(collector.grpc_address)) as live:
        flushed = live.flush()
        assert flushed.rows > 0
        kept = driftline.open(tmp_path / "data")
        assert kept.models().to_arrow().equals(live.models().to_arrow())
        assert kept.get_monitor() == live.get_monitor()
        for column in live.summary():
            twin = kept.summary()[column.column]
            assert (twin.count, twin.nulls, twin.min, twin.max, twin.distinct) == (
                column.count,
                column.nulls,
                column.min,
                column.max,
                column.distinct,
            )
        assert kept.performance("carrier") == live.performance("carrier")
        exact = live.drift()["dep_delay"]["psi"]
        assert exact.basis == "baseline_bins"
        assert kept.drift()["dep_delay"]["psi"] == exact
        assert live.models()["delays"].baselines == ("training",)


def test_errors_of_the_collector_are_those_of_the_engine(collector: "Collector") -> None:
    with driftline.connect(str(collector.grpc_address)) as live:
        with pytest.raises(NotFoundError, match="dep_delay"):
            live.quantiles("arr_delay")
        with pytest.raises(InvalidArgumentError, match=r"1\.5"):
            live.quantiles("dep_delay", 1.5)
        with pytest.raises(FailedPreconditionError, match="window"):
            live.set_monitor(MonitorConfig(model="delays", window=timedelta(minutes=5)))


def test_a_collector_without_a_directory_has_nothing_to_flush_to(
    start_collector: Callable[..., "Collector"],
) -> None:
    running = start_collector()
    with (
        driftline.connect(str(running.grpc_address)) as live,
        pytest.raises(FailedPreconditionError, match="data"),
    ):
        live.flush()


def test_a_baseline_comes_back_as_it_was(collector: "Collector", tmp_path: Path, records: pa.Table) -> None:
    with driftline.connect(str(collector.grpc_address)) as live:
        for monitor in (live, driftline.open(tmp_path / "data")):
            kept = monitor.baseline()
            assert (
                kept.summary().to_arrow().equals(monitor.baseline("delays", "training").summary().to_arrow())
            )
            mean = driftline.profile(records.slice(0, 2_000)).summary()["dep_delay"].mean
            assert kept.summary()["dep_delay"].mean == mean
            with pytest.raises(NotFoundError, match="has no baseline 'other'; known: 'training'"):
                monitor.baseline(name="other")
        live.set_baseline("delays", "again", kept, make_default=True)
        assert live.models()["delays"].baselines[0] == "again"
        assert not [value for column in live.baseline().drift(kept) for value in column if value.value]
