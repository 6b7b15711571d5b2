import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import grpc
import pyarrow as pa
import pytest

from driftline.client import Client, ClientStats
from driftline.collector import Collector
from driftline.v1 import ingest_pb2, ingest_pb2_grpc, query_pb2, selection_pb2

StartCollector = Callable[..., Collector]


def stream_bytes(batch: pa.RecordBatch) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    content: bytes = sink.getvalue().to_pybytes()
    return content


RECORDS = stream_bytes(pa.record_batch({"a": [1.0, 2.0, 3.0]}))


def request(sequence: int = 0, records: bytes = RECORDS, **fields: Any) -> Any:
    producer = "p" if sequence else ""
    return ingest_pb2.IngestRequest(
        producer_id=producer, sequence=sequence, model="m", version="1", records=records, **fields
    )


def stats(collector: Collector) -> Any:
    return query_pb2.StatsResponse.FromString(collector.engine.query("Stats", b"", time.time_ns()))


@pytest.fixture
def stub(collector: Collector) -> Iterator[Any]:
    with grpc.insecure_channel(str(collector.grpc_address)) as channel:
        yield ingest_pb2_grpc.IngestServiceStub(channel)  # type: ignore[no-untyped-call]


def test_one_batch_one_answer(collector: Collector, stub: Any) -> None:
    answer = stub.IngestBatch(request(1))
    assert (answer.acknowledged_sequence, answer.batches, answer.records) == (1, 1, 3)
    assert stub.IngestBatch(request(1)).duplicates == 1
    assert stats(collector).records == 3


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (request(records=b"not arrow"), grpc.StatusCode.INVALID_ARGUMENT),
        (request(records=stream_bytes(pa.record_batch({"a": [[1]]}))), grpc.StatusCode.INVALID_ARGUMENT),
        (ingest_pb2.IngestRequest(records=RECORDS), grpc.StatusCode.INVALID_ARGUMENT),
        (request(records=bytes(16 * 1024 * 1024 + 1)), grpc.StatusCode.RESOURCE_EXHAUSTED),
        (request(records=bytes(20 * 1024 * 1024)), grpc.StatusCode.RESOURCE_EXHAUSTED),
    ],
    ids=["not arrow", "type", "no model", "over the limit", "far over the limit"],
)
def test_a_bad_batch_is_a_status(bad: Any, code: grpc.StatusCode, collector: Collector, stub: Any) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        stub.IngestBatch(bad)
    assert caught.value.code() is code
    assert stats(collector).records == 0


def test_a_refused_batch_does_not_end_its_stream(collector: Collector, stub: Any) -> None:
    answers = list(stub.Ingest(iter([request(1), request(2, b"not arrow"), request(3)])))
    assert answers[-1].acknowledged_sequence == 3
    rejections = [rejection for answer in answers for rejection in answer.rejections]
    assert [(each.sequence, each.code, each.reason) for each in rejections] == [(2, 3, "not_arrow")]
    assert sum(answer.records for answer in answers) == 6
    assert stats(collector).batches_rejected == {"not_arrow": 1}


def test_an_answer_covers_what_came_before(stub: Any) -> None:
    answers = list(stub.Ingest(iter([request(1), request(2), request(3, acknowledge=True), request(4)])))
    assert [(each.acknowledged_sequence, each.batches) for each in answers] == [(3, 3), (4, 1)]


def test_the_client_is_understood(collector: Collector) -> None:
    with Client(str(collector.grpc_address), model="m", version="1", batch_records=100) as client:
        for number in range(1_000):
            client.log(
                {"a": number, "b": "xy"[number % 2], "c": number or None}, prediction=number % 2, id=number
            )
        client.log_table(pa.table({"a": [1], "b": pa.array(["x"]).dictionary_encode(), "prediction": [1]}))
        client.log_labels(range(500), [number % 2 for number in range(500)])
        assert client.flush(20)
        assert client.stats == ClientStats(sent=1_501, acknowledged=1_501)
    (version,) = stats(collector).versions
    assert version.labels["matched"] == 500
    selection = selection_pb2.Selection(model="m", version="1")
    answer = collector.engine.query(
        "Summary", query_pb2.SummaryRequest(selection=selection).SerializeToString(), time.time_ns()
    )
    columns = {each.name: each for each in query_pb2.SummaryResponse.FromString(answer).columns}
    assert columns["a"].count == 1_001
    assert columns["a"].max == 999
    assert {each.item: each.count for each in columns["b"].top} == {"x": 501, "y": 500}
    assert columns["c"].nulls == 1


def test_what_the_collector_refuses_the_client_counts(collector: Collector) -> None:
    with Client(str(collector.grpc_address), model="m") as client:
        client.log({"a": 1.0}, score=0.5)
        assert client.flush(20)
        client.log_table(pa.table({"a": [[1]]}))
        assert client.flush(20)
        assert client.stats == ClientStats(sent=2, acknowledged=1, rejected=1)


def test_more_streams_than_there_are_threads_take_turns(
    start_collector: StartCollector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("driftline.client.stream.IDLE_SECONDS", 0.1)
    collector = start_collector(max_streams=2)
    clients = [Client(str(collector.grpc_address), model="m", linger_seconds=0.01) for _ in range(6)]
    for client in clients:
        client.log({"a": 1})
    assert all(client.flush(20) for client in clients)
    for client in clients:
        client.close()
    assert stats(collector).records == 6


def test_the_streams_of_a_stopping_collector_end_with_their_answers(collector: Collector) -> None:
    clients = [Client(str(collector.grpc_address), model="m", linger_seconds=0.001) for _ in range(4)]
    logged = [0] * len(clients)
    done = threading.Event()

    def log(index: int) -> None:
        while not done.is_set():
            clients[index].log({"a": 1})
            logged[index] += 1
            time.sleep(0.0005)

    threads = [threading.Thread(target=log, args=[index]) for index in range(len(clients))]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    started = time.monotonic()
    try:
        collector.stop(grace=60.0)
        elapsed = time.monotonic() - started
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert elapsed < 30
    acknowledged = sum(client.stats.acknowledged for client in clients)
    for client in clients:
        client.close(0.0)
    assert acknowledged == stats(collector).records > 0


def test_an_idle_stream_does_not_hold_up_the_stop(collector: Collector, stub: Any) -> None:
    forever = threading.Event()

    def requests() -> Iterator[Any]:
        yield request(1, acknowledge=True)
        forever.wait(90)

    answers = stub.Ingest(requests())
    assert next(answers).acknowledged_sequence == 1
    time.sleep(0.3)
    started = time.monotonic()
    collector.stop(grace=60.0)
    assert time.monotonic() - started < 30
    with pytest.raises(grpc.RpcError) as caught:
        next(answers)
    assert caught.value.code() in (grpc.StatusCode.CANCELLED, grpc.StatusCode.UNAVAILABLE)
    forever.set()
