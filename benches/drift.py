"""What it costs to look for drift: 1,000 columns in each of 20 windows against a baseline, on one core."""

import json
import os
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from benches.figures import OURS, Sample

COLUMNS = 1_000
WINDOWS = 20
#: Records a window, and in one message.
RECORDS = 10_000
MESSAGE = 500
WINDOW_NANOS = 3_600 * 10**9
NOW = (WINDOWS + 1) * WINDOW_NANOS
MODEL = "model"
CASE = f"{COLUMNS}x{WINDOWS}"


def measure(bench: str, folder: Path, runs: int) -> tuple[list[Sample], dict[str, str]]:
    """Milliseconds of processor time by subject: all windows, one question a window, the usual metrics."""
    del folder
    # One core, and no threads of libraries: chosen before they are loaded.
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "benches.drift", str(runs)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=environment)
    samples = json.loads(done.stdout.splitlines()[-1])
    return [Sample(bench, CASE, subject, "ms", values) for subject, values in samples.items()], {}


def ask_engine(runs: int) -> list[float]:
    """Milliseconds of each run: `Engine.query` summed over the windows, the request and the answer as bytes."""
    from driftline import MonitorConfig, profile
    from driftline._core import Engine
    from driftline.v1 import query_pb2, selection_pb2

    random = np.random.default_rng(1)
    engine = Engine("bench")
    monitor = MonitorConfig(model=MODEL, window=timedelta(hours=1))
    engine.set_monitor(monitor.to_proto().SerializeToString())
    baseline = profile(_table(random, 0, RECORDS), monitor=monitor)
    engine.set_baseline(MODEL, "training", baseline.to_arrow(), make_default=True)
    for window in range(WINDOWS):
        for _ in range(RECORDS // MESSAGE):
            _send(engine, _table(random, window, MESSAGE))
    # Windows that have passed are written, which lets go of what waits for more values.
    engine.begin_flush(NOW)
    engine.commit_flush()
    requests = [
        query_pb2.DriftRequest(
            selection=selection_pb2.Selection(
                model=MODEL,
                start_unix_nanos=window * WINDOW_NANOS,
                end_unix_nanos=(window + 1) * WINDOW_NANOS,
            )
        ).SerializeToString()
        for window in range(WINDOWS)
    ]
    answer = query_pb2.DriftResponse.FromString(engine.query("Drift", requests[0], NOW))
    values = {value.metric: value for value in answer.columns[0].values}
    if len(answer.columns) != COLUMNS or values["psi"].n_current != RECORDS or len(values) != 5:
        raise RuntimeError(f"{len(answer.columns)} columns were compared, the first by {values}")
    return [
        _milliseconds(lambda: [engine.query("Drift", request, NOW) for request in requests])
        for _ in range(runs)
    ]


def ask_scipy(runs: int) -> list[float]:
    """The same distances of the rows themselves, in the same number of bins, by scipy; a hundredth of the columns."""
    from scipy import stats
    from scipy.spatial import distance

    random = np.random.default_rng(1)
    part = COLUMNS // 100
    reference = random.standard_normal((part, RECORDS))
    windows = random.standard_normal((WINDOWS, part, RECORDS))
    edges = np.quantile(reference, np.linspace(0, 1, 21)[1:-1], axis=1).T

    def compare(before: Any, edges: Any, before_counts: Any, after: Any) -> None:
        counts = np.bincount(np.searchsorted(edges, after), minlength=len(edges) + 1)
        p, q = ((side + 0.5) / (side + 0.5).sum() for side in (before_counts, counts))
        np.sum((p - q) * np.log(p / q))
        distance.jensenshannon(before_counts, counts, base=2)
        stats.chi2_contingency(np.stack([before_counts, counts]), correction=False)
        stats.ks_2samp(before, after, method="asymp")
        stats.wasserstein_distance(before, after)

    def all_windows() -> None:
        for after in windows:
            for place in range(part):
                compare(reference[place], edges[place], counted[place], after[place])

    counted = [
        np.bincount(np.searchsorted(edges[place], reference[place]), minlength=20) for place in range(part)
    ]
    return [100 * _milliseconds(all_windows) for _ in range(runs)]


def _table(random: np.random.Generator, window: int, rows: int) -> pa.Table:
    values = random.standard_normal((COLUMNS, rows))
    times = pa.array(np.full(rows, window * WINDOW_NANOS)).cast(pa.timestamp("ns", "UTC"))
    columns = {f"feature_{column:04}": pa.array(values[column]) for column in range(COLUMNS)}
    return pa.table({"timestamp": times, **columns})


def _send(engine: Any, table: pa.Table) -> None:
    from driftline.v1 import ingest_pb2

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    request = ingest_pb2.IngestRequest(model=MODEL, version="1", records=sink.getvalue().to_pybytes())
    engine.ingest_batch(request.SerializeToString(), NOW)


def _milliseconds(task: Any) -> float:
    before = time.process_time()
    task()
    return 1_000 * (time.process_time() - before)


def main() -> None:
    """Measure both on one core and print one JSON object."""
    runs = int(sys.argv[1])
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    samples = {OURS: ask_engine(runs + 1)[1:], "scipy": ask_scipy(runs)}
    print(json.dumps(samples))


if __name__ == "__main__":
    main()
