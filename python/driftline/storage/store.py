"""The files of a data directory; the README beside this file describes them."""

import re
import secrets
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
from google.protobuf import json_format

from driftline.errors import FailedPreconditionError
from driftline.storage.durable import make_directory, write_durably
from driftline.storage.lock import DirectoryLock
from driftline.storage.manifest import Manifest, read_manifest, writer_of
from driftline.storage.names import file_name
from driftline.storage.tables import is_managed, lost_manifest, read_pieces, read_table, write_table
from driftline.storage.writer import Rows, WriterFiles
from driftline.v1 import control_pb2

_KEY_BYTES = 16
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
        self._manifests = self.path / "manifests"
        self._writers: dict[str, WriterFiles] = {}

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

    def hash_key(self) -> bytes:
        """Key of the hashes that stand for values that must not be kept: made once, readable by its owner only."""
        path = self.path / "hash-key"
        if not path.exists():
            make_directory(self.path)
            write_durably(path, lambda file: file.write(secrets.token_hex(_KEY_BYTES).encode()))
        text = path.read_text().strip()
        if not re.fullmatch(rf"[0-9a-f]{{{2 * _KEY_BYTES}}}", text):
            raise FailedPreconditionError(
                f"{path} must hold {2 * _KEY_BYTES} hexadecimal digits, got {len(text)} characters"
            )
        return bytes.fromhex(text)

    def check(self, writer_id: str) -> None:
        """
        Make a writer's manifest if it has none, and see that it belongs to the files beside it; removes nothing.

        Raises
        ------
        FailedPreconditionError
            If the manifest is damaged, lost while its files are there, or older than they are.
        """
        self.files(writer_id).check()

    def recover(self, writer_id: str) -> int:
        """
        Check a writer's manifest, and remove what a crash has left: files that do not count.

        Only the process that holds the lock may call it.

        Returns
        -------
        int
            Number of files removed.

        Raises
        ------
        FailedPreconditionError
            As :meth:`check`; nothing is removed then.
        """
        return self.files(writer_id).recover()

    def commit_flush(
        self,
        writer_id: str,
        sequence: int,
        rows: Rows | None,
        pending: Rows | None = None,
        producers: pa.RecordBatch | None = None,
        log_position: int = 0,
        *,
        pending_is_whole: bool = True,
    ) -> Manifest:
        """
        Write a flush: its files, then the manifest that makes them count.

        Whatever fails or is killed meanwhile, either the flush before or this one counts in full. After an error the
        caller repeats the flush under the same number, with these rows or more.

        Parameters
        ----------
        writer_id
            The writer.
        sequence
            Number of the flush, above that of the last one.
        rows
            Snapshot rows of what changed since the last flush; ``None`` if nothing did.
        pending
            Predictions and labels that wait for each other.
        producers
            What is known of the producers, all of it.
        log_position
            Position in the log up to and including which the rows contain everything.
        pending_is_whole
            Whether those are all that wait, or what has changed since the last flush.

        Returns
        -------
        Manifest
            The new state.

        Raises
        ------
        OSError
            If something cannot be written.
        """
        return self.files(writer_id).commit_flush(
            sequence, rows, pending, producers, log_position, pending_is_whole=pending_is_whole
        )

    def files(self, writer_id: str) -> WriterFiles:
        """The files of a writer."""
        return self._writers.setdefault(writer_id, WriterFiles(self.path, writer_id))

    def read_manifest(self, writer_id: str) -> Manifest | None:
        """What was last committed; ``None`` for a writer that has no manifest yet."""
        return self.files(writer_id).manifest()

    def read_rows(self) -> Iterator[pa.Table]:
        """
        Yield the snapshot rows of all writers that count, some rows of a file at a time.

        Raises
        ------
        FileVanishedError
            If a collector has replaced a file meanwhile: what was read until then must be thrown away, since its
            rows may come again under another name. Reading anew helps.
        FailedPreconditionError
            If a file or a manifest is damaged.
        """
        manifests = [read_manifest(path) for path in sorted(self._manifests.glob("*.json"))]
        known = {manifest.writer_id: manifest for manifest in manifests if manifest is not None}
        for manifest in known.values():
            for file in manifest.profiles:
                yield from read_pieces(self._profiles / file.name)
        for path in sorted(self._profiles.glob("*.parquet")):
            if writer_of(path.name) not in known:
                rows = read_table(path)
                if is_managed(rows):
                    raise lost_manifest(path)
                yield rows

    def files_between(self, manifest: Manifest, first: int, last: int) -> list[Path]:
        """
        Give the files that may hold rows of windows that start in a range, in nanoseconds since the Unix epoch.

        Parameters
        ----------
        manifest
            Says which of its writer's files count; those of others that have manifests count as these say.
        first, last
            The range.
        """
        known = {manifest.writer_id: manifest}
        for path in sorted(self._manifests.glob("*.json")):
            if path.stem != manifest.writer_id and (other := read_manifest(path)) is not None:
                known[other.writer_id] = other
        paths = [
            self._profiles / file.name
            for each in known.values()
            for file in each.profiles
            if file.first_window <= last and file.last_window >= first
        ]
        foreign = sorted(self._profiles.glob("*.parquet"))
        return paths + [path for path in foreign if writer_of(path.name) not in known]

    def next_sequence(self, writer_id: str) -> int:
        """One more than the number of the writer's last flush; 1 if there is none."""
        manifest = self.read_manifest(writer_id)
        return 1 if manifest is None else manifest.flush_sequence + 1

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

    def read_pending(self, writer_id: str) -> pa.Table | None:
        """
        Read the predictions and labels that waited for each other at the writer's last flush.

        They come in the order in which they are to be taken in, with what has expired since it was written.

        Returns
        -------
        pyarrow.Table or None
            ``None`` if there are none.
        """
        manifest = self.read_manifest(writer_id)
        if manifest is None or not manifest.pending_files:
            return None
        directory = self.files(writer_id).pending
        tables = [read_table(directory / name) for name in manifest.pending_files]
        return pa.concat_tables(tables, promote_options="default")

    def read_producers(self, writer_id: str) -> pa.Table | None:
        """Read what was known of the producers at the writer's last flush; ``None`` if nothing was."""
        manifest = self.read_manifest(writer_id)
        if manifest is None or manifest.producers is None:
            return None
        return read_table(self.files(writer_id).producers / manifest.producers)
