"""Answers that wait for the disk, while their stream is counted on."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import grpc
import pytest
from tests.collector.stalled_engine import WAITING_FOR_THE_DISK, Gate, put_behind_gate
from tests.collector.test_ingest import request, stats
from tests.waiting import is_soon

from driftline._core import Answer, Engine
from driftline.collector import Collector
from driftline.collector.open_calls import OpenCall
from driftline.errors import UnavailableError
from driftline.v1 import ingest_pb2, ingest_pb2_grpc

StartCollector = Callable[..., Collector]

SECONDS = 10.0
ROWS = 3
MOST_AHEAD = 16
"""More batches than may be counted ahead of an answer."""


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Gate:
    """What answers wait for."""
    return put_behind_gate(monkeypatch, WAITING_FOR_THE_DISK)


class Stream:
    """Sends batches that are to be answered each, without waiting for that."""

    def __init__(self, collector: Collector, batches: int) -> None:
        self.acknowledged: list[int] = []
        self.failure: grpc.RpcError | None = None
        self._finish = threading.Event()
        self._channel = grpc.insecure_channel(str(collector.grpc_address))
        stub: Any = ingest_pb2_grpc.IngestServiceStub(self._channel)  # type: ignore[no-untyped-call]
        self.call = stub.Ingest(self._requests(batches))
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _requests(self, batches: int) -> Iterator[Any]:
        for sequence in range(1, batches + 1):
            yield request(sequence, acknowledge=True)
        self._finish.wait(SECONDS)

    def _read(self) -> None:
        try:
            for answer in self.call:
                self.acknowledged.append(answer.acknowledged_sequence)
        except grpc.RpcError as error:
            self.failure = error

    def finish(self) -> None:
        self._finish.set()
        self._thread.join(SECONDS)
        self._channel.close()


def test_a_stream_is_counted_on_while_answers_wait_and_a_bounded_number_of_them(
    start_collector: StartCollector, disk: Gate, tmp_path: Path
) -> None:
    collector = start_collector(data_dir=tmp_path / "data")
    batches = 3 * MOST_AHEAD
    with disk.shut():
        stream = Stream(collector, batches)
        try:
            assert is_soon(lambda: stats(collector).records >= 4 * ROWS)
            time.sleep(0.2)
            ahead = stats(collector).records // ROWS
            assert 4 <= ahead <= MOST_AHEAD
            assert stream.acknowledged == [], "nothing is answered before it is on disk"
        finally:
            disk.open()
    assert is_soon(lambda: len(stream.acknowledged) == batches)
    stream.finish()
    assert stream.acknowledged == list(range(1, batches + 1))
    assert stream.failure is None


def test_a_failed_disk_ends_the_stream_and_nothing_behind_is_answered(
    start_collector: StartCollector, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    disk = put_behind_gate(monkeypatch, WAITING_FOR_THE_DISK)
    collector = start_collector(data_dir=tmp_path / "data")
    with disk.shut():
        stream = Stream(collector, 20)
        assert is_soon(lambda: stats(collector).records >= 4 * ROWS)
        disk.fail(UnavailableError("the disk is gone"))
    assert is_soon(lambda: stream.failure is not None)
    stream.finish()
    assert stream.failure is not None
    assert stream.failure.code() is grpc.StatusCode.UNAVAILABLE
    assert "the disk is gone" in str(stream.failure.details())
    assert stream.acknowledged == []


def test_a_client_that_goes_leaves_no_thread_and_no_place(
    start_collector: StartCollector, disk: Gate, tmp_path: Path
) -> None:
    collector = start_collector(data_dir=tmp_path / "data", max_streams=1)
    before = readers()
    with disk.shut():
        stream = Stream(collector, 20)
        assert is_soon(lambda: stats(collector).records >= 4 * ROWS)
        stream.call.cancel()
    stream.finish()
    assert is_soon(lambda: readers() <= before and collector._admission.open_streams == 0)
    again = Stream(collector, 2)
    assert is_soon(lambda: len(again.acknowledged) == 2), again.failure
    again.finish()


def test_a_client_that_waits_for_our_disk_is_not_slow(
    start_collector: StartCollector, disk: Gate, tmp_path: Path
) -> None:
    collector = start_collector(data_dir=tmp_path / "data", client_timeout_seconds=0.3)
    with disk.shut():
        stream = Stream(collector, 2)
        time.sleep(1.2)
        assert stream.failure is None
    assert is_soon(lambda: stream.acknowledged == [1, 2])
    stream.finish()


def test_the_last_answers_of_a_stopping_collector_are_given(
    start_collector: StartCollector, disk: Gate, tmp_path: Path
) -> None:
    collector = start_collector(data_dir=tmp_path / "data")
    with disk.shut():
        stream = Stream(collector, 5)
        assert is_soon(lambda: stats(collector).records == 5 * ROWS)
        stopping = threading.Thread(target=collector.stop, args=(60.0,))
        stopping.start()
        time.sleep(0.6)
        assert stopping.is_alive()
    stopping.join(SECONDS)
    stream.finish()
    assert stream.acknowledged == [1, 2, 3, 4, 5]


def readers() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "driftline-read-ahead"}


def test_who_has_answers_to_come_is_not_slow_to_send(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("driftline.collector.open_calls.time", SimpleNamespace(monotonic=lambda: now))
    cuts: list[bool] = []
    call = OpenCall(lambda: cuts.append(True))
    call.promise()
    call.read()
    now += 0.02
    assert not call.cut_if_slow(0.01), "it may wait for that answer"
    call.answer()
    assert not call.cut_if_slow(0.01), "it has just been asked to take it"
    call.answered()
    assert not call.cut_if_slow(0.01), "it has just taken it"
    now += 0.02
    assert call.cut_if_slow(0.01)
    assert cuts == [True]


def test_who_does_not_take_an_answer_is_slow_whatever_is_counted_meanwhile() -> None:
    call = OpenCall(lambda: None)
    call.promise()
    call.answer()
    time.sleep(0.02)
    assert call.work()
    assert call.cut_if_slow(0.01)
    assert not call.work()


def test_an_answer_may_be_waited_for_later_and_by_any_thread(tmp_path: Path) -> None:
    engine = Engine("w" * 32)
    engine.open_log(tmp_path / "wal", 0)
    session = engine.session()
    answers: list[Answer] = []
    for sequence in range(1, 4):
        answer = session.ingest(request(sequence, acknowledge=True).SerializeToString(), time.time_ns())
        assert answer is not None
        answers.append(answer)
    responses: list[bytes] = []
    waiting = threading.Thread(target=lambda: responses.extend(answer.wait() for answer in answers))
    waiting.start()
    waiting.join(SECONDS)
    read = [ingest_pb2.IngestResponse.FromString(response) for response in responses]
    assert [response.acknowledged_sequence for response in read] == [1, 2, 3]
    assert {response.durability for response in read} == {ingest_pb2.DURABILITY_DISK}
    assert [answer.records for answer in answers] == [ROWS] * 3
    status = engine.log_status()
    assert status is not None
    assert status.durable == 3
