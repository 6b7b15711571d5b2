"""What a client does about each answer of a collector, and about none."""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status
from grpc_status import rpc_status

import driftline
from driftline.client import Client, ClientStats
from driftline.collector import Collector
from driftline.errors import InvalidBatchError, UnavailableError
from driftline.v1 import ingest_pb2

MakeClient = Callable[..., Client]

DELAY = 0.4


def status(code: grpc.StatusCode, detail: Any) -> grpc.Status:
    """A status with a detail of google.rpc, as servers send it."""
    rich = Status(code=code.value[0], message="as the test says")
    rich.details.add().Pack(detail)
    made: grpc.Status = rpc_status.to_status(rich)
    return made


def again_after(code: grpc.StatusCode, seconds: float) -> grpc.Status:
    return status(code, RetryInfo(retry_delay=Duration(nanos=round(seconds * 1e9))))


def refusal(sequence: int, code: int, reason: str, retry_after: float = 0.0) -> ingest_pb2.Rejection:
    return ingest_pb2.Rejection(
        sequence=sequence,
        code=code,
        reason=reason,
        message="as the test says",
        retry_after_nanos=round(retry_after * 1e9),
    )


def log_each(client: Client, numbers: range) -> None:
    """Every record in a batch of its own."""
    for number in numbers:
        client.log({"a": number})


@pytest.mark.parametrize(
    "code",
    [
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.CANCELLED,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.UNKNOWN,
    ],
)
def test_a_broken_stream_is_taken_up_again_with_the_same_numbers(
    code: grpc.StatusCode, scripted: Any, make_client: MakeClient
) -> None:
    scripted.failures = [code, code]
    client = make_client()
    client.log({"a": 1})
    assert client.flush(20)
    assert [each[:1] for each in scripted.sequences()] == [[1], [1], [1]]
    assert scripted.batches()[-1].column("a").to_pylist() == [1]
    assert client.stats == ClientStats(sent=1, acknowledged=1, resent_batches=2)


@pytest.mark.parametrize("code", [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED])
def test_the_delay_that_a_collector_asks_for_is_kept(
    code: grpc.StatusCode, scripted: Any, make_client: MakeClient
) -> None:
    scripted.failures = [again_after(code, DELAY)]
    client = make_client()
    client.log({"a": 1})
    assert client.flush(20)
    refused, again = scripted.began
    assert DELAY * 0.9 < again - refused < DELAY + 30
    assert client.stats == ClientStats(sent=1, acknowledged=1, resent_batches=1)


@pytest.mark.parametrize(
    "code",
    [
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.INVALID_ARGUMENT,
        grpc.StatusCode.FAILED_PRECONDITION,
    ],
)
def test_the_one_batch_that_is_wrong_is_dropped_and_counted(
    code: grpc.StatusCode, scripted: Any, make_client: MakeClient
) -> None:
    scripted.poison = {7: code}
    client = make_client(batch_records=1)
    log_each(client, range(20))
    assert client.flush(20)
    assert (client.stats.acknowledged, client.stats.rejected, client.stats.pending) == (19, 1, 0)
    # Once with its followers behind it at most, and once alone.
    assert 1 <= sum(7 in each for each in scripted.sequences()) <= 2


def test_a_batch_that_ends_every_stream_is_refused_in_the_end(
    scripted: Any, make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("driftline.client.sender.ATTEMPTS_PER_BATCH", 3)
    scripted.failures = [grpc.StatusCode.INTERNAL] * 3
    client = make_client()
    client.log({"a": 1})
    assert client.flush(20)
    assert client.stats == ClientStats(sent=1, rejected=1, resent_batches=2)
    client.log({"a": 2})
    assert client.flush(20)
    assert client.stats == ClientStats(sent=2, acknowledged=1, rejected=1, resent_batches=2)


def test_a_refused_batch_is_counted_and_told_once(
    scripted: Any, make_client: MakeClient, caplog: pytest.LogCaptureFixture
) -> None:
    client = make_client(raise_errors=True)
    for sequence in (1, 2):
        scripted.rejections[sequence] = ingest_pb2.Rejection(
            sequence=sequence, code=3, reason="value", message="score must be in [0, 1], got 7"
        )
    with caplog.at_level(logging.WARNING, "driftline.client"):
        for _ in range(2):
            client.log({"a": 1}, score=7.0)
            with pytest.raises(InvalidBatchError, match="got 7"):
                client.flush(10)
    client.log({"a": 1})
    assert client.flush(10)
    assert len([each for each in caplog.records if "got 7" in each.message]) == 1
    assert client.stats == ClientStats(sent=3, acknowledged=1, rejected=2)


@pytest.mark.parametrize(("code", "retry_after"), [(14, DELAY), (14, 0.0), (8, DELAY)])
def test_a_batch_that_is_refused_for_now_is_sent_again(
    code: int, retry_after: float, scripted: Any, make_client: MakeClient
) -> None:
    scripted.rejections = {each: refusal(each, code, "limit", retry_after) for each in (2, 3)}
    client = make_client(batch_records=1)
    started = time.monotonic()
    log_each(client, range(5))
    assert client.flush(20)
    assert time.monotonic() - started > retry_after * 0.9
    assert client.stats.acknowledged == 5
    assert client.stats.rejected == client.stats.dropped == 0
    again = [sequence for stream in scripted.sequences()[1:] for sequence in stream]
    assert again[:2] == [2, 3]
    assert again.count(1) == 0


def test_a_refusal_for_good_is_not_sent_again(scripted: Any, make_client: MakeClient) -> None:
    scripted.rejections[1] = refusal(1, 8, "limit")
    client = make_client()
    client.log({"a": 1})
    assert client.flush(10)
    assert client.stats == ClientStats(sent=1, rejected=1)


@pytest.mark.parametrize(
    "failure",
    [
        grpc.StatusCode.UNAUTHENTICATED,
        grpc.StatusCode.PERMISSION_DENIED,
        status(grpc.StatusCode.FAILED_PRECONDITION, ErrorInfo(reason="epoch")),
        None,
    ],
    ids=["unauthenticated", "denied", "epoch", "epoch of a batch"],
)
def test_a_client_that_is_not_wanted_stops_for_good(
    failure: Any, scripted: Any, make_client: MakeClient, caplog: pytest.LogCaptureFixture
) -> None:
    if failure is None:
        scripted.rejections[1] = refusal(1, 9, "epoch")
    else:
        scripted.failures = [failure]
    client = make_client(raise_errors=True, on_full="block")
    with caplog.at_level(logging.ERROR, "driftline.client"):
        client.log({"a": 1})
        with pytest.raises(UnavailableError, match=r"refused this client: .*as the test says"):
            client.flush(20)
    assert [each.levelname for each in caplog.records] == ["ERROR"]
    with pytest.raises(UnavailableError, match="refused this client"):
        client.log({"a": 2})
    with pytest.raises(UnavailableError, match="refused this client"):
        client.close()
    stats = client.stats
    assert (stats.acknowledged, stats.dropped, stats.pending) == (0, 2, 0)
    time.sleep(0.3)
    assert len(scripted.requests) == 1


@pytest.mark.parametrize("code", [grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED])
def test_a_client_whose_token_may_change_keeps_its_records(
    code: grpc.StatusCode, scripted: Any, make_client: MakeClient, tmp_path: Path
) -> None:
    token = tmp_path / "token"
    token.write_text("token-of-sender")
    scripted.failures = [code, code]
    client = make_client(token_file=token)
    client.log({"a": 1})
    assert client.flush(20)
    assert client.stats == ClientStats(sent=1, acknowledged=1, resent_batches=2)


def test_a_client_whose_name_another_has_taken_stops(collector: Collector) -> None:
    first, second = (
        Client(str(collector.grpc_address), model="m", producer_id="scorer", linger_seconds=0.01)
        for _ in "ab"
    )
    first.log({"a": 1})
    assert first.flush(10)
    second.log({"a": 2})
    assert second.flush(10)
    first.log({"a": 3})
    assert not first.flush(10)
    assert (first.stats.acknowledged, first.stats.dropped) == (1, 1)
    second.log({"a": 4})
    assert second.flush(10)
    first.close()
    second.close()
    with driftline.connect(str(collector.grpc_address)) as monitor:
        assert monitor.summary()["a"].count == 3


def test_a_collector_that_answers_nothing_is_tried_again(scripted: Any, make_client: MakeClient) -> None:
    scripted.silent_streams = 1
    client = make_client(answer_timeout_seconds=0.4)
    started = time.monotonic()
    client.log({"a": 1})
    assert client.flush(20)
    assert time.monotonic() - started > 0.4
    again = client.stats.resent_batches
    assert again >= 1
    assert [each[:1] for each in scripted.sequences()] == [[1]] * (1 + again)
    assert client.stats == ClientStats(sent=1, acknowledged=1, resent_batches=again)


def test_silence_is_no_fault_where_nothing_was_asked(scripted: Any, make_client: MakeClient) -> None:
    client = make_client(answer_timeout_seconds=0.2)
    for number in range(2):
        client.log({"a": number})
        assert client.flush(10)
        time.sleep(0.6)
    assert len(scripted.requests) <= 1 + client.stats.resent_batches
