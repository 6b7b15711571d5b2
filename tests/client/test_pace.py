"""How much a client has on its way while a collector has its hands full."""

import time
from collections.abc import Callable
from typing import Any

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from grpc_status import rpc_status
from hypothesis import given
from hypothesis import strategies as st

from driftline.client import Client, ClientStats
from driftline.client.pace import Pace
from driftline.client.store import MAX_BATCHES

MakeClient = Callable[..., Client]


def round_trip(pace: Pace, most_unanswered: int = 0) -> None:
    """As many as may be on their way are sent and answered."""
    batches = pace.limit
    pace.sent(batches)
    pace.answered(batches, most_unanswered)


@given(st.lists(st.one_of(st.just("refused"), st.tuples(st.integers(1, MAX_BATCHES), st.integers(0, 1_000)))))
def test_the_bound_stays_in_its_range_falls_with_refusals_and_keeps_to_what_the_collector_says(
    events: list[Any],
) -> None:
    pace = Pace()
    for event in events:
        before = pace.limit
        if event == "refused":
            pace.sent(before)
            pace.refused()
            assert pace.limit == max(1, before // 2)
        else:
            batches, most = event
            pace.sent(before)
            pace.answered(min(batches, before), most)
            assert not most or pace.limit <= most
        assert 1 <= pace.limit <= MAX_BATCHES


def test_who_was_refused_comes_back_with_half_and_grows_by_one_a_round_trip() -> None:
    pace = Pace()
    pace.sent(20)
    pace.refused()
    assert pace.limit == 10
    for expected in range(11, 30):
        round_trip(pace)
        assert pace.limit == pytest.approx(expected, abs=1)
    for _ in range(20):
        pace.sent(pace.limit)
        pace.refused()
    assert pace.limit == 1
    for _ in range(MAX_BATCHES + 5):
        round_trip(pace)
    assert pace.limit == MAX_BATCHES
    round_trip(pace, most_unanswered=3)
    assert pace.limit == 3
    round_trip(pace)
    assert pace.limit == MAX_BATCHES


def status_until(seconds: float) -> grpc.Status:
    status = Status(code=grpc.StatusCode.UNAVAILABLE.value[0], message="overloaded")
    status.details.add().Pack(RetryInfo(retry_delay=Duration(nanos=round(seconds * 1e9))))
    return rpc_status.to_status(status)


def test_after_a_refusal_less_is_on_its_way_until_answers_come(
    scripted: Any, make_client: MakeClient
) -> None:
    """Two streams are refused at their first request; all batches wait by then, and the third is never answered."""
    scripted.failures = [status_until(0.3), status_until(0.3)]
    scripted.answers = False
    client = make_client(batch_records=1, answer_timeout_seconds=2.0)
    for number in range(MAX_BATCHES):
        client.log({"a": number})
    assert scripted.wait_for(lambda: len(scripted.requests) == 3)
    assert scripted.wait_for(lambda: any(request.acknowledge for request in scripted.requests[2]))
    time.sleep(0.5)
    assert 1 <= len(scripted.requests[2]) <= MAX_BATCHES // 4
    assert any(request.acknowledge for request in scripted.requests[2])
    scripted.answers = True
    assert client.flush(20)
    assert client.stats.acknowledged == MAX_BATCHES
    assert len(scripted.counted()) == MAX_BATCHES


def test_what_the_collector_asks_for_is_kept_to(scripted: Any, make_client: MakeClient) -> None:
    scripted.most_unanswered = 3
    client = make_client(batch_records=1)
    client.log({"a": 0})
    assert client.flush(10)
    scripted.answers = False
    for number in range(1, MAX_BATCHES):
        client.log({"a": number})
    assert scripted.wait_for(lambda: len(scripted.requests[0]) == 4)
    time.sleep(0.3)
    assert len(scripted.requests[0]) == 4


@pytest.mark.parametrize("bound", [1, 2, 3, 10])
def test_a_small_bound_delivers_all(
    bound: int, scripted: Any, make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Pace, "limit", bound)
    client = make_client(batch_records=1)
    for number in range(100):
        client.log({"a": number})
    assert client.flush(10)
    assert [row["a"] for row in scripted.rows()] == list(range(100))
    assert client.stats == ClientStats(sent=100, acknowledged=100)
