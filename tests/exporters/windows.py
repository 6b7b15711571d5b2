"""Windows of an engine in this process, for exporters that are asked directly."""

from dataclasses import replace

import numpy as np
import pyarrow as pa

import driftline
from driftline import _core
from driftline.exporters.window_exporter import ClosedWindow
from driftline.query import EngineTransport, Monitor
from driftline.query.selection import SelectionOptions
from driftline.v1 import control_pb2, ingest_pb2

MINUTE = 60 * 10**9
START = 28_000_000 * MINUTE
MODEL = "late-flights"
VERSION = "2"


def records(minutes: int, rows: int = 200, seed: int = 3, first: int = 0) -> pa.Table:
    """So many records a minute; ``x`` has both signs and zeros, ``odd/name`` a name that few systems take."""
    random = np.random.default_rng(seed)
    count = minutes * rows
    score = random.random(count)
    times = START + first * MINUTE + np.arange(count) * (MINUTE // rows)
    return pa.table(
        {
            "timestamp": pa.array(times, pa.timestamp("ns", "UTC")),
            "x": pa.array(np.where(random.random(count) < 0.1, 0.0, random.normal(size=count))),
            "odd/name": pa.array(random.lognormal(3, 1, count)),
            "city": pa.array(random.choice(["Oslo", "Rome"], count)),
            "latency": pa.array(random.exponential(0.1, count)),
            "score": pa.array(score),
            "label": pa.array(random.random(count) < score),
        }
    )


def send(engine: _core.Engine, table: pa.Table, version: str = VERSION) -> None:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    request = ingest_pb2.IngestRequest(model=MODEL, version=version, records=sink.getvalue().to_pybytes())
    engine.ingest_batch(request.SerializeToString(), START + 10_000 * MINUTE)


def engine_with(minutes: int, rows: int = 200) -> _core.Engine:
    """Minutes of records, compared with a baseline."""
    engine = _core.Engine()
    message = control_pb2.Monitor(model=MODEL, window_nanos=MINUTE, positive_class="true")
    engine.set_monitor(message.SerializeToString())
    baseline = driftline.profile(records(1, 2_000, seed=9).drop_columns(["timestamp", "latency"]))
    engine.set_baseline(MODEL, "training", baseline.to_arrow(), True)
    send(engine, records(minutes, rows))
    return engine


def monitor_of(engine: _core.Engine) -> Monitor:
    return Monitor(EngineTransport(engine))


def windows_of(monitor: Monitor, *, is_update: bool = False, version: str = VERSION) -> list[ClosedWindow]:
    """All windows of a version, in order."""
    closed = [
        ClosedWindow(
            MODEL,
            each.version,
            each.start_unix_nanos,
            each.end_unix_nanos,
            each.records,
            each.labels,
            each.revision,
        )
        for each in monitor.windows(model=MODEL, version=version)
    ]
    return [replace(each, is_update=is_update) for each in closed]


def range_of(window: ClosedWindow) -> SelectionOptions:
    """The same records for the Python API."""
    return {
        "version": window.version,
        "start": window.start_unix_nanos,
        "end": window.end_unix_nanos,
    }
