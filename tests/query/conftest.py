"""Records of a model of late flights over three months, and an engine that has taken them in."""

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest

from driftline import _core
from driftline.query import EngineTransport, Monitor
from driftline.v1 import control_pb2, ingest_pb2

ROWS = 6_000
START = datetime(2013, 1, 1, tzinfo=UTC)
DAY = 86_400 * 10**9


@pytest.fixture(scope="session")
def records() -> pa.Table:
    """90 days; from day 45 on ``dep_delay`` is 20 minutes longer. Some values are null, some NaN."""
    random = np.random.default_rng(7)
    day = np.sort(random.uniform(0, 90, ROWS))
    delay = random.normal(10, 15, ROWS).round(1) + np.where(day >= 45, 20, 0)
    label = random.random(ROWS) < 1 / (1 + np.exp(-(delay - 20) / 10))
    score = 1 / (1 + np.exp(-(delay - 20 + random.normal(0, 8, ROWS)) / 10))
    timestamps = (int(START.timestamp()) * 10**9 + (day * DAY)).astype("datetime64[ns]")
    return pa.table(
        {
            "timestamp": pa.array(timestamps, pa.timestamp("ns", "UTC")),
            "dep_delay": pa.array(delay, mask=random.random(ROWS) < 0.02),
            "distance": pa.array(random.lognormal(6, 1, ROWS)),
            "carrier": pa.array(random.choice(["AA", "B6", "UA"], ROWS, p=[0.2, 0.3, 0.5])),
            "score": pa.array(score),
            "prediction": pa.array(score >= 0.5),
            "label": pa.array(label),
        }
    )


def ipc(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def ingest(engine: _core.Engine, table: pa.Table, model: str, version: str) -> None:
    request = ingest_pb2.IngestRequest(model=model, version=version, records=ipc(table))
    engine.ingest_batch(request.SerializeToString(), int(START.timestamp()) * 10**9 + 91 * DAY)


@pytest.fixture(scope="session")
def engine(records: pa.Table) -> _core.Engine:
    """Version 1 made the first half of the predictions, version 2 the second; segmented by carrier, hourly windows."""
    made = _core.Engine("test")
    monitor = control_pb2.Monitor(
        model="delays",
        window_nanos=3_600 * 10**9,
        segments=[control_pb2.SegmentColumns(columns=["carrier"])],
    )
    made.set_monitor(monitor.SerializeToString())
    ingest(made, records.slice(0, ROWS // 2), "delays", "1")
    ingest(made, records.slice(ROWS // 2), "delays", "2")
    return made


@pytest.fixture(scope="session")
def monitor(engine: _core.Engine) -> Monitor:
    return Monitor(EngineTransport(engine))
