"""
The files of the record log: one for each model and flush with new records.

Their names are those of the flush, ``<directory>/<model>/<writer>-<flush>``, so that a flush that is repeated after a
crash replaces what it had written: no record is in two files.
"""

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from driftline.storage.durable import TEMPORARY_SUFFIX, make_directory, write_durably
from driftline.storage.names import file_name
from driftline.storage.record_formats import SUFFIXES, RecordFormat, writer_of

_NAME = re.compile(r"(?P<writer>[0-9a-f]{32})-(?P<sequence>\d{12})\.(?:parquet|ndjson)")


class RecordFile(NamedTuple):
    """A file of records: what it is, how large, and when it was written, in nanoseconds since the Unix epoch."""

    path: Path
    size: int
    written: int


class RecordFiles:
    """
    The files of one directory, of which a collector writes its own and removes the oldest of all.

    Parameters
    ----------
    directory
        Where they are. It is made on the first write, readable by its owner only.
    writer_id
        Name of the writer, 32 hexadecimal digits.
    record_format
        How they are written.
    keep_nanos
        How old a file may get.
    max_bytes
        Most bytes of all files.
    """

    def __init__(
        self,
        directory: Path,
        writer_id: str,
        record_format: RecordFormat,
        keep_nanos: int,
        max_bytes: int,
    ) -> None:
        self.directory = directory
        self._writer_id = writer_id
        self._format = record_format
        self._keep_nanos = keep_nanos
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self.bytes = 0
        """Of all files, as they were last looked at, and those written since."""

    def write(self, model: str, sequence: int, batch: pa.RecordBatch) -> Path:
        """
        Write the records of a model that a flush has taken; a file of that flush is replaced.

        Raises
        ------
        OSError
            If they cannot be written.
        """
        folder = self.directory / file_name(model)
        path = folder / f"{self._writer_id}-{sequence:012d}{SUFFIXES[self._format]}"
        with self._lock:
            make_directory(folder)
            write_durably(path, writer_of(self._format, batch))
            self.bytes += path.stat().st_size
        return path

    def sweep(self, committed: int) -> int:
        """
        Remove what a crash has left of this writer: files of flushes after the last one that counts.

        What they hold comes again, from the log.

        Returns
        -------
        int
            Number of files removed.
        """
        removed = 0
        with self._lock:
            for path in sorted(self.directory.glob(f"*/{self._writer_id}-*")):
                match = _NAME.fullmatch(path.name.removesuffix(TEMPORARY_SUFFIX))
                is_torn = path.name.endswith(TEMPORARY_SUFFIX)
                if match is not None and (is_torn or int(match["sequence"]) > committed):
                    path.unlink(missing_ok=True)
                    removed += 1
        return removed

    def trim(self, now: int) -> int:
        """
        Remove files that are too old, then the oldest while all together are too large.

        Parameters
        ----------
        now
            Nanoseconds since the Unix epoch.

        Returns
        -------
        int
            Number of files removed.
        """
        with self._lock:
            files = sorted(self._found(), key=lambda file: (file.written, file.path))
            total = sum(file.size for file in files)
            removed = 0
            for file in files:
                if file.written > now - self._keep_nanos and total <= self._max_bytes:
                    break
                file.path.unlink(missing_ok=True)
                total -= file.size
                removed += 1
            self.bytes = total
        return removed

    def _found(self) -> Iterator[RecordFile]:
        """The files of all writers; nothing else that lies there is ever touched."""
        for path in self.directory.glob("*/*"):
            if _NAME.fullmatch(path.name):
                status = path.stat()
                yield RecordFile(path, status.st_size, status.st_mtime_ns)
