"""Parquet files of rows that the engine made."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from driftline.errors import FailedPreconditionError
from driftline.storage.durable import write_durably

# Small groups, so that a reader that wants few windows reads few rows: groups tell their first and last window.
_GROUP_ROWS = 2048
_BATCH_ROWS = 1024
_WRITER_KEY = "driftline.writer"


class FileVanishedError(FailedPreconditionError):
    """A file that counted a moment ago is gone: somebody has changed the directory meanwhile."""


def mark(writer_id: str) -> dict[str, str]:
    """Schema metadata of a file that counts only if the manifest of its writer says so."""
    return {_WRITER_KEY: writer_id}


def is_managed(rows: pa.Table) -> bool:
    """Whether a file with these rows counts only if a manifest says so."""
    return _WRITER_KEY.encode() in (rows.schema.metadata or {})


def lost_manifest(path: Path) -> FileVanishedError:
    """The error for such a file when there is no manifest."""
    return FileVanishedError(
        f"{path} counts only if a file in manifests/ says so, and its writer has none there; put back a copy of "
        "it, or move the writer's files away to go on without them"
    )


def write_table(path: Path, batch: pa.RecordBatch, metadata: Mapping[str, str] | None = None) -> None:
    """
    Write a batch as a Parquet file, durably.

    Parameters
    ----------
    path
        Where it goes; one that is there is replaced.
    batch
        The rows.
    metadata
        The schema's metadata.
    """
    table = pa.Table.from_batches([batch])
    if metadata:
        table = table.replace_schema_metadata(
            {key.encode(): value.encode() for key, value in metadata.items()}
        )
    write_durably(
        path, lambda file: pq.write_table(table, file, compression="zstd", row_group_size=_GROUP_ROWS)
    )


def write_batches(path: Path, batches: Iterator[pa.RecordBatch], metadata: Mapping[str, str]) -> None:
    """Write batches of one schema, at least one, as a Parquet file, durably, as :func:`write_table` does."""
    first = next(batches)
    schema = first.schema.with_metadata({key.encode(): value.encode() for key, value in metadata.items()})

    def write(file: BinaryIO) -> None:
        with pq.ParquetWriter(file, schema, compression="zstd") as writer:
            for batch in chain([first], batches):
                table = pa.Table.from_batches([batch.replace_schema_metadata(schema.metadata)])
                writer.write_table(table, row_group_size=_GROUP_ROWS)

    write_durably(path, write)


def scan_windows(paths: Sequence[Path], first: int, last: int) -> pa.RecordBatchReader:
    """
    Read the rows of some windows from files, one file after the other, in small batches.

    Parameters
    ----------
    paths
        The files, at least one.
    first, last
        First and last start of a window, in nanoseconds since the Unix epoch.
    """
    start = pc.field("window_start")
    instants = pa.timestamp("ns", "UTC")
    chosen = (start >= pa.scalar(first, instants)) & (start <= pa.scalar(last, instants))
    scanner = ds.dataset([str(path) for path in paths], format="parquet").scanner(
        filter=chosen, batch_size=_BATCH_ROWS, batch_readahead=1, fragment_readahead=1, use_threads=False
    )
    return scanner.to_reader()


def read_table(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """
    Read a Parquet file.

    Parameters
    ----------
    path
        The file.
    columns
        Names of the columns to read; ``None``: all.

    Raises
    ------
    FileVanishedError
        If it is not there.
    FailedPreconditionError
        If it is damaged.
    """
    try:
        with pq.ParquetFile(path) as file:
            return file.read(columns=None if columns is None else list(columns))
    except FileNotFoundError as error:
        raise FileVanishedError(
            f"{path} should be there and is not; put it back, or go on without it by taking it out of its manifest"
        ) from error
    except (pa.ArrowException, OSError) as error:
        raise FailedPreconditionError(
            f"{path} cannot be read: {error}; move it away to go on without it"
        ) from error
