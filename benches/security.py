"""How often signals name somebody while nobody probes, and how soon they name who does: drawn traffic, in Rust."""

import json
import os
import subprocess
from pathlib import Path

from benches.figures import Sample

#: Windows a stream, and principals.
WINDOWS = 100
PRINCIPALS = 200

#: Streams a run of the harness: 200 with the default of five runs.
STREAMS_A_RUN = 40

UNITS = {"false_alarms": "share of streams", "delay": "windows"}


def measure(bench: str, folder: Path, runs: int) -> tuple[list[Sample], dict[str, str]]:
    """Samples by figure and case, one number each."""
    del folder
    command = [os.environ.get("CARGO", "cargo"), "run", "--release", "--locked", "-p", "driftline-stats"]
    arguments = [str(number) for number in (STREAMS_A_RUN * runs, WINDOWS, PRINCIPALS)]
    done = subprocess.run(
        [*command, "--example", "security", "--", *arguments], stdout=subprocess.PIPE, text=True, check=True
    )
    return [_sample(bench, json.loads(line)) for line in done.stdout.splitlines()], {}


def _sample(bench: str, line: dict[str, str | float]) -> Sample:
    figure = str(line["figure"])
    return Sample(bench, f"{figure}, {line['case']}", "driftline", UNITS[figure], [float(line["value"])])
