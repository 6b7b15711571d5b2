"""Tables in, batches of a size that travels well out."""

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from driftline.client.batch_builder import ROLE_KEY
from driftline.client.columns import CONVERSION_ERRORS
from driftline.client.plain_types import with_plain_types
from driftline.client.timestamps import TIMESTAMP, timestamp_array
from driftline.errors import InvalidBatchError

BATCH_BYTES = 1024 * 1024
"""Size that batches are cut to: large enough that the cost of a message is nothing, small enough to hold 64."""

MAX_RECORD_BYTES = 4 * 1024 * 1024
"""Largest single record that is sent."""


def table_batches(table: Any) -> Iterator[pa.RecordBatch]:
    """
    Read a table as batches of about a mebibyte.

    Parameters
    ----------
    table
        Anything with ``__arrow_c_stream__`` or ``__arrow_c_array__`` (pyarrow, polars, DuckDB ...), or a pandas
        ``DataFrame``, whose index is left out.

    Raises
    ------
    InvalidBatchError
        If it is not a table, or has a column that Arrow cannot hold.
    """
    try:
        for batch in _reader(table):
            if batch.num_rows:
                yield from cut(with_plain_types(batch.replace_schema_metadata(None)))
    except CONVERSION_ERRORS as error:
        raise InvalidBatchError(f"a table must be Arrow data or a pandas DataFrame: {error}") from error


def cut(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """Cut a batch into slices of about ``BATCH_BYTES``, each of one row at least."""
    rows = max(1, batch.num_rows * BATCH_BYTES // max(1, batch.nbytes))
    for start in range(0, batch.num_rows, rows):
        yield batch.slice(start, rows)


def label_batch(ids: Any, labels: Any, timestamps: Any, sources: Any = None) -> pa.RecordBatch:
    """
    Put labels and the ids of their predictions into a batch.

    Parameters
    ----------
    ids, labels
        Sequences or arrays of equal length; ids are sent as text.
    timestamps
        When each label became known; ``None``: when it arrives.
    sources
        Who gave each label, or all of them; ``None``: whoever sends them.

    Raises
    ------
    InvalidBatchError
        If lengths differ or a column is not of one type.
    """
    try:
        columns = {"prediction_id": pa.array(ids).cast(pa.string()), "label": pa.array(labels)}
        if timestamps is not None:
            columns["timestamp"] = _label_times(timestamps)
        if sources is not None:
            given = [sources] * len(columns["label"]) if isinstance(sources, str) else sources
            columns["principal"] = pa.array(given).cast(pa.string())
        fields = [pa.field(name, array.type, metadata={ROLE_KEY: name}) for name, array in columns.items()]
        return pa.RecordBatch.from_arrays(list(columns.values()), schema=pa.schema(fields))
    except CONVERSION_ERRORS as error:
        raise InvalidBatchError(f"ids and labels must be columns of equal length: {error}") from error


def _label_times(timestamps: Any) -> "pa.Array[Any]":
    if isinstance(timestamps, Sequence):
        return timestamp_array(timestamps)
    array = pa.array(timestamps)
    return array.cast(TIMESTAMP) if pa.types.is_temporal(array.type) else timestamp_array(array.to_pylist())


def _reader(table: Any) -> Iterator[pa.RecordBatch]:
    if type(table).__module__.partition(".")[0] == "pandas":
        return iter(pa.Table.from_pandas(table, preserve_index=False).to_batches())
    if hasattr(table, "__arrow_c_stream__"):
        return iter(pa.RecordBatchReader.from_stream(table))
    if hasattr(table, "__arrow_c_array__"):
        return iter([pa.record_batch(table)])
    raise TypeError(f"got {type(table).__name__}")
