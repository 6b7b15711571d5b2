"""How far each exporter has come, kept over restarts."""

import sqlite3
from collections.abc import Iterable
from pathlib import Path

from driftline.exporters.window_exporter import ClosedWindow

FILE = "exports.sqlite3"

_TABLE = """
create table if not exists exported (
    exporter text not null, model text not null, version text not null, start integer not null,
    revision integer not null, primary key (exporter, model, version, start)
) without rowid
"""


class Positions:
    """
    The revision at which each exporter has handed over each window; used from one thread.

    Parameters
    ----------
    directory
        Where it is kept; ``None``: in memory.
    exporter
        Whose positions these are.
    """

    def __init__(self, directory: Path | None, exporter: str) -> None:
        place = ":memory:" if directory is None else directory / FILE
        # A commit is a row or two a window; another exporter's takes milliseconds.
        self._database = sqlite3.connect(place, timeout=30.0, check_same_thread=False)
        self._database.execute("pragma journal_mode = wal")
        self._database.execute("pragma synchronous = normal")
        self._database.execute(_TABLE)
        self._database.commit()
        self._exporter = exporter

    def of(self, model: str, first_start: int) -> dict[tuple[str, int], int]:
        """Revisions by version and start, of the windows of a model from a start on."""
        rows = self._database.execute(
            "select version, start, revision from exported where exporter = ? and model = ? and start >= ?",
            (self._exporter, model, first_start),
        )
        return {(version, start): revision for version, start, revision in rows}

    def store(self, windows: Iterable[ClosedWindow]) -> None:
        """These have been handed over as they are."""
        rows = [
            (self._exporter, each.model, each.version, each.start_unix_nanos, each.revision)
            for each in windows
        ]
        with self._database:
            self._database.executemany("insert or replace into exported values (?, ?, ?, ?, ?)", rows)

    def forget(self, model: str, before_start: int) -> None:
        """Nothing will be asked of windows that start earlier."""
        with self._database:
            self._database.execute(
                "delete from exported where exporter = ? and model = ? and start < ?",
                (self._exporter, model, before_start),
            )

    def close(self) -> None:
        """Close the file."""
        self._database.close()
