"""Records of real flights that are kept: what was sent, and exactly those out of line with the baseline."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

import driftline
from driftline.collector import Collector
from driftline.demo.flights import CATEGORIES, between, load_flights
from driftline.storage import read_records

StartCollector = Callable[..., Collector]

NAMED = ("prediction_id", "carrier", "dest", "temp", "wind_speed", "distance")
SAMPLE = 50


def day(text: str) -> np.datetime64:
    return np.datetime64(text, "ns")


def out_of_line(flights: pa.Table, baseline: pa.Table) -> set[tuple[str, str, str]]:
    """Flight, column and reason, from the rows themselves."""
    found: set[tuple[str, str, str]] = set()
    ids: Any = flights["prediction_id"]

    def note(name: str, reason: str, mask: Any) -> None:
        chosen = ids.filter(pc.fill_null(mask, False))
        found.update((flight, name, reason) for flight in chosen.to_pylist())

    for name in NAMED[1:]:
        if not baseline[name].null_count:
            note(name, "null", pc.is_null(flights[name]))
        if name in CATEGORIES:
            known = baseline[name].cast(pa.string()).unique()
            seen = pc.is_in(flights[name].cast(pa.string()), value_set=known)
            note(name, "unseen_category", pc.and_(pc.invert(seen), pc.is_valid(flights[name])))
        else:
            limits = pc.min_max(baseline[name])
            note(name, "below_range", pc.less(flights[name], limits["min"]))
            note(name, "above_range", pc.greater(flights[name], limits["max"]))
    return found


def test_flights_that_are_kept(start_collector: StartCollector, tmp_path: Path) -> None:
    flights = load_flights()
    week = between(flights, day("2013-02-01"), day("2013-02-08")).drop_columns(["label"])
    later = between(flights, day("2013-02-16"), day("2013-02-19")).drop_columns(["label"])
    log = {"columns": list(NAMED), "sample": SAMPLE, "anomalous": 100_000}
    collector = start_collector(
        data_dir=tmp_path / "data",
        record_files={},
        monitors=[{"model": "flights", "window": "1d", "record_log": log}],
    )
    profile = driftline.profile(week.drop_columns(["prediction_id", "timestamp"]))
    with driftline.connect(str(collector.grpc_address)) as monitor:
        monitor.set_baseline("flights", "week", profile)
        with driftline.Client(str(collector.grpc_address), model="flights", on_full="block") as client:
            for part in range(0, later.num_rows, 500):
                client.log_table(later.slice(part, 500))
                assert client.flush(30.0)
                monitor.flush()
    collector.stop()
    records: Any = read_records(tmp_path / "data" / "records", "flights")
    kept = pa.table(dict(zip(NAMED, records["record"].combine_chunks().flatten(), strict=True)))
    places = pc.index_in(kept["prediction_id"], value_set=later["prediction_id"].combine_chunks())
    assert not places.null_count
    sent = later.take(places)
    for name in NAMED:
        assert kept[name].equals(sent[name].cast(kept[name].type)), name
    assert records["timestamp"].equals(sent["timestamp"])
    sampled = records.filter(records["is_sampled"])
    counts = sampled.group_by("window_start").aggregate([([], "count_all")])["count_all"]
    assert counts.to_pylist() == [SAMPLE] * 3, "one sample a day"
    told = {
        (flight, each["column"], each["reason"])
        for flight, anomalies in zip(
            kept["prediction_id"].to_pylist(), records["anomalies"].to_pylist(), strict=True
        )
        for each in anomalies
    }
    expected = out_of_line(later, week)
    assert told == expected
    assert {reason for _, _, reason in expected} == {"below_range", "above_range", "unseen_category"}
    share = pc.sum(records["is_anomalous"]).as_py() / later.num_rows
    assert 0.0 < share < 1.0
