"""A real gRPC server that answers as the test says, and remembers what it was sent."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import grpc
import pyarrow as pa
import pytest
from tests.held_address import held_address

from driftline.client import Client
from driftline.v1 import ingest_pb2

IngestRequest = ingest_pb2.IngestRequest
IngestResponse = ingest_pb2.IngestResponse


class ScriptedCollector:
    """Acknowledges when asked to; the attributes change that."""

    def __init__(self, address: str = "127.0.0.1:0") -> None:
        self.failures: list[grpc.StatusCode | grpc.Status] = []
        """Statuses that end the next streams, each before its first answer."""
        self.poison: dict[int, grpc.StatusCode] = {}
        """Statuses that end every stream that carries a sequence number."""
        self.silent_streams = 0
        """So many streams, from now on, are never answered and never ended."""
        self.rejections: dict[int, ingest_pb2.Rejection] = {}
        """By sequence number."""
        self.answers = True
        """Whether anything is ever answered."""
        self.most_unanswered = 0
        """What answers ask to keep to."""
        self.requests: list[list[Any]] = []
        """Requests by stream."""
        self.began: list[float] = []
        """When each stream did, by the monotonic clock."""
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        # What was held free is shared with who held it; a port of the system's choice must be nobody else's.
        is_held = not address.endswith(":0")
        self._server = grpc.server(ThreadPoolExecutor(8), options=[("grpc.so_reuseport", int(is_held))])
        handler = grpc.stream_stream_rpc_method_handler(
            self._ingest, IngestRequest.FromString, IngestResponse.SerializeToString
        )
        service = grpc.method_handlers_generic_handler("driftline.v1.IngestService", {"Ingest": handler})
        self._server.add_generic_rpc_handlers([service])
        self.address = f"127.0.0.1:{self._server.add_insecure_port(address)}"
        self._server.start()

    def stop(self) -> None:
        self._stopping.set()
        self._server.stop(0).wait()

    def wait_for(self, condition: Callable[[], bool], timeout: float = 10.0) -> bool:
        with self._changed:
            return self._changed.wait_for(condition, timeout)

    def sequences(self) -> list[list[int]]:
        """Sequence numbers by stream."""
        return [[request.sequence for request in stream] for stream in self.requests]

    def batches(self) -> list[pa.RecordBatch]:
        """All batches, each decoded with the schema that its stream had by then."""
        return [batch for stream in self.requests for batch in _decode(stream)]

    def counted(self) -> dict[tuple[str, int, int], list[Any]]:
        """The column ``a`` of each batch, by producer, epoch and number: one that comes twice must be the same."""
        found: dict[tuple[str, int, int], list[Any]] = {}
        for stream in self.requests:
            for request, batch in zip(stream, _decode(stream), strict=True):
                key = (request.producer_id, request.producer_epoch, request.sequence)
                values = batch.column("a").to_pylist()
                assert found.setdefault(key, values) == values, f"another batch came as {key}"
        return found

    def rows(self) -> list[dict[str, Any]]:
        return [row for batch in self.batches() for row in batch.to_pylist()]

    def _ingest(self, requests: Iterator[Any], context: grpc.ServicerContext) -> Iterator[Any]:
        failure = self.failures.pop(0) if self.failures else None
        is_silent, self.silent_streams = self.silent_streams > 0, max(0, self.silent_streams - 1)
        stream: list[Any] = []
        self.began.append(time.monotonic())
        self.requests.append(stream)
        for request in requests:
            with self._changed:
                stream.append(request)
                self._changed.notify_all()
            if isinstance(failure, grpc.Status):
                context.abort_with_status(failure)
            elif failure is not None:
                context.abort(failure, "as the test says")
            if request.sequence in self.poison:
                context.abort(self.poison[request.sequence], "poison")
            if request.acknowledge and self.answers and not is_silent:
                yield self._answer(request.sequence)
        if is_silent:
            self._stopping.wait(60)
        elif self.answers and stream:
            yield self._answer(stream[-1].sequence)

    def _answer(self, sequence: int) -> Any:
        covered = [self.rejections.pop(each) for each in sorted(self.rejections) if each <= sequence]
        return IngestResponse(
            acknowledged_sequence=sequence, rejections=covered, most_unanswered=self.most_unanswered
        )


def _decode(stream: list[Any]) -> Iterator[pa.RecordBatch]:
    """Reads bare messages as the collector must: a schema, where there is one, holds until the next."""
    schema: pa.Schema | None = None
    for request in stream:
        reader = pa.BufferReader(request.records)
        message = pa.ipc.read_message(reader)
        if message.type == "schema":
            schema = pa.ipc.read_schema(message)
            if any(pa.types.is_dictionary(field.type) for field in schema) or _is_complete(request.records):
                yield from pa.ipc.open_stream(request.records)
                continue
            message = pa.ipc.read_message(reader)
        assert message.type == "record batch"
        assert schema is not None
        yield pa.ipc.read_record_batch(message, schema)


def _is_complete(records: bytes) -> bool:
    """Whether they end with the mark of the end of a stream."""
    return records.endswith(b"\xff\xff\xff\xff\x00\x00\x00\x00")


_held = ExitStack()


def free_address() -> str:
    """An address that refuses who comes until a :class:`ScriptedCollector` takes it; nobody else gets it meanwhile."""
    return _held.enter_context(held_address(socket.SO_REUSEPORT))


@pytest.fixture(autouse=True)
def _let_go() -> Iterator[None]:
    """Ends what :func:`free_address` holds."""
    yield
    _held.close()


@pytest.fixture
def scripted() -> Iterator[ScriptedCollector]:
    collector = ScriptedCollector()
    yield collector
    collector.stop()


@pytest.fixture
def start_scripted() -> Iterator[Callable[[str], ScriptedCollector]]:
    """Starts one on an address of the test's choice."""
    started: list[ScriptedCollector] = []

    def start(address: str) -> ScriptedCollector:
        started.append(ScriptedCollector(address))
        return started[-1]

    yield start
    for each in started:
        each.stop()


@pytest.fixture
def make_client(scripted: ScriptedCollector) -> Iterator[Callable[..., Client]]:
    """Makes clients of the scripted collector; they are closed at the end of the test."""
    clients: list[Client] = []

    def make(**options: Any) -> Client:
        settings: dict[str, Any] = {
            "target": scripted.address,
            "model": "m",
            "version": "1",
            "linger_seconds": 0.02,
        }
        clients.append(Client(**(settings | options)))
        return clients[-1]

    yield make
    for client in clients:
        client.close(0.0)
