"""How often alarms are false, and how soon true ones come: records drawn as bin counts, in Rust."""

import json
import os
import subprocess
from pathlib import Path

from benches.figures import Sample

#: Windows a stream, and columns.
WINDOWS = 2_000
COLUMNS = 100

#: Streams a run of the harness: 1,000 with the default of five runs.
STREAMS_A_RUN = 200

UNITS = {"false_alarms": "share of streams", "delay": "windows", "observe": "ns"}


def measure(bench: str, folder: Path, runs: int) -> tuple[list[Sample], dict[str, str]]:
    """Samples by figure, size of the windows and shift, one number each."""
    del folder
    command = [os.environ.get("CARGO", "cargo"), "run", "--release", "--locked", "-p", "driftline-stats"]
    arguments = [str(number) for number in (STREAMS_A_RUN * runs, WINDOWS, COLUMNS)]
    done = subprocess.run(
        [*command, "--example", "evidence", "--", *arguments], stdout=subprocess.PIPE, text=True, check=True
    )
    return [_sample(bench, json.loads(line)) for line in done.stdout.splitlines()], {}


def _sample(bench: str, line: dict[str, str | float]) -> Sample:
    figure = str(line["figure"])
    case = f"{figure}, {line['shift']}, {line['records']:,} records"
    return Sample(bench, case, str(line["subject"]), UNITS[figure], [float(line["value"])])
