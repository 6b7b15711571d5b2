"""One life of a client, from its start, or from a fork, to its end."""

import threading
import time
import uuid
from collections.abc import Callable, Iterable

import pyarrow as pa

from driftline._core import infer_roles
from driftline.client.batch_builder import BatchBuilder
from driftline.client.batcher import Batcher
from driftline.client.delivery import Delivery
from driftline.client.ledger import Ledger
from driftline.client.outbox import Outbox, left_outbox
from driftline.client.producer import Producer
from driftline.client.record_queue import RecordQueue
from driftline.client.sender import Sender
from driftline.client.settings import Settings
from driftline.client.spool import Spool, SpoolStore
from driftline.client.store import MemoryStore
from driftline.client.window import Window

STOP_SECONDS = 1.0

SPOOL_SECONDS = 1.0
"""How long the end of a client waits until what is queued is on disk."""

_OUTPUT_ROLES = frozenset(("prediction", "score", "label", "timestamp", "latency", "prediction_id"))


class Life:
    """
    Queue, window and threads of a client, and its part of the spool.

    Parameters
    ----------
    settings
        The client's.
    give_up
        Told why, when the collector wants nothing of the client.
    is_child
        Whether it begins with a fork: then it has a name of its own, and leaves it to its parent to adopt what
        others left.
    """

    def __init__(self, settings: Settings, give_up: Callable[[str], None], *, is_child: bool) -> None:
        lock = threading.Lock()
        self.changed = threading.Condition(lock)
        self.ledger = Ledger()
        batch_records = min(settings.batch_records, settings.queue_records)
        self.queue = RecordQueue(lock, self.changed, self.ledger, settings.queue_records, batch_records)
        self._spool = self._open_spool(settings)
        name = None if is_child else settings.producer_id
        producer = Producer(name or uuid.uuid4().hex, self._epoch(name), settings.model, settings.version)
        self._store = self._spool.store(producer) if self._spool else MemoryStore(self.changed)
        self._own = Outbox(producer, Window(self.changed, self.ledger, self._store))
        left = [] if is_child or self._spool is None else self._adopt(self._spool)
        # Its threads start with the first record: a client that was made before a fork is still whole after it.
        self.delivery = Delivery(
            Batcher(
                self.queue,
                self._own.window,
                self.ledger,
                self.changed,
                BatchBuilder(_taken_for_outputs),
                settings.linger_seconds,
            ),
            Sender(
                settings.target,
                settings.credentials,
                left,
                self._own,
                self.queue,
                self.ledger,
                self.changed,
                settings.answer_timeout_seconds,
                give_up,
            ),
        )
        self.has_ended = False
        if left:
            self.delivery.start()

    def end(self, why: str) -> None:
        """Stop, and drop what is nowhere but in memory."""
        self.queue.close()
        self.delivery.stop(timeout=STOP_SECONDS)
        self._own.window.clear()
        with self.changed:
            in_memory = self.ledger.pending - self.ledger.spooled
            if in_memory:
                self.ledger.drop(in_memory, why, were_pending=True)
            self.has_ended = True
            self.changed.notify_all()
        if isinstance(self._store, SpoolStore) and not len(self._own.window):
            self._store.remove()
        self.leave_spool()

    def leave_spool(self) -> None:
        """Let go of all locks in the spool."""
        if self._spool is not None:
            self._spool.close()

    def wait_until_spooled(self) -> None:
        """Give what is queued some time to get to the disk, if there is a spool."""
        if self._spool is None:
            return
        self.queue.hurry(1)
        with self.changed:
            self.changed.wait_for(
                lambda: self.ledger.pending == self.ledger.spooled or self.has_ended, SPOOL_SECONDS
            )
        self.queue.hurry(-1)

    def _open_spool(self, settings: Settings) -> Spool | None:
        if settings.spool_dir is None:
            return None
        return Spool(
            settings.spool_dir,
            settings.target,
            settings.spool_bytes,
            self.changed,
            synced=settings.spool_fsync,
        )

    def _epoch(self, name: str | None) -> int:
        if self._spool is None or name is None:
            return time.time_ns()
        return self._spool.reserve(name)

    def _adopt(self, spool: Spool) -> list[Outbox]:
        left = [left_outbox(folder, self.changed, self.ledger) for folder in spool.adopt()]
        if spool.lost_records:
            with self.changed:
                self.ledger.adopted += spool.lost_records
                self.ledger.drop(spool.lost_records, "a folder of the spool is damaged", were_pending=False)
        return left


def _taken_for_outputs(features: pa.Schema) -> Iterable[str]:
    """Names of features that would be taken for an output of the model."""
    roles = infer_roles(features)
    return [name for name, _, role, _ in roles if role in _OUTPUT_ROLES]
