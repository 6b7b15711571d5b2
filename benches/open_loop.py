"""Senders whose batches come when they come, whether or not the collector keeps up.

A batch's time is counted from when it was due, so that a sender that is late, or a collector that makes it wait, is not
left out of the figures. A batch that is due while a sender may not send is dropped, as a client with a full queue does.
"""

import queue
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import grpc
import numpy as np

from benches.doors import CHANNEL_OPTIONS, METHOD, MODEL, VERSION
from driftline.client.pace import Pace
from driftline.client.retry_info import retry_seconds
from driftline.v1 import ingest_pb2

WARM_SECONDS = 0.5
"""What is due so early is sent, and not counted."""

LAST_ANSWERS_SECONDS = 10.0
LONGEST_PAUSE_SECONDS = 0.5


@dataclass
class Outcome:
    """What became of the batches that were due after the beginning; ``in_time``: acknowledged before the end."""

    seconds: list[float] = field(default_factory=list)
    in_time: int = 0
    dropped: int = 0
    refused: int = 0


class Sender:
    """
    One connection and one stream at a time, at the pace of driftline's client.

    Parameters
    ----------
    address
        ``host:port`` of the collector.
    records
        Messages of one IPC stream, the first with its schema.
    """

    def __init__(self, address: str, records: Sequence[bytes]) -> None:
        self._channel = grpc.insecure_channel(
            address, options=(*CHANNEL_OPTIONS, ("grpc.use_local_subchannel_pool", 1))
        )
        self._records = records
        self._pace = Pace()
        self._producer = str(uuid.uuid4())
        self._sequence = 0
        self._changed = threading.Condition()
        self._due: dict[int, float] = {}
        self._queue: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        self._away_until = 0.0
        self._over = False
        self._counted_from = self._end = 0.0
        self.outcome = Outcome()

    def run(self, times: Sequence[float] | None, start: float, end: float) -> None:
        """Send a batch at each of these times, or, with ``None``, as soon as one may be sent."""
        self.outcome, self._over = Outcome(), False
        self._counted_from, self._end = start + WARM_SECONDS, end
        streams = threading.Thread(target=self._run_streams)
        streams.start()
        if times is None:
            self._send_all_it_can(start, end)
        else:
            for due in times:
                time.sleep(max(0.0, due - time.monotonic()))
                if not self._send(due) and due >= self._counted_from:
                    self.outcome.dropped += 1
        with self._changed:
            self._over = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._due, LAST_ANSWERS_SECONDS)
        self._queue.put(None)
        streams.join()

    def close(self) -> None:
        """Close the connection."""
        self._channel.close()

    def _send_all_it_can(self, start: float, end: float) -> None:
        time.sleep(max(0.0, start - time.monotonic()))
        while time.monotonic() < end:
            with self._changed:
                self._changed.wait_for(lambda: len(self._due) < self._pace.limit, 0.1)
            if not self._send(time.monotonic()):
                time.sleep(0.001)

    def _send(self, due: float) -> bool:
        with self._changed:
            if len(self._due) >= self._pace.limit or time.monotonic() < self._away_until:
                return False
            self._sequence += 1
            self._due[self._sequence] = due
            self._pace.sent(len(self._due))
            self._queue.put(self._sequence)
            return True

    def _run_streams(self) -> None:
        while not self._over:
            try:
                for answer in self._channel.stream_stream(METHOD, None, None)(self._requests()):
                    self._settle(ingest_pb2.IngestResponse.FromString(answer))
            except grpc.RpcError as error:
                self._note_refusal(error)
            time.sleep(min(max(0.0, self._away_until - time.monotonic()), LONGEST_PAUSE_SECONDS))

    def _requests(self) -> Iterator[bytes]:
        place = 0
        while (sequence := self._queue.get()) is not None:
            header = ingest_pb2.IngestRequest(
                producer_id=self._producer,
                sequence=sequence,
                model=MODEL,
                version=VERSION,
                acknowledge=True,
                records=self._records[place],
            )
            place = place % (len(self._records) - 1) + 1
            yield header.SerializeToString()

    def _settle(self, answer: ingest_pb2.IngestResponse) -> None:
        now = time.monotonic()
        with self._changed:
            self._pace.answered(answer.batches, answer.most_unanswered)
            refused = {rejection.sequence for rejection in answer.rejections}
            for sequence in [each for each in self._due if each <= answer.acknowledged_sequence]:
                due = self._due.pop(sequence)
                if due >= self._counted_from and sequence in refused:
                    self.outcome.refused += 1
                elif due >= self._counted_from:
                    self.outcome.seconds.append(now - due)
                    self.outcome.in_time += now <= self._end
            self._changed.notify_all()

    def _note_refusal(self, error: grpc.RpcError) -> None:
        """What is unanswered is dropped, not sent again: its time would be that of the pause."""
        seconds = retry_seconds(error)
        if seconds is None:
            raise RuntimeError(f"a refusal does not say when to come again: {error}") from error
        with self._changed:
            self._pace.refused()
            self.outcome.refused += sum(due >= self._counted_from for due in self._due.values())
            self._due.clear()
            self._away_until = time.monotonic() + seconds
            self._queue = queue.SimpleQueue()
            self._changed.notify_all()


def poisson(rate: float, start: float, end: float, random: np.random.Generator) -> list[float]:
    """Times between ``start`` and ``end`` with ``rate`` a second on average, each independent of all others."""
    count = random.poisson(rate * (end - start))
    times: list[float] = np.sort(random.uniform(start, end, count)).tolist()
    return times


def run_all(senders: Sequence[Sender], rate: float | None, seconds: float, seed: int) -> Outcome:
    """Let all send for so long, ``rate`` batches a second together; ``None``: all they can."""
    random = np.random.default_rng(seed)
    start = time.monotonic() + 0.2
    end = start + WARM_SECONDS + seconds
    threads = []
    for sender in senders:
        times = None if rate is None else poisson(rate / len(senders), start, end, random)
        threads.append(threading.Thread(target=sender.run, args=(times, start, end)))
        threads[-1].start()
    total = Outcome()
    for sender, thread in zip(senders, threads, strict=True):
        thread.join()
        total.seconds += sender.outcome.seconds
        total.in_time += sender.outcome.in_time
        total.dropped += sender.outcome.dropped
        total.refused += sender.outcome.refused
    return total
