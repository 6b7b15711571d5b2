"""An alert on real drift: autumn is warmer than the winter that a model was trained on, until December comes."""

import tempfile
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from rich.console import Console

import driftline
from driftline.config import MonitorConfig
from driftline.demo.alertmanager import alertmanager, find_alertmanager
from driftline.demo.flights import FEATURES, between
from driftline.demo.hook import Hook
from driftline.demo.process import CollectorProcess
from driftline.demo.stage import stage
from driftline.errors import UnavailableError

MODEL = "flight-delay"
VERSION = "2013-q1"
RULE: dict[str, Any] = {
    "name": "TemperatureDrifted",
    "model": MODEL,
    "range": "14d",
    "when": {"metric": "drift.psi", "feature": "temp", "above": 1, "resolve_below": 0.8},
    "severity": "warning",
    "annotations": {"summary": "PSI of {feature} over two weeks is {value:.2f}"},
}
TRAINED_FROM, TRAINED_UNTIL = np.datetime64("2013-01-01"), np.datetime64("2013-04-01")
AUTUMN, WINTER, NEXT_YEAR = (np.datetime64(day) for day in ("2013-10-01", "2013-11-01", "2014-01-01"))
_COLUMNS = ["timestamp", "prediction_id", *FEATURES]


def show_alerts(console: Console, flights: pa.Table) -> bool:
    """
    Have an alert fire on the flights of October and resolve on those of December, and show what a webhook is told.

    Where there is an Alertmanager the collector tells that, and it tells the webhook.

    Parameters
    ----------
    console
        Takes what is said.
    flights
        All of 2013, as `load_flights` gives them.

    Returns
    -------
    bool
        Whether the webhook was told of both, and the collector ended in order.
    """
    program = find_alertmanager()
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="driftline-demo-")))
        hook = running.enter_context(Hook())
        channel: dict[str, Any] = {"type": "webhook", "url": hook.url}
        if program is None:
            console.print("There is no Alertmanager on the path: the collector tells the webhook itself.")
        else:
            url = running.enter_context(alertmanager(program, folder, hook.url))
            channel = {"type": "alertmanager", "urls": [url]}
            console.print(
                f"The collector tells Alertmanager at {url}, which tells the webhook.", highlight=False
            )
        alerting = {"rules": [RULE], "channels": {"demo": channel}, "grace": "0s"}
        collector = CollectorProcess.start(folder, {"alerting": alerting})
        try:
            told = _fire_and_resolve(console, collector, hook, flights)
        finally:
            code = collector.stop()
    return told and code == 0


def _fire_and_resolve(console: Console, collector: CollectorProcess, hook: Hook, flights: pa.Table) -> bool:
    configure(collector, flights)
    try:
        for title, status, start, end in (
            ("October", "firing", AUTUMN, WINTER),
            ("November and December", "resolved", WINTER, NEXT_YEAR),
        ):
            with stage(console, f"Sending {title}, until the webhook is told of a {status} alert"):
                send_flights(collector, between(flights, start, end))
                alert = hook.wait_for(status)
            console.print(f"  [bold]{_sentence(alert)}[/]", highlight=False)
    except UnavailableError as error:
        console.print(f"[red]{error}[/]", highlight=False)
        return False
    return True


def configure(collector: CollectorProcess, flights: pa.Table) -> None:
    """Monitor the model by day against the flights of January to March."""
    trained = between(flights, TRAINED_FROM, TRAINED_UNTIL).select(FEATURES)
    with driftline.connect(collector.grpc_address) as monitor:
        monitor.set_monitor(MonitorConfig(model=MODEL, window=timedelta(days=1)))
        monitor.set_baseline(MODEL, "training", driftline.profile(trained), make_default=True)


def send_flights(collector: CollectorProcess, flights: pa.Table) -> None:
    """
    Send features of flights.

    Raises
    ------
    UnavailableError
        If they are not acknowledged within a minute.
    """
    with driftline.Client(collector.grpc_address, model=MODEL, version=VERSION, on_full="block") as client:
        client.log_table(flights.select(_COLUMNS))
        if not client.flush(60.0):
            raise UnavailableError(f"the collector did not acknowledge everything: {client.stats}")


def _sentence(alert: dict[str, Any]) -> str:
    """``FIRING TemperatureDrifted since 2013-10-02: PSI of temp over two weeks is 8.61``."""
    said = f"{alert['status'].upper()} {alert['labels']['alertname']} since {alert['startsAt'][:10]}"
    if alert["status"] == "resolved":
        said += f" until {alert['endsAt'][:10]}"
    return f"{said}: {alert['annotations']['summary']}"
