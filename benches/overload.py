"""What overload does to who gets through: a collector at half of what it can take, and at twice that.

Many senders at the pace of driftline's client, each a connection of its own, in one process; the collector in another.
"""

import statistics
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa

from benches.data import ALL, batches_of, read_batches
from benches.doors import encapsulated
from benches.exports import peak_mebibytes
from benches.figures import Sample
from benches.open_loop import Outcome, Sender, run_all
from driftline.demo.process import CollectorProcess

ROWS = 10_000
DISTINCT_MESSAGES = 10
SENDERS = 8
SECONDS = 4.0


def measure(bench: str, folder: Path, runs: int) -> tuple[list[Sample], dict[str, str]]:
    """Samples of p99 (ms), goodput (batches/s), what did not get through (%), and memory (MiB), by ``ack``."""
    batches = list(batches_of(pa.Table.from_batches(read_batches(folder, ALL)), ROWS))[:DISTINCT_MESSAGES]
    records = encapsulated(batches)
    samples: list[Sample] = []
    for ack in ("memory", "durable"):
        print(f"{bench} {ack} ...", file=sys.stderr)
        samples += _measure_one(bench, ack, records, runs)
    return sorted(samples, key=lambda sample: sample.bench), {}


def _measure_one(bench: str, ack: str, records: list[bytes], runs: int) -> list[Sample]:
    outcomes: dict[str, list[Outcome]] = {"all it can": [], "half load": [], "twice": []}
    with tempfile.TemporaryDirectory(prefix="driftline-bench-") as working:
        collector = CollectorProcess.start(Path(working), {"ack": ack})
        senders = [Sender(collector.grpc_address, records) for _ in range(SENDERS)]
        try:
            capacity = _goodput(run_all(senders, None, SECONDS, 0))
            before = peak_mebibytes(collector)
            for run in range(1, runs + 1):
                outcomes["all it can"].append(run_all(senders, None, SECONDS, run))
                capacity = _goodput(outcomes["all it can"][-1])
                outcomes["half load"].append(run_all(senders, capacity / 2, SECONDS, run))
                outcomes["twice"].append(run_all(senders, capacity * 2, SECONDS, run))
            after = peak_mebibytes(collector)
        finally:
            for sender in senders:
                sender.close()
            collector.stop()
    samples = [Sample(f"{bench}_memory", ack, "VmHWM", "MiB, before and after", [before, after])]
    for load, results in outcomes.items():
        samples += [
            Sample(f"{bench}_goodput", ack, load, "batches/s", [_goodput(each) for each in results]),
            Sample(f"{bench}_lost", ack, load, "% dropped or refused", [_lost(each) for each in results]),
            Sample(f"{bench}_refused", ack, load, "batches", [float(each.refused) for each in results]),
            Sample(f"{bench}_p99", ack, load, "ms", [_p99(each) * 1e3 for each in results]),
        ]
    pairs = zip(outcomes["twice"], outcomes["half load"], strict=True)
    ratios = [_p99(twice) / _p99(half) for twice, half in pairs]
    print(f"p99 at twice over half load, {ack}: {statistics.median(ratios):.1f}", file=sys.stderr)
    return [*samples, Sample(f"{bench}_ratio", ack, "p99 at twice / half load", "times", ratios)]


def _goodput(outcome: Outcome) -> float:
    return outcome.in_time / SECONDS


def _lost(outcome: Outcome) -> float:
    lost = outcome.dropped + outcome.refused
    return 100.0 * lost / max(1, lost + len(outcome.seconds))


def _p99(outcome: Outcome) -> float:
    return float(np.quantile(outcome.seconds, 0.99))
