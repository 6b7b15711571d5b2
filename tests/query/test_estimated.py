"""Quality that is expected before labels come, beside what the labels say."""

from datetime import timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from tests.query.conftest import ipc

import driftline
from driftline import MonitorConfig, _core
from driftline.config.compare_with import CompareWith
from driftline.demo.flights import between, load_flights
from driftline.demo.main_job import FIRST_DAY, LIVE_FROM, with_roles
from driftline.demo.model import serve, train
from driftline.errors import FailedPreconditionError
from driftline.query import EngineTransport, Monitor
from driftline.query.results import EstimatedPerformanceResult
from driftline.v1 import ingest_pb2

DAY = 86_400 * 10**9
NOW = 400 * DAY
SENT = 50_000


def _engine(table: pa.Table, segments: tuple[str, ...] = ()) -> _core.Engine:
    """An engine that has taken the records in, in windows of a day."""
    engine = _core.Engine("test")
    monitor = MonitorConfig(model="m", window=timedelta(days=1), segments=(segments,) if segments else ())
    engine.set_monitor(monitor.to_proto().SerializeToString())
    now = pc.max(table["timestamp"].cast(pa.int64())).as_py()
    for start in range(0, table.num_rows, SENT):
        request = ingest_pb2.IngestRequest(model="m", version="1", records=ipc(table.slice(start, SENT)))
        engine.ingest_batch(request.SerializeToString(), now)
    return engine


def _records(
    random: np.random.Generator, days: range, rows: int, lean: float, labelled: float = 1.0
) -> pa.Table:
    """Scores that lean to one; a record at a score is positive with the chance of its square; two groups."""
    number = rows * len(days)
    score = random.beta(1 + lean, 1, number)
    is_positive = random.random(number) < score**2
    times = np.repeat(np.array(days) * DAY, rows) + np.tile(np.arange(rows), len(days))
    return pa.table(
        {
            "timestamp": pa.array(times).cast(pa.timestamp("ns", "UTC")),
            "group": pa.array(np.where(score > 0.6, "high", "low")),
            "score": pa.array(score),
            "prediction": pa.array(score >= 0.5),
            "label": pa.array(is_positive, mask=random.random(number) >= labelled),
        }
    )


def _held(results: list[EstimatedPerformanceResult], name: str, way: str = "estimated") -> float:
    """In how many of the results the interval holds what labels say."""
    held = []
    for result in results:
        entry = result[name]
        expected = getattr(entry, way)
        assert expected is not None
        assert entry.realised is not None
        held.append(expected.low <= entry.realised.value <= expected.high)
    return float(np.mean(held))


def test_moved_inputs_are_allowed_for() -> None:
    random = np.random.default_rng(11)
    reference = _records(random, range(1, 2), 20_000, 0.2)
    monitor = MonitorConfig(model="m", window=timedelta(days=1))
    engine = _engine(_records(random, range(10, 70), 1_500, 3.0))
    profile = driftline.profile(reference.drop_columns(["timestamp"]), monitor=monitor)
    engine.set_baseline("m", "training", profile.to_arrow(), make_default=True)
    days = list(Monitor(EngineTransport(engine)).estimated_performance("training", every="1d"))
    assert len(days) == 60
    for name in ("accuracy", "precision", "recall", "f1", "specificity", "roc_auc"):
        assert _held(days, name) >= 0.9, name
    first = days[0]
    assert (first.predictions, first.labels, first.scored) == (1_500, 1_500, 1_500)
    assert (first.calibrated_by, first.reference_periods, first.reference.name) == (20_000, 0, "training")
    before = profile.performance()[0]["precision"].value
    precision = first["precision"].estimated
    assert precision is not None
    assert abs(precision.value - before) > 0.05, "the inputs have moved far"


def test_labels_that_are_missing_change_nothing_that_is_expected() -> None:
    full = _records(np.random.default_rng(3), range(1, 3), 5_000, 1.0)
    asked = []
    for table in (full, full.set_column(4, "label", pa.array([None] * full.num_rows, pa.bool_()))):
        engine = _engine(table)
        profile = driftline.profile(full.drop_columns(["timestamp"]))
        engine.set_baseline("m", "training", profile.to_arrow(), make_default=True)
        asked.append(Monitor(EngineTransport(engine)).estimated_performance())
    known, unknown = asked
    assert known["f1"].estimated == unknown["f1"].estimated
    assert (unknown.labels, unknown["f1"].realised) == (0, None)
    assert list(known.sentences()) == []
    assert [said.split(" is ")[0] for said in unknown.sentences()] == [
        "without labels accuracy",
        "without labels roc_auc",
    ]


def test_the_mix_of_segments_is_allowed_for() -> None:
    random = np.random.default_rng(4)
    table = pa.concat_tables(
        [_records(random, range(1, 3), 10_000, 0.0), _records(random, range(10, 40), 1_000, 2.0)]
    )
    monitor = Monitor(EngineTransport(_engine(table, ("group",))))
    reference = driftline.Selection("m", end=3 * DAY)
    days = list(monitor.estimated_performance(reference, by="group", start=10 * DAY, every="1d"))
    assert len(days) == 30
    # Within a group, scores have moved as well: that is what the calibration of scores allows for, and this does not.
    unweighted = monitor.performance(end=3 * DAY)[0]["accuracy"].value
    for day in days:
        entry = day["accuracy"]
        assert entry.reweighted is not None
        assert entry.realised is not None
        nearer = abs(entry.reweighted.value - entry.realised.value)
        assert nearer < abs(unweighted - entry.realised.value) + 0.02
        assert day.reweighted_predictions == 1_000


def test_what_cannot_be_learnt_is_said() -> None:
    table = _records(np.random.default_rng(5), range(1, 2), 100, 1.0)
    engine = _engine(table)
    profile = driftline.profile(table.select(["score", "prediction"]))
    engine.set_baseline("m", "training", profile.to_arrow(), make_default=True)
    with pytest.raises(FailedPreconditionError, match="training has no labelled scores to learn from"):
        Monitor(EngineTransport(engine)).estimated_performance()


@pytest.fixture(scope="module")
def flights() -> pa.Table:
    """Flights from April on whose delay is known, scored by a model that was trained on the winter."""
    everything = load_flights()
    model = train(between(everything, FIRST_DAY, LIVE_FROM))
    live = serve(model, between(everything, LIVE_FROM, np.datetime64("2013-12-31")), lambda _: None)
    served = with_roles(live).select(["timestamp", "score", "prediction", "label"])
    return served.filter(pc.is_valid(served["label"]))


def test_days_of_flights_lie_in_the_intervals_that_the_weeks_before_give(flights: pa.Table) -> None:
    monitor = Monitor(EngineTransport(_engine(flights)))
    weeks_before = CompareWith(trailing=timedelta(days=56))
    answer = monitor.estimated_performance(weeks_before, start="2013-06-01", end="2013-12-30", every="1d")
    days = list(answer)
    assert len(days) > 200
    assert {day.reference_periods for day in days} == {56}
    for name in ("accuracy", "f1", "roc_auc"):
        assert _held(days, name) >= 0.9, name
    widths: npt.NDArray[np.float64] = np.array([_width(day) for day in days])
    assert np.median(widths) < 0.4, "an interval that says something"


def _width(day: EstimatedPerformanceResult) -> float:
    accuracy = day["accuracy"].estimated
    assert accuracy is not None
    return accuracy.high - accuracy.low
