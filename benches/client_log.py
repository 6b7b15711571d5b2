"""What it costs the serving process to hand over one record with 20 features."""

import sys
import tempfile
from pathlib import Path

from benches import environments
from benches.figures import OURS, Sample
from benches.rounds import Subject, take_turns
from driftline.demo.process import CollectorProcess

CASE = "20"
RECORDS = 50_000
#: whylogs takes milliseconds where others take microseconds.
FEW_RECORDS = 500
SECONDS_EACH = 20.0


def measure(bench: str, folder: Path, runs: int) -> tuple[list[Sample], dict[str, str]]:
    """Samples in microseconds a record, on one thread of the caller; senders work beside it."""
    print(f"{bench} ...", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="driftline-bench-") as directory:
        collector = CollectorProcess.start(Path(directory))
        try:
            subjects = _subjects(collector.grpc_address)
            outcomes = take_turns(
                subjects, "float64", folder, runs=runs, seconds_each=SECONDS_EACH, pinned=False
            )
        finally:
            collector.stop()
    samples, absent = [], {}
    for name, outcome in outcomes.items():
        if outcome.absent:
            absent[f"{name} in {bench}"] = outcome.absent
        times = [seconds * 1e6 / outcome.answer["records"] for seconds in outcome.seconds]
        samples.append(Sample(bench, CASE, name, "us/record", times))
    return samples, absent


def _subjects(target: str) -> list[Subject]:
    own, peers = environments.own(), environments.peers("peers")
    many, few = {"rows": RECORDS}, {"rows": FEW_RECORDS}
    return [
        Subject(OURS, "driftline_client", own, "records", {"target": target, **many}),
        Subject("prometheus-client", "prometheus_histograms", own, "records", many),
        Subject("datasketches-kll", "apache_datasketches", peers, "records", many),
        Subject("whylogs", "whylogs_profiles", environments.peers("peers-whylogs"), "records", few),
    ]
