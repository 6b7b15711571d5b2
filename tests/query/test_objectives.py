"""Objectives: figures are those of the rows, alerts those of the workbook, the same from memory and from disk."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy import stats

import driftline
from driftline import _core
from driftline.config import MonitorConfig
from driftline.demo.process import CollectorProcess
from driftline.errors import FailedPreconditionError, InvalidArgumentError
from driftline.query import EngineTransport, Monitor
from driftline.v1 import ingest_pb2

MINUTE = 60 * 10**9
HOUR = 60 * MINUTE
DAY = 24 * HOUR
START = 1_767_225_600 * 10**9
END = START + DAY
MONITOR = MonitorConfig.model_validate(
    {
        "model": "m",
        "objectives": {
            "fast": {"latency": "200ms", "target": 0.99},
            "correct": {"error": {"failed": True}, "target": 0.999},
            "answered": {"missing": "prediction", "target": 0.9, "within": "6h"},
            "unheard": {"missing": "nothing", "target": 0.9},
        },
    }
)


def records(rows: int = 20_000) -> pa.Table:
    """A day; in its last hour a third is slow, and in the last minute but one every tenth fails."""
    random = np.random.default_rng(5)
    time = np.sort(random.integers(START, END, rows))
    slow = random.random(rows) < np.where(time >= END - HOUR, 0.33, 0.001)
    latency = np.where(slow, random.uniform(0.3, 2, rows), random.uniform(0.01, 0.15, rows))
    failed = (time >= END - 2 * MINUTE) & (random.random(rows) < 0.1)
    prediction = random.random(rows)
    return pa.table(
        {
            "timestamp": pa.array(time).cast(pa.timestamp("ns", "UTC")),
            "latency": pa.array(latency, mask=random.random(rows) < 0.01),
            "failed": pa.array(failed),
            "prediction": pa.array(prediction, mask=random.random(rows) < 0.02),
        }
    )


def ingest(engine: _core.Engine, table: pa.Table, model: str = "m") -> None:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    request = ingest_pb2.IngestRequest(model=model, version="1", records=sink.getvalue().to_pybytes())
    engine.ingest_batch(request.SerializeToString(), END)


@pytest.fixture(scope="module")
def table() -> pa.Table:
    return records()


@pytest.fixture(scope="module")
def monitor(table: pa.Table) -> Monitor:
    engine = _core.Engine("test")
    engine.set_monitor(MONITOR.to_proto().SerializeToString())
    ingest(engine, table)
    return Monitor(EngineTransport(engine))


def test_figures_are_those_of_the_rows(monitor: Monitor, table: pa.Table) -> None:
    found, frame = monitor.objectives(), table.to_pandas()
    times = table["timestamp"].cast(pa.int64()).to_numpy()
    bad = {
        "fast": (frame["latency"].dropna() > 0.2, 0.01, DAY),
        "correct": (frame["failed"], 0.001, DAY),
        "answered": (frame["prediction"].isna(), 0.1, 6 * HOUR),
    }
    assert [entry.name for entry in found] == ["answered", "correct", "fast", "unheard"]
    for name, (is_bad, budget, period) in bad.items():
        entry, times_of = found[name], times[is_bad.index]
        within = times_of >= END - period
        assert entry.records == within.sum()
        assert entry.bad_least <= is_bad[within].sum() <= entry.bad_most
        assert entry.good is not None
        assert entry.good.value == pytest.approx(1 - is_bad[within].mean(), abs=1e-3)
        assert entry.good.low < 1 - is_bad[within].mean() < entry.good.high
        assert entry.budget_left is not None
        assert entry.budget_left.value == pytest.approx(1 - (1 - entry.good.value) / budget)
        for burn in entry.burn_rates:
            length = burn.window // timedelta(microseconds=1) * 1_000
            recent = times_of >= END - length
            assert burn.records == recent.sum()
            assert burn.rate is not None
            assert burn.rate.low <= is_bad[recent].mean() / budget <= burn.rate.high
    assert found["fast"].bad_least == found["fast"].bad_most, "no latency lies near the limit"
    assert found["unheard"].good is None
    assert found["unheard"].records == 0


def test_alerts_are_those_of_the_workbook(monitor: Monitor) -> None:
    found = monitor.objectives()
    fast, correct, answered = found["fast"], found["correct"], found["answered"]
    assert fast.severity == "page"
    assert fast.is_certain
    assert [alert.limit for alert in fast.alerts] == pytest.approx([14.4, 6, 3, 1])
    assert fast.alerts[0].holds
    # Two bad minutes are much of five, and little of an hour.
    short, long = (correct.burn_rate(timedelta(minutes=minutes)) for minutes in (5, 60))
    assert short is not None
    assert short.value > 14.4
    assert long is not None
    assert not correct.alerts[0].holds or long.value >= 14.4
    assert answered.severity == "none"
    assert {alert.long for alert in answered.alerts} == {timedelta(hours=1), timedelta(hours=6)}
    assert found.alerting[-1].name == "fast"
    assert any("fast: page;" in sentence for sentence in found.sentences())


def test_an_earlier_end_looks_back_from_there(monitor: Monitor) -> None:
    before = monitor.objectives(end=END - HOUR)
    assert before["fast"].severity == "none"
    assert before.coverage.end_unix_nanos == END - HOUR
    by_hour = monitor.objectives(every="1h", start=END - 3 * HOUR)
    assert [result["fast"].severity for result in by_hour] == ["none", "none", "page"]
    assert by_hour.to_arrow().num_rows > 3


def test_records_a_second_are_counted(monitor: Monitor, table: pa.Table) -> None:
    times = table["timestamp"].cast(pa.int64()).to_numpy()
    for rate in monitor.objectives().rates:
        length = min(rate.window, timedelta(days=1)).total_seconds()
        count = (times >= END - length * 1e9).sum()
        assert rate.records == count
        assert rate.a_second is not None
        assert rate.a_second.value == pytest.approx(count / length)
        low, high = stats.chi2.ppf(0.025, 2 * count) / 2, stats.chi2.ppf(0.975, 2 * count + 2) / 2
        assert rate.a_second.low == pytest.approx(low / length, rel=1e-6)
        assert rate.a_second.high == pytest.approx(high / length, rel=1e-6)


def test_a_window_longer_than_the_burn_window_takes_part_as_a_whole() -> None:
    engine = _core.Engine("test")
    engine.set_monitor(
        MONITOR.model_copy(update={"window": timedelta(hours=1)}).to_proto().SerializeToString()
    )
    ingest(engine, records(2_000))
    fast = Monitor(EngineTransport(engine)).objectives()["fast"]
    burn = fast.burn_rates[0]
    assert burn.window == timedelta(minutes=5)
    assert (burn.start_unix_nanos, burn.end_unix_nanos) == (END - HOUR, END)


def test_a_column_of_the_wrong_kind_is_named() -> None:
    engine = _core.Engine("test")
    engine.set_monitor(MONITOR.to_proto().SerializeToString())
    ingest(engine, pa.table({"failed": [1.0, 2.0], "prediction": [1, 0]}))
    with pytest.raises(FailedPreconditionError, match='column "failed"'):
        Monitor(EngineTransport(engine)).objectives()


def test_an_objective_of_the_wire_is_checked() -> None:
    engine = _core.Engine("test")
    for field, rule in (("target", "target must be above 0"), ("period_nanos", "period must be 1 minute")):
        message = MONITOR.to_proto()
        setattr(message.objectives[0], field, 2)
        with pytest.raises(InvalidArgumentError, match=rule):
            engine.set_monitor(message.SerializeToString())


def test_a_result_shows_itself_and_is_a_table(monitor: Monitor) -> None:
    found = monitor.objectives()
    assert "fast (slow latency)" in repr(found)
    assert "records a second" in found._repr_html_()
    assert isinstance(found.to_pandas(), pd.DataFrame)
    report = monitor.report()
    assert "objective fast: page" in repr(report)


def test_a_collector_tells_the_same_from_disk(tmp_path: Path, table: pa.Table) -> None:
    settings = {
        "compaction_interval_seconds": 86_400,
        "monitors": [MONITOR.model_dump(mode="json", include={"model", "objectives"})],
    }
    process = CollectorProcess.start(tmp_path, settings)
    try:
        with driftline.Client(process.grpc_address, model="m", version="1") as client:
            client.log_table(table)
            assert client.flush(60.0), client.stats
        with driftline.connect(process.grpc_address) as asked:
            live = asked.objectives(end=END)
    finally:
        process.stop()
    with driftline.open(tmp_path / "data") as stored:
        assert stored.objectives(end=END)["fast"] == live["fast"]
    assert live["fast"].severity == "page"
