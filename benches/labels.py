"""What the label join takes: nanoseconds a record and bytes a pending prediction, in Rust."""

import json
import os
import subprocess
from collections import defaultdict
from pathlib import Path

from benches.figures import OURS, Sample

#: Predictions that wait.
PENDING = (1_000_000, 10_000_000)


def measure(bench: str, folder: Path, runs: int) -> tuple[list[Sample], dict[str, str]]:
    """Samples by figure and number of predictions that wait, one number a run."""
    del folder
    command = [os.environ.get("CARGO", "cargo"), "run", "--release", "--locked", "-p", "driftline-engine"]
    values: dict[tuple[str, int], list[float]] = defaultdict(list)
    for pending in (size for size in PENDING for _ in range(runs)):
        # A process of its own: a second run in the same would find the memory that the first one was given.
        done = subprocess.run(
            [*command, "--example", "join", "--", str(pending)],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        for line in map(json.loads, done.stdout.splitlines()):
            values[line["figure"], line["pending"]].append(line["value"])
    return [_sample(bench, *case, numbers) for case, numbers in values.items()], {}


def _sample(bench: str, figure: str, pending: int, numbers: list[float]) -> Sample:
    unit = "bytes" if figure.startswith("bytes") else "ns"
    return Sample(bench, f"{figure}, {pending:,} pending", OURS, unit, numbers)
