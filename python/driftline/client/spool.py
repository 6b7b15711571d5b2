"""
The directory in which clients keep batches that are not acknowledged yet.

Several processes may share it; each client has a folder of its own, locked while it lives. A folder that nobody has
locked was left by a client that ended: the next one that starts adopts it, and sends what it holds first. What was
left under a name that the caller chose waits for a client that takes that name again. ::

    lock                            held for the moments in which folders are made or adopted
    epochs/<hash of producer id>    the last epoch of a producer with a given name; locked while that client lives
    <epoch>-<hash>/producer.json    as whom, and to which collector, its batches are sent
    <epoch>-<hash>/<sequence>-<records>-<checksum>.arrow
    damaged/                        files that are not what was written
"""

import fcntl
import hashlib
import json
import logging
import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from driftline.client.message_encoder import Message
from driftline.client.producer import Producer
from driftline.client.spool_file import SpoolFile
from driftline.client.spool_folder import (
    DAMAGED_FOLDER,
    PRODUCER_FILE,
    Budget,
    SpoolFolder,
    retry_on_full_disk,
)
from driftline.client.store import Content
from driftline.errors import FailedPreconditionError, InvalidArgumentError

logger = logging.getLogger("driftline.client")

_FOLDER = re.compile(r"\d{20}-[0-9a-f]{16}")
_EPOCHS = "epochs"


class Spool:
    """
    One client's part of the directory.

    Parameters
    ----------
    directory
        The directory; it is made, for its owner only, if it is not there.
    target
        Collector that the client sends to: what was left for another one is left alone.
    limit
        Most bytes of all files of this client, adopted ones included.
    synced
        Whether each batch is made to survive a loss of power before it is sent.
    changed
        Told of every change.

    Raises
    ------
    InvalidArgumentError
        If the directory cannot be used.
    """

    def __init__(
        self, directory: Path, target: str, limit: int, changed: threading.Condition, *, synced: bool
    ) -> None:
        self._directory = directory
        self._target = target
        self._budget = Budget(changed, limit)
        self._synced = synced
        self._folders: list[SpoolFolder] = []
        self._name: str | None = None
        self._name_descriptor: int | None = None
        self.lost_records = 0
        """Records of folders that could not be adopted, because they do not say whose they are."""
        with _usable(directory):
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            (directory / _EPOCHS).mkdir(mode=0o700, exist_ok=True)
            with self._locked():
                pass

    def reserve(self, producer_id: str) -> int:
        """
        Take a name for the life of this client.

        Returns
        -------
        int
            Its epoch: the time, or one more than its last epoch if the clock has been set back.

        Raises
        ------
        FailedPreconditionError
            If another client of the directory has it.
        InvalidArgumentError
            If the directory cannot be written to.
        """
        path = self._directory / _EPOCHS / _hash(producer_id)
        with _usable(self._directory):
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            if not _lock(descriptor):
                os.close(descriptor)
                raise FailedPreconditionError(
                    f"producer_id {producer_id!r} must be used by one client of {self._directory} at a time, "
                    "another one is open"
                )
            self._name, self._name_descriptor = producer_id, descriptor
            return _next_epoch(descriptor)

    def adopt(self) -> list[SpoolFolder]:
        """Lock all folders that were left by others, the oldest first; empty ones are removed."""
        with _usable(self._directory), self._locked():
            paths = sorted(path for path in self._directory.iterdir() if _FOLDER.fullmatch(path.name))
            found = [self._adopt_one(path) for path in paths]
        adopted = [folder for folder in found if folder is not None]
        self._folders.extend(adopted)
        return adopted

    def store(self, producer: Producer) -> "SpoolStore":
        """Where the batches of this client go."""
        return SpoolStore(self, producer)

    def create(self, producer: Producer) -> SpoolFolder:
        """Make the folder for the batches of this client; OSError if the disk does not let it."""
        path = self._directory / f"{producer.epoch:020d}-{_hash(producer.producer_id)}"
        with self._locked():
            path.mkdir(mode=0o700, exist_ok=True)
            descriptor = _open_folder(path)
            if not _lock(descriptor):
                os.close(descriptor)
                raise FailedPreconditionError(
                    f"spool folder {path} must be used by one client, another one has it"
                )
            folder = SpoolFolder(path, descriptor, producer, self._budget, synced=self._synced)
            try:
                folder.write_producer(self._target)
            except BaseException:
                folder.close()
                raise
        self._folders.append(folder)
        return folder

    def close(self) -> None:
        """Let go of all locks; what is on disk stays for the next client."""
        for folder in self._folders:
            folder.close()
        self._folders.clear()
        descriptor, self._name_descriptor = self._name_descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def _adopt_one(self, path: Path) -> SpoolFolder | None:
        try:
            descriptor = _open_folder(path)
        except OSError:
            return None
        if not _lock(descriptor):
            os.close(descriptor)
            return None
        try:
            producer, target = _read_producer(path)
        except (OSError, ValueError, TypeError, KeyError) as error:
            self._set_aside(path, error)
            os.close(descriptor)
            return None
        if self._is_for_another(producer):
            os.close(descriptor)
            return None
        if target != self._target and any(SpoolFile.parse(each) for each in path.iterdir()):
            logger.warning(
                "spool folder %s was left by a client of %s and waits for another one; this one sends to %s",
                path,
                target,
                self._target,
            )
            os.close(descriptor)
            return None
        return SpoolFolder(path, descriptor, producer, self._budget, synced=self._synced)

    def _is_for_another(self, producer: Producer) -> bool:
        """
        Whether it waits for the next client of that name.

        That one may be open already, and its epoch is the higher one: nobody could send what is left, then.
        """
        is_named = (self._directory / _EPOCHS / _hash(producer.producer_id)).exists()
        return is_named and producer.producer_id != self._name

    def _set_aside(self, path: Path, error: Exception) -> None:
        """A folder that does not say whose it is cannot be sent: nobody knows under which name."""
        files = [file for each in path.iterdir() if (file := SpoolFile.parse(each)) is not None]
        if not files:
            for each in path.iterdir():
                each.unlink()
            path.rmdir()
            return
        damaged = self._directory / DAMAGED_FOLDER
        damaged.mkdir(mode=0o700, exist_ok=True)
        path.rename(damaged / path.name)
        self.lost_records += sum(file.records for file in files)
        logger.warning("spool folder %s has no valid %s and is set aside: %s", path, PRODUCER_FILE, error)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(self._directory / "lock", flags, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


class SpoolStore:
    """
    A folder that is made with the first batch, since many clients of a process that forks never send.

    Parameters
    ----------
    spool
        Makes it.
    producer
        Whose it is.
    """

    is_on_disk = True

    def __init__(self, spool: Spool, producer: Producer) -> None:
        self._spool = spool
        self._producer = producer
        self._folder: SpoolFolder | None = None

    @property
    def is_full(self) -> bool:
        """See :class:`driftline.client.store.Store`."""
        return self._folder is not None and self._folder.is_full

    def put(
        self, sequence: int, records: int, message: Message, interrupted: threading.Event, /
    ) -> Content | None:
        """See :class:`driftline.client.store.Store`."""
        if self._folder is None:
            self._folder = retry_on_full_disk(interrupted, lambda: self._spool.create(self._producer))
        if self._folder is None:
            return None
        return self._folder.put(sequence, records, message, interrupted)

    def remove(self) -> None:
        """Delete the folder, which has no batches any more."""
        if self._folder is not None:
            self._folder.remove()


@contextmanager
def _usable(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InvalidArgumentError(
            f"spool_dir must be a directory to write to, got {directory}: {error}"
        ) from error


def _next_epoch(descriptor: int) -> int:
    """The time, or one more than the epoch in that file if the clock has been set back; it is there then."""
    stored = os.pread(descriptor, 20, 0)
    epoch = max(int(stored) + 1 if stored.isdigit() else 0, time.time_ns())
    os.pwrite(descriptor, b"%020d" % epoch, 0)
    os.fsync(descriptor)
    return epoch


def _read_producer(path: Path) -> tuple[Producer, str]:
    fields = json.loads((path / PRODUCER_FILE).read_text("utf-8"))
    producer = Producer(
        str(fields["producer_id"]), int(fields["epoch"]), str(fields["model"]), str(fields["version"])
    )
    return producer, str(fields["target"])


def _hash(producer_id: str) -> str:
    return hashlib.sha256(producer_id.encode()).hexdigest()[:16]


def _open_folder(path: Path) -> int:
    return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
