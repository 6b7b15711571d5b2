"""How much each principal may send."""

import re
import time
import urllib.request
from collections.abc import Callable
from typing import Any

import grpc
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import flight
from tests.security.conftest import Principal
from tests.waiting import is_soon

from driftline.client import Client
from driftline.client.retry_info import retry_seconds
from driftline.collector import Collector
from driftline.collector.quotas import BURST_SECONDS, LONGEST_DELAY_SECONDS, Quota
from driftline.collector.retry_info import abort_until
from driftline.v1 import ingest_pb2, ingest_pb2_grpc

StartCollector = Callable[..., Collector]
ROWS = 100


def request(sequence: int, rows: int = ROWS) -> Any:
    sink = pa.BufferOutputStream()
    batch = pa.record_batch({"a": [1.0] * rows})
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    records = sink.getvalue().to_pybytes()
    return ingest_pb2.IngestRequest(
        model="m", producer_id="p", sequence=sequence, records=records, acknowledge=True
    )


class Clock:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@given(
    st.lists(st.tuples(st.floats(0, 5), st.integers(0, 5_000)), min_size=1), st.sampled_from([10.0, 1_000.0])
)
def test_in_the_long_run_the_rate_holds(steps: list[tuple[float, int]], rate: float) -> None:
    """Who waits as long as told sends no more than the burst, one request, and what the time allows."""
    clock = Clock()
    quota = Quota(records_per_second=rate, clock=clock)
    sent = largest = 0
    for pause, records in steps:
        clock.seconds += pause + quota.debt_seconds()
        assert quota.debt_seconds() == pytest.approx(0.0, abs=1e-6)
        quota.charge(records=records)
        sent += records
        largest = max(largest, records)
    elapsed = clock.seconds - 100.0
    assert sent <= rate * (elapsed + BURST_SECONDS) + largest + 1e-3


def test_each_bound_counts_by_itself() -> None:
    clock = Clock()
    quota = Quota(records_per_second=10.0, bytes_per_second=1_000.0, clock=clock)
    quota.charge(records=30, size=1_000)
    assert quota.debt_seconds() == pytest.approx(2.0)
    quota.charge(size=5_000)
    assert quota.debt_seconds() == pytest.approx(5.0)
    assert Quota(clock=clock).debt_seconds() == 0.0


@pytest.fixture
def limited(start_collector: StartCollector, principal: Principal) -> Callable[..., Collector]:
    """Collectors whose principal ``noisy`` has the quota given, and ``quiet`` none."""

    def start(**quota: float) -> Collector:
        return start_collector(
            principals=[
                principal("noisy", "ingest", **quota),
                principal("quiet", "ingest"),
                principal("reader", "query"),
            ]
        )

    return start


def call(collector: Collector, method: str, argument: Any, name: str = "noisy") -> Any:
    with grpc.insecure_channel(str(collector.grpc_address)) as channel:
        stub: Any = ingest_pb2_grpc.IngestServiceStub(channel)  # type: ignore[no-untyped-call]
        answer = getattr(stub, method)(
            argument, metadata=[("authorization", f"Bearer token-of-{name}")], timeout=30
        )
        return list(answer) if method == "Ingest" else answer


@pytest.mark.parametrize("quota", [{"records_per_second": 2.0}, {"bytes_per_second": 25.0}])
def test_a_single_call_over_the_quota_is_told_when_to_come_again(
    limited: Callable[..., Collector], quota: dict[str, float]
) -> None:
    collector = limited(**quota)
    assert call(collector, "IngestBatch", request(1)).records == ROWS, "nothing is too large in itself"
    with pytest.raises(grpc.RpcError) as caught:
        call(collector, "IngestBatch", request(2))
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    seconds = retry_seconds(caught.value)
    assert seconds is not None
    assert 5.0 < seconds < 60.0
    assert "noisy is over its quota" in str(caught.value.details())
    assert call(collector, "IngestBatch", request(3), "quiet").records == ROWS, "it is the quota of one"


def test_other_refusals_do_not_ask_to_come_again(limited: Callable[..., Collector]) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        call(limited(), "IngestBatch", request(1), "stranger")
    assert retry_seconds(caught.value) is None


@pytest.mark.parametrize(("asked", "believed"), [(0.25, 0.25), (3_600.0, 60.0)])
def test_the_client_does_not_stay_away_for_ever(asked: float, believed: float) -> None:
    context: Any = Context()
    with pytest.raises(AbortedError) as caught:
        abort_until(context, grpc.StatusCode.RESOURCE_EXHAUSTED, "later", asked)
    assert retry_seconds(caught.value) == believed


class AbortedError(Exception):
    """What a caller gets of a status."""

    def __init__(self, status: Any) -> None:
        self._status = status

    def code(self) -> Any:
        return self._status.code

    def details(self) -> Any:
        return self._status.details

    def trailing_metadata(self) -> Any:
        return self._status.trailing_metadata


class Context:
    def abort_with_status(self, status: Any) -> None:
        raise AbortedError(status)


def test_a_stream_is_slowed_down_to_the_rate(limited: Callable[..., Collector]) -> None:
    """30 batches of 100 at 1,000 a second: one second's worth at once, the rest takes two."""
    collector = limited(records_per_second=1_000.0)
    started = time.monotonic()
    answers = call(collector, "Ingest", (request(number) for number in range(1, 31)))
    assert sum(answer.records for answer in answers) == 30 * ROWS
    assert 1.5 < time.monotonic() - started < 15.0


def test_a_stream_that_would_have_to_wait_too_long_is_ended(
    limited: Callable[..., Collector],
) -> None:
    collector = limited(records_per_second=5.0)
    with grpc.insecure_channel(str(collector.grpc_address)) as channel:
        stub: Any = ingest_pb2_grpc.IngestServiceStub(channel)  # type: ignore[no-untyped-call]
        stream = stub.Ingest(
            (request(number) for number in range(1, 10)),
            metadata=[("authorization", "Bearer token-of-noisy")],
            timeout=30,
        )
        with pytest.raises(grpc.RpcError) as caught:
            list(stream)
    seconds = retry_seconds(caught.value)
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert seconds is not None
    assert seconds > LONGEST_DELAY_SECONDS - 0.5


def test_who_goes_away_without_an_answer_is_charged_too(limited: Callable[..., Collector]) -> None:
    collector = limited(records_per_second=2.0)
    with grpc.insecure_channel(str(collector.grpc_address)) as channel:
        stub: Any = ingest_pb2_grpc.IngestServiceStub(channel)  # type: ignore[no-untyped-call]
        metadata = [("authorization", "Bearer token-of-noisy")]

        def requests() -> Any:
            unanswered = request(1)
            unanswered.acknowledge = False
            yield unanswered
            time.sleep(1.0)
            stream.cancel()

        stream = stub.Ingest(requests(), metadata=metadata, timeout=30)
        with pytest.raises(grpc.RpcError):
            list(stream)
    # What was sent is charged before its place is given back.
    assert is_soon(lambda: collector._admission.open_streams == 0)
    with pytest.raises(grpc.RpcError) as caught:
        call(collector, "IngestBatch", request(2))
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


def test_the_client_waits_and_loses_nothing(
    limited: Callable[..., Collector], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stream that is ended over and over is no fault of the batch that is on its way."""
    monkeypatch.setattr("driftline.client.sender.ATTEMPTS_PER_BATCH", 1)
    collector = limited(records_per_second=1_000.0)
    started = time.monotonic()
    with Client(str(collector.grpc_address), model="m", token="token-of-noisy") as client:
        for _ in range(3):
            client.log_table(pa.table({"a": [1.0] * 3_000}))
            assert client.flush(60)
        stats = client.stats
    assert (stats.acknowledged, stats.rejected, stats.dropped) == (9_000, 0, 0)
    assert time.monotonic() - started > 4.0


def test_the_client_comes_again_when_it_was_told_to(limited: Callable[..., Collector]) -> None:
    """After 1,500 more than the burst, at 500 a second: in three seconds, and not a few times before."""
    collector = limited(records_per_second=500.0)
    with Client(str(collector.grpc_address), model="m", token="token-of-noisy") as client:
        client.log_table(pa.table({"a": [1.0] * 2_000}))
        assert client.flush(60)
        client.log({"a": 1.0})
        started = time.monotonic()
        assert client.flush(60)
        assert 1.5 < time.monotonic() - started < 20.0
    page = urllib.request.Request(
        f"http://{collector.http_address}/metrics", headers={"authorization": "Bearer token-of-reader"}
    )
    with urllib.request.urlopen(page, timeout=60) as response:
        (refused,) = re.findall(r'calls_refused_total{reason="quota"} (\d+)', response.read().decode())
    assert 1 <= int(refused) <= 2


def test_the_flight_door_has_the_same_quota(limited: Callable[..., Collector]) -> None:
    collector = limited(records_per_second=5.0)
    batch = pa.record_batch({"a": [1.0] * ROWS})
    headers: Any = [(b"authorization", b"Bearer token-of-noisy")]
    with flight.connect(f"grpc://{collector.flight_address}") as client:
        writer, _ = client.do_put(
            flight.FlightDescriptor.for_path("m"), batch.schema, flight.FlightCallOptions(headers=headers)
        )
        with pytest.raises(flight.FlightUnavailableError, match="over quota"):  # noqa: PT012
            writer.write_batch(batch)
            writer.write_batch(batch)
            writer.close()
