"""The batches of one life of one client, on disk."""

import json
import logging
import os
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

from tenacity import (
    RetryCallState,
    RetryError,
    Retrying,
    retry_if_exception_type,
    stop_when_event_set,
    wait_random_exponential,
)
from tenacity.nap import sleep_using_event

from driftline.client.message_encoder import Message
from driftline.client.producer import Producer
from driftline.client.spool_file import SpoolFile, blocks
from driftline.client.store import Content
from driftline.directories import sync_directory

logger = logging.getLogger("driftline.client")

T = TypeVar("T")

PRODUCER_FILE = "producer.json"
DAMAGED_FOLDER = "damaged"

_waits = wait_random_exponential(multiplier=0.1, max=10.0)


class Budget:
    """
    Bytes that all files of one client may take.

    Parameters
    ----------
    changed
        Told of every change.
    limit
        Most bytes.
    """

    def __init__(self, changed: threading.Condition, limit: int) -> None:
        self._changed = changed
        self._limit = limit
        self._used = 0
        self.is_short = False
        """Whether someone waits for bytes."""

    def take(self, size: int) -> None:
        """Take bytes, whether they are free or not."""
        with self._changed:
            self._used += size

    def wait_and_take(self, size: int, interrupted: threading.Event) -> bool:
        """Take bytes, as soon as so many are free; ``False`` if that is interrupted."""
        with self._changed:
            self.is_short = not self._has(size)
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._has(size) or interrupted.is_set())
            self.is_short = False
            if interrupted.is_set():
                return False
            self._used += size
            return True

    def give_back(self, size: int) -> None:
        """Free bytes."""
        with self._changed:
            self._used -= size
            self._changed.notify_all()

    def _has(self, size: int) -> bool:
        return self._used + size <= self._limit or self._used == 0


class SpoolFolder:
    """
    A folder with a file for each batch, held by one process through a lock.

    Parameters
    ----------
    path
        The folder, ``<epoch>-<hash of the producer id>``.
    descriptor
        Of the folder, locked; closing it lets others in.
    producer
        As whom its batches are sent.
    budget
        What its files take is taken from that.
    synced
        Whether each file is made to survive a loss of power before it is sent.
    """

    is_on_disk = True

    def __init__(
        self, path: Path, descriptor: int, producer: Producer, budget: Budget, *, synced: bool
    ) -> None:
        self._path = path
        self._descriptor: int | None = descriptor
        self._budget = budget
        self._synced = synced
        self.producer = producer

    @property
    def is_full(self) -> bool:
        """See :class:`driftline.client.store.Store`."""
        return self._budget.is_short

    def write_producer(self, target: str) -> None:
        """Say whose batches these are, and for which collector."""
        text = json.dumps({**asdict(self.producer), "target": target})
        unfinished = self._path / f"{PRODUCER_FILE}.tmp"
        unfinished.write_text(text, "utf-8")
        unfinished.rename(self._path / PRODUCER_FILE)
        if self._synced:
            sync_directory(self._path)
            sync_directory(self._path.parent)

    def files(self) -> list[tuple[SpoolFile, Content]]:
        """What is there, in order; its bytes are taken from the budget."""
        found = sorted(
            (file for path in self._path.iterdir() if (file := SpoolFile.parse(path)) is not None),
            key=lambda file: file.sequence,
        )
        return [(file, self._content(file, _size(file.path))) for file in found]

    def put(
        self, sequence: int, records: int, message: Message, interrupted: threading.Event, /
    ) -> Content | None:
        """Write a batch, as soon as the budget and the disk have room; ``None`` if that is interrupted."""
        content = message.complete()
        size = blocks(len(content))
        if not self._budget.wait_and_take(size, interrupted):
            return None
        file = retry_on_full_disk(
            interrupted,
            lambda: SpoolFile.write(self._path, sequence, records, content, synced=self._synced),
        )
        if file is None:
            self._budget.give_back(size)
            return None
        return _OnDisk(file, size, self._budget)

    def remove(self) -> None:
        """Delete the folder, which has no batches any more, and let go of the lock."""
        try:
            for path in self._path.iterdir():
                path.unlink()
            self._path.rmdir()
        except OSError as error:
            logger.warning("spool folder %s is empty but stays: %s", self._path, error)
        self.close()

    def close(self) -> None:
        """Let go of the lock; twice does nothing."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def _content(self, file: SpoolFile, size: int) -> Content:
        self._budget.take(size)
        return _OnDisk(file, size, self._budget)


@dataclass(frozen=True, slots=True)
class _OnDisk:
    file: SpoolFile
    size: int
    budget: Budget

    def read(self) -> Message:
        return self.file.read()

    def release(self) -> None:
        self.file.path.unlink(missing_ok=True)
        self.budget.give_back(self.size)

    def set_aside(self) -> None:
        """Move the file out of the way, where someone may look at it."""
        folder = self.file.folder.parent / DAMAGED_FOLDER
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            self.file.path.rename(folder / f"{self.file.folder.name}-{self.file.path.name}")
        except OSError as error:
            logger.warning("%s could not be set aside: %s", self.file.path, error)
        self.budget.give_back(self.size)


def retry_on_full_disk(interrupted: threading.Event, write: Callable[[], T]) -> T | None:
    """Try to write, again and again while the disk refuses; ``None`` if that is interrupted."""
    retrying = Retrying(
        retry=retry_if_exception_type(OSError),
        wait=_waits,
        stop=stop_when_event_set(interrupted),
        sleep=sleep_using_event(interrupted),
        before_sleep=_tell,
    )
    try:
        return retrying(write)
    except RetryError:
        return None


def _tell(state: RetryCallState) -> None:
    if state.attempt_number == 1 and state.outcome is not None:
        logger.warning("the spool cannot be written, and is tried again: %s", state.outcome.exception())


def _size(path: Path) -> int:
    try:
        return blocks(path.stat().st_size)
    except OSError:
        return 0
