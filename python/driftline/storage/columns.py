"""Columns of rows as numpy arrays and back, without what Arrow's own conversions load: pandas, at the first of them."""

from typing import Any, cast

import numpy as np
import pyarrow as pa

_Numbers = np.ndarray[tuple[int], np.dtype[np.int64]]


def whole_numbers(rows: pa.RecordBatch | pa.Table, name: str) -> _Numbers:
    """The numbers, or nanoseconds, of a column of 64-bit integers or times that holds no null; not to be changed."""
    column: Any = rows.column(name)
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return cast(_Numbers, np.from_dlpack(array.cast(pa.int64())))


def mask(chosen: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> Any:
    """Which rows are chosen, as Arrow has it."""
    bits = pa.py_buffer(np.packbits(chosen, bitorder="little").tobytes())
    return pa.Array.from_buffers(pa.bool_(), len(chosen), [None, bits])
