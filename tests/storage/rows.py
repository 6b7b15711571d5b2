"""Rows to store: small ones made by hand, and snapshot rows of an engine."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa

from driftline._core import Engine
from driftline.v1 import ingest_pb2

WRITER = "0" * 32
MINUTE = 60_000_000_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
NOW = int(datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp()) * 1_000_000_000


def numbers(*values: int | None) -> pa.RecordBatch:
    """One row a value, each of a window of its own."""
    columns: dict[str, Any] = {
        "n": pa.array(values, pa.uint64()),
        "window_start": pa.array([(value or 0) * MINUTE for value in values], pa.timestamp("ns", "UTC")),
        "window_length": pa.array([MINUTE] * len(values), pa.duration("ns")),
        "hist_pos": pa.array([[(1, value or 0)] for value in values], pa.map_(pa.int32(), pa.uint64())),
    }
    return pa.record_batch(columns)


def send(engine: Engine, times: Sequence[int], now: int = NOW) -> None:
    """Count one record a time, nanoseconds since the Unix epoch; its value ``x`` goes up by one a minute."""
    instants = np.array(times, np.int64)
    columns: dict[str, Any] = {
        "timestamp": pa.array(instants, pa.timestamp("ns", "UTC")),
        "x": (instants // MINUTE % 1000).astype(np.float64),
        "word": np.array(["a", "b", "c"])[instants // MINUTE % 3],
    }
    batch = pa.record_batch(columns)
    header = ingest_pb2.IngestRequest(model="m", version="1", acknowledge=True).SerializeToString()
    answer = engine.session().ingest_arrow(header, batch, now)
    assert answer is not None
    assert answer.records == len(times), answer.wait()


def flushed(engine: Engine) -> tuple[int, pa.RecordBatch]:
    """Number and rows of a flush that is taken as written."""
    begun = engine.begin_flush(NOW)
    assert begun is not None
    (rows,) = begun.rows().read_all().combine_chunks().to_batches()
    engine.commit_flush()
    return begun.sequence, rows
