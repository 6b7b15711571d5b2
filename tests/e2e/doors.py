"""Both doors by hand, as a client in another language would use them."""

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

import grpc
import pyarrow as pa
from pyarrow import flight

from driftline.v1 import ingest_pb2, ingest_pb2_grpc


def ipc_stream(table: pa.Table, options: pa.ipc.IpcWriteOptions | None = None) -> bytes:
    """A complete Arrow IPC stream."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def requests(model: str, records: Sequence[bytes], version: str = "1") -> list[ingest_pb2.IngestRequest]:
    """Requests of one new producer; the last one asks for an answer."""
    producer = str(uuid.uuid4())
    return [
        ingest_pb2.IngestRequest(
            producer_id=producer,
            sequence=number,
            model=model,
            version=version,
            records=body,
            acknowledge=number == len(records),
        )
        for number, body in enumerate(records, start=1)
    ]


def _stub(channel: grpc.Channel) -> Any:
    return ingest_pb2_grpc.IngestServiceStub(channel)  # type: ignore[no-untyped-call]


def stream(address: str, sent: Iterable[ingest_pb2.IngestRequest]) -> list[ingest_pb2.IngestResponse]:
    """Send requests through the stream and collect the answers until it ends."""
    with grpc.insecure_channel(address, options=[("grpc.max_send_message_length", -1)]) as channel:
        return list(_stub(channel).Ingest(iter(list(sent)), timeout=60.0))


def call(address: str, request: ingest_pb2.IngestRequest) -> ingest_pb2.IngestResponse:
    """The unary twin."""
    with grpc.insecure_channel(address, options=[("grpc.max_send_message_length", -1)]) as channel:
        answer: ingest_pb2.IngestResponse = _stub(channel).IngestBatch(request, timeout=60.0)
    return answer


def put(address: str, model: str, version: str, table: pa.Table) -> ingest_pb2.IngestResponse:
    """Send a table through the Flight door; the answers of all its batches in one."""
    with flight.connect(f"grpc://{address}") as client:
        descriptor = flight.FlightDescriptor.for_path(model, version)
        writer, reader = _do_put(client, descriptor, table.schema)
        for request, batch in zip(_headers(model, version, table), table.to_batches(), strict=True):
            writer.write_with_metadata(batch, pa.py_buffer(request.SerializeToString()))
        writer.done_writing()
        total = ingest_pb2.IngestResponse()
        while (answer := reader.read()) is not None:
            part = ingest_pb2.IngestResponse.FromString(answer.to_pybytes())
            part.records += total.records
            part.batches += total.batches
            total.MergeFrom(part)
        writer.close()
    return total


def _do_put(client: flight.FlightClient, descriptor: flight.FlightDescriptor, schema: pa.Schema) -> Any:
    return client.do_put(descriptor, schema)


def _headers(model: str, version: str, table: pa.Table) -> list[ingest_pb2.IngestRequest]:
    return requests(model, [b""] * len(table.to_batches()), version)
