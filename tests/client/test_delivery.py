import logging
import time
from collections.abc import Callable
from typing import Any

import pytest
from tests.client.conftest import free_address
from tests.reliability.proxy import Proxy

from driftline.client import Client, ClientStats
from driftline.client.store import MAX_BATCHES
from driftline.errors import InvalidArgumentError, LimitExceededError, UnavailableError

MakeClient = Callable[..., Client]


def test_what_is_logged_arrives_and_is_acknowledged(scripted: Any, make_client: MakeClient) -> None:
    client = make_client(batch_records=10)
    for number in range(25):
        client.log({"a": number}, prediction=number % 2)
    assert client.flush(10)
    assert [row["a"] for row in scripted.rows()] == list(range(25))
    assert client.stats == ClientStats(sent=25, acknowledged=25)
    (stream,) = scripted.requests
    assert {(each.model, each.version, len(each.producer_id)) for each in stream} == {("m", "1", 32)}


def test_a_client_that_takes_an_old_name_has_a_higher_epoch(scripted: Any, make_client: MakeClient) -> None:
    before = time.time_ns()
    for _ in range(2):
        client = make_client(producer_id="scorer")
        client.log({"a": 1})
        client.close()
    requests = [request for stream in scripted.requests for request in stream]
    assert [(each.producer_id, each.sequence) for each in requests] == [("scorer", 1)] * 2
    assert before < requests[0].producer_epoch < requests[1].producer_epoch < time.time_ns()


def test_the_schema_is_sent_once_a_stream_and_again_when_it_changes(
    scripted: Any, make_client: MakeClient
) -> None:
    client = make_client()
    sizes = []
    for features in ({"a": 1.0}, {"a": 2.0}, {"a": 2.0, "b": "x"}, {"a": 3.0, "b": "y"}):
        client.log(features, timestamp=1.7e9)
        assert client.flush(10)
    (stream,) = scripted.requests
    sizes = [len(request.records) for request in stream]
    assert sizes[1] < sizes[0] / 2
    assert sizes[3] < sizes[2] / 2
    assert [row.get("b") for row in scripted.rows()] == [None, None, "x", "y"]


def test_a_collector_that_is_slow_to_connect_to_gets_each_batch_once(
    scripted: Any, make_client: MakeClient
) -> None:
    with Proxy(scripted.address) as proxy:
        proxy.stand_still()
        client = make_client(target=proxy.address)
        client.log({"a": 1})
        time.sleep(0.5)
        proxy.go_on()
        assert client.flush(20)
    assert client.stats == ClientStats(sent=1, acknowledged=1)
    assert len(scripted.requests) == 1


def test_an_absent_collector_is_waited_for(start_scripted: Callable[[str], Any]) -> None:
    address = free_address()
    with Client(address, model="m", linger_seconds=0.01) as client:
        client.log({"a": 1})
        assert not client.flush(0.5)
        assert client.stats.pending == 1
        collector = start_scripted(address)
        assert client.flush(20)
        assert [row["a"] for row in collector.rows()] == [1]


def test_batches_on_their_way_are_bounded(scripted: Any, make_client: MakeClient) -> None:
    scripted.answers = False
    client = make_client(batch_records=1)
    for number in range(3 * MAX_BATCHES):
        client.log({"a": number})
    assert scripted.wait_for(lambda: scripted.requests and len(scripted.requests[0]) == MAX_BATCHES)
    assert not client.flush(0.3)
    assert len(scripted.requests[0]) == MAX_BATCHES
    assert any(request.acknowledge for request in scripted.requests[0][: MAX_BATCHES // 2])
    assert client.stats == ClientStats(sent=MAX_BATCHES, pending=3 * MAX_BATCHES)


def test_a_full_queue_drops_counts_and_tells_the_collector(
    scripted: Any, make_client: MakeClient, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is taken from the queue meanwhile: a full batch would be as soon as another thread gets its turn."""
    client = make_client(queue_records=10)
    client.pause(1.0)
    with caplog.at_level(logging.WARNING, "driftline.client"):
        for number in range(15):
            client.log({"a": number})
    assert client.stats.dropped == 5
    client.resume()
    assert len([each for each in caplog.records if "queue of 10 records is full" in each.message]) == 1
    assert client.flush(10)
    assert [row["a"] for row in scripted.rows()] == list(range(10))
    assert scripted.requests[0][-1].dropped_records == 5
    assert client.stats == ClientStats(sent=10, acknowledged=10, dropped=5)


def test_a_blocking_client_loses_nothing(scripted: Any, make_client: MakeClient) -> None:
    client = make_client(queue_records=10, on_full="block")
    for number in range(500):
        client.log({"a": number})
    assert client.flush(10)
    assert [row["a"] for row in scripted.rows()] == list(range(500))
    assert client.stats == ClientStats(sent=500, acknowledged=500)


def test_a_full_queue_raises_where_that_is_asked_for(make_client: MakeClient) -> None:
    client = make_client(target=free_address(), queue_records=1, raise_errors=True)
    with pytest.raises(LimitExceededError, match=r"1 record\(s\) dropped: the queue of 1 records is full"):  # noqa: PT012
        for number in range(100 * MAX_BATCHES):
            client.log({"a": number})
    with pytest.raises(UnavailableError, match="could not be delivered"):
        client.flush(0.1)
    with pytest.raises(UnavailableError):
        client.close(0.1)


def test_a_closed_client_drops_and_counts(scripted: Any, make_client: MakeClient) -> None:
    client = make_client()
    client.log({"a": 1})
    client.close()
    client.log({"a": 2})
    client.log_labels(["x"], [1])
    assert [row["a"] for row in scripted.rows()] == [1]
    assert client.stats == ClientStats(sent=1, acknowledged=1, dropped=2)
    client.close()


def test_closing_without_a_collector_is_quick_and_counts(make_client: MakeClient) -> None:
    client = make_client(target=free_address())
    client.log({"a": 1})
    client.close(0.1)
    stats = client.stats
    assert (stats.dropped, stats.pending, stats.acknowledged) == (1, 0, 0)


@pytest.mark.parametrize(
    "options",
    [
        {"model": ""},
        {"model": "x" * 257},
        {"version": "x" * 257},
        {"producer_id": ""},
        {"queue_records": 0},
        {"batch_records": 0},
        {"linger_seconds": -1},
        {"linger_seconds": float("nan")},
        {"answer_timeout_seconds": 0},
        {"spool_bytes": 1000},
        {"on_full": "wait"},
    ],
)
def test_parameters_are_checked(options: dict[str, Any], make_client: MakeClient) -> None:
    with pytest.raises(InvalidArgumentError, match=f"{next(iter(options))} must be .*, got"):
        make_client(**options)
