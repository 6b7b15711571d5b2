import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import grpc
import pytest
from tests.collector.stalled_engine import put_behind_gate
from tests.collector.test_admission import BATCH, request, wait_for

from driftline.collector import Collector
from driftline.collector.open_calls import _MOST_SECONDS
from driftline.v1 import ingest_pb2_grpc

ONE = BATCH.slice(0, 1)


def test_streams_at_work_are_told_their_part(
    start_collector: Callable[..., Collector], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that only waits for its client has no part in it."""
    gate = put_behind_gate(monkeypatch)
    collector = start_collector(inflight_batches=6)
    with grpc.insecure_channel(str(collector.grpc_address)) as channel:
        stub: Any = ingest_pb2_grpc.IngestServiceStub(channel)  # type: ignore[no-untyped-call]
        more, done = threading.Event(), threading.Event()

        def requests() -> Iterator[Any]:
            yield request(1, ONE)
            more.wait(10)
            yield request(2, ONE)
            done.wait(10)

        silent = stub.Ingest(requests())
        assert next(silent).most_unanswered == 6
        (alone,) = stub.Ingest(iter([request(1, ONE)]))
        assert alone.most_unanswered == 6
        with gate.shut():
            streams = [stub.Ingest(iter([request(1, ONE)])) for _ in range(2)]
            more.set()
            wait_for(lambda: collector._calls.working == 3)
            time.sleep(2 * _MOST_SECONDS)
        answers = [next(silent), *(next(stream) for stream in streams)]
        # The first that was counted saw three at work, and for a while others remember that.
        assert [answer.most_unanswered for answer in answers] == [2, 2, 2]
        done.set()
        list(silent)
        wait_for(lambda: next(stub.Ingest(iter([request(1, ONE)]))).most_unanswered == 6)
