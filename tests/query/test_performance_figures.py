"""Figures of quality beside those of scikit-learn, or the formula, on tables that come with it."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from sklearn import datasets, linear_model, metrics, model_selection, preprocessing
from sklearn.calibration import calibration_curve
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline

import driftline
from driftline.query.results import SegmentPerformance

Numbers = npt.NDArray[np.float64]
Scored = tuple[npt.NDArray[np.bool_], Numbers]
Z = 1.959963984540054
#: Half the width of a bin of the score histogram.
SCORE_ERROR = 0.5 / 1024


def judged(curves: bool = False, **columns: npt.ArrayLike) -> SegmentPerformance:
    """The quality of all records."""
    table = pa.table({name: pa.array(np.asarray(values)) for name, values in columns.items()})
    return driftline.profile(table).performance(curves=curves)[0]


@pytest.fixture(scope="module")
def binary() -> Scored:
    """Labels of the breast cancer table and scores of records that the model has not seen."""
    features, labels = datasets.load_breast_cancer(return_X_y=True)
    model = make_pipeline(preprocessing.StandardScaler(), linear_model.LogisticRegression(C=0.001))
    scores = model_selection.cross_val_predict(model, features, labels, cv=3, method="predict_proba")[:, 1]
    return labels.astype(bool), scores


@pytest.fixture(scope="module")
def scored(binary: Scored) -> SegmentPerformance:
    """What is said of them."""
    labels, scores = binary
    return judged(curves=True, label=labels, score=scores, prediction=scores >= 0.6)


def test_binary_figures(scored: SegmentPerformance, binary: Scored) -> None:
    labels, scores = binary
    said = scores >= 0.6
    exact = {
        "accuracy": metrics.accuracy_score(labels, said),
        "balanced_accuracy": metrics.balanced_accuracy_score(labels, said),
        "precision": metrics.precision_score(labels, said),
        "recall": metrics.recall_score(labels, said),
        "f1": metrics.f1_score(labels, said),
        "specificity": metrics.recall_score(labels, said, pos_label=False),
        "mcc": metrics.matthews_corrcoef(labels, said),
        "log_loss": metrics.log_loss(labels, scores),
        "brier": metrics.brier_score_loss(labels, scores),
    }
    for name, value in exact.items():
        assert scored[name].value == pytest.approx(value, rel=1e-9), name
        assert scored[name].low < value < scored[name].high
    losses = (scores - labels) ** 2
    assert scored["brier"].high - scored["brier"].low == pytest.approx(
        2 * Z * losses.std(ddof=1) / np.sqrt(len(losses)), rel=0.01
    )
    for name, value in (
        ("roc_auc", metrics.roc_auc_score(labels, scores)),
        ("pr_auc", metrics.average_precision_score(labels, scores)),
    ):
        assert scored[name].value == pytest.approx(value, abs=1e-3)
        assert scored[name].low <= value <= scored[name].high
    assert scored["specificity"].n == int((~labels).sum())
    assert scored["precision"].n == int(said.sum())


def test_calibration(scored: SegmentPerformance, binary: Scored) -> None:
    labels, scores = binary
    assert scored.classification is not None
    assert scored.classification.curves is not None
    curve = scored.classification.curves.calibration
    shares, means = calibration_curve(labels, scores, n_bins=16)
    counts = np.histogram(scores, np.linspace(0, 1, 17))[0]
    assert [entry.n for entry in curve] == counts[counts > 0].tolist()
    assert [entry.positives.value for entry in curve] == pytest.approx(shares.tolist())
    for entry, mean in zip(curve, means, strict=True):
        assert entry.score.low <= mean <= entry.score.high
        assert entry.score.high - entry.score.low == pytest.approx(2 * SCORE_ERROR)
    exact = float((counts[counts > 0] * np.abs(shares - means)).sum() / len(labels))
    assert scored["ece"].value == pytest.approx(exact, abs=SCORE_ERROR)
    assert scored["ece"].low <= exact <= scored["ece"].high


def test_thresholds(scored: SegmentPerformance, binary: Scored) -> None:
    labels, scores = binary
    assert scored.classification is not None
    assert scored.classification.curves is not None
    curve = scored.classification.curves.thresholds
    assert len(curve) == 128
    for entry in curve:
        said = scores >= entry.threshold
        assert entry.rate is not None
        assert entry.rate.value == pytest.approx(said.mean())
        assert entry.recall is not None
        assert entry.recall.value == pytest.approx((said & labels).sum() / labels.sum())
        if said.any():
            assert entry.precision is not None
            assert entry.f1 is not None
            assert entry.precision.value == pytest.approx(metrics.precision_score(labels, said))
            assert entry.f1.value == pytest.approx(metrics.f1_score(labels, said))
        else:
            assert entry.precision is None
    assert curve.to_arrow()["recall"].to_pylist() == [entry.recall.value for entry in curve if entry.recall]


def test_gain(scored: SegmentPerformance, binary: Scored) -> None:
    labels, scores = binary
    assert scored.classification is not None
    assert scored.classification.curves is not None
    curve = scored.classification.curves.gain
    found = np.cumsum(labels[np.argsort(-scores, kind="stable")]) / labels.sum()
    for entry in curve:
        rows = entry.depth * len(labels)
        exact = float(np.interp(rows, np.arange(len(labels) + 1), np.concatenate([[0.0], found])))
        assert entry.gain.value == pytest.approx(exact, abs=0.01)
        assert entry.gain.low <= exact <= entry.gain.high
        assert entry.lift.value == pytest.approx(entry.gain.value / entry.depth)
    assert (curve["100%"].gain.low, curve["100%"].lift.value) == (1.0, 1.0)


def test_curves_come_only_if_asked_for(binary: Scored) -> None:
    labels, scores = binary
    found = judged(label=labels, score=scores)
    assert found.classification is not None
    assert found.classification.curves is None


def test_many_classes() -> None:
    features, labels = datasets.load_digits(return_X_y=True)
    said = model_selection.cross_val_predict(GaussianNB(), features, labels, cv=3)
    found = judged(label=labels.astype(str), prediction=said.astype(str))
    exact = {
        "accuracy": metrics.accuracy_score(labels, said),
        "balanced_accuracy": metrics.balanced_accuracy_score(labels, said),
        "mcc": metrics.matthews_corrcoef(labels, said),
    }
    for average in ("micro", "macro", "weighted"):
        scores = metrics.precision_recall_fscore_support(labels, said, average=average, zero_division=0)
        exact |= {f"{name}_{average}": scores[at] for at, name in enumerate(("precision", "recall", "f1"))}
    for name, value in exact.items():
        assert found[name].value == pytest.approx(value, rel=1e-12), name
        assert found[name].low < found[name].value < found[name].high
    assert found.classification is not None
    assert found["precision"] == found["precision_macro"], "the plain names are those of the macro average"
    assert "specificity" not in found.estimates
    per_class = metrics.precision_recall_fscore_support(labels, said, zero_division=0)
    for digit in range(10):
        entry = found.classification.of_class(str(digit))
        values = [entry[name].value for name in ("precision", "recall", "f1")]
        assert values == pytest.approx([per_class[at][digit] for at in range(3)])
        assert (entry.labelled, entry.predicted) == (int((labels == digit).sum()), int((said == digit).sum()))


def test_regression() -> None:
    features, labels = datasets.load_diabetes(return_X_y=True)
    said = model_selection.cross_val_predict(linear_model.LinearRegression(), features, labels, cv=3)
    found = judged(label=labels, prediction=said)
    errors = np.abs(labels - said)
    exact = {
        "mae": metrics.mean_absolute_error(labels, said),
        "mse": metrics.mean_squared_error(labels, said),
        "rmse": metrics.root_mean_squared_error(labels, said),
        "r2": metrics.r2_score(labels, said),
        "bias": float((said - labels).mean()),
        "mape": metrics.mean_absolute_percentage_error(labels, said),
        "smape": float((2 * errors / (np.abs(labels) + np.abs(said))).mean()),
    }
    for name, value in exact.items():
        assert found[name].value == pytest.approx(value, rel=1e-9), name
        assert found[name].low < value < found[name].high
        assert found[name].n == len(labels)
    for name, share in (("median_absolute_error", 0.5), ("p95_absolute_error", 0.95)):
        value = np.quantile(errors, share, method="inverted_cdf")
        assert found[name].value == pytest.approx(value, rel=0.025)
        assert found[name].low <= value <= found[name].high
    # The delta method by the rows themselves.
    deviations = (labels - labels.mean()) ** 2
    terms = errors**2 / exact["mse"] - deviations / deviations.mean()
    factor = np.exp(Z * terms.std() / np.sqrt(len(labels)))
    assert found["r2"].low == pytest.approx(1 - (1 - exact["r2"]) * factor, rel=1e-6)
    factor = np.exp(Z * (errors**2).std(ddof=1) / np.sqrt(len(labels)) / exact["mse"])
    assert found["rmse"].high == pytest.approx(exact["rmse"] * np.sqrt(factor), rel=1e-6)


def test_labels_of_zero_have_no_percentage() -> None:
    found = judged(label=[0.0, 2.0, 4.0, 0.0], prediction=[1.0, 1.0, 5.0, 0.0])
    assert found["mape"].value == pytest.approx(0.375)
    assert found["smape"].value == pytest.approx((2 + 2 / 3 + 2 / 9) / 4)
    assert (found["mape"].n, found["smape"].n) == (2, 4)
    assert "p95_absolute_error" not in found.estimates, "four records have no upper end"


def test_all_figures_are_a_table(scored: SegmentPerformance) -> None:
    table = driftline.profile(pa.table({"label": [1, 0, 1], "prediction": [1, 1, 1]})).performance()
    rows = table.all_figures.to_arrow().to_pylist()
    assert [row["figure"] for row in rows] == list(table[0].estimates)
    without = dict.fromkeys(("weighted", "weighted_low", "weighted_high", "effective_n"))
    assert rows[0] == {"segment": "all", "figure": "accuracy", **vars(table[0]["accuracy"]), **without}
    assert "balanced_accuracy" in repr(table.all_figures)
    assert scored.classification is not None
    assert scored.classification.curves is not None
    assert "predicted positive" in repr(scored.classification.curves.thresholds)
