"""Three minutes of records, and a collector that tells what they say."""

from typing import Any

import numpy as np
import pyarrow as pa

import driftline
from driftline.query.selection import SelectionOptions

MINUTE = 60 * 10**9
START = 28_000_000 * MINUTE
"""A minute of 2023, at 10:40 UTC: its day is in the middle."""

MODEL: dict[str, Any] = {"model": "m", "window": "1m", "positive_class": "true"}


def records(rows: int = 400, seed: int = 3, first: int = START) -> pa.Table:
    """Rows over three minutes; ``x`` has values below zero, ``latency`` has none."""
    random = np.random.default_rng(seed)
    score = random.random(rows)
    times = first + np.arange(rows) * (3 * MINUTE // rows)
    return pa.table(
        {
            "timestamp": pa.array(times, pa.timestamp("ns", "UTC")),
            "prediction_id": pa.array([f"{seed}-{row}" for row in range(rows)]),
            "x": pa.array(random.normal(size=rows)),
            "city": pa.array(random.choice(["Oslo", "Rome"], rows)),
            "latency": pa.array(random.exponential(0.1, rows)),
            "score": pa.array(score),
            "label": pa.array(random.random(rows) < score),
        }
    )


def send(address: str | None, table: pa.Table) -> None:
    assert address is not None
    with driftline.Client(address, model="m", version="1") as client:
        client.log_table(table)
        assert client.flush(30.0)


def window(minute: int) -> SelectionOptions:
    """The selection of one of the minutes."""
    start = START + minute * MINUTE
    return {"version": "1", "start": start, "end": start + MINUTE}
