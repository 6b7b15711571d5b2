"""The two doors of a collector, from a client that has encoded everything beforehand."""

import threading
import uuid
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Protocol

import grpc
import pyarrow as pa
from pyarrow import flight

from driftline.v1 import ingest_pb2

METHOD = "/driftline.v1.IngestService/Ingest"
MODEL = "bench"
VERSION = "1"
ACKNOWLEDGE_EVERY = 32
CHANNEL_OPTIONS = (("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1))

#: Sends everything and returns the number of records that the server says it has counted.
Run = Callable[[], int]


class Door(Protocol):
    """Prepares runs of so many messages, cycling through the batches that it was made with."""

    def prepare(self, messages: int) -> Run:
        """Make the messages of one run, as those of a producer not seen before."""


class GrpcDoor:
    """The bidirectional stream of driftline.v1."""

    def __init__(self, address: str, batches: Sequence[pa.RecordBatch]) -> None:
        channel = grpc.insecure_channel(address, options=CHANNEL_OPTIONS)
        self._call = channel.stream_stream(METHOD, None, None)
        records = encapsulated(batches)
        self._records = [ingest_pb2.IngestRequest(records=part).SerializeToString() for part in records]

    def prepare(self, messages: int) -> Run:
        """Put the headers behind the records: joined, protobuf messages are one message."""
        headers = _headers(messages)
        first, *rest = self._records
        requests = [first + headers[0]]
        requests += [rest[(i - 1) % len(rest)] + headers[i] for i in range(1, messages)]
        return lambda: sum(map(_records_of, list(self._call(iter(requests)))))


class FlightDoor:
    """Arrow Flight ``DoPut``."""

    def __init__(self, address: str, batches: Sequence[pa.RecordBatch]) -> None:
        self._client = flight.connect(f"grpc://{address}")
        self._batches = batches

    def prepare(self, messages: int) -> Run:
        """Make the headers, which travel as the metadata of the batches."""
        headers = [pa.py_buffer(header) for header in _headers(messages)]

        def run() -> int:
            descriptor = flight.FlightDescriptor.for_path(MODEL, VERSION)
            writer, reader = self._client.do_put(descriptor, self._batches[0].schema)
            answers: list[bytes] = []
            reading = threading.Thread(target=_read_all, args=(reader, answers))
            reading.start()
            for index, header in enumerate(headers):
                writer.write_with_metadata(self._batches[index % len(self._batches)], header)
            writer.done_writing()
            reading.join()
            writer.close()
            return sum(map(_records_of, answers))

        return run


def _read_all(reader: flight.FlightMetadataReader, answers: list[bytes]) -> None:
    while (answer := reader.read()) is not None:
        answers.append(answer.to_pybytes())


def _records_of(response: bytes) -> int:
    return ingest_pb2.IngestResponse.FromString(response).records


def _headers(messages: int) -> list[bytes]:
    """Requests without records, of one new producer; an answer is asked for now and then and at the end."""
    producer = str(uuid.uuid4())
    return [
        ingest_pb2.IngestRequest(
            producer_id=producer,
            sequence=number,
            model=MODEL,
            version=VERSION,
            acknowledge=number % ACKNOWLEDGE_EVERY == 0 or number == messages,
        ).SerializeToString()
        for number in range(1, messages + 1)
    ]


def encapsulated(batches: Sequence[pa.RecordBatch]) -> list[bytes]:
    """Messages of one IPC stream: the first with schema and dictionary, then each batch, the first once more."""
    sink = pa.BufferOutputStream()
    ends = [0]
    with pa.ipc.new_stream(sink, batches[0].schema) as writer:
        for batch in (batches[0], *batches):
            writer.write_batch(batch)
            ends.append(sink.tell())
    stream = sink.getvalue().to_pybytes()
    return [stream[start:end] for start, end in pairwise(ends)]
