"""Any records, however strange: questions are answered in numbers or refused in words, and none meets a defect."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pyarrow as pa
from hypothesis import given
from tests.query.conftest import ipc

from driftline import _core
from driftline.errors import DriftlineError, InternalError
from driftline.query import EngineTransport, Monitor
from driftline.query.results import Estimate
from driftline.v1 import control_pb2, ingest_pb2, objectives_pb2, performance_pb2, signals_pb2

MINUTE = 60 * 10**9
NOW = int(datetime(2024, 5, 1, tzinfo=UTC).timestamp()) * 10**9

HUGE = 1.7976931348623157e308
STRANGE = [
    0.0,
    -0.0,
    1.0,
    0.5,
    1e-320,
    HUGE,
    -HUGE,
    1e200,
    -1e200,
    1e16,
    float("inf"),
    -float("inf"),
    float("nan"),
]
NUMBER = st.none() | st.sampled_from(STRANGE) | st.floats(-5, 5)
SHARE = st.none() | st.sampled_from([0.0, 0.5, 1.0, -0.1, 1.1, float("nan")]) | st.floats(0, 1)
TEXT = st.none() | st.sampled_from(["", "a", "b", "true", "0", "é" * 40])
INTEGER = st.none() | st.integers(-3, 3) | st.sampled_from([2**63 - 1, -(2**63)])
BOOL = st.none() | st.booleans()
# By name: a type and what is in it. Labels and predictions may be of different types.
COLUMNS: dict[str, list[tuple[pa.DataType, st.SearchStrategy[Any]]]] = {
    "x": [(pa.float64(), NUMBER), (pa.float32(), SHARE)],
    "y": [(pa.float64(), NUMBER), (pa.int64(), INTEGER)],
    "kind": [(pa.string(), TEXT), (pa.bool_(), BOOL)],
    "group": [(pa.string(), TEXT), (pa.int64(), INTEGER)],
    "prediction": [(pa.float64(), NUMBER), (pa.bool_(), BOOL), (pa.string(), TEXT), (pa.int64(), INTEGER)],
    "label": [(pa.float64(), NUMBER), (pa.bool_(), BOOL), (pa.string(), TEXT), (pa.int64(), INTEGER)],
    "score": [(pa.float64(), SHARE), (pa.float64(), NUMBER)],
    "weight": [(pa.float64(), NUMBER)],
    "latency": [(pa.float64(), NUMBER)],
    "user": [(pa.string(), TEXT)],
    "query_id": [(pa.string(), TEXT)],
}
METRICS = ("psi", "ks", "wasserstein", "jensen_shannon", "hellinger", "chi_square", "null_rate", "mean_shift")
ROLES = {
    "weight": "weight",
    "latency": "latency",
    "user": "principal",
    "query_id": "query_id",
    "kind": "feature",
}


@st.composite
def batches(draw: st.DrawFn) -> list[pa.Table]:
    """One to four batches of the same columns, over some minutes; the rows of one may be labels of those before."""
    names = draw(st.lists(st.sampled_from(sorted(COLUMNS)), min_size=1, unique=True))
    kinds = {name: draw(st.sampled_from(COLUMNS[name])) for name in names}
    tables = []
    for _ in range(draw(st.integers(1, 4))):
        rows = draw(st.integers(1, 12))
        repeats = draw(st.sampled_from([1, 1, 40]))
        columns = {
            name: pa.array(draw(st.lists(values, min_size=rows, max_size=rows)) * repeats, kind)
            for name, (kind, values) in kinds.items()
        }
        tenths = draw(st.lists(st.integers(0, 400), min_size=rows, max_size=rows)) * repeats
        times = NOW - np.array(tenths) * (MINUTE // 10)
        columns["timestamp"] = pa.array(times, pa.timestamp("ns", "UTC"))
        columns["prediction_id"] = pa.array([str(n) for n in range(rows * repeats)])
        tables.append(pa.table(columns))
    return tables


def questions(monitor: Monitor) -> Iterator[Callable[[], Any]]:
    """Every question that a monitor answers, most of them twice."""
    yield from (monitor.stats, monitor.models, monitor.profile, monitor.summary, monitor.windows)
    yield lambda: monitor.summary(every="1m")
    for column in ("x", "y", "kind"):
        yield partial(monitor.quantiles, column, (0.0, 0.5, 1.0))
        yield partial(monitor.distribution, column)
        yield partial(monitor.series, column, "mean", every="1m")
    yield partial(monitor.anomalies, every="1m")
    yield partial(monitor.performance, curves=True)
    yield partial(monitor.performance, by="group", every="10m")
    yield from (monitor.drift, partial(monitor.drift, metrics=METRICS, every="10m"))
    for recipe in ("evidently", "nannyml", "scouter", "whylogs"):
        yield partial(monitor.drift, recipe=recipe)
    yield from (monitor.column_sets, monitor.quality, monitor.evidence)
    yield partial(monitor.evidence, by="group", ks_tolerance=0.05, mean_tolerance=0.1)
    yield partial(monitor.concept_drift, min_labels=1, min_coverage=0.0)
    yield monitor.estimated_performance
    yield partial(monitor.estimated_performance, by="group", every="10m")
    yield partial(monitor.canary, control="1", canary="2", slow_seconds=0.5)
    yield from (monitor.fairness, partial(monitor.fairness, "group", min_records=1))
    yield from (monitor.objectives, monitor.signals, monitor.report)


def estimates(value: Any) -> Iterator[Estimate]:
    """All estimates inside an answer."""
    if isinstance(value, Estimate):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from estimates(item)
    elif isinstance(value, dict):
        yield from estimates(list(value.values()))
    elif hasattr(value, "__dataclass_fields__"):
        yield from estimates(list(vars(value).values()))


@contextmanager
def refusals_in_words() -> Iterator[None]:
    try:
        yield
    except DriftlineError as refusal:
        if isinstance(refusal, InternalError) or not str(refusal):
            raise


def settings_of(table: pa.Table) -> bytes:
    return control_pb2.Monitor(
        model="m",
        roles={name: role for name, role in ROLES.items() if name in table.column_names},
        segments=[control_pb2.SegmentColumns(columns=["group"])],
        column_sets=[control_pb2.ColumnSet(name="all", columns=["x", "y", "kind"])],
        signals=signals_pb2.SignalSettings(most=3),
        outcome_values=[performance_pb2.OutcomeValue(outcome="fp", value=-1e300)],
        objectives=[
            objectives_pb2.Objective(
                name="fast", target=0.9, slow=objectives_pb2.SlowRecord(limit_seconds=0.5)
            ),
            objectives_pb2.Objective(
                name="there", target=0.9, missing=objectives_pb2.MissingValue(column="x")
            ),
        ],
    ).SerializeToString()


@given(batches(), st.booleans())
def test_any_records_are_refused_or_answered(tables: list[pa.Table], has_baseline: bool) -> None:
    engine = _core.Engine("test")
    monitor = Monitor(EngineTransport(engine))
    engine.set_monitor(settings_of(tables[0]))
    for number, table in enumerate(tables):
        request = ingest_pb2.IngestRequest(model="m", version=str(1 + number % 2), records=ipc(table))
        with refusals_in_words():
            engine.ingest_batch(request.SerializeToString(), NOW)
        with refusals_in_words():
            if number == 0 and has_baseline:
                engine.set_baseline("m", "first", monitor.profile("m").to_arrow(), make_default=True)
    for question in questions(monitor):
        with refusals_in_words():
            answer = question()
            assert repr(answer)
            for found in estimates(answer):
                assert np.isfinite([found.low, found.value, found.high]).all(), found
                assert found.low <= found.value <= found.high, found
