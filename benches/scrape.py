"""How long a scrape of 10,000 series takes: from the request to the text, in this process."""

import time
from pathlib import Path

import numpy as np
import pyarrow as pa
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

import driftline._core as core
from benches.figures import Sample
from driftline.exporters.prometheus import EngineCollector
from driftline.v1 import ingest_pb2

MODELS = 8
FEATURES = 100
ROWS = 10_000
NOW = 1_700_000_000 * 10**9
MINUTE = 60 * 10**9
#: Windows of a version, all within `recent`.
WINDOWS = 20

TYPES = {
    "text": "text/plain",
    "openmetrics": "application/openmetrics-text; version=1.0.0",
}


def measure(bench: str, folder: Path, runs: int) -> tuple[list[Sample], dict[str, str]]:
    """Milliseconds: `changed`: a batch of one model has come since the scrape before; `idle`: nothing has."""
    del folder
    engine = _engine()
    registry = CollectorRegistry(auto_describe=False)
    registry.register(EngineCollector(engine))
    samples = []
    for name, accept in TYPES.items():
        encode, _ = choose_encoder(accept)
        text = encode(registry)
        assert text.count(b"\ndriftline_") >= 10_000, text.count(b"\ndriftline_")
        took: dict[str, list[float]] = {"changed": [], "idle": []}
        for run in range(runs):
            _ingest(engine, f"model{run % MODELS}", seed=run, rows=1_000)
            for case in ("changed", "idle"):
                started = time.perf_counter()
                encode(registry)
                took[case].append((time.perf_counter() - started) * 1e3)
        samples += [
            Sample(bench, f"{name}, {case}", "driftline", "ms", values) for case, values in took.items()
        ]
    return samples, {}


def _engine() -> core.Engine:
    """Eight models of 100 columns, each with a baseline and 20 windows."""
    engine = core.Engine()
    for number in range(MODELS):
        model = f"model{number}"
        engine.set_baseline(model, "training", core.profile(_columns(number, ROWS)), True)
        for window in range(WINDOWS):
            _ingest(engine, model, seed=number, rows=ROWS // WINDOWS, window=window)
    return engine


def _columns(seed: int, rows: int) -> pa.Table:
    random = np.random.default_rng(seed)
    numbers = {f"f{column:03}": random.normal(size=rows) for column in range(FEATURES - 10)}
    texts = {f"t{column:03}": random.choice(["a", "b", "c"], rows) for column in range(10)}
    return pa.table({name: pa.array(values) for name, values in (numbers | texts).items()})


def _ingest(engine: core.Engine, model: str, seed: int, rows: int, window: int = WINDOWS - 1) -> None:
    times = pa.array(np.full(rows, NOW - (WINDOWS - 1 - window) * MINUTE)).cast(pa.timestamp("ns", tz="UTC"))
    table = _columns(seed, rows).append_column("timestamp", times)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    request = ingest_pb2.IngestRequest(model=model, version="1", records=sink.getvalue().to_pybytes())
    engine.ingest_batch(request.SerializeToString(), NOW)
