"""Columns in the types that travel: what other libraries hold as views, or as dictionaries of numbers."""

from typing import Any

import pyarrow as pa


def with_plain_types(batch: pa.RecordBatch) -> pa.RecordBatch:
    """
    The same batch with text views as text, and dictionaries of anything but text as their values.

    polars gives text as views; a pandas category may be a number.
    """
    columns = [_plain(column) for column in batch.columns]
    if all(new is old for new, old in zip(columns, batch.columns, strict=True)):
        return batch
    fields = [field.with_type(column.type) for field, column in zip(batch.schema, columns, strict=True)]
    return pa.RecordBatch.from_arrays(columns, schema=pa.schema(fields))


def _plain(column: "pa.Array[Any]") -> "pa.Array[Any]":
    if pa.types.is_string_view(column.type):
        return column.cast(pa.large_string())
    if not isinstance(column, pa.DictionaryArray):
        return column
    values = column.dictionary
    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        return column
    if pa.types.is_string_view(values.type):
        return pa.DictionaryArray.from_arrays(column.indices, values.cast(pa.large_string()))
    return _plain(column.dictionary_decode())
