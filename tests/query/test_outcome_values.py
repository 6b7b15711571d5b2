"""What predictions are worth."""

import numpy as np
import pyarrow as pa
import pytest
from tests.query.conftest import START, ipc

import driftline
from driftline import MonitorConfig, _core
from driftline.config.outcome_value import BinaryValues, ClassValue
from driftline.errors import InvalidArgumentError
from driftline.query import EngineTransport, Monitor
from driftline.query.results import SegmentPerformance
from driftline.v1 import ingest_pb2

Z = 1.959963984540054


def judged(values: BinaryValues | tuple[ClassValue, ...], positive: str = "") -> SegmentPerformance:
    """Of 1,000 predictions, 800 of them labelled."""
    random = np.random.default_rng(5)
    label = random.choice(["ham", "spam", "scam"], 1_000, p=[0.7, 0.2, 0.1])
    said = np.where(random.random(1_000) < 0.8, label, random.choice(["ham", "spam", "scam"], 1_000))
    labels = pa.array(label, mask=np.arange(1_000) >= 800)
    config = MonitorConfig(model="m", positive_class=positive, outcome_values=values)
    engine = _core.Engine("test")
    engine.set_monitor(config.to_proto().SerializeToString())
    table = pa.table({"label": labels, "prediction": pa.array(said)})
    request = ingest_pb2.IngestRequest(model="m", records=ipc(table))
    engine.ingest_batch(request.SerializeToString(), int(START.timestamp()) * 10**9)
    monitor = Monitor(EngineTransport(engine))
    assert monitor.get_monitor("m").outcome_values == values
    found = monitor.performance(model="m")[0]
    worth = {(each.label, each.predicted): each.value for each in values} if isinstance(values, tuple) else {}
    if isinstance(values, BinaryValues):
        names = {(True, True): "tp", (False, True): "fp", (True, False): "fn", (False, False): "tn"}
        rows = [
            getattr(values, names[a == positive, b == positive]) for a, b in zip(label, said, strict=True)
        ]
    else:
        rows = [worth.get(pair, 0.0) for pair in zip(label.tolist(), said.tolist(), strict=True)]
    exact = np.array(rows[:800])
    error = Z * exact.std(ddof=1) / np.sqrt(800)
    mean, total = found["mean_value"], found["total_value"]
    assert (mean.value, mean.low, mean.high) == pytest.approx(
        (exact.mean(), exact.mean() - error, exact.mean() + error)
    )
    assert (total.value, total.high) == pytest.approx((1_000 * mean.value, 1_000 * mean.high))
    assert (mean.n, total.n) == (800, 800)
    return found


def test_by_the_positive_class() -> None:
    found = judged(BinaryValues(tp=40.0, fp=-2.0, fn=-60.0), positive="spam")
    assert list(found.estimates)[-2:] == ["mean_value", "total_value"]


def test_by_classes() -> None:
    judged(
        (
            ClassValue(label="ham", predicted="spam", value=-3.0),
            ClassValue(label="scam", predicted="ham", value=-25.0),
            ClassValue(label="spam", predicted="spam", value=1.5),
        )
    )


def test_without_values_there_are_none() -> None:
    table = pa.table({"label": [True, False], "prediction": [True, True]})
    assert "mean_value" not in driftline.profile(table).performance()[0].estimates


def test_an_outcome_has_one_value() -> None:
    twice = (ClassValue(label="a", predicted="b", value=1.0), ClassValue(label="a", predicted="b", value=2.0))
    with pytest.raises(InvalidArgumentError, match="once"):
        driftline.profile(pa.table({"a": [1]}), monitor=MonitorConfig(model="m", outcome_values=twice))


def test_booleans_are_named_as_answers_name_them() -> None:
    config = MonitorConfig.model_validate(
        {"model": "m", "outcome_values": [{"label": True, "predicted": False, "value": -5}]}
    )
    assert config.outcome_values == (ClassValue(label="true", predicted="false", value=-5.0),)
    assert MonitorConfig.from_proto(config.to_proto()) == config
