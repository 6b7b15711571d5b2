"""Parquet files of rows that the engine made."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from driftline.errors import FailedPreconditionError
from driftline.storage.durable import write_durably


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
    write_durably(path, lambda file: pq.write_table(table, file, compression="zstd"))


def read_table(path: Path) -> pa.Table:
    """
    Read a Parquet file in full.

    Raises
    ------
    FailedPreconditionError
        If it is damaged.
    """
    try:
        with pq.ParquetFile(path) as file:
            return file.read()
    except (pa.ArrowException, OSError) as error:
        raise FailedPreconditionError(
            f"{path} cannot be read: {error}; move it away to go on without it"
        ) from error


def stream_tables(paths: Sequence[Path]) -> pa.RecordBatchReader | None:
    """
    Read files of one schema one after the other, each only when its turn comes.

    Returns
    -------
    pyarrow.RecordBatchReader or None
        ``None`` if there are no files.
    """
    if not paths:
        return None
    first = read_table(paths[0])

    def batches() -> Iterator[pa.RecordBatch]:
        yield from first.to_batches()
        for path in paths[1:]:
            yield from read_table(path).cast(first.schema).to_batches()

    return pa.RecordBatchReader.from_batches(first.schema, batches())
