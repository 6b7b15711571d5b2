"""Every sample of the exposition, read by Prometheus' own parser, against the rows."""

import time
import urllib.request
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_open_metrics
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample
from scipy import stats
from sklearn import metrics
from tests.e2e.conftest import MODEL, VERSION, Rows, Scene
from tests.e2e.exact import (
    NOT_PROFILED,
    bin_counts,
    category_counts,
    finite,
    is_text,
    labelled,
    psi,
    rank_error,
    texts,
)

import driftline
from driftline.query.results import DriftResult

#: Gauges over the recent range (30 days, all that was sent) and counters, by what they are about.
OF_FEATURES = "driftline_feature_"
OPEN_METRICS = "application/openmetrics-text; version=1.0.0"


@pytest.fixture(scope="module")
def samples(scene: Scene) -> list[Sample]:
    families = text_string_to_metric_families(scene.collector.get("/metrics"))
    return [sample for family in families for sample in family.samples]


def _of(samples: list[Sample], name: str) -> dict[str, float]:
    """Samples of one family by what tells them apart, model and version checked."""
    found = {}
    for sample in samples:
        if sample.name == name:
            labels = dict(sample.labels)
            assert (labels.pop("model", MODEL), labels.pop("version", VERSION)) == (MODEL, VERSION)
            found["/".join(labels.values())] = sample.value
    return found


def _profiled(rows: Rows) -> list[str]:
    return [name for name in rows.april.column_names if name not in NOT_PROFILED]


def _numeric(rows: Rows) -> list[str]:
    return [name for name in _profiled(rows) if not is_text(rows.april[name])]


def test_shapes_of_columns(samples: list[Sample], rows: Rows) -> None:
    nulls = {name: rows.april[name].null_count / rows.april.num_rows for name in _profiled(rows)}
    assert _of(samples, "driftline_feature_null_ratio") == pytest.approx(nulls)
    means = {name: finite(rows.april[name]).mean() for name in _numeric(rows)}
    assert _of(samples, "driftline_feature_mean") == pytest.approx(means, rel=1e-9)
    deviations = {name: finite(rows.april[name]).std(ddof=1) for name in _numeric(rows)}
    assert _of(samples, "driftline_feature_std_dev") == pytest.approx(deviations, rel=1e-9, abs=1e-12)


def test_distinct_values_and_quantiles(samples: list[Sample], rows: Rows) -> None:
    distinct = _of(samples, "driftline_feature_distinct_values")
    assert distinct.keys() == set(_profiled(rows))
    for name, value in distinct.items():
        column = rows.april[name]
        exact = len(set(texts(column))) if is_text(column) else len(np.unique(finite(column)))
        assert value == pytest.approx(exact, rel=0.04, abs=2), name
    for key, value in _of(samples, "driftline_feature_quantile").items():
        name, q = key.split("/")
        assert rank_error(finite(rows.april[name]), value, float(q)) <= 0.01, key
    latency = _of(samples, "driftline_latency_seconds")
    assert latency.keys() == {"0.5", "0.9", "0.99"}
    for q, value in latency.items():
        assert rank_error(finite(rows.april["latency"]), value, float(q)) <= 0.01


def test_drift(samples: list[Sample], rows: Rows, scene: Scene) -> None:
    stored = {row["column"]: row for row in rows.profile.to_arrow().to_pylist()}
    found, noise = _of(samples, "driftline_feature_psi"), _of(samples, "driftline_feature_psi_noise_q95")
    assert len(found) > 15
    assert found.keys() == noise.keys()
    for name, value in found.items():
        row, training, april = stored[name], rows.training[name], rows.april[name]
        if is_text(april):
            kept = row["baseline_categories"]
            before, after = (category_counts(texts(column), kept) for column in (training, april))
        else:
            edges = np.array(row["baseline_edges"])
            before, after = (bin_counts(finite(column), edges) for column in (training, april))
        assert value == pytest.approx(psi(before, after), rel=1e-9), name
        freedom = int(((before + after) > 0).sum()) - 1
        q95 = stats.chi2.ppf(0.95, freedom) if freedom else 0.0
        chance = (1 / before.sum() + 1 / after.sum()) * q95
        assert noise[name] == pytest.approx(chance, rel=1e-6), name
    with driftline.connect(scene.collector.grpc_address) as monitor:
        answer = monitor.drift(model=MODEL)
    for metric in ("ks", "jensen_shannon", "wasserstein", "chi_square"):
        assert _of(samples, f"driftline_feature_{metric}") == pytest.approx(_values(answer, metric), rel=1e-9)


def _values(answer: DriftResult, metric: str) -> dict[str, float]:
    """By column; that these are right is tested in test_drift.py."""
    return {column.column: value.value for column in answer for value in column if value.metric == metric}


def test_quality(samples: list[Sample], rows: Rows) -> None:
    known = labelled(rows.april)
    truth, predicted, scores = (known[name].to_numpy() for name in ("label", "prediction", "score"))
    exact: dict[str, Callable[[], float]] = {
        "driftline_accuracy_ratio": lambda: metrics.accuracy_score(truth, predicted),
        "driftline_precision_ratio": lambda: metrics.precision_score(truth, predicted),
        "driftline_recall_ratio": lambda: metrics.recall_score(truth, predicted),
        "driftline_f1_ratio": lambda: metrics.f1_score(truth, predicted),
        "driftline_log_loss": lambda: metrics.log_loss(truth, scores),
        "driftline_label_coverage_ratio": lambda: known.num_rows / rows.april.num_rows,
    }
    for name, compute in exact.items():
        assert _of(samples, name) == {"": pytest.approx(compute(), rel=1e-9)}, name
    auc = metrics.roc_auc_score(truth, scores)
    assert _of(samples, "driftline_roc_auc_ratio")[""] == pytest.approx(auc, abs=0.002)
    times = known["timestamp"].to_numpy()
    delays = (times.astype("datetime64[D]") + np.timedelta64(2, "D") - times) / np.timedelta64(1, "s")
    for q, value in _of(samples, "driftline_label_delay_seconds").items():
        assert value == pytest.approx(np.quantile(delays, float(q)), rel=0.01)


def test_counters(samples: list[Sample], rows: Rows, scene: Scene) -> None:
    assert _of(samples, "driftline_predictions_total") == {"": rows.april.num_rows}
    zero = [
        "driftline_client_dropped_records_total",
        "driftline_future_records_total",
        "driftline_missing_timestamps_total",
        "driftline_segment_overflow_records_total",
        "driftline_pending_labels",
        "driftline_damaged_models",
        "driftline_series_dropped_total",
    ]
    assert {name: set(_of(samples, name).values()) for name in zero} == {name: {0.0} for name in zero}
    assert not any(sample.name == "driftline_batches_rejected_total" for sample in samples)
    info = [sample for sample in samples if sample.name == "driftline_build_info"]
    assert [(sample.labels["version"], sample.value) for sample in info] == [(driftline.__version__, 1.0)]
    age = _of(samples, "driftline_last_record_age_seconds")[""]
    assert 0 <= age <= time.monotonic() - scene.began
    sent = [day for day in rows.slices if _is_second_half(day.predictions, day.labels)]
    records = sum(day.predictions.num_rows + day.labels.num_rows for day in sent)
    assert _of(samples, "driftline_records_total") == {"": records}, "of this process, not of the one before"


def _is_second_half(predictions: pa.Table, labels: pa.Table) -> bool:
    table = predictions if predictions.num_rows else labels
    return bool(table["timestamp"].to_numpy().min() >= np.datetime64("2013-04-16"))


def test_open_metrics_is_spoken_too(scene: Scene, samples: list[Sample]) -> None:
    url = f"http://{scene.collector.http_address}/metrics"
    asked = urllib.request.Request(url, headers={"Accept": OPEN_METRICS})
    with urllib.request.urlopen(asked) as response:
        assert response.headers["Content-Type"].startswith("application/openmetrics-text")
        families = list(parse_open_metrics(response.read().decode()))  # type: ignore[no-untyped-call]
    names = {sample.name for family in families for sample in family.samples}
    assert {sample.name for sample in samples} <= names | {"driftline_build_info"}


def test_every_family_has_help_and_a_known_name(scene: Scene) -> None:
    families = list(text_string_to_metric_families(scene.collector.get("/metrics")))
    assert len(families) > 30
    for family in families:
        assert family.name.startswith("driftline_")
        assert family.documentation
