"""``python -m benches [BENCH]``: measure, print a table, write JSON lines to ``benches/out/``."""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from benches import (
    accuracy,
    client_log,
    drift,
    evidence,
    exports,
    ingest,
    labels,
    overload,
    performance,
    profiles,
    ranking,
    record_log,
    recovery,
    scrape,
    security,
)
from benches.data import write_cases
from benches.figures import Sample, figures, show, write

OUT = Path(__file__).parent / "out"
Bench = Callable[[str, Path, int], tuple[list[Sample], dict[str, str]]]
BENCHES: dict[str, Bench] = {
    "profile_stream": profiles.measure,
    "profile_table": profiles.measure,
    "accuracy": accuracy.measure,
    "ingest": ingest.measure,
    "recovery": recovery.measure,
    "overload": overload.measure,
    "exports": exports.measure,
    "client_log": client_log.measure,
    "evidence": evidence.measure,
    "security": security.measure,
    "record_log": record_log.measure,
    "drift": drift.measure,
    "performance": performance.measure,
    "labels": labels.measure,
    "ranking": ranking.measure,
    "scrape": scrape.measure,
}


def main() -> None:
    """Run the benches named on the command line, all of them by default."""
    parser = argparse.ArgumentParser(prog="python -m benches", description=__doc__)
    parser.add_argument("only", nargs="?", choices=list(BENCHES), help="one bench; all by default")
    parser.add_argument("--rows", type=int, default=500_000, help="rows of the data (default 500,000)")
    parser.add_argument("--runs", type=int, default=5, help="measured runs of each subject (default 5)")
    arguments = parser.parse_args()
    console = Console(width=100)
    with tempfile.TemporaryDirectory(prefix="driftline-bench-") as folder:
        write_cases(Path(folder), arguments.rows)
        for name in [arguments.only] if arguments.only else BENCHES:
            samples, absent = BENCHES[name](name, Path(folder), arguments.runs)
            results = figures(samples)
            write(results, OUT / f"{name}.jsonl")
            show(results, absent, console)


if __name__ == "__main__":
    main()
