"""A producer in a process of its own: sends numbered batches until each is acknowledged, and keeps a ledger.

Run as ``python producer.py ADDRESS PRODUCER MODEL ROWS``. It sends until a line comes in on standard input, then sends
what is left, and prints its ledger as one JSON object. It does not use driftline's client: a second opinion.
"""

import json
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator

import grpc
import numpy as np
import pyarrow as pa

from driftline.v1 import ingest_pb2

WINDOW = 32
LEAST_BATCHES = 20
MOST_NAMED = 20
"""Rows of batches whose predictions have ids, so that they go through the label join too."""


class Producer:
    """Streams batches; whatever is not acknowledged is sent again, in order, and sometimes even what is."""

    def __init__(self, address: str, name: str, model: str, rows: int) -> None:
        self._address, self._name, self._model, self._rows = address, name, model, rows
        self._random = np.random.default_rng(int.from_bytes(name.encode()[-4:]))
        self._unacknowledged: deque[tuple[int, int, bytes]] = deque()
        self._last: tuple[int, int, bytes] | None = None
        self._changed = threading.Condition()
        self._sequence = 0
        self._stream = object()
        self.finishing = False
        self.acknowledged = self.sum = self.rejected = self.broken = self.duplicates = self.on_disk = 0

    def run(self) -> None:
        """Send until told to finish and nothing is left."""
        while not (self._is_enough() and not self._unacknowledged):
            self._stream = object()
            with grpc.insecure_channel(self._address) as channel:
                call = channel.stream_stream(
                    "/driftline.v1.IngestService/Ingest",
                    request_serializer=None,
                    response_deserializer=ingest_pb2.IngestResponse.FromString,
                )
                try:
                    for answer in call(self._requests(), timeout=20.0):
                        self._settle(answer)
                except grpc.RpcError:
                    self.broken += 1
                    time.sleep(0.05)

    def _is_enough(self) -> bool:
        return self.finishing and self._sequence >= LEAST_BATCHES

    def _requests(self) -> Iterator[bytes]:
        started = time.monotonic()
        stream = self._stream
        if self._last is not None and self._random.random() < 0.5:
            yield self._last[2]
        sent = 0
        # gRPC may go on asking for requests of a stream that has ended.
        while self._stream is stream:
            with self._changed:
                left = [each for each in self._unacknowledged if each[0] > sent]
            if left:
                for sequence, _, request in left:
                    sent = sequence
                    yield request
            elif self._is_enough() or time.monotonic() - started > 10.0:
                return
            elif len(self._unacknowledged) < WINDOW:
                self._make(stream)
            else:
                with self._changed:
                    self._changed.wait(0.01)

    def _make(self, stream: object) -> None:
        """In one step: a stream that has ended must not number a batch beside its successor."""
        with self._changed:
            if self._stream is stream:
                self._sequence += 1
                values = self._random.integers(0, 1_000, self._rows)
                request = self._request(self._sequence, values)
                self._unacknowledged.append((self._sequence, int(values.sum()), request))

    def _request(self, sequence: int, values: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> bytes:
        columns = {
            "x": pa.array(values.astype(float)),
            "prediction": pa.array(values % 2),
            "label": pa.array(values % 2),
        }
        if self._rows <= MOST_NAMED:
            names = [f"{self._name}/{sequence}/{row}" for row in range(self._rows)]
            columns["prediction_id"] = pa.array(names)
        batch = pa.record_batch(columns)
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, batch.schema) as writer:
            writer.write_batch(batch)
        request = ingest_pb2.IngestRequest(
            producer_id=self._name,
            sequence=sequence,
            model=self._model,
            version="1",
            records=sink.getvalue().to_pybytes(),
            acknowledge=True,
        )
        return request.SerializeToString()

    def _settle(self, answer: ingest_pb2.IngestResponse) -> None:
        self.rejected += len(answer.rejections)
        self.duplicates += answer.duplicates
        self.on_disk += answer.durability == ingest_pb2.DURABILITY_DISK
        with self._changed:
            while self._unacknowledged and self._unacknowledged[0][0] <= answer.acknowledged_sequence:
                self._last = self._unacknowledged.popleft()
                self.acknowledged += self._rows
                self.sum += self._last[1]
            self._changed.notify_all()

    def ledger(self) -> dict[str, int]:
        """What was acknowledged, and what happened on the way."""
        names = ("acknowledged", "sum", "rejected", "broken", "duplicates", "on_disk")
        return {name: getattr(self, name) for name in names}


def main() -> None:
    """See the module."""
    address, name, model, rows = sys.argv[1:]
    producer = Producer(address, name, model, int(rows))
    sender = threading.Thread(target=producer.run)
    sender.start()
    sys.stdin.readline()
    producer.finishing = True
    sender.join()
    json.dump(producer.ledger(), sys.stdout)


if __name__ == "__main__":
    main()
