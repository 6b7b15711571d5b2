"""What people build themselves: a Prometheus histogram a feature, observed for every record."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Histogram

from benches.data import read_records


def records(case: str, folder: Path, rows: int) -> Callable[[], dict[str, Any]]:
    """One ``observe`` a feature: 15 fixed buckets, and nothing else about it."""
    prepared = read_records(folder, case, rows)
    registry = CollectorRegistry()
    histograms = {name: Histogram(name, f"feature {name}", registry=registry) for name in prepared[0]}
    observers = {name: histogram.observe for name, histogram in histograms.items()}

    def run() -> dict[str, Any]:
        for record in prepared:
            for name, value in record.items():
                if value is not None:
                    observers[name](value)
        return {"records": len(prepared)}

    return run
