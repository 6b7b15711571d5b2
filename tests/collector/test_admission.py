import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from typing import Any

import grpc
import pyarrow as pa
import pytest
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import flight
from tests.collector.stalled_engine import Gate, put_behind_gate

from driftline.client.retry_info import retry_seconds
from driftline.collector import Collector
from driftline.collector.admission import Admission, OverloadedError
from driftline.collector.byte_budget import ByteBudget
from driftline.collector.places import Places
from driftline.collector.refusals import Refusals
from driftline.collector.single_requests import PLACES
from driftline.v1 import ingest_pb2, ingest_pb2_grpc, query_pb2, query_pb2_grpc

StartCollector = Callable[..., Collector]

MEBIBYTE = 1 << 20
SECONDS = 10.0
BATCH = pa.record_batch({"a": pa.array(range(MEBIBYTE // 8))})


def request(sequence: int, batch: pa.RecordBatch = BATCH) -> Any:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return ingest_pb2.IngestRequest(
        producer_id="p",
        sequence=sequence,
        model="m",
        records=sink.getvalue().to_pybytes(),
        acknowledge=True,
    )


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    return put_behind_gate(monkeypatch)


@pytest.fixture
def connect() -> Iterator[Callable[[Collector], Any]]:
    with ExitStack() as stack:

        def make(collector: Collector) -> Any:
            channel = stack.enter_context(grpc.insecure_channel(str(collector.grpc_address)))
            return ingest_pb2_grpc.IngestServiceStub(channel)  # type: ignore[no-untyped-call]

        yield make


STEPS = st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["take", "give", "close"]), st.integers(0, 60)))


@given(STEPS)
def test_what_all_hold_is_what_is_used_and_no_more_than_the_limit(steps: list[tuple[int, str, int]]) -> None:
    budget = ByteBudget(100)
    accounts = [budget.open() for _ in range(4)]
    held: list[int | None] = [0] * 4
    for who, what, size in steps:
        before = held[who]
        if what == "take":
            fits = before is not None and sum(each or 0 for each in held) + size <= 100
            assert accounts[who].take(size) == fits
            if fits and before is not None:
                held[who] = before + size
        elif what == "give":
            accounts[who].give_back(size)
            if before is not None:
                held[who] = max(0, before - size)
        else:
            accounts[who].close()
            held[who] = None
        assert budget.used == sum(each or 0 for each in held) <= 100
    for account in accounts:
        account.close()
    assert budget.used == 0
    assert not budget.is_shut


def test_a_budget_that_has_refused_is_shut_until_half_is_free() -> None:
    budget = ByteBudget(100)
    account = budget.open()
    assert not account.take(101)
    assert not budget.is_shut
    assert account.take(80)
    assert not account.take(21)
    assert budget.is_shut
    account.give_back(29)
    assert budget.is_shut
    account.give_back(1)
    assert not budget.is_shut


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans())))
def test_places_are_counted_by_peer_and_in_all(steps: list[tuple[str, bool]]) -> None:
    places = Places(4, 2)
    inside = dict.fromkeys("abc", 0)
    for peer, comes in steps:
        if comes:
            limit = 4 if sum(inside.values()) >= 4 else 2 if inside[peer] >= 2 else None
            assert places.take(peer) == limit
            inside[peer] += limit is None
        elif inside[peer]:
            places.give_back(peer)
            inside[peer] -= 1
        assert places.taken == sum(inside.values()) <= 4


def test_the_bytes_of_a_call_that_is_over_are_taken_no_more_and_no_refusal() -> None:
    refusals = Refusals()
    admission = Admission(100, 1, 1, refusals)
    with admission.stream("ipv4:1.2.3.4:5") as account:
        admission.take(account, 60)
        with pytest.raises(OverloadedError, match="at most 1 streams are taken"), admission.stream("x"):
            pass
    assert admission.inflight_bytes == admission.open_streams == 0
    with pytest.raises(OverloadedError, match="over"):
        admission.take(account, 60)
    assert admission.inflight_bytes == 0
    (family,) = refusals.collect()
    assert {each.labels["reason"]: each.value for each in family.samples}["overload"] == 1


def records(collector: Collector) -> int:
    stats = query_pb2.StatsResponse.FromString(collector.engine.query("Stats", b"", time.time_ns()))
    return int(stats.records)


def seconds_to_wait(error: Any) -> float:
    assert error.code() is grpc.StatusCode.UNAVAILABLE
    assert "overloaded" in error.details()
    seconds = retry_seconds(error)
    assert seconds is not None
    return seconds


def outcome_of(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except (grpc.RpcError, flight.FlightError) as error:
        return error


@pytest.fixture
def small(gate: Gate, start_collector: StartCollector) -> Collector:
    """Two requests of a mebibyte fit into it, and three do not."""
    return start_collector(max_message_bytes=2 * MEBIBYTE, max_inflight_bytes=2 * MEBIBYTE + MEBIBYTE // 2)


def test_a_stream_over_the_budget_ends_with_when_to_come_again(
    gate: Gate, small: Collector, connect: Callable[[Collector], Any]
) -> None:
    stub = connect(small)

    def send(number: int) -> list[Any]:
        return list(stub.Ingest(iter([request(number)])))

    with ThreadPoolExecutor(3) as threads:
        with gate.shut():
            calls = [threads.submit(outcome_of, partial(send, number)) for number in (1, 2, 3)]
            wait_for(lambda: any(call.done() for call in calls))
            (refused,) = (number for number, call in enumerate(calls, 1) if call.done())
            assert 0.1 < seconds_to_wait(calls[refused - 1].result()) < 1.0
            assert 2 * MEBIBYTE < small._admission.inflight_bytes <= small._config.max_inflight_bytes
        answers = [call.result() for number, call in enumerate(calls, 1) if number != refused]
    assert sum(each.records for (each,) in answers) == records(small) == 2 * BATCH.num_rows
    wait_for(lambda: small._admission.inflight_bytes == 0)
    (again,) = stub.Ingest(iter([request(refused)]))
    assert again.records == BATCH.num_rows
    assert records(small) == 3 * BATCH.num_rows


def test_what_came_before_on_a_stream_is_answered_for(
    gate: Gate, small: Collector, connect: Callable[[Collector], Any]
) -> None:
    stub = connect(small)
    more = threading.Event()

    def requests() -> Iterator[Any]:
        yield request(1)
        more.wait(SECONDS)
        yield request(2)

    answers = stub.Ingest(requests())
    assert next(answers).acknowledged_sequence == 1
    with small._admission.account() as account:
        account.take(small._config.max_inflight_bytes - 10)
        more.set()
        assert 0.1 < seconds_to_wait(outcome_of(lambda: next(answers))) < 1.0
    assert records(small) == BATCH.num_rows


def test_single_calls_over_the_budget_are_refused_and_then_not_even_read(
    gate: Gate, small: Collector, connect: Callable[[Collector], Any]
) -> None:
    stub = connect(small)
    with gate.shut():
        calls = [stub.IngestBatch.future(request(number)) for number in (1, 2, 3)]
        wait_for(lambda: any(call.done() for call in calls))
        (refused,) = (call for call in calls if call.done())
        assert 0.1 < seconds_to_wait(refused.exception()) < 1.0
        assert "more have come" in refused.exception().details()
        unread = outcome_of(lambda: stub.IngestBatch(request(4)))
        assert 0.1 < seconds_to_wait(unread) < 1.0
        assert "more have come" not in unread.details()
        also_unread = outcome_of(lambda: list(stub.Ingest(iter([request(5)]))))
        assert 0.1 < seconds_to_wait(also_unread) < 1.0
    assert sum(call.result().records for call in calls if call is not refused) == 2 * BATCH.num_rows
    assert stub.IngestBatch(request(4)).records == BATCH.num_rows


def test_a_flood_of_single_calls_leaves_places_for_others(
    gate: Gate,
    start_collector: StartCollector,
    connect: Callable[[Collector], Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(PLACES, "IngestService", 2)
    collector = start_collector()
    stub = connect(collector)
    small_batch = BATCH.slice(0, 1)
    with gate.shut():
        calls = [stub.IngestBatch.future(request(number, small_batch)) for number in range(1, 13)]
        wait_for(lambda: sum(call.done() for call in calls) == 10)
        assert all(0.4 < seconds_to_wait(call.exception()) < 1.6 for call in calls if call.done())
        with grpc.insecure_channel(str(collector.grpc_address)) as channel:
            queries: Any = query_pb2_grpc.QueryServiceStub(channel)  # type: ignore[no-untyped-call]
            assert queries.Stats(query_pb2.StatsRequest(), timeout=SECONDS).records == 0
    wait_for(lambda: all(call.done() for call in calls))
    assert records(collector) == 2


def test_one_peer_has_its_part_of_the_streams(
    start_collector: StartCollector, connect: Callable[[Collector], Any]
) -> None:
    collector = start_collector(max_streams=2, max_streams_per_peer=1)
    stub = connect(collector)
    done = threading.Event()

    def one_and_wait(sequence: int) -> Iterator[Any]:
        yield request(sequence)
        done.wait(SECONDS)

    first = stub.Ingest(one_and_wait(1))
    assert next(first).acknowledged_sequence == 1
    error = outcome_of(lambda: list(stub.Ingest(iter([request(2)]))))
    assert 0.4 < seconds_to_wait(error) < 1.6
    assert "at most 1 streams from one peer" in error.details()
    done.set()
    assert list(first) == []
    wait_for(lambda: collector._admission.open_streams == 0)
    assert [each.acknowledged_sequence for each in stub.Ingest(iter([request(2)]))] == [2]


def test_the_flight_door_has_the_same_bounds(gate: Gate, small: Collector) -> None:
    def put(number: int) -> None:
        with flight.connect(f"grpc://{small.flight_address}") as client:
            metadata = ingest_pb2.IngestRequest(producer_id="p", sequence=number).SerializeToString()
            writer, _ = client.do_put(flight.FlightDescriptor.for_path("m"), BATCH.schema)
            writer.write_with_metadata(BATCH, pa.py_buffer(metadata))
            writer.close()

    with ThreadPoolExecutor(3) as threads:
        with gate.shut():
            calls = [threads.submit(outcome_of, partial(put, number)) for number in (1, 2, 3)]
            wait_for(lambda: any(call.done() for call in calls))
            (error,) = (call.result() for call in calls if call.done())
        assert sum(call.result() is None for call in calls) == 2
    assert records(small) == 2 * BATCH.num_rows
    assert isinstance(error, flight.FlightUnavailableError)
    retry = RetryInfo()
    assert Status.FromString(error.extra_info).details[0].Unpack(retry)
    assert 0.1 < retry.retry_delay.ToTimedelta().total_seconds() < 1.0
