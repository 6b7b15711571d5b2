"""Figures by weight beside those of scikit-learn with `sample_weight`."""

from typing import Any

import hypothesis.strategies as st
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from sklearn import datasets, metrics, model_selection
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tests.query.conftest import DAY, START, ipc

import driftline
from driftline import _core
from driftline.query import EngineTransport, Monitor
from driftline.query.results import SegmentPerformance
from driftline.v1 import control_pb2, ingest_pb2

Z = 1.959963984540054
QUANTILES = {"median_absolute_error": 0.5, "p95_absolute_error": 0.95}
NOW = int(START.timestamp()) * 10**9


def judged(**columns: Any) -> SegmentPerformance:
    table = pa.table({name: pa.array(values) for name, values in columns.items()})
    return driftline.profile(table, roles={"weight": "weight"}).performance()[0]


def effective(weights: Any) -> float:
    return float(weights.sum() ** 2 / (weights**2).sum())


def test_classes() -> None:
    features, labels = datasets.load_digits(return_X_y=True)
    said = model_selection.cross_val_predict(GaussianNB(), features, labels, cv=3)
    weight = np.random.default_rng(3).lognormal(0, 1, len(labels))
    found = judged(label=labels.astype(str), prediction=said.astype(str), weight=weight)
    exact = {
        "accuracy": metrics.accuracy_score(labels, said, sample_weight=weight),
        "balanced_accuracy": metrics.balanced_accuracy_score(labels, said, sample_weight=weight),
        "mcc": metrics.matthews_corrcoef(labels, said, sample_weight=weight),
    }
    for average in ("micro", "macro", "weighted"):
        scores = metrics.precision_recall_fscore_support(
            labels, said, average=average, sample_weight=weight, zero_division=0
        )
        exact |= {f"{name}_{average}": scores[at] for at, name in enumerate(("precision", "recall", "f1"))}
    for name, value in exact.items():
        each = found.weighted[name]
        assert each.value == pytest.approx(value, rel=1e-9), name
        assert each.low < each.value < each.high
        assert each.effective_n == pytest.approx(effective(weight))
        wider = (each.high - each.low) / (found[name].high - found[name].low)
        assert 1.2 < wider < 2.5, "weights of such spread tell less: about sqrt(n / effective n)"
    assert found.weighted_records == len(labels)


def test_binary_and_scores() -> None:
    random = np.random.default_rng(4)
    label = random.random(3_000) < 0.3
    score = np.clip(0.3 * label + random.random(3_000) * 0.7, 0, 1)
    weight = np.where(label, 3.0, 0.5)
    weight[:50] = 0.0
    found = judged(label=label, score=score, prediction=score >= 0.5, weight=weight)
    said = score >= 0.5
    exact = {
        "precision": metrics.precision_score(label, said, sample_weight=weight),
        "recall": metrics.recall_score(label, said, sample_weight=weight),
        "f1": metrics.f1_score(label, said, sample_weight=weight),
        "specificity": metrics.recall_score(label, said, pos_label=False, sample_weight=weight),
        "log_loss": metrics.log_loss(label, score, sample_weight=weight),
        "brier": metrics.brier_score_loss(label, score, sample_weight=weight),
    }
    for name, value in exact.items():
        assert found.weighted[name].value == pytest.approx(value, rel=1e-9), name
    share = exact["recall"]
    hits = weight[label] * (said[label] - share)
    error = np.sqrt((hits**2).sum()) / weight[label].sum()
    trials = share * (1 - share) / error**2
    low = (share + Z**2 / 2 / trials - Z * np.sqrt(share * (1 - share) / trials + Z**2 / 4 / trials**2)) / (
        1 + Z**2 / trials
    )
    assert found.weighted["recall"].low == pytest.approx(low, rel=1e-9)


def binned(scores: Any) -> Any:
    """Each score as the middle of its bin: what is kept of it."""
    return (np.minimum(np.floor(scores * 1024), 1023) + 0.5) / 1024


def test_ranks_of_scores() -> None:
    features, labels = datasets.load_breast_cancer(return_X_y=True)
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.001))
    score = model_selection.cross_val_predict(model, features, labels, cv=3, method="predict_proba")[:, 1]
    weight = np.random.default_rng(5).lognormal(0, 1, len(labels))
    found = judged(label=labels.astype(bool), score=score, weight=weight)
    kept = binned(score)
    area = metrics.roc_auc_score(labels, kept, sample_weight=weight)
    assert found.weighted["roc_auc"].value == pytest.approx(area, rel=1e-9)
    for name, exact in (
        ("roc_auc", metrics.roc_auc_score(labels, score, sample_weight=weight)),
        ("pr_auc", metrics.average_precision_score(labels, score, sample_weight=weight)),
    ):
        each = found.weighted[name]
        assert each.value == pytest.approx(exact, abs=1e-3), name
        assert each.low < exact < each.high
        wider = (each.high - each.low) / (found[name].high - found[name].low)
        assert 1.1 < wider < 2.5, "weights of such spread tell less: about sqrt(n / effective n)"
    bins = np.minimum((kept * 16).astype(int), 15)
    gaps = np.bincount(bins, weight * (labels - kept), 16)
    assert found.weighted["ece"].value == pytest.approx(np.abs(gaps).sum() / weight.sum(), rel=1e-9)
    assert found.weighted["ece"].effective_n == pytest.approx(effective(weight))


def test_an_interval_holds_what_many_records_give() -> None:
    random = np.random.default_rng(11)

    def draw(rows: int) -> tuple[Any, Any, Any]:
        score = random.beta(2, 3, rows)
        return random.random(rows) < score**1.5, score, random.gamma(1, 1 + score)

    truth = {"roc_auc": metrics.roc_auc_score, "pr_auc": metrics.average_precision_score}
    label, score, weight = draw(1_000_000)
    exact = {name: of(label, score, sample_weight=weight) for name, of in truth.items()}
    held = dict.fromkeys(truth, 0)
    for _ in range(200):
        label, score, weight = draw(2_000)
        found = judged(label=label, score=score, weight=weight).weighted
        for name, value in exact.items():
            held[name] += found[name].low <= value <= found[name].high
    assert min(held.values()) >= 180, "95% of 200, less four standard deviations"


def test_numbers() -> None:
    features, labels = datasets.load_diabetes(return_X_y=True)
    said = model_selection.cross_val_predict(LinearRegression(), features, labels, cv=3)
    weight = np.random.default_rng(6).exponential(2, len(labels))
    missing = np.arange(len(labels)) % 11 == 0
    found = judged(label=labels, prediction=said, weight=pa.array(weight, mask=missing))
    known, w = ~missing, weight[~missing]
    exact = {
        "mae": metrics.mean_absolute_error(labels[known], said[known], sample_weight=w),
        "mse": metrics.mean_squared_error(labels[known], said[known], sample_weight=w),
        "rmse": metrics.root_mean_squared_error(labels[known], said[known], sample_weight=w),
        "bias": float(np.average(said[known] - labels[known], weights=w)),
        "r2": metrics.r2_score(labels[known], said[known], sample_weight=w),
        "mape": metrics.mean_absolute_percentage_error(labels[known], said[known], sample_weight=w),
    }
    sizes = np.abs(labels[known]) + np.abs(said[known])
    exact["smape"] = float(np.average(2 * np.abs(said[known] - labels[known]) / sizes, weights=w))
    for name, value in exact.items():
        assert found.weighted[name].value == pytest.approx(value, rel=1e-9), name
        assert found.weighted[name].effective_n == pytest.approx(effective(w))
    assert (found.weighted_records, found["mae"].n) == (int(known.sum()), len(labels))
    errors = np.abs(labels[known] - said[known])
    for name, share in QUANTILES.items():
        value = np.quantile(errors, share, weights=w, method="inverted_cdf")
        each = found.weighted[name]
        assert each.value == pytest.approx(value, rel=2 ** (1 / 16) - 1), "a bucket of 320 over all errors"
        assert each.low < value < each.high
        assert each.effective_n == pytest.approx(effective(w))
        wider = (each.high - each.low) / (found[name].high - found[name].low)
        assert 1.1 < wider < 2.5, "weights of such spread tell less: about sqrt(n / effective n)"
    n = effective(w)
    deviations = (w * (said[known] - labels[known] - exact["bias"])) ** 2
    error = np.sqrt(deviations.sum() * n / (n - 1)) / w.sum()
    assert found.weighted["bias"].high == pytest.approx(exact["bias"] + Z * error, rel=1e-9)


def test_equal_weights_change_nothing() -> None:
    random = np.random.default_rng(8)
    label = random.choice(["a", "b", "c"], 500)
    said = np.where(random.random(500) < 0.7, label, "a")
    found = judged(label=label, prediction=said, weight=np.full(500, 2.5))
    number = random.normal(3, 1, 500)
    numbers = judged(label=number, prediction=number + random.normal(0, 0.5, 500), weight=np.full(500, 2.5))
    score = random.random(500)
    scores = judged(label=random.random(500) < score, score=score, weight=np.full(500, 2.5))
    # Where the law of the interval differs: a mean loss is taken as normal without weights, its logarithm with them.
    values_only = {"mae", "log_loss", "brier"}
    for judgement in (found, numbers, scores):
        for name, each in judgement.weighted.items():
            unweighted = judgement[name]
            assert each.value == pytest.approx(unweighted.value, rel=1e-9), name
            assert each.effective_n == pytest.approx(unweighted.n)
            if name not in values_only:
                ends = (unweighted.low, unweighted.high)
                assert (each.low, each.high) == pytest.approx(ends, rel=1e-9), name
    assert {"r2", "mape", "smape"} | set(QUANTILES) <= set(numbers.weighted)
    assert set(numbers.weighted) == set(numbers.estimates), "every figure has its weighted twin"
    assert {"roc_auc", "pr_auc", "ece"} <= set(scores.weighted)


def test_a_table_shows_them_beside_the_others() -> None:
    table = pa.table(
        {"label": [1, 0, 1, 0], "prediction": [1, 1, 1, 0], "sample_weight": [1.0, 2.0, 3.0, 4.0]}
    )
    answer = driftline.profile(table).performance()
    assert "effective n" in repr(answer.all_figures)
    rows = {row["figure"]: row for row in answer.all_figures.to_arrow().to_pylist()}
    assert rows["accuracy"]["value"] == 0.75
    assert rows["accuracy"]["weighted"] == pytest.approx(0.8)


def test_a_correction_takes_the_weight_of_its_error_back() -> None:
    random = np.random.default_rng(10)
    rows = 400
    label, weight = random.normal(5, 1, rows), random.exponential(1, rows)
    said = label + random.normal(0, 0.2, rows)
    times = pa.array(NOW + np.arange(rows) * 10**9, pa.timestamp("ns", "UTC"))
    ids = pa.array(np.arange(rows))
    engine = _core.Engine("test")
    engine.set_monitor(control_pb2.Monitor(model="m", roles={"weight": "weight"}).SerializeToString())
    predictions: dict[str, Any] = {
        "timestamp": times,
        "prediction": pa.array(said),
        "weight": pa.array(weight),
    }
    labels: list[dict[str, Any]] = [{"label": pa.array(label - 3)}, {"label": pa.array(label)}]
    for columns in (predictions, *labels):
        records = ipc(pa.table({"prediction_id": ids, **columns}))
        request = ingest_pb2.IngestRequest(model="m", records=records)
        engine.ingest_batch(request.SerializeToString(), NOW + DAY)
    found = Monitor(EngineTransport(engine)).performance(model="m")[0]
    for name, share in QUANTILES.items():
        exact = np.quantile(np.abs(label - said), share, weights=weight, method="inverted_cdf")
        assert found.weighted[name].value == pytest.approx(exact, rel=2 ** (1 / 16) - 1), name


def test_labels_that_come_later_find_the_weight() -> None:
    random = np.random.default_rng(9)
    rows = 400
    label, weight = random.random(rows) < 0.5, random.exponential(1, rows)
    said = np.where(random.random(rows) < 0.8, label, ~label)
    times = pa.array(NOW + np.arange(rows) * 10**9, pa.timestamp("ns", "UTC"))
    predictions = pa.table(
        {
            "timestamp": times,
            "prediction_id": pa.array(np.arange(rows)),
            "prediction": pa.array(said),
            "weight": pa.array(weight),
            "x": pa.array(random.random(rows)),
        }
    )
    engine = _core.Engine("test")
    monitor = control_pb2.Monitor(model="m", roles={"weight": "weight"})
    engine.set_monitor(monitor.SerializeToString())
    for table in (
        predictions,
        pa.table({"prediction_id": pa.array(np.arange(rows)), "label": pa.array(label)}),
    ):
        request = ingest_pb2.IngestRequest(model="m", records=ipc(table))
        engine.ingest_batch(request.SerializeToString(), NOW + DAY)
    found = Monitor(EngineTransport(engine)).performance(model="m")[0]
    exact = metrics.accuracy_score(label, said, sample_weight=weight)
    assert found.weighted["accuracy"].value == pytest.approx(exact, rel=1e-9)
    assert found.weighted["accuracy"].effective_n == pytest.approx(effective(weight))


def test_a_share_of_all_is_no_more_than_all() -> None:
    found = judged(
        label=["a", "a", "b", "b"],
        prediction=["a", "a", "b", "c"],
        weight=[3.1281937211056494, 0.5, 0.99, 2.890625],
    )
    assert found.weighted["precision_weighted"].value == 1, "summed in two orders, the last bits differ"


WEIGHT = st.none() | st.floats(-1, 5) | st.sampled_from([0.0, float("nan"), float("inf"), 1e300, 1e-300])


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("abc"), WEIGHT), min_size=1, max_size=30))
def test_any_weights(rows: list[tuple[str, str, float | None]]) -> None:
    labels, said, weights = (list(values) for values in zip(*rows, strict=True))
    found = judged(label=labels, prediction=said, weight=pa.array(weights, pa.float64()))
    usable = [weight is not None and 0 <= weight < float("inf") for weight in weights]
    assert found.weighted_records == sum(usable)
    for name, each in found.weighted.items():
        assert each.low <= each.value <= each.high, name
        assert np.isfinite([each.low, each.high]).all(), name
    w = np.array([weight if use else 0.0 for weight, use in zip(weights, usable, strict=True)], dtype=float)
    if 1e-100 < w.sum() < 1e100:
        exact = np.average(np.array(labels) == np.array(said), weights=w / w.max())
        assert found.weighted["accuracy"].value == pytest.approx(exact, rel=1e-9, abs=1e-12)
    elif not w.any():
        assert found.weighted == {}


SCORED = st.tuples(st.booleans(), st.sampled_from([0.0, 0.25, 0.5, 0.7504, 0.7506, 1.0]), st.floats(0.01, 5))


@given(st.lists(SCORED, min_size=1, max_size=30))
def test_any_scores(rows: list[tuple[bool, float, float]]) -> None:
    labels, scores, weights = (np.array(values) for values in zip(*rows, strict=True))
    found = judged(label=labels, score=scores, weight=weights).weighted
    assert ("roc_auc" in found) == (len(set(labels)) == 2)
    assert ("pr_auc" in found) == bool(labels.any())
    if "roc_auc" in found:
        exact = metrics.roc_auc_score(labels, binned(scores), sample_weight=weights)
        assert found["roc_auc"].value == pytest.approx(exact, rel=1e-9, abs=1e-12)
    if "pr_auc" in found:
        each = found["pr_auc"]
        exact = metrics.average_precision_score(labels, scores, sample_weight=weights)
        assert each.low <= each.value <= each.high
        assert each.low - 1e-9 <= exact <= each.high + 1e-9


TRUTHS = st.tuples(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3), st.floats(0.01, 5))


@given(st.lists(TRUTHS, min_size=2, max_size=30))
def test_any_numbers(rows: list[tuple[float, float, float]]) -> None:
    labels, said, weights = (np.array(values) for values in zip(*rows, strict=True))
    found = judged(label=labels, prediction=said, weight=weights).weighted
    spread = np.average((labels - np.average(labels, weights=weights)) ** 2, weights=weights)
    if effective(weights) < 2:
        assert set(found) <= {"mape"}, (
            "a single record has no interval; those with labels other than 0 may be more"
        )
    elif spread > 1e-9 * (labels**2).max():
        exact = metrics.r2_score(labels, said, sample_weight=weights)
        assert found["r2"].value == pytest.approx(exact, rel=1e-6, abs=1e-6)
        assert found["r2"].low <= found["r2"].value <= found["r2"].high <= 1


@given(st.lists(TRUTHS, min_size=2, max_size=30))
def test_any_quantiles(rows: list[tuple[float, float, float]]) -> None:
    labels, said, weights = (np.array(values) for values in zip(*rows, strict=True))
    found = judged(label=labels, prediction=said, weight=weights).weighted
    errors, all_weight = np.abs(labels - said), weights.sum()
    for name, share in QUANTILES.items():
        if name in found:
            each = found[name]
            assert each.low <= each.value <= each.high
            # Sums of weights in two orders may part at the last bit.
            assert weights[errors <= each.high].sum() >= (share - 1e-9) * all_weight
            assert weights[errors < each.low].sum() <= (share + 1e-9) * all_weight
