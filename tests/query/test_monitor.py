from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from sklearn import metrics

import driftline
from driftline import _core
from driftline.config import MonitorConfig
from driftline.errors import (
    FailedPreconditionError,
    InvalidArgumentError,
    NotFoundError,
    UnavailableError,
)
from driftline.query import EngineTransport, Monitor, Selection

HALF = 3_000
MONTHS = [31, 28, 31]


def of_month(records: pa.Table, month: int) -> pa.Table:
    day = pc.field("timestamp").cast(pa.date32())
    return records.filter((day >= date(2013, month, 1)) & (day < date(2013, month + 1, 1)))


def test_models_are_listed_with_versions_columns_and_segments(monitor: Monitor) -> None:
    model = monitor.models()["delays"]
    assert [version.version for version in model.versions] == ["1", "2"]
    assert [version.coverage.records for version in model.versions] == [HALF, HALF]
    roles = {info.column: info.role for info in model.versions[0].columns}
    assert roles["label"] == "label"
    assert roles["distance"] == "feature"
    carriers = {segment["carrier"] for segment in model.versions[0].segments}
    assert carriers == {"AA", "B6", "UA"}


def test_the_only_model_need_not_be_named(monitor: Monitor) -> None:
    assert monitor.summary() == monitor.summary("delays")


def test_no_model_and_several_models_must_be_named(records: pa.Table) -> None:
    engine = _core.Engine()
    empty = Monitor(EngineTransport(engine))
    with pytest.raises(NotFoundError, match="no model is known yet"):
        empty.summary()
    for model in ("a", "b"):
        engine.load(driftline.profile(records, monitor=MonitorConfig(model=model)).to_arrow())
    with pytest.raises(InvalidArgumentError, match="model must be one of a, b, got none"):
        empty.summary()
    with pytest.raises(NotFoundError, match="a"):
        empty.summary("c")


def test_a_misspelt_keyword_is_a_type_error(monitor: Monitor) -> None:
    options: dict[str, Any] = {"versoin": "1"}
    with pytest.raises(TypeError, match="versoin"):
        monitor.summary(**options)


def test_a_selection_by_version_range_and_segment(monitor: Monitor, records: pa.Table) -> None:
    assert monitor.summary(version="2")["distance"].count == HALF
    january = monitor.summary(start="2013-01-01", end=datetime(2013, 2, 1, tzinfo=UTC))
    assert january["distance"].count == len(of_month(records, 1))
    aa = monitor.summary(segment={"carrier": "AA"}, start=np.datetime64("2013-02-01"))
    later = pa.concat_tables([of_month(records, 2), of_month(records, 3)])
    assert aa["distance"].count == len(later.filter(pc.field("carrier") == "AA"))
    assert aa.coverage.records == aa["distance"].count


def test_quantiles_and_distribution_over_windows(monitor: Monitor, records: pa.Table) -> None:
    values = np.sort(records["distance"].to_numpy())
    for quantile in monitor.quantiles("distance", [0.5, 0.99]):
        assert quantile.low <= np.quantile(values, quantile.q, method="inverted_cdf") <= quantile.high
    assert monitor.quantiles("distance", 0.5).count == len(values)
    assert monitor.distribution("carrier", version="1").count == HALF


def test_a_profile_of_a_selection_answers_like_the_monitor(monitor: Monitor) -> None:
    profile = monitor.profile(version="1")
    # What rounding took from a mean, and which values wait to be gathered, is not stored.
    near = {"skewness": 1e-9, "excess_kurtosis": 1e-9, "p50": 0.01, "p99": 0.01}
    for stored, seen in zip(profile.summary().entries, monitor.summary(version="1").entries, strict=True):
        assert {**vars(stored), **dict.fromkeys(near)} == {**vars(seen), **dict.fromkeys(near)}
        for name, relative in near.items():
            figure = getattr(seen, name)
            assert getattr(stored, name) == (figure and pytest.approx(figure, rel=relative))
    for kept, live in zip(
        profile.quantiles("distance"), monitor.quantiles("distance", version="1"), strict=True
    ):
        assert kept.value == live.value
        assert kept.low <= live.value <= kept.high


def test_drift_from_another_version_an_earlier_range_or_a_profile(
    monitor: Monitor, records: pa.Table
) -> None:
    by_version = monitor.drift({"version": "1"}, version="2")
    by_selection = monitor.drift(Selection(version="1"), version="2")
    by_profile = monitor.drift(monitor.profile(version="1"), version="2")
    assert by_version == by_selection
    assert by_version.reference.name == "records"
    assert by_version.reference.versions == ("1",)
    assert by_version["dep_delay"]["psi"].exceeds_noise
    assert not by_version["distance"]["psi"].exceeds_noise
    assert by_profile["dep_delay"]["ks"].value == pytest.approx(by_version["dep_delay"]["ks"].value, abs=0.01)
    by_range = monitor.drift({"end": "2013-02-01"}, start="2013-03-01", columns=["dep_delay"], metrics=["ks"])
    assert by_range["dep_delay"]["ks"].n_reference == of_month(records, 1)["dep_delay"].drop_null().__len__()


def test_drift_without_a_baseline_says_that_there_is_none(monitor: Monitor) -> None:
    with pytest.raises((NotFoundError, FailedPreconditionError, InvalidArgumentError), match="baseline"):
        monitor.drift()
    with pytest.raises(NotFoundError, match="nothing"):
        monitor.drift("nothing")


def test_results_by_month_add_up(monitor: Monitor, records: pa.Table) -> None:
    by_month = monitor.summary(every="1mo")
    assert [period.label for period in by_month.periods] == ["2013-01-01", "2013-02-01", "2013-03-01"]
    counts = [summary["distance"].count for summary in by_month]
    assert counts == [len(of_month(records, month)) for month in (1, 2, 3)]
    drift = monitor.drift({"end": "2013-02-01"}, every="1mo", start="2013-02-01", metrics=["psi"])
    assert [period.label for period in drift.periods] == ["2013-02-01", "2013-03-01"]
    assert drift[0]["dep_delay"]["psi"].value < drift[1]["dep_delay"]["psi"].value
    assert drift.to_arrow()["period_start"].unique().__len__() == 2


def test_periods_without_records_are_left_out(monitor: Monitor) -> None:
    by_week = monitor.summary(every=timedelta(days=7), start="2012-12-01", end="2013-01-15")
    assert 2 <= len(by_week) <= 3
    assert all(summary.coverage.records for summary in by_week)
    assert len(monitor.summary(every="1d", start="2012-12-01", end="2012-12-05")) == 0


def test_performance_is_that_of_scikit_learn(monitor: Monitor, records: pa.Table) -> None:
    label, score = (records[name].to_numpy() for name in ("label", "score"))
    predicted = records["prediction"].to_numpy()
    found = monitor.performance()[0]
    assert (found.predictions, found.labels) == (len(label), len(label))
    assert found["accuracy"].value == pytest.approx(metrics.accuracy_score(label, predicted), rel=1e-12)
    assert found["precision"].value == pytest.approx(metrics.precision_score(label, predicted), rel=1e-12)
    assert found["recall"].value == pytest.approx(metrics.recall_score(label, predicted), rel=1e-12)
    assert found["f1"].value == pytest.approx(metrics.f1_score(label, predicted), rel=1e-12)
    assert found["log_loss"].value == pytest.approx(metrics.log_loss(label, score), rel=1e-9)
    auc = found["roc_auc"]
    assert auc.low <= metrics.roc_auc_score(label, score) <= auc.high
    assert found.classification is not None
    table = metrics.confusion_matrix(label, predicted)
    assert found.classification.confusion_count("true", "true") == table[1, 1]
    assert found.classification.confusion_count("false", "true") == table[0, 1]


def test_performance_by_segment_is_worst_first(monitor: Monitor, records: pa.Table) -> None:
    found = monitor.performance("carrier")
    assert sorted(entry.segment["carrier"] for entry in found) == ["AA", "B6", "UA"]
    accuracies = [entry["accuracy"].value for entry in found]
    assert accuracies == sorted(accuracies)
    united = records.filter(pc.field("carrier") == "UA")
    correct = np.mean(united["label"].to_numpy() == united["prediction"].to_numpy())
    assert found["UA"]["accuracy"].value == pytest.approx(correct, rel=1e-12)
    assert len(monitor.performance(by=["carrier"], every="1mo")) == len(MONTHS)


def test_counters(monitor: Monitor) -> None:
    counters = monitor.stats()
    assert (counters.batches_accepted, counters.records) == (2, 2 * HALF)
    assert {(version.version, version.records) for version in counters.versions} == {("1", HALF), ("2", HALF)}


def test_a_local_engine_is_only_read(monitor: Monitor, records: pa.Table) -> None:
    assert monitor.get_monitor().window == timedelta(hours=1)
    changes: list[Callable[[], object]] = [
        monitor.flush,
        lambda: monitor.set_monitor(MonitorConfig(model="delays")),
        lambda: monitor.set_baseline("delays", "training", driftline.profile(records)),
    ]
    for change in changes:
        with pytest.raises(FailedPreconditionError, match="running collector"):
            change()


def test_a_data_directory_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="nowhere"):
        driftline.open(tmp_path / "nowhere")


def test_a_collector_that_is_not_there() -> None:
    with (
        driftline.connect("127.0.0.1:1") as monitor,
        pytest.raises(UnavailableError, match=r"127\.0\.0\.1:1"),
    ):
        monitor.models()
