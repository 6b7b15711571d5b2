"""Figures of quality where there is little to say: no labels, one class, ties, constant or extreme numbers."""

import warnings
from collections.abc import Callable

import hypothesis.strategies as st
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from sklearn import metrics

import driftline
from driftline.query.results import SegmentPerformance

SCORES = st.floats(0, 1) | st.sampled_from([0.0, 0.5, 1.0])
BINARY = st.lists(st.tuples(st.none() | st.booleans(), SCORES), min_size=1, max_size=40)
CLASSES = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abcd")), min_size=1, max_size=40)
VALUES = (
    st.floats(-1e3, 1e3) | st.sampled_from([0.0, -0.0, 1.0]) | st.floats(allow_nan=True, allow_infinity=True)
)
NUMBERS = st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=40)


def judged(table: pa.Table) -> SegmentPerformance:
    found = driftline.profile(table).performance(curves=True)[0]
    for name, figure in found.estimates.items():
        assert figure.low <= figure.value <= figure.high, name
        assert np.isfinite([figure.low, figure.high]).all(), name
        assert figure.n >= 1, name
    return found


def agrees(found: SegmentPerformance, name: str, exact: Callable[[], float]) -> None:
    if name in found.estimates:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert found[name].value == pytest.approx(exact(), rel=1e-9, abs=1e-12), name


@given(BINARY)
def test_binary(rows: list[tuple[bool | None, float]]) -> None:
    labels, scores = (list(values) for values in zip(*rows, strict=True))
    said = [score >= 0.5 for score in scores]
    found = judged(pa.table({"label": pa.array(labels, pa.bool_()), "score": scores, "prediction": said}))
    known = [(label, score) for label, score in rows if label is not None]
    assert (found.predictions, found.labels) == (len(rows), len(known))
    if not known:
        assert found.estimates == {}
        return
    truth, given_scores = (np.array(values) for values in zip(*known, strict=True))
    predicted = given_scores >= 0.5
    assert found["accuracy"].value == pytest.approx((truth == predicted).mean())
    agrees(found, "balanced_accuracy", lambda: metrics.balanced_accuracy_score(truth, predicted))
    agrees(found, "mcc", lambda: metrics.matthews_corrcoef(truth, predicted))
    agrees(found, "brier", ((given_scores - truth) ** 2).mean)
    assert ("brier" in found.estimates) == (len(known) >= 2)
    assert ("roc_auc" in found.estimates) == (0 < truth.sum() < len(truth))
    assert ("pr_auc" in found.estimates) == bool(truth.any())
    if "roc_auc" in found.estimates:
        area = metrics.roc_auc_score(truth, given_scores)
        assert found["roc_auc"].low - 1e-12 <= area <= found["roc_auc"].high + 1e-12
    if "pr_auc" in found.estimates:
        precision = metrics.average_precision_score(truth, given_scores)
        assert found["pr_auc"].low - 1e-12 <= precision <= found["pr_auc"].high + 1e-12
    assert found.classification is not None
    assert found.classification.curves is not None
    for entry in found.classification.curves.thresholds:
        above = given_scores >= entry.threshold
        assert entry.rate is not None
        assert entry.rate.value == pytest.approx(above.mean())
    assert [entry.gain.value for entry in found.classification.curves.gain[-1:]] == [1.0] * bool(truth.any())


@given(CLASSES)
def test_classes(rows: list[tuple[str, str]]) -> None:
    labels, said = (list(values) for values in zip(*rows, strict=True))
    found = judged(pa.table({"label": labels, "prediction": said}))
    agrees(found, "accuracy", lambda: metrics.accuracy_score(labels, said))
    agrees(found, "balanced_accuracy", lambda: metrics.balanced_accuracy_score(labels, said))
    agrees(found, "mcc", lambda: metrics.matthews_corrcoef(labels, said))
    assert ("mcc" in found.estimates) == (len(set(labels)) > 1 and len(set(said)) > 1)
    for average in ("macro", "weighted"):
        exact = metrics.precision_recall_fscore_support(labels, said, average=average, zero_division=0)
        values = [found[f"{name}_{average}"].value for name in ("precision", "recall", "f1")]
        assert values == pytest.approx(exact[:3], rel=1e-12, abs=1e-12)


@given(NUMBERS)
def test_numbers(rows: list[tuple[float, float]]) -> None:
    labels, said = (np.array(values) for values in zip(*rows, strict=True))
    found = judged(pa.table({"label": pa.array(labels), "prediction": pa.array(said)}))
    with np.errstate(all="ignore"):
        errors = np.abs(labels - said)
        finite = np.isfinite(errors)
        labels, said, errors = labels[finite], said[finite], errors[finite]
        percentages = errors[labels != 0] / np.abs(labels[labels != 0])
        sizes = np.abs(labels) + np.abs(said)
        symmetric = np.where(sizes == 0, 0, 2 * errors / np.where(sizes == 0, 1, sizes))
        if found.regression is None:
            assert len(errors) == 0 or found.classification is not None
            return
        assert found.regression.count == len(errors)
        agrees(found, "mae", errors.mean)
        agrees(found, "mse", (errors**2).mean)
        agrees(found, "mape", percentages.mean)
        agrees(found, "smape", symmetric.mean)
    assert {"mae", "smape"} <= set(found.estimates) or len(errors) < 2 or np.abs(errors).max() > 1e100
    for name, share in (("median_absolute_error", 0.5), ("p95_absolute_error", 0.95)):
        if name in found.estimates:
            exact = np.quantile(errors, share, method="inverted_cdf")
            assert found[name].low <= exact <= found[name].high
