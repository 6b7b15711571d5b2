import threading

import pyarrow as pa

from driftline.client.ledger import Ledger
from driftline.client.message_encoder import MessageEncoder
from driftline.client.store import MemoryStore
from driftline.client.window import Window
from driftline.v1 import ingest_pb2


def test_a_batch_that_is_to_be_sent_again_outlives_the_answers_to_later_ones() -> None:
    changed, ledger = threading.Condition(threading.Lock()), Ledger(pending=3)
    window = Window(changed, ledger, MemoryStore(changed))
    message = MessageEncoder().encode(pa.record_batch({"a": [1]}))
    for _ in range(3):
        window.append(1, message, threading.Event())
    assert [batch.sequence for last in range(3) if (batch := window.next_after(last))] == [1, 2, 3]
    later = ingest_pb2.Rejection(sequence=1, code=14, retry_after_nanos=5)
    settlement = window.settle(ingest_pb2.IngestResponse(acknowledged_sequence=2, rejections=[later]))
    assert (settlement.batches, settlement.retry_after, len(window)) == (1, 5e-9, 2)
    assert window.settle(ingest_pb2.IngestResponse(acknowledged_sequence=3)).batches == 1
    assert (len(window), ledger.acknowledged, ledger.pending) == (1, 2, 1)
    assert window.unanswered(3) == 0
    window.begin()
    assert window.unanswered(3) == 1
    assert window.settle(ingest_pb2.IngestResponse(acknowledged_sequence=1)).batches == 1
    assert (len(window), ledger.acknowledged, ledger.pending) == (0, 3, 0)
