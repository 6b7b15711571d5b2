"""Batches made by hand, and single calls that send them."""

from typing import Any

import grpc
import pyarrow as pa
from tests.reliability.conftest import MODEL, Arena

from driftline.v1 import ingest_pb2, ingest_pb2_grpc

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def request(sequence: int, times: list[int], value: float = 1.0, producer_id: str = "p") -> bytes:
    """A batch of one record at each time, in nanoseconds since the Unix epoch, each with its label."""
    rows = len(times)
    columns: dict[str, pa.Array[Any]] = {
        "timestamp": pa.array(times, pa.timestamp("ns", "UTC")),
        "x": pa.array([value] * rows),
        "prediction": pa.array([1] * rows),
        "label": pa.array([1] * rows),
    }
    batch = pa.record_batch(columns)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    message = ingest_pb2.IngestRequest(
        producer_id=producer_id,
        sequence=sequence,
        model=MODEL,
        version="1",
        records=sink.getvalue().to_pybytes(),
        acknowledge=True,
    )
    return message.SerializeToString()


def send(scene: Arena, batch: bytes) -> Any:
    """Send one batch by a call of its own; grpc.RpcError when it is not taken."""
    with grpc.insecure_channel(scene.collector.grpc_address) as channel:
        stub: Any = ingest_pb2_grpc.IngestServiceStub(channel)  # type: ignore[no-untyped-call]
        return stub.IngestBatch(ingest_pb2.IngestRequest.FromString(batch), timeout=20)
