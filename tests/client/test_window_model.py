"""Window and spool against a model: whatever comes between, every batch is counted once or accounted for."""

import shutil
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from driftline.client.ledger import Ledger
from driftline.client.message_encoder import MessageEncoder
from driftline.client.outbox import Outbox, left_outbox
from driftline.client.producer import Producer
from driftline.client.spool import Spool
from driftline.client.store import MAX_BATCHES, DamagedBatchError
from driftline.client.window import Window
from driftline.v1 import ingest_pb2

Key = tuple[str, int, int]

FATES = st.sampled_from(["count", "count", "hold", "hold", "refuse"])

NEVER = threading.Event()


def numbers(content: bytes) -> list[int]:
    """The column of an Arrow stream."""
    found: list[int] = pa.ipc.open_stream(content).read_all()["a"].to_numpy().tolist()
    return found


@dataclass
class ModelCollector:
    """Counts each batch once, and may ask for one again: then it has not counted it."""

    counted: dict[Key, list[int]] = field(default_factory=dict)
    refused: set[Key] = field(default_factory=set)
    held: set[Key] = field(default_factory=set)

    def receive(self, key: Key, values: list[int], fate: str) -> None:
        if key in self.counted:
            assert self.counted[key] == values, f"another batch came as {key}"
        elif key in self.refused or fate == "refuse":
            self.refused.add(key)
        elif fate == "hold":
            self.held.add(key)
        else:
            self.held.discard(key)
            self.counted[key] = values

    def rejection(self, key: Key) -> ingest_pb2.Rejection | None:
        if key in self.counted:
            return None
        if key in self.refused:
            return ingest_pb2.Rejection(sequence=key[2], code=3, reason="value", message="refused")
        return ingest_pb2.Rejection(
            sequence=key[2], code=14, reason="limit", message="later", retry_after_nanos=1
        )


class SpooledDelivery(RuleBasedStateMachine):
    """Clients one after the other over one directory; each may end between any two steps."""

    def __init__(self) -> None:
        super().__init__()
        self.directory = Path(tempfile.mkdtemp(prefix="driftline-test-"))
        self.collector = ModelCollector()
        self.logged: list[list[int]] = []
        self.damaged: list[list[int]] = []
        self.next_value = self.epoch = 0
        self.encoder = MessageEncoder()
        self.start()

    def start(self) -> None:
        """A new client adopts what is there."""
        self.epoch += 1
        self.changed, self.ledger = threading.Condition(threading.Lock()), Ledger()
        self.spool = Spool(self.directory, "collector", 2**30, self.changed, synced=False)
        self.left = [left_outbox(folder, self.changed, self.ledger) for folder in self.spool.adopt()]
        producer = Producer("scorer", self.epoch, "m", "1")
        self.own = Outbox(producer, Window(self.changed, self.ledger, self.spool.store(producer)))
        self.records = self.ledger.adopted
        self.begin_stream()

    def begin_stream(self) -> None:
        self.last = 0
        self.sent: list[Key] = []
        self.says_no_more = False
        while self.left and not len(self.left[0].window):
            folder = self.left.pop(0).folder
            assert folder is not None
            folder.remove()
        self.outbox = self.left[0] if self.left else self.own
        self.outbox.window.begin()

    @rule(sizes=st.lists(st.integers(1, 3), min_size=1, max_size=8))
    def log(self, sizes: list[int]) -> None:
        for records in sizes:
            values = list(range(self.next_value, self.next_value + records))
            self.next_value += records
            self.logged.append(values)
            self.ledger.pending += records
            self.records += records
            message = self.encoder.encode(pa.record_batch({"a": values}))
            assert self.own.window.append(records, message, NEVER)

    @precondition(lambda self: self.outbox.window.has_next(self.last))
    @rule(fates=st.lists(FATES, min_size=1, max_size=8))
    def send(self, fates: list[str]) -> None:
        for fate in fates:
            batch = None if self.says_no_more else self.outbox.window.next_after(self.last)
            if batch is None:
                return
            try:
                message = batch.content.read()
            except DamagedBatchError:
                self.outbox.window.set_aside(batch, "damaged")
                continue
            self.last = batch.sequence
            key = (self.outbox.producer.producer_id, self.outbox.producer.epoch, batch.sequence)
            assert all(key > earlier for earlier in self.sent), "numbers rise within a stream"
            self.sent.append(key)
            self.collector.receive(key, numbers(message.body), fate)

    @precondition(lambda self: self.sent)
    @rule(share=st.floats(0.0, 1.0))
    def answer(self, share: float) -> None:
        upto = self.sent[int(share * (len(self.sent) - 1))]
        covered = [key for key in self.sent if key <= upto]
        rejections = [each for each in map(self.collector.rejection, covered) if each is not None]
        settlement = self.outbox.window.settle(
            ingest_pb2.IngestResponse(acknowledged_sequence=upto[2], rejections=rejections)
        )
        self.sent = [key for key in self.sent if key > upto]
        self.says_no_more |= settlement.retry_after is not None

    @rule()
    def break_stream(self) -> None:
        self.begin_stream()

    @precondition(lambda self: self.ledger.pending)
    @rule(damages=st.sampled_from([False, False, True]))
    def crash(self, damages: bool) -> None:
        """Damaged is only what has not arrived: of the other files the collector has counted the records."""
        self.spool.close()
        if damages and (paths := self.unread_files()):
            self.damaged.append(numbers(paths[-1].read_bytes()))
            paths[-1].write_bytes(paths[-1].read_bytes()[:-1])
        self.start()

    def unread_files(self) -> list[Path]:
        counted = {value for values in self.collector.counted.values() for value in values}
        refused = self.collector.refused
        found = []
        for path in sorted(self.directory.glob("*-*/*.arrow")):
            epoch, sequence = int(path.parent.name.split("-")[0]), int(path.name.split("-")[0])
            try:
                values = numbers(path.read_bytes())
            except pa.ArrowInvalid:
                continue
            if values in self.damaged or counted & set(values) or ("scorer", epoch, sequence) in refused:
                continue
            found.append(path)
        return found

    @invariant()
    def every_record_has_one_place(self) -> None:
        stats = self.ledger.stats()
        assert self.records == stats.acknowledged + stats.dropped + stats.rejected + stats.pending
        assert stats.spooled == stats.pending
        windows = [self.own.window, *(each.window for each in self.left)]
        assert len(list(self.directory.glob("*-*/*.arrow"))) == sum(map(len, windows))
        assert self.outbox.window.unanswered(self.last) <= MAX_BATCHES

    def teardown(self) -> None:
        """All that is left is delivered: then everything is counted, refused or damaged, once."""
        for _ in range(100):
            if not self.left and not len(self.own.window):
                break
            self.begin_stream()
            while self.outbox.window.has_next(self.last):
                self.send(fates=["count"])
            if self.sent:
                self.answer(share=1.0)
        assert (self.left, len(self.own.window)) == ([], 0)
        ends = [*self.collector.counted.values(), *self.damaged]
        known = sorted(value for values in ends for value in values)
        assert len(known) == len(set(known)), "counted twice"
        refused = len(self.logged) - len(ends)
        assert refused == len(self.collector.refused)
        self.spool.close()
        shutil.rmtree(self.directory)


TestSpooledDelivery = SpooledDelivery.TestCase
