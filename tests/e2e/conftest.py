"""A month of real flights through a real collector process, with a restart in the middle; and the rows themselves."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from tests.e2e.doors import put

import driftline
from driftline.demo.flights import between, load_flights
from driftline.demo.main_job import BASELINE, FIRST_DAY, LIVE_FROM, MODEL, VERSION, configure, with_roles
from driftline.demo.model import serve, train
from driftline.demo.process import CollectorProcess
from driftline.demo.sending import Slice, days
from driftline.query import Monitor, Profile

RESTART_BEFORE = np.datetime64("2013-04-16")
END = np.datetime64("2013-05-01")


@dataclass(frozen=True)
class Rows:
    """What was sent: the served flights of April, label included, and the training flights behind the baseline."""

    april: pa.Table
    training: pa.Table
    profile: Profile
    slices: tuple[Slice, ...]


@dataclass(frozen=True)
class Scene:
    """A collector that has everything, and what is known about it from outside."""

    collector: CollectorProcess
    folder: Path
    exit_code_of_first: int
    began: float
    """When the sending began, by the monotonic clock."""


@pytest.fixture(scope="session")
def rows() -> Rows:
    """Real flights, scored by a real model; with columns that also hold not-a-number, infinities and long text."""
    flights = load_flights()
    model = train(between(flights, FIRST_DAY, LIVE_FROM))
    training, april = (
        with_roles(_with_hard_columns(serve(model, between(flights, start, end), lambda _: None)))
        for start, end in ((FIRST_DAY, LIVE_FROM), (LIVE_FROM, END))
    )
    profile = driftline.profile(training.drop_columns(["prediction_id", "timestamp"]))
    return Rows(april, training, profile, tuple(days(april)))


@pytest.fixture(scope="session")
def scene(rows: Rows, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """The first half through the gRPC door, a restart, the rest through the Flight door, labels late throughout."""
    folder = tmp_path_factory.mktemp("collector")
    began = time.monotonic()
    first = CollectorProcess.start(folder)
    half = next(i for i, day in enumerate(rows.slices) if _first_time(day) >= RESTART_BEFORE)
    with driftline.connect(first.grpc_address) as monitor:
        configure(monitor, rows.profile)
        _send_by_grpc(first, rows.slices[:half])
    exit_code = first.stop()
    second = CollectorProcess.start(folder)
    try:
        for day in rows.slices[half:]:
            _send_by_flight(second, day)
        with driftline.connect(second.grpc_address) as monitor:
            monitor.flush()
        yield Scene(second, folder, exit_code, began)
    finally:
        second.stop()


@pytest.fixture(scope="session", params=["collector", "directory"])
def monitor(scene: Scene, request: pytest.FixtureRequest) -> Iterator[Monitor]:
    """Asks the running collector, and the data directory beside it."""
    live = request.param == "collector"
    with (
        driftline.connect(scene.collector.grpc_address)
        if live
        else driftline.open(scene.folder / "data") as asked
    ):
        yield asked


def _with_hard_columns(flights: pa.Table) -> pa.Table:
    """Not-a-number, infinities, many texts; and a latency from a fixed seed, so that a failure can be repeated."""
    precip = flights["precip"]
    latency = np.random.default_rng(2013).lognormal(-6.0, 0.5, flights.num_rows)
    number = pc.utf8_slice_codeunits(flights["prediction_id"], 0, -14)  # UA1545 of "UA1545/2013-01-01 10"
    return (
        flights.drop_columns(["latency"])
        .append_column("latency", pa.array(latency))
        .append_column("log_precip", pc.ln(precip))  # minus infinity on dry days
        .append_column("precip_ratio", pc.divide(precip, precip))  # not a number on dry days
        .append_column("flight", number)
    )


def _first_time(day: Slice) -> np.datetime64:
    table = day.predictions if day.predictions.num_rows else day.labels
    return np.datetime64(int(pc.min(table["timestamp"].cast(pa.int64())).as_py()), "ns")


def _send_by_grpc(collector: CollectorProcess, slices: tuple[Slice, ...]) -> None:
    with driftline.Client(collector.grpc_address, model=MODEL, version=VERSION, on_full="block") as client:
        for day in slices:
            client.log_table(day.predictions)
            client.log_labels(
                *(day.labels[name].combine_chunks() for name in ("prediction_id", "label", "timestamp"))
            )
        assert client.flush(60.0), client.stats
        assert client.stats.acknowledged == sum(d.predictions.num_rows + d.labels.num_rows for d in slices)


def _send_by_flight(collector: CollectorProcess, day: Slice) -> None:
    for table in (day.predictions, day.labels):
        if table.num_rows:
            answer = put(collector.flight_address, MODEL, VERSION, with_roles(table))
            assert answer.records == table.num_rows, answer


__all__ = ["BASELINE", "MODEL", "VERSION", "Rows", "Scene"]
