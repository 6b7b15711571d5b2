"""The files of one writer in a data directory, and the order of steps that makes each change whole."""

import threading
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa

from driftline.errors import FailedPreconditionError
from driftline.storage.columns import whole_numbers
from driftline.storage.durable import TEMPORARY_SUFFIX, make_directory
from driftline.storage.manifest import (
    Manifest,
    ProfileFile,
    flush_name,
    flush_sequence,
    manifest_path,
    read_manifest,
    write_manifest,
)
from driftline.storage.tables import (
    is_managed,
    lost_manifest,
    mark,
    read_table,
    write_batches,
)

#: Rows to write: one batch, or a stream of batches, so that they are not in memory all at once.
Rows: TypeAlias = pa.RecordBatch | pa.RecordBatchReader


class Span(NamedTuple):
    """Starts of the first and last window of rows, and when the first of them to end does."""

    first_window: int
    last_window: int
    first_end: int

    def joined(self, other: "Span") -> "Span":
        """The span of both."""
        return Span(
            min(self.first_window, other.first_window),
            max(self.last_window, other.last_window),
            min(self.first_end, other.first_end),
        )


class WriterFiles:
    """
    What one writer has written; only the process that holds the directory's lock may change it.

    Every change writes new files first, then the manifest that names them, and removes old files last. So a crash
    leaves the state before or the state after, and files that nothing names: orphans.

    Parameters
    ----------
    path
        The data directory.
    writer_id
        The writer.
    """

    def __init__(self, path: Path, writer_id: str) -> None:
        self.writer_id = writer_id
        self.profiles = path / "profiles"
        self.pending = path / "pending"
        self.producers = path / "producers"
        self._manifests = path / "manifests"
        self._lock = threading.Lock()
        self._current: Manifest | None = None
        self._is_certain = True
        self.swept = 0
        """Files that this process has removed because they did not count."""

    def manifest(self) -> Manifest | None:
        """
        The state as it was last committed; ``None`` before this writer's first manifest.

        Raises
        ------
        FailedPreconditionError
            If the manifest is damaged.
        """
        return self._current or read_manifest(manifest_path(self._manifests, self.writer_id))

    def check(self) -> None:
        """
        Make the manifest if there is none, and see that it belongs to the files beside it; removes nothing.

        Raises
        ------
        FailedPreconditionError
            If the manifest is damaged, lost, or an older one.
        """
        with self._lock:
            manifest = self._certain()
            path = manifest_path(self._manifests, self.writer_id)
            for name in self._counting(manifest):
                if not name.exists():
                    raise _older_manifest(path, f"{name}, which it names, is not there")
            for directory in (self.profiles, self.pending, self.producers):
                for file in sorted(directory.glob(f"{self.writer_id}-*.parquet")):
                    # A crash leaves at most the files of one flush that was not committed.
                    if (flush_sequence(file.name) or 0) > manifest.flush_sequence + 1:
                        raise _older_manifest(path, f"{file} is of a later flush than it knows")

    def recover(self) -> int:
        """
        Check the manifest, and remove the files of this writer that do not count.

        Returns
        -------
        int
            Number of files removed.
        """
        self.check()
        with self._lock:
            kept = set(self._counting(self._certain()))
            before = self.swept
            for directory in (self.profiles, self.pending, self.producers, self._manifests):
                for path in sorted(directory.glob(f"{self.writer_id}*")):
                    is_data = path.name.endswith(".parquet") and path not in kept
                    if is_data or path.name.endswith(TEMPORARY_SUFFIX):
                        path.unlink()
                        self.swept += 1
            return self.swept - before

    def _counting(self, manifest: Manifest) -> Iterator[Path]:
        """The files that count."""
        yield from (self.profiles / file.name for file in manifest.profiles)
        yield from (self.pending / name for name in manifest.pending_files)
        if manifest.producers is not None:
            yield self.producers / manifest.producers

    def commit_flush(
        self,
        sequence: int,
        rows: Rows | None,
        pending: Rows | None,
        producers: Rows | None,
        log_position: int,
        *,
        pending_is_whole: bool = True,
    ) -> Manifest:
        """Write the files of a flush, then the manifest; see :meth:`ProfileStore.commit_flush`."""
        with self._lock:
            before = self._certain()
            if sequence <= before.flush_sequence:
                raise FailedPreconditionError(
                    f"flush must be after the last committed one, {before.flush_sequence}, got {sequence}"
                )
            name = flush_name(self.writer_id, sequence)
            after = before.model_copy(
                update={
                    "flush_sequence": sequence,
                    "log_position": log_position,
                    **_pending(before, self._write_some(self.pending, name, pending), pending_is_whole),
                    "producers": self._write_some(self.producers, name, producers),
                }
            )
            span = self._write_profiles(name, rows)
            if span is not None:
                added = _flushed(name, sequence, span)
                after = after.model_copy(update={"profiles": (*before.profiles, added)})
            self._replace(after)
        self._discard(self.pending, before.pending_files, after.pending_files)
        self._discard(self.producers, (before.producers,), (after.producers,))
        return after

    def commit_compaction(
        self, number: int, removed: Sequence[ProfileFile], added: Sequence[ProfileFile]
    ) -> int:
        """
        Let files count in place of others, then remove those.

        Parameters
        ----------
        number
            Number of the compaction: one more than that of the last one.
        removed, added
            Files that count no more, and those that do instead; the added ones are on disk.

        Returns
        -------
        int
            Number of files that could not be removed; the next :meth:`recover` will.
        """
        names = {file.name for file in removed}
        with self._lock:
            before = self._certain()
            kept = tuple(file for file in before.profiles if file.name not in names)
            if len(kept) + len(names) != len(before.profiles) or number != before.compactions + 1:
                raise FailedPreconditionError("a compaction must start from files that count")
            # Its number is used up even if this fails: a reader may have seen the names.
            self._current = before.model_copy(update={"compactions": number})
            self._replace(self._current.model_copy(update={"profiles": (*added, *kept)}))
        return sum(not _unlink(self.profiles / name) for name in sorted(names))

    def write_rows(self, name: str, batches: Iterator[pa.RecordBatch]) -> Span:
        """
        Write a file of snapshot rows that counts only once a manifest names it.

        Parameters
        ----------
        name
            File name in ``profiles/``.
        batches
            Its rows, at least one batch, each with at least one row.
        """
        span: list[Span] = []

        def noted() -> Iterator[pa.RecordBatch]:
            for batch in batches:
                span[:] = [each.joined(span_of(batch)) for each in span] or [span_of(batch)]
                yield batch

        write_batches(self.profiles / name, noted(), mark(self.writer_id))
        return span[0]

    def certain_manifest(self) -> Manifest:
        """The manifest, made if there is none, and known to be what is on disk."""
        with self._lock:
            return self._certain()

    def _write_some(self, directory: Path, name: str, rows: Rows | None) -> str | None:
        """Write a file if there are rows for it; its name if there are."""
        batches = _some(rows)
        if batches is None:
            return None
        make_directory(directory)
        write_batches(directory / name, batches, mark(self.writer_id))
        return name

    def _write_profiles(self, name: str, rows: Rows | None) -> Span | None:
        """Write a file of snapshot rows if there are any; their span if there are."""
        batches = _some(rows)
        if batches is None:
            return None
        make_directory(self.profiles)
        return self.write_rows(name, batches)

    def _certain(self) -> Manifest:
        """
        After a failed write nobody knows which manifest is on disk. Names that it may hold are about to be written
        anew, so it goes back to the one that surely counts before anything else happens.
        """
        current = self.manifest()
        if current is None:
            return self._replace(self._adopt())
        if not self._is_certain:
            return self._replace(current)
        self._current = current
        return current

    def _replace(self, manifest: Manifest) -> Manifest:
        self._is_certain = False
        write_manifest(self._manifests, manifest)
        self._current, self._is_certain = manifest, True
        return manifest

    def _adopt(self) -> Manifest:
        """The manifest of a directory that was written without: all files of the writer count."""
        found = sorted(self.profiles.glob(f"{self.writer_id}-*.parquet"))
        files = []
        for path in found:
            sequence = flush_sequence(path.name)
            rows = read_table(path, columns=["window_start", "window_length"])
            if sequence is None or is_managed(rows):
                raise lost_manifest(path)
            files.append(_flushed(path.name, sequence, span_of(rows)))
        for path in (*self.pending.glob(f"{self.writer_id}-*"), *self.producers.glob(f"{self.writer_id}-*")):
            if path.suffix == ".parquet" and is_managed(read_table(path, columns=[])):
                raise lost_manifest(path)
        last = max((file.last_flush for file in files), default=0)
        waiting = [name for path in self.pending.glob(f"{self.writer_id}-*.parquet") if (name := path.name)]
        pending = max((name for name in waiting if (flush_sequence(name) or 0) <= last), default=None)
        return Manifest(writer_id=self.writer_id, flush_sequence=last, profiles=tuple(files), pending=pending)

    @staticmethod
    def _discard(directory: Path, old: Iterable[str | None], new: Iterable[str | None]) -> None:
        """Remove what a committed flush replaced: a failure must not undo it, and the next start sweeps."""
        for name in set(old) - set(new):
            if name is not None:
                _unlink(directory / name)


def _pending(before: Manifest, name: str | None, is_whole: bool) -> dict[str, object]:
    """The names of the files of what waits after a flush that has written one, if there was anything to write."""
    if is_whole:
        return {"pending": name, "pending_additions": ()}
    return {"pending_additions": (*before.pending_additions, *filter(None, [name]))}


def _flushed(name: str, sequence: int, span: Span) -> ProfileFile:
    return ProfileFile(name=name, first_flush=sequence, last_flush=sequence, **span._asdict())


def _some(rows: Rows | None) -> Iterator[pa.RecordBatch] | None:
    """The batches that have rows; ``None`` if there are none."""
    each = [rows] if isinstance(rows, pa.RecordBatch) else rows or ()
    batches = (batch for batch in each if batch.num_rows)
    first = next(batches, None)
    return None if first is None else chain([first], batches)


def span_of(rows: pa.RecordBatch | pa.Table) -> Span:
    """The span of rows, at least one."""
    starts, lengths = whole_numbers(rows, "window_start"), whole_numbers(rows, "window_length")
    latest = np.iinfo(np.int64).max
    room = np.subtract(latest, lengths)
    ends = np.minimum(starts, room) + lengths
    return Span(int(starts.min()), int(starts.max()), int(ends.min()))


def _older_manifest(path: Path, why: str) -> FailedPreconditionError:
    return FailedPreconditionError(
        f"{path} does not belong to the files beside it: {why}; it is an older copy, or a file was lost: put back the "
        "newest copy of what belongs together; nothing was removed or counted"
    )


def _unlink(path: Path) -> bool:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return False
    return True
