"""Real flights for collectors that tell other programs: days of April 2013, scored by a model of the months before."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from prometheus_client.parser import text_string_to_metric_families

import driftline
from driftline.demo.flights import between, load_flights
from driftline.demo.main_job import FIRST_DAY, LIVE_FROM, MODEL, VERSION, configure, with_roles
from driftline.demo.model import serve, train
from driftline.demo.process import CollectorProcess
from driftline.demo.sending import days
from driftline.query import Monitor, Profile
from driftline.query.results import WindowInfo
from driftline.query.selection import SelectionOptions

DAY = np.timedelta64(1, "D")
PATIENCE_SECONDS = 120.0
# An exporter looks once a second.
QUIET_SECONDS = 4.0


@dataclass(frozen=True)
class Flights:
    """Flights with their scores and labels, and the profile of those that the model was trained on."""

    served: pa.Table
    baseline: Profile

    def of_days(self, first: int, last: int) -> pa.Table:
        """Those of so many days from the first on, without the last."""
        return between(self.served, LIVE_FROM + first * DAY, LIVE_FROM + last * DAY)


def load(count: int) -> Flights:
    """So many days from the first of April on."""
    flights = load_flights()
    model = train(between(flights, FIRST_DAY, LIVE_FROM))
    training, served = (
        with_roles(serve(model, between(flights, start, end), lambda _: None))
        for start, end in ((FIRST_DAY, LIVE_FROM), (LIVE_FROM, LIVE_FROM + count * DAY))
    )
    profile = driftline.profile(training.drop_columns(["prediction_id", "timestamp", "latency"]))
    return Flights(served, profile)


def start(folder: Path, flights: Flights, exporter: dict[str, Any], **settings: Any) -> CollectorProcess:
    """A collector process with one exporter, ``out``, whose model is compared with the training flights."""
    settings = {"exporters": {"out": exporter}, **settings}
    collector = CollectorProcess.start(folder, settings, PATIENCE_SECONDS)
    with driftline.connect(collector.grpc_address) as monitor:
        configure(monitor, flights.baseline)
    return collector


def send(collector: CollectorProcess, served: pa.Table, version: str = VERSION) -> float:
    """Send flights, and their labels a day late; gives the seconds until all were acknowledged."""
    before = time.perf_counter()
    with driftline.Client(collector.grpc_address, model=MODEL, version=version, on_full="block") as client:
        for day in days(served):
            if day.predictions.num_rows:
                client.log_table(with_roles(day.predictions))
            if day.labels.num_rows:
                names = ("prediction_id", "label", "timestamp")
                client.log_labels(*(day.labels[name].combine_chunks() for name in names))
        assert client.flush(PATIENCE_SECONDS), client.stats
    return time.perf_counter() - before


def exported(collector: CollectorProcess) -> dict[str, float]:
    """What the collector says of its exporter: ``windows_total_delivered``, ``backlog_windows`` and so on."""
    families = text_string_to_metric_families(collector.get("/metrics"))
    samples = [each for family in families for each in family.samples]
    return {
        "_".join(
            [
                each.name.removeprefix("driftline_export_"),
                *[each.labels[k] for k in each.labels if k != "exporter"],
            ]
        ): each.value
        for each in samples
        if each.name.startswith("driftline_export_")
    }


def wait_for(condition: Callable[[], bool], what: str = "it", patience: float = PATIENCE_SECONDS) -> None:
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, f"{what} has not come"
        time.sleep(0.2)


def wait_until_told(collector: CollectorProcess) -> None:
    """Wait until every window has been told as it is now: nothing waits, and the exporter has looked again."""
    quiet_since, before = time.monotonic(), exported(collector)

    def is_told() -> bool:
        nonlocal quiet_since, before
        now = exported(collector)
        if now != before or now["backlog_windows"] or "last_success_timestamp_seconds" not in now:
            quiet_since, before = time.monotonic(), now
        return time.monotonic() - quiet_since > QUIET_SECONDS

    wait_for(is_told, "the last window")


def windows(monitor: Monitor, version: str = VERSION) -> Iterator[tuple[WindowInfo, SelectionOptions]]:
    """Each window, and how the Python API is asked about it."""
    for window in monitor.windows(model=MODEL, version=version):
        yield (
            window,
            {
                "version": version,
                "start": window.start_unix_nanos,
                "end": window.end_unix_nanos,
            },
        )


def resident_bytes(collector: CollectorProcess) -> int:
    """Memory of the collector's process, on Linux."""
    text = Path(f"/proc/{collector.process.pid}/status").read_text()
    (line,) = (line for line in text.splitlines() if line.startswith("VmRSS:"))
    return 1024 * int(line.split()[1])
