import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from sklearn import metrics
from tests.e2e.conftest import MODEL, Rows
from tests.e2e.exact import Z, labelled, wilson

from driftline.query import Monitor
from driftline.query.results import SegmentPerformance

DAY_SECONDS = 86_400.0


def _check(found: SegmentPerformance, flights: pa.Table) -> None:
    """Every figure of an entry against scikit-learn on the flights it is about."""
    known = labelled(flights)
    assert (found.predictions, found.labels) == (flights.num_rows, known.num_rows)
    assert found.coverage is not None
    assert found.coverage.value == pytest.approx(known.num_rows / flights.num_rows)
    assert (found.coverage.low, found.coverage.high) == pytest.approx(
        wilson(known.num_rows, flights.num_rows)
    )
    truth, predicted = known["label"].to_numpy(), known["prediction"].to_numpy()
    classification = found.classification
    assert classification is not None, found
    exact = metrics.confusion_matrix(truth, predicted, labels=[False, True])
    names = ("false", "true")
    counts = [[classification.confusion_count(label, said) for said in names] for label in names]
    assert counts == exact.tolist()
    assert sum(cell.count for cell in classification.confusion) == known.num_rows
    assert (classification.average, classification.positive_class) == ("binary", "true")
    _check_rates(found, truth, predicted)
    _check_scores(found, truth, known["score"].to_numpy())


def _check_rates(found: SegmentPerformance, truth: np.ndarray, predicted: np.ndarray) -> None:
    hits = int((truth == predicted).sum())
    assert found["accuracy"].value == pytest.approx(hits / len(truth))
    assert (found["accuracy"].low, found["accuracy"].high) == pytest.approx(wilson(hits, len(truth)))
    if predicted.any():
        assert found["precision"].value == pytest.approx(metrics.precision_score(truth, predicted))
    else:
        assert "precision" not in found.estimates
    assert found["recall"].value == pytest.approx(metrics.recall_score(truth, predicted))
    assert found["f1"].value == pytest.approx(metrics.f1_score(truth, predicted))
    assert found["specificity"].value == pytest.approx(
        metrics.recall_score(truth, predicted, pos_label=False)
    )
    assert found["balanced_accuracy"].value == pytest.approx(
        metrics.balanced_accuracy_score(truth, predicted)
    )
    if predicted.any():
        assert found["mcc"].value == pytest.approx(metrics.matthews_corrcoef(truth, predicted))
    for average in ("macro", "weighted"):
        exact = metrics.precision_recall_fscore_support(truth, predicted, average=average, zero_division=0)
        for name, value in zip(("precision", "recall", "f1"), exact, strict=False):
            assert found[f"{name}_{average}"].value == pytest.approx(value)


def _check_scores(found: SegmentPerformance, truth: np.ndarray, scores: np.ndarray) -> None:
    auc = metrics.roc_auc_score(truth, scores)
    assert found["roc_auc"].value == pytest.approx(auc, abs=0.002 if len(truth) > 1_000 else 0.02)
    assert found["roc_auc"].low <= auc <= found["roc_auc"].high
    precision = metrics.average_precision_score(truth, scores)
    assert found["pr_auc"].low <= precision <= found["pr_auc"].high
    assert found["pr_auc"].value == pytest.approx(precision, abs=0.003 if len(truth) > 1_000 else 0.05)
    assert found["brier"].value == pytest.approx(metrics.brier_score_loss(truth, scores), rel=1e-9)
    losses = -np.log(np.where(truth, scores, 1 - scores))
    assert found["log_loss"].value == pytest.approx(losses.mean(), rel=1e-9)
    half = Z * losses.std(ddof=1) / np.sqrt(len(losses))
    assert found["log_loss"].high - found["log_loss"].value == pytest.approx(half, rel=1e-6)


def test_all_records_together(monitor: Monitor, rows: Rows) -> None:
    answer = monitor.performance(model=MODEL)
    assert len(answer) == 1
    _check(answer[0], rows.april)


@pytest.mark.parametrize("column", ["carrier", "origin"])
def test_every_segment(monitor: Monitor, rows: Rows, column: str) -> None:
    answer = monitor.performance(column, model=MODEL)
    values = rows.april[column].cast(pa.string())
    assert {entry.segment[column] for entry in answer} == set(pc.unique(values).to_pylist())
    for entry in answer:
        flights = rows.april.filter(pc.equal(values, pa.scalar(entry.segment[column])))
        if pc.count_distinct(labelled(flights)["label"]).as_py() == 2:
            _check(entry, flights)
    accuracies = [entry["accuracy"].value for entry in answer if entry.labels]
    assert accuracies == sorted(accuracies), "the worst comes first"


def test_a_week(monitor: Monitor, rows: Rows) -> None:
    start, end = np.datetime64("2013-04-08"), np.datetime64("2013-04-15")
    days = rows.april["timestamp"].to_numpy()
    week = rows.april.filter(pa.array((days >= start) & (days < end)))
    _check(monitor.performance(model=MODEL, start=start, end=end)[0], week)


def test_label_delays(monitor: Monitor, rows: Rows) -> None:
    times = labelled(rows.april)["timestamp"].to_numpy()
    known_at = times.astype("datetime64[D]") + np.timedelta64(2, "D")
    delays = (known_at - times) / np.timedelta64(1, "s")
    found = monitor.performance(model=MODEL)[0]
    assert found.label_delay_p50_seconds == pytest.approx(np.quantile(delays, 0.5), rel=0.01)
    assert found.label_delay_p99_seconds == pytest.approx(np.quantile(delays, 0.99), rel=0.01)
    assert delays.min() > DAY_SECONDS
