"""Attacks are named within ten windows, and clean traffic names nobody: by an engine, a collector, and its disk."""

from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import driftline
from driftline import _core
from driftline.config import MonitorConfig
from driftline.demo.process import CollectorProcess
from driftline.errors import FailedPreconditionError, InvalidArgumentError
from driftline.query import EngineTransport, Monitor, Profile
from driftline.v1 import ingest_pb2

MINUTE = 60 * 10**9
START = 1_767_225_600 * 10**9
PRINCIPALS = 1_000
WINDOWS = 10
MONITOR = MonitorConfig.model_validate({"model": "m", "signals": True})


Numbers: TypeAlias = "np.ndarray[Any, np.dtype[Any]]"


def pool(random: np.random.Generator, queries: int = 5_000) -> Numbers:
    """Rows of features that people ask about."""
    queried: Numbers = random.normal(size=(queries, 4)) @ np.array(
        [[1, 0.5, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0.3], [0, 0, 0, 1]]
    )
    return queried


def score_of(features: Numbers) -> Numbers:
    score: Numbers = 1 / (1 + np.exp(-3 * features.sum(axis=1)))
    return score


def requests(random: np.random.Generator, who: Numbers, minute: int, features: Numbers) -> dict[str, Numbers]:
    """Columns of requests at random seconds of a minute."""
    return {
        "timestamp": START + minute * MINUTE + random.integers(0, MINUTE, len(who)),
        "principal": np.array([f"user-{number:04}" for number in who]),
        "score": score_of(features),
    } | {f"x{number}": features[:, number] for number in range(features.shape[1])}


def table(parts: list[dict[str, Numbers]]) -> pa.Table:
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    times = pa.array(columns.pop("timestamp")).cast(pa.timestamp("ns", "UTC"))
    return pa.table({"timestamp": times, **{name: pa.array(values) for name, values in columns.items()}})


def clean(random: np.random.Generator, queries: Numbers, minute: int) -> dict[str, Numbers]:
    """Each principal asks some 12 of the queries, one more than the next, in proportion to how often they are asked."""
    counts = random.poisson(random.gamma(4, 3, PRINCIPALS))
    who = np.repeat(np.arange(PRINCIPALS), counts)
    shares = 1 / np.arange(1, len(queries) + 1)
    chosen = random.choice(len(queries), len(who), p=shares / shares.sum())
    return requests(random, who, minute, queries[chosen])


def uniform_probing(random: np.random.Generator, minute: int) -> dict[str, Numbers]:
    return requests(random, np.full(200, 77), minute, random.uniform(-4, 4, size=(200, 4)))


def boundary_search(random: np.random.Generator, minute: int) -> dict[str, Numbers]:
    """Small steps around a point of the decision boundary."""
    point = np.array([0.4, -0.1, -0.5, 0.2])
    return requests(random, np.full(60, 500), minute, point + random.normal(size=(60, 4)) * 0.01)


def ingest(engine: _core.Engine, records: pa.Table) -> None:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, records.schema) as writer:
        writer.write_table(records)
    request = ingest_pb2.IngestRequest(model="m", version="1", records=sink.getvalue().to_pybytes())
    engine.ingest_batch(request.SerializeToString(), START + WINDOWS * MINUTE)


def traffic(seed: int, attack: object = None) -> list[pa.Table]:
    random = np.random.default_rng(seed)
    queries = pool(np.random.default_rng(1))
    return [
        table([clean(random, queries, minute), *([attack(random, minute)] if callable(attack) else [])])
        for minute in range(WINDOWS)
    ]


@pytest.fixture(scope="module")
def training() -> Profile:
    random = np.random.default_rng(2)
    return driftline.profile(table([clean(random, pool(np.random.default_rng(1)), 0)]), monitor=MONITOR)


def watched(training: Profile, tables: list[pa.Table]) -> Monitor:
    engine = _core.Engine("test")
    engine.set_monitor(MONITOR.to_proto().SerializeToString())
    engine.set_baseline("m", "training", training.to_arrow(), True)
    for each in tables:
        ingest(engine, each)
    return Monitor(EngineTransport(engine))


def test_clean_traffic_names_nobody(training: Profile) -> None:
    found = watched(training, traffic(3)).signals()
    assert found.named == ()
    assert (found.principals, found.coverage.windows) == (PRINCIPALS, WINDOWS)
    assert found.streams >= 4 * PRINCIPALS
    assert len(found) == 20
    assert list(found.sentences()) == []


def test_extraction_by_uniform_probing_is_named(training: Profile) -> None:
    tables = traffic(4, uniform_probing)
    monitor = watched(training, tables)
    found = monitor.signals()
    assert found.named == ("user-0077",)
    signals = {entry.signal: entry for entry in found.discoveries}
    assert "outliers" in signals
    outliers = signals["outliers"]
    rows = pa.concat_tables(tables).to_pandas()
    of_attack = rows[rows["principal"] == "user-0077"]
    assert outliers.of == len(of_attack)
    assert outliers.of_others == len(rows) - len(of_attack)
    assert outliers.value is not None
    assert outliers.others is not None
    assert outliers.value.value > 0.5 > 20 * outliers.others.value
    assert outliers.since_unix_nanos == START
    distinct = monitor.signals("user-0077")
    assert {entry.principal for entry in distinct} == {"user-0077"}
    share = next(entry for entry in distinct if entry.signal == "distinct_queries")
    exact = [
        group[["x0", "x1", "x2", "x3"]].drop_duplicates().shape[0]
        for _, group in of_attack.groupby(of_attack["timestamp"].dt.floor("min"))
    ]
    assert share.value is not None
    assert share.value.low <= sum(exact) / len(of_attack) <= share.value.high


def test_a_search_along_the_boundary_is_named(training: Profile) -> None:
    found = watched(training, traffic(5, boundary_search)).signals()
    assert found.named == ("user-0500",)
    assert {"near_boundary", "near_duplicates"} <= {entry.signal for entry in found.discoveries}
    assert any("user-0500 since" in sentence for sentence in found.sentences())


def labelled(seed: int, poisoned: bool) -> tuple[pa.Table, pa.Table]:
    """Predictions that are right nine times of ten, and labels of 20 sources, of which one flips all of its own."""
    random = np.random.default_rng(seed)
    rows = 10_000
    predictions = random.random(rows) < 0.3
    labels = predictions ^ (random.random(rows) < 0.1)
    source = random.integers(0, 20, rows)
    if poisoned:
        labels = np.where(source == 13, ~predictions, labels)
    times = START + np.sort(random.integers(0, WINDOWS * MINUTE, rows))
    ids = np.arange(rows)
    given = pa.table(
        {
            "prediction_id": pa.array(ids),
            "prediction": pa.array(predictions),
            "timestamp": pa.array(times).cast(pa.timestamp("ns", "UTC")),
        }
    )
    names = pa.array([f"source-{number:02}" for number in source])
    truth = pa.table({"prediction_id": pa.array(ids), "label": pa.array(labels), "principal": names})
    return given, truth


@pytest.mark.parametrize("labels_first", [True, False])
@pytest.mark.parametrize("poisoned", [True, False])
def test_poisoned_labels_of_one_source_in_twenty_are_named(
    training: Profile, poisoned: bool, labels_first: bool
) -> None:
    given, truth = labelled(6, poisoned)
    found = watched(training, [truth, given] if labels_first else [given, truth]).signals()
    assert found.named == (("source-13",) if poisoned else ())
    if poisoned:
        (flips,) = found.discoveries
        assert flips.signal == "label_flips"
        assert flips.value is not None
        assert flips.value.value == 1.0
        assert flips.windows == WINDOWS


def test_what_is_not_counted_is_said() -> None:
    engine = _core.Engine("test")
    ingest(engine, traffic(7)[0])
    monitor = Monitor(EngineTransport(engine))
    with pytest.raises(FailedPreconditionError, match="set `signals` in its monitor"):
        monitor.signals()
    assert monitor.report().signals is None
    with pytest.raises(InvalidArgumentError, match="level"):
        monitor.signals(level=0)


def test_a_result_shows_itself_and_is_a_table(training: Profile) -> None:
    monitor = watched(training, traffic(8, boundary_search))
    found = monitor.signals()
    assert "user-0500 named" in repr(found)
    assert isinstance(found.to_pandas(), pd.DataFrame)
    assert found.to_arrow().num_rows == len(found)
    assert "<table" in found._repr_html_()
    assert "principal user-0500 since" in repr(monitor.report())


def test_a_collector_names_the_same_before_and_after_a_restart(training: Profile, tmp_path: Path) -> None:
    settings = {
        "compaction_interval_seconds": 86_400,
        "monitors": [{"model": "m", "signals": {"most": 1_000}}],
    }
    first = CollectorProcess.start(tmp_path, settings)
    try:
        with driftline.connect(first.grpc_address) as monitor:
            monitor.set_baseline("m", "training", training)
        with driftline.Client(first.grpc_address, model="m", version="1", on_full="block") as client:
            for each in traffic(9, boundary_search):
                client.log_table(each)
            assert client.flush(60.0), client.stats
        with driftline.connect(first.grpc_address) as monitor:
            found = monitor.signals(end=START + WINDOWS * MINUTE)
    finally:
        first.stop()
    assert found.named == ("user-0500",)
    second = CollectorProcess.start(tmp_path, settings)
    try:
        with driftline.connect(second.grpc_address) as monitor:
            assert monitor.signals(end=START + WINDOWS * MINUTE) == found
    finally:
        second.stop()
    with driftline.open(tmp_path / "data") as monitor:
        assert monitor.signals(end=START + WINDOWS * MINUTE).to_arrow() == found.to_arrow()
