"""How long a scrape of 10,000 series takes: from the question to the bytes, in this process."""

import time
from pathlib import Path

import numpy as np
import pyarrow as pa
from prometheus_client import CollectorRegistry

import driftline._core as core
from benches.figures import Sample
from driftline.config import CollectorConfig
from driftline.exporters.exposition import Exposition
from driftline.exporters.names import STALE_VERSIONS
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
    "protobuf": "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
}
#: How many models have had a batch since the scrape before.
CASES = {"idle": 0, "one of eight": 1, "all": MODELS}


def measure(bench: str, folder: Path, runs: int) -> tuple[list[Sample], dict[str, str]]:
    """Milliseconds of processor time of the thread that answers, as a collector does with its defaults."""
    del folder
    engine = _engine()
    collector = EngineCollector(engine, budget_seconds=CollectorConfig().scrape_seconds)
    exposition = Exposition(collector, CollectorRegistry(auto_describe=False))
    series = exposition.answer("")[0].count(b"\ndriftline_")
    assert series >= 10_000, series
    samples = []
    for name, accept in TYPES.items():
        for case, changed in CASES.items():
            took = []
            for run in range(runs):
                _settle(collector)
                for model in range(changed):
                    _ingest(engine, f"model{model}", seed=run, rows=1_000)
                started = time.thread_time()
                exposition.answer(accept)
                took.append((time.thread_time() - started) * 1e3)
            samples.append(Sample(bench, f"{name}, {case}", "driftline", "ms", took))
    collector.close()
    return samples, {}


def _settle(collector: EngineCollector) -> None:
    """Wait until all that has changed is asked for."""
    while any(family.metric == STALE_VERSIONS and family.samples[0][1] for family in collector.families()):
        time.sleep(0.05)


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
