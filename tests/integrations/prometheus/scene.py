"""A collector of its own process that has seen a month of flights, with all that dashboards show."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from tests.e2e.doors import call, requests

import driftline
from driftline.config import MonitorConfig
from driftline.config.duration import nanoseconds
from driftline.demo.flights import between, load_flights
from driftline.demo.main_job import FIRST_DAY, LIVE_FROM, MODEL, VERSION, with_roles
from driftline.demo.model import serve, train
from driftline.demo.process import CollectorProcess
from driftline.demo.sending import send
from driftline.query import Monitor

END = np.datetime64("2013-04-16")
NUMBERS = "temperature"
LISTS = "delays-of-an-hour"

__all__ = ["LISTS", "MODEL", "NUMBERS", "VERSION", "Scene", "start_scene"]


@dataclass(frozen=True)
class Scene:
    """The collector, how much was sent of the flights' model, and flights that were not sent."""

    collector: CollectorProcess
    predictions: int
    labels: int
    later: pa.Table

    def monitor(self) -> Monitor:
        return driftline.connect(self.collector.grpc_address)

    def send_more(self) -> None:
        """Flights of another model, so that the first one's numbers stay."""
        _send_temperatures(self.collector, self.later)

    def recent(self, monitor: Monitor) -> Any:
        """The range that `/metrics` tells of."""
        recent = monitor.get_monitor(MODEL).recent
        (version,) = monitor.models()[MODEL].versions
        end = version.coverage.end_unix_nanos
        return {"model": MODEL, "version": VERSION, "start": end - nanoseconds(recent), "end": end}


@contextlib.contextmanager
def start_scene(folder: Path, settings: Mapping[str, Any] | None = None) -> Iterator[Scene]:
    """Two weeks of flights of April beside a baseline of January to March, and models of numbers and of lists."""
    flights = load_flights()
    training = between(flights, FIRST_DAY, LIVE_FROM)
    model = train(training)
    scored = with_roles(serve(model, training, lambda _: None))
    profile = driftline.profile(scored.drop_columns(["prediction_id", "timestamp"]), monitor=_monitor())
    live = serve(model, between(flights, LIVE_FROM, END), lambda _: None)
    later = between(flights, END, END + np.timedelta64(1, "D"))
    collector = CollectorProcess.start(folder, settings, timeout=120.0)
    try:
        with driftline.connect(collector.grpc_address) as monitor:
            monitor.set_monitor(_monitor())
            monitor.set_baseline(MODEL, "training", profile, make_default=True)
        with driftline.Client(
            collector.grpc_address, model=MODEL, version=VERSION, on_full="block"
        ) as client:
            sent = send(client, _with_traces(with_roles(live)), lambda _: None)
        _send_temperatures(collector, live)
        _send_lists(collector, live)
        _send_nonsense(collector)
        yield Scene(collector, sent.predictions, sent.labels, later)
    finally:
        collector.stop()


def _monitor() -> MonitorConfig:
    """As the page about Grafana has it."""
    return MonitorConfig.model_validate(
        {
            "model": MODEL,
            "window": "1d",
            "recent": "30d",
            "segments": [["carrier"], ["origin"]],
            "objectives": {"fast": {"latency": "200ms", "target": 0.99}},
            "signals": True,
        }
    )


def _with_traces(flights: pa.Table) -> pa.Table:
    traces = pa.array([f"{number:032x}" for number in range(flights.num_rows)])
    return flights.append_column(
        pa.field("trace_id", traces.type, metadata={"driftline.role": "trace_id"}), traces
    )


def _send_temperatures(collector: CollectorProcess, live: pa.Table) -> None:
    """The temperature at departure, predicted from the dew point by a rule of thumb."""
    known = live.filter(pc.and_(pc.is_valid(live["temp"]), pc.is_valid(live["dewp"])))
    columns = [known["timestamp"], pc.add(known["dewp"], 15.0), known["temp"]]
    table = pa.table(columns, names=["timestamp", "prediction", "label"])
    with driftline.Client(collector.grpc_address, model=NUMBERS, version="1", on_full="block") as client:
        client.log_table(table)
        assert client.flush(60.0)


def _send_lists(collector: CollectorProcess, live: pa.Table) -> None:
    """The flights that leave within an hour, those first that are the likeliest to be late."""
    known = live.filter(pc.is_valid(live["label"]))
    hours = pc.floor_temporal(known["timestamp"], unit="hour")
    columns = [hours, hours.cast(pa.int64()), known["score"], known["label"]]
    table = pa.table(columns, names=["timestamp", "query_id", "score", "label"])
    with driftline.connect(collector.grpc_address) as monitor:
        # An interval takes more lists than one.
        monitor.set_monitor(MonitorConfig.model_validate({"model": LISTS, "window": "1d"}))
    with driftline.Client(collector.grpc_address, model=LISTS, version="1", on_full="block") as client:
        client.log_table(table)
        assert client.flush(60.0)


def _send_nonsense(collector: CollectorProcess) -> None:
    """So that there is a batch that was refused."""
    with pytest.raises(grpc.RpcError):
        call(collector.grpc_address, requests(MODEL, [b"no records"])[0])
