"""What keeping records costs: the same messages without a record log, with a sample, and with the strangest too.

One engine each, in one process on one thread, which take turns message by message; processor time of that thread.
"""

import time
from pathlib import Path

import pyarrow as pa

import driftline
from benches.data import ALL, batches_of, read_batches
from benches.figures import OURS, Sample
from driftline._core import Engine, Session
from driftline.config import MonitorConfig
from driftline.v1 import ingest_pb2

ROWS_A_MESSAGE = 1_000
MODEL = "m"
SIZES = {
    OURS: None,
    f"{OURS}-sample": {"sample": 100, "anomalous": 0},
    f"{OURS}-strangest": {"sample": 100, "anomalous": 100},
}


def measure(bench: str, folder: Path, runs: int) -> tuple[list[Sample], dict[str, str]]:
    """Samples in nanoseconds a value; a window holds all records, as one of a busy model would."""
    table = pa.Table.from_batches(read_batches(folder, ALL))
    messages = [_message(batch) for batch in batches_of(table, ROWS_A_MESSAGE)]
    baseline = driftline.profile(table.slice(0, 50_000)).to_arrow()
    values: dict[str, list[float]] = {name: [] for name in SIZES}
    for run in range(runs + 1):
        sessions = {name: _session(table, sizes, baseline) for name, sizes in SIZES.items()}
        spent = dict.fromkeys(sessions, 0)
        for message in messages:
            for name, session in sessions.items():
                started = time.thread_time_ns()
                session.ingest(message, 0)
                spent[name] += time.thread_time_ns() - started
        for name in sessions if run else ():
            values[name].append(spent[name] / table.num_rows / table.num_columns)
    return [Sample(bench, "1000", name, "ns/value", each) for name, each in values.items()], {}


def _session(table: pa.Table, sizes: dict[str, int] | None, baseline: pa.Table) -> Session:
    record_log = None if sizes is None else {"columns": table.column_names} | sizes
    config = MonitorConfig.model_validate({"model": MODEL, "window": "1d", "record_log": record_log})
    engine = Engine("", record_key=b"k" * 16)
    engine.set_monitor(config.to_proto().SerializeToString())
    engine.set_baseline(MODEL, "training", baseline, True)
    return engine.session()


def _message(batch: pa.RecordBatch) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return ingest_pb2.IngestRequest(model=MODEL, records=sink.getvalue().to_pybytes()).SerializeToString()
