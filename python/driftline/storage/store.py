"""The files of a data directory; the README beside this file describes them."""

import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
from google.protobuf import json_format

from driftline.errors import FailedPreconditionError
from driftline.storage.durable import make_directory, write_durably
from driftline.storage.lock import DirectoryLock
from driftline.storage.names import file_name
from driftline.storage.tables import read_table, stream_tables, write_table
from driftline.v1 import control_pb2

_NUMBERED = re.compile(r"(?P<writer>[0-9a-f]{32})-(?P<sequence>\d{12})\.parquet")
_MODEL_KEY = "driftline.model"
_BASELINE_KEY = "driftline.baseline"


class StoredBaseline(NamedTuple):
    """A baseline as it lies on disk."""

    model: str
    name: str
    rows: pa.Table


class ProfileStore:
    """
    A data directory.

    Parameters
    ----------
    path
        The directory. It is made on the first write or lock, readable by its owner only.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._profiles = self.path / "profiles"
        self._baselines = self.path / "baselines"
        self._monitors = self.path / "monitors"
        self._pending = self.path / "pending"

    def lock(self) -> DirectoryLock:
        """
        Take the directory for this process.

        Raises
        ------
        FailedPreconditionError
            If another process has it.
        """
        make_directory(self.path)
        return DirectoryLock(self.path / "lock")

    def writer_id(self) -> str:
        """Name of this directory's writer in files and rows: made once, kept ever after."""
        path = self.path / "writer"
        if not path.exists():
            make_directory(self.path)
            write_durably(path, lambda file: file.write(uuid.uuid4().hex.encode()))
        writer_id = path.read_text().strip()
        if not re.fullmatch(r"[0-9a-f]{32}", writer_id):
            raise FailedPreconditionError(f"{path} must hold 32 hexadecimal digits, got {writer_id!r}")
        return writer_id

    def write_flush(self, writer_id: str, sequence: int, batch: pa.RecordBatch) -> Path:
        """
        Write the rows of one flush as an immutable file; the same flush again replaces itself.

        Returns
        -------
        pathlib.Path
            The file, durable.
        """
        make_directory(self._profiles)
        path = self._profiles / _numbered_name(writer_id, sequence)
        write_table(path, batch)
        return path

    def read_rows(self) -> pa.RecordBatchReader | None:
        """
        Read the snapshot rows of all writers and flushes, file by file.

        Returns
        -------
        pyarrow.RecordBatchReader or None
            ``None`` if there are none yet.
        """
        return stream_tables(sorted(self._profiles.glob("*.parquet")))

    def next_sequence(self, writer_id: str) -> int:
        """One more than the number of the writer's last flush; 1 if there is none."""
        return max(_sequences(self._profiles, writer_id), default=0) + 1

    def write_baseline(self, model: str, name: str, batch: pa.RecordBatch) -> None:
        """Write the rows of a baseline; one of that name is replaced."""
        directory = self._baselines / file_name(model)
        make_directory(directory)
        names = {_MODEL_KEY: model, _BASELINE_KEY: name}
        write_table(directory / f"{file_name(name)}.parquet", batch, names)

    def read_baselines(self) -> Iterator[StoredBaseline]:
        """Yield all baselines, in the order of their paths."""
        for path in sorted(self._baselines.glob("*/*.parquet")):
            rows = read_table(path)
            metadata = rows.schema.metadata or {}
            if _MODEL_KEY.encode() not in metadata or _BASELINE_KEY.encode() not in metadata:
                raise FailedPreconditionError(
                    f"{path} must name its model and baseline in its schema metadata"
                )
            model, name = (metadata[key.encode()].decode() for key in (_MODEL_KEY, _BASELINE_KEY))
            yield StoredBaseline(model, name, rows)

    def write_monitor(self, monitor: control_pb2.Monitor) -> None:
        """Write the configuration of a model; an earlier one is replaced."""
        make_directory(self._monitors)
        text = json_format.MessageToJson(monitor, preserving_proto_field_name=True)
        path = self._monitors / f"{file_name(monitor.model)}.json"
        write_durably(path, lambda file: file.write(text.encode()))

    def read_monitors(self) -> Iterator[control_pb2.Monitor]:
        """Yield the stored configurations, in the order of their paths."""
        for path in sorted(self._monitors.glob("*.json")):
            try:
                yield json_format.Parse(path.read_text(), control_pb2.Monitor())
            except (json_format.ParseError, UnicodeDecodeError) as error:
                raise FailedPreconditionError(
                    f"{path} is not the configuration of a model: {error}"
                ) from error

    def write_pending(self, writer_id: str, sequence: int, batch: pa.RecordBatch) -> None:
        """
        Write the predictions and labels that wait for each other, as they are with this flush.

        It is written before the flush's rows, and the one of the flush before is kept until then, so that after a
        crash in between, rows and pending records still belong together.
        """
        make_directory(self._pending)
        write_table(self._pending / _numbered_name(writer_id, sequence), batch)
        for old in _sequences(self._pending, writer_id):
            if old < sequence - 1:
                (self._pending / _numbered_name(writer_id, old)).unlink()

    def read_pending(self, writer_id: str) -> pa.Table | None:
        """
        Read the pending records that belong to the writer's last flush.

        Returns
        -------
        pyarrow.Table or None
            ``None`` if there are none.
        """
        last = self.next_sequence(writer_id) - 1
        sequence = max((each for each in _sequences(self._pending, writer_id) if each <= last), default=None)
        return None if sequence is None else read_table(self._pending / _numbered_name(writer_id, sequence))


def _numbered_name(writer_id: str, sequence: int) -> str:
    return f"{writer_id}-{sequence:012d}.parquet"


def _sequences(directory: Path, writer_id: str) -> list[int]:
    """The numbers of a writer's files in a directory."""
    matches = [_NUMBERED.fullmatch(path.name) for path in directory.glob(f"{writer_id}-*.parquet")]
    return [int(match["sequence"]) for match in matches if match]
