"""What reading the values costs by itself: the sum of every float64 column, and nothing else."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from benches.data import read_batches


def stream(case: str, folder: Path) -> Callable[[], dict[str, Any]]:
    """Batch after batch."""
    return _summing(read_batches(folder, case))


def table(case: str, folder: Path) -> Callable[[], dict[str, Any]]:
    """All rows as one batch."""
    return _summing(pa.Table.from_batches(read_batches(folder, case)).combine_chunks().to_batches())


def _summing(batches: list[pa.RecordBatch]) -> Callable[[], dict[str, Any]]:
    columns = [_values(column) for batch in batches for column in batch.columns]
    count = sum(batch.num_rows - batch.column(0).null_count for batch in batches)

    def run() -> dict[str, Any]:
        return {"count": count, "total": float(sum(column.sum() for column in columns))}

    return run


def _values(column: "pa.Array[Any]") -> np.ndarray:
    """The values in place; those under nulls are read too."""
    buffer = column.buffers()[1]
    assert buffer is not None
    values: np.ndarray = np.frombuffer(memoryview(buffer), np.float64)
    return values[column.offset : column.offset + len(column)]
