"""Numbers of batches belong to who sends them: an id that two principals use is two producers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import grpc
import pyarrow as pa
import pytest
from pyarrow import flight
from tests.security.conftest import Principal

from driftline.collector import Collector
from driftline.v1 import ingest_pb2, ingest_pb2_grpc

StartCollector = Callable[..., Collector]
BATCH = pa.record_batch({"a": [1.0, 2.0, 3.0]})


def request(sequence: int, epoch: int = 1, producer_id: str = "p") -> ingest_pb2.IngestRequest:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, BATCH.schema) as writer:
        writer.write_batch(BATCH)
    records = sink.getvalue().to_pybytes()
    fields: dict[str, Any] = {"producer_id": producer_id, "producer_epoch": epoch, "sequence": sequence}
    return ingest_pb2.IngestRequest(model="m", records=records, acknowledge=True, **fields)


def single(collector: Collector, name: str, sent: ingest_pb2.IngestRequest) -> Any:
    with grpc.insecure_channel(str(collector.grpc_address)) as channel:
        stub: Any = ingest_pb2_grpc.IngestServiceStub(channel)  # type: ignore[no-untyped-call]
        return stub.IngestBatch(sent, metadata=[("authorization", f"Bearer token-of-{name}")], timeout=30)


def stream(collector: Collector, name: str, sent: ingest_pb2.IngestRequest) -> Any:
    with grpc.insecure_channel(str(collector.grpc_address)) as channel:
        stub: Any = ingest_pb2_grpc.IngestServiceStub(channel)  # type: ignore[no-untyped-call]
        metadata = [("authorization", f"Bearer token-of-{name}")]
        (answer,) = stub.Ingest(iter([sent]), metadata=metadata, timeout=30)
        return answer


def put(collector: Collector, name: str, sent: ingest_pb2.IngestRequest) -> Any:
    header = ingest_pb2.IngestRequest()
    header.CopyFrom(sent)
    header.ClearField("records")
    headers: Any = [(b"authorization", f"Bearer token-of-{name}".encode())]
    with flight.connect(f"grpc+tcp://{collector.flight_address}") as client:
        options = flight.FlightCallOptions(headers=headers)
        descriptor = flight.FlightDescriptor.for_path("m")
        writer, reader = cast(Any, client.do_put(descriptor, BATCH.schema, options))
        writer.write_with_metadata(BATCH, pa.py_buffer(header.SerializeToString()))
        answer = ingest_pb2.IngestResponse.FromString(reader.read().to_pybytes())
        writer.close()
    return answer


DOORS = [single, stream, put]


@pytest.fixture
def start(start_collector: StartCollector, principal: Principal, tmp_path: Path) -> Callable[[], Collector]:
    """Starts collectors on one directory that know ``own`` and ``stranger``."""
    principals = [principal("own", "ingest"), principal("stranger", "ingest")]
    return lambda: start_collector(data_dir=tmp_path / "data", principals=principals)


@pytest.mark.parametrize("door", DOORS)
def test_a_stranger_neither_uses_up_nor_duplicates_the_numbers_of_another(
    door: Callable[..., Any], start: Callable[[], Collector]
) -> None:
    collector = start()
    assert door(collector, "own", request(1)).records == 3
    assert door(collector, "stranger", request(2)).records == 3, "not a duplicate for its owner"
    assert door(collector, "stranger", request(1, epoch=9)).records == 3, "nor the end of its epoch"
    assert door(collector, "stranger", request(50_000, epoch=9)).records == 3, "nor too old"
    assert door(collector, "own", request(2)).records == 3
    for other in DOORS:
        assert other(collector, "own", request(2)).duplicates == 1, "one principal through all doors"
    collector.stop()
    again = start()
    assert door(again, "own", request(2)).duplicates == 1
    assert door(again, "own", request(3)).records == 3


def test_no_id_passes_for_one_of_another_principal(start: Callable[[], Collector]) -> None:
    collector = start()
    for forged in ("own\x1fp", "\x1fp"):
        with pytest.raises(grpc.RpcError, match=r"producer_id must not hold the character U\+001F"):
            single(collector, "stranger", request(1, producer_id=forged))


def test_where_nobody_is_known_an_id_is_all_there_is(start_collector: StartCollector, tmp_path: Path) -> None:
    for duplicates in (0, 1):
        collector = start_collector(data_dir=tmp_path / "data")
        assert single(collector, "anybody", request(1)).duplicates == duplicates
        assert stream(collector, "another", request(1)).duplicates == 1
        collector.stop()
