"""A year of real flights against its first quarter: as it was, and with its rows in another order."""

from collections.abc import Iterator
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest

import driftline
from driftline.config import MonitorConfig
from driftline.demo.flights import FEATURES, between, departures, load_flights
from driftline.demo.main_job import BASELINE, FIRST_DAY, LIVE_FROM
from driftline.demo.process import CollectorProcess
from driftline.query import Monitor

YEAR, SHUFFLED = "year", "shuffled"


def shuffled(flights: pa.Table) -> pa.Table:
    """The same flights, each at the time of another: nothing moves, by whatever calendar."""
    order = np.random.default_rng(2013).permutation(flights.num_rows)
    mixed = flights.take(order)
    return mixed.set_column(
        mixed.schema.get_field_index("timestamp"), "timestamp", flights["timestamp"]
    ).combine_chunks()


def send(monitor: Monitor, address: str, model: str, flights: pa.Table) -> None:
    """Everything after the first quarter, by the day, with the first quarter as the baseline and no other setting."""
    features = [*FEATURES, "timestamp"]
    quarter = between(flights, FIRST_DAY, LIVE_FROM).select(FEATURES)
    rest = between(flights, LIVE_FROM, departures(flights)[-1] + np.timedelta64(1, "ns")).select(features)
    monitor.set_monitor(MonitorConfig(model=model, window=timedelta(days=1)))
    monitor.set_baseline(model, BASELINE, driftline.profile(quarter))
    with driftline.Client(address, model=model, version="1", on_full="block") as client:
        client.log_table(rest)
        assert client.flush(60.0), client.stats


@pytest.fixture(scope="module")
def monitor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Monitor]:
    collector = CollectorProcess.start(tmp_path_factory.mktemp("collector"))
    flights = load_flights()
    try:
        with driftline.connect(collector.grpc_address) as asked:
            send(asked, collector.grpc_address, YEAR, flights)
            send(asked, collector.grpc_address, SHUFFLED, shuffled(flights))
            yield asked
    finally:
        collector.stop()


def test_the_seasons_are_found(monitor: Monitor) -> None:
    evidence = monitor.evidence(model=YEAR)
    found = {entry.column for entry in evidence.discoveries}
    assert {"temp", "dewp", "dest"} <= found
    assert evidence["temp"].reached_at is not None
    assert "temp has moved since 2013-04" in repr(evidence)
    # It hardly ever rains, and dry hours are a bin of their own.
    rain = evidence["precip"].ks
    assert rain is not None
    assert rain.high < 0.1


def test_nothing_is_found_where_nothing_moves(monitor: Monitor) -> None:
    evidence = monitor.evidence(model=SHUFFLED)
    assert evidence.discoveries == ()
    assert all(entry.reached_at is None for entry in evidence)
    assert {entry.column for entry in evidence} == set(FEATURES)
    assert evidence.coverage.windows == 276
    assert evidence.left_out == ()


def test_blocks_of_a_day_find_the_seasons_too(monitor: Monitor) -> None:
    found = {entry.column for entry in monitor.evidence(model=YEAR, block="1d").discoveries}
    assert "temp" in found
    assert monitor.evidence(model=SHUFFLED, block="1d").discoveries == ()
