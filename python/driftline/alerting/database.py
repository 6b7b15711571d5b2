"""Where alerting remembers: one SQLite database, and one transaction at a time."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from driftline.errors import FailedPreconditionError

FILE_NAME = "alerts.sqlite3"

_BUSY_SECONDS = 10.0
"""How long to wait for another process, the command line say, that is writing."""


class AlertDatabase:
    """
    A database that threads share.

    Each part of alerting makes its own tables with :meth:`create`; what has to be changed together is changed in one
    :meth:`transaction`.

    Parameters
    ----------
    folder
        Data directory, which gets ``alerts.sqlite3``; ``None``: in memory.

    Raises
    ------
    FailedPreconditionError
        If the file is no database, or cannot be opened.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._path = folder / FILE_NAME if folder is not None else None
        self._lock = threading.RLock()
        try:
            self._connection = sqlite3.connect(
                self._path or ":memory:",
                timeout=_BUSY_SECONDS,
                isolation_level=None,
                check_same_thread=False,
            )
            # An evaluation that was committed is not lost with the power: in WAL mode only FULL promises that.
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
        except sqlite3.Error as error:
            raise FailedPreconditionError(f"{self._path} cannot be used: {error}") from error

    @classmethod
    def existing(cls, folder: Path) -> Self:
        """
        Open the database of a data directory that a collector has used, or uses.

        Raises
        ------
        FailedPreconditionError
            If there is none.
        """
        if not (folder / FILE_NAME).is_file():
            raise FailedPreconditionError(
                f"{folder} has no {FILE_NAME}: no collector with alerting has used it"
            )
        return cls(folder)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A transaction that writes: kept whole at the end of the block, undone whole if the block raises."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def create(self, *statements: str) -> None:
        """Make tables and indices that do not exist yet: ``CREATE TABLE IF NOT EXISTS ...``."""
        with self.transaction() as connection:
            for statement in statements:
                connection.execute(statement)

    def close(self) -> None:
        """Close the database; it cannot be used afterwards."""
        with self._lock:
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
