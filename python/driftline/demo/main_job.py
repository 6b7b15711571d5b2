"""The demo from the data to the report."""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

import driftline
from driftline.config import MonitorConfig
from driftline.demo import report
from driftline.demo.alerts_job import show_alerts
from driftline.demo.flights import between, departures, load_flights
from driftline.demo.model import DelayModel, serve, train
from driftline.demo.process import CollectorProcess
from driftline.demo.sending import Sent, send
from driftline.demo.stage import stage
from driftline.query import Monitor, Profile

MODEL = "flight-delay"
VERSION = "2013-q1"
BASELINE = "training"
SEGMENTS = ("carrier", "origin")
FIRST_DAY = np.datetime64("2013-01-01")
LIVE_FROM = np.datetime64("2013-04-01")
QUICK_UNTIL = np.datetime64("2013-05-01")
ROLES = ("timestamp", "prediction_id", "label", "score", "prediction", "latency")


@dataclass(frozen=True)
class Prepared:
    """All flights, a trained model's baseline, and the flights that it has scored since, in the order of time."""

    flights: pa.Table
    baseline: Profile
    served: pa.Table


def run(stay: bool = False, quick: bool = False) -> int:
    """Run the main job and print a report.

    Trains a model on the flights of January to March 2013, starts a collector as a process of its own, sends the rest
    of the year through `driftline.Client` with labels a day late, asks what has changed, and stops the collector.
    Then has an alert fire and resolve.

    Parameters
    ----------
    stay
        Keep serving after the report, until interrupted.
    quick
        Send April only.

    Returns
    -------
    int
        0 if everything was acknowledged and told, and the collectors ended in order, else 1.

    Raises
    ------
    MissingExtraError
        If the data or scikit-learn is not installed.
    """
    console = Console()
    prepared = _prepare(console, QUICK_UNTIL if quick else None)
    with tempfile.TemporaryDirectory(prefix="driftline-demo-") as folder:
        with stage(console, "Starting a collector"):
            collector = CollectorProcess.start(Path(folder))
        try:
            sent = _live(console, collector, prepared)
            if stay:
                _stay(console, collector)
        finally:
            code = collector.stop()
    complete = sent.stats.acknowledged == sent.records
    console.print(f"The collector was asked to stop and ended with exit code {code}.")
    console.print("\n[bold]An alert on drift[/]")
    told = show_alerts(console, prepared.flights)
    return 0 if code == 0 and complete and told else 1


def run_alerts() -> int:
    """Show an alert only; 0 if a webhook was told that it fires and that it is resolved, else 1."""
    console = Console()
    with stage(console, "Reading the flights of 2013 and their weather"):
        flights = load_flights()
    return 0 if show_alerts(console, flights) else 1


def _prepare(console: Console, until: np.datetime64 | None) -> Prepared:
    with stage(console, "Reading the flights of 2013 and their weather"):
        flights = load_flights()
    training = between(flights, FIRST_DAY, LIVE_FROM)
    end = departures(flights)[-1] + np.timedelta64(1, "ns")
    live = between(flights, LIVE_FROM, until or end)
    with stage(console, f"Training on {training.num_rows:,} flights of January to March"):
        model = train(training)
    scored = _serve(console, model, training, "Scoring them for the baseline")
    with stage(console, "Profiling the baseline"):
        baseline = driftline.profile(
            with_roles(scored).drop_columns(["prediction_id", "timestamp", "latency"])
        )
    return Prepared(
        flights, baseline, _serve(console, model, live, f"Scoring {live.num_rows:,} later flights")
    )


def _live(console: Console, collector: CollectorProcess, prepared: Prepared) -> Sent:
    with driftline.connect(collector.grpc_address) as monitor:
        configure(monitor, prepared.baseline)
        sent = _send(console, collector.grpc_address, prepared.served)
        console.print()
        report.throughput(console, sent)
        console.print()
        report.drift_by_month(console, monitor, MODEL)
        report.quantiles(console, monitor, MODEL)
        report.performance_by_month(console, monitor, MODEL)
        report.weakest_segments(console, monitor, MODEL, SEGMENTS)
        report.metrics_head(console, collector.get("/metrics"))
        console.print()
    return sent


def _send(console: Console, address: str, served: pa.Table) -> Sent:
    with (
        driftline.Client(address, model=MODEL, version=VERSION, on_full="block") as client,
        _progress(console, "Sending", served.num_rows) as advance,
    ):
        return send(client, with_roles(served), advance)


def configure(monitor: Monitor, baseline: Profile) -> None:
    """Monitor the model by day, by carrier and by origin, against its training data."""
    segments = tuple((column,) for column in SEGMENTS)
    monitor.set_monitor(
        MonitorConfig(model=MODEL, window=timedelta(days=1), segments=segments, recent=timedelta(days=30))
    )
    monitor.set_baseline(MODEL, BASELINE, baseline, make_default=True)


def with_roles(flights: pa.Table) -> pa.Table:
    """Name the role of every column in its field metadata, so that nothing is inferred."""
    fields = [
        field.with_metadata({"driftline.role": field.name if field.name in ROLES else "feature"})
        for field in flights.schema
    ]
    return flights.cast(pa.schema(fields))


def _serve(console: Console, model: DelayModel, flights: pa.Table, title: str) -> pa.Table:
    with _progress(console, title, flights.num_rows) as advance:
        return serve(model, flights, advance)


def _stay(console: Console, collector: CollectorProcess) -> None:
    console.print(f"Serving until Ctrl-C: metrics [bold]http://{collector.http_address}/metrics[/]")
    console.print(
        f"Ask it: [bold]driftline.connect({collector.grpc_address!r}).summary()[/]", highlight=False
    )
    try:
        while collector.process.poll() is None:
            time.sleep(0.5)
    except KeyboardInterrupt:
        console.print()


@contextmanager
def _progress(console: Console, title: str, total: int) -> Iterator[Callable[[int], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(title, total=total)
        yield lambda rows: progress.advance(task, rows)
