"""Parquet files of rows that the engine made."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from driftline.errors import FailedPreconditionError
from driftline.storage.columns import mask, whole_numbers
from driftline.storage.durable import write_durably

# Small groups, so that a reader that wants few windows reads few rows: groups tell their first and last window.
_GROUP_ROWS = 2048
_BATCH_ROWS = 1024
# A row has some two hundred leaf columns. Of fewer rows than these, to set up a codec and a dictionary for each of them
# takes longer than all else, at each reading too, and saves little.
_FEW_ROWS = 256
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
    many = batch.num_rows >= _FEW_ROWS
    compression: Literal["zstd", "none"] = "zstd" if many else "none"

    def write(file: BinaryIO) -> None:
        pq.write_table(table, file, compression=compression, use_dictionary=many, row_group_size=_GROUP_ROWS)

    write_durably(path, write)


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
    schema = _common_schema(paths)
    return pa.RecordBatchReader.from_batches(schema, _scan(paths, schema, first, last))


def _common_schema(paths: Sequence[Path]) -> pa.Schema:
    """All columns that any of the files has: those of an older time know fewer, in structs too."""
    schemas: list[pa.Schema] = []
    for path in paths:
        found = pq.read_schema(path).remove_metadata()
        if not any(found.equals(known) for known in schemas):
            schemas.append(found)
    return pa.unify_schemas(schemas, promote_options="permissive")


def _scan(paths: Sequence[Path], schema: pa.Schema, first: int, last: int) -> Iterator[pa.RecordBatch]:
    for path in paths:
        with pq.ParquetFile(path, pre_buffer=False) as file:
            groups = _groups(file.metadata, first, last)
            for batch in file.iter_batches(_BATCH_ROWS, groups, use_threads=False):
                starts = whole_numbers(batch, "window_start")
                chosen = mask((starts >= first) & (starts <= last))
                yield _conformed(batch.filter(chosen), schema)


def _groups(metadata: pq.FileMetaData, first: int, last: int) -> list[int]:
    """Groups of rows that may have windows that start in a range, by their statistics, which count nanoseconds."""
    leaves = [metadata.schema.column(leaf).path for leaf in range(metadata.num_columns)]
    place = leaves.index("window_start")
    chosen = []
    for group in range(metadata.num_row_groups):
        statistics = metadata.row_group(group).column(place).statistics
        if statistics is None or not statistics.has_min_max or _overlaps(statistics, first, last):
            chosen.append(group)
    return chosen


def _overlaps(statistics: pq.Statistics, first: int, last: int) -> bool:
    low, high = statistics.min_raw, statistics.max_raw
    return low is None or high is None or (low <= last and high >= first)


def _conformed(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """The batch with the columns of a schema; one that its file lacks is null."""
    if batch.schema.equals(schema):
        return batch
    known = set(batch.schema.names)
    arrays = [
        batch.column(field.name).cast(field.type)
        if field.name in known
        else pa.nulls(batch.num_rows, field.type)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def read_pieces(path: Path) -> Iterator[pa.Table]:
    """
    Read a Parquet file, some rows at a time.

    Raises
    ------
    FileVanishedError, FailedPreconditionError
        As :func:`read_table`.
    """
    with _reading(path), pq.ParquetFile(path, pre_buffer=False) as file:
        for batch in file.iter_batches(batch_size=_GROUP_ROWS, use_threads=False):
            yield pa.Table.from_batches([batch])


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
    with _reading(path), pq.ParquetFile(path) as file:
        return file.read(columns=None if columns is None else list(columns))


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise FileVanishedError(
            f"{path} should be there and is not; put it back, or go on without it by taking it out of its manifest"
        ) from error
    except (pa.ArrowException, OSError) as error:
        raise FailedPreconditionError(
            f"{path} cannot be read: {error}; move it away to go on without it"
        ) from error
