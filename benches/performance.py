"""How often intervals of performance figures hold the figure of the process: windows drawn in Rust."""

import json
import os
import subprocess
from pathlib import Path

from benches.figures import Sample

#: Windows a run of the harness: 10,000 with the default of five runs.
WINDOWS_A_RUN = 2_000


def measure(bench: str, folder: Path, runs: int) -> tuple[list[Sample], dict[str, str]]:
    """Samples by law, figure and share of labels, one number each."""
    del folder
    command = [os.environ.get("CARGO", "cargo"), "run", "--release", "--locked", "-p", "driftline-stats"]
    done = subprocess.run(
        [*command, "--example", "performance", "--", str(WINDOWS_A_RUN * runs)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return [_sample(bench, json.loads(line)) for line in done.stdout.splitlines()], {}


def _sample(bench: str, line: dict[str, str | float]) -> Sample:
    case = f"{line['law']}, {line['labels']}% of labels"
    return Sample(bench, case, str(line["figure"]), "share of windows", [float(line["coverage"])])
