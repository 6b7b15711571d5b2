"""Groups beside each other, against the formulas on the rows themselves."""

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats
from sklearn import metrics
from tests.query.conftest import DAY, START, ipc

from driftline import _core
from driftline.errors import FailedPreconditionError, InvalidArgumentError, NotFoundError
from driftline.query import EngineTransport, Monitor
from driftline.v1 import control_pb2, ingest_pb2

Z = 1.959963984540054
ROWS = 6_000
NOW = int(START.timestamp()) * 10**9


@pytest.fixture(scope="module")
def people() -> pa.Table:
    """Of two days; women are predicted positive less often, and one town's few positives are not found."""
    random = np.random.default_rng(11)
    sex = random.choice(["f", "m"], ROWS)
    town = random.choice(["Bern", "Oslo", "Rome", "Ulm"], ROWS, p=[0.4, 0.3, 0.295, 0.005])
    label = random.random(ROWS) < 0.4
    score = np.clip(0.3 + 0.3 * label - 0.12 * (sex == "f") + random.normal(0, 0.15, ROWS), 0, 1)
    score = np.where((town == "Rome") & label, score - 0.2, score).clip(0, 1)
    known = random.random(ROWS) < 0.7
    return pa.table(
        {
            "timestamp": pa.array(NOW + np.arange(ROWS) * (2 * DAY // ROWS), pa.timestamp("ns", "UTC")),
            "sex": pa.array(sex),
            "town": pa.array(town),
            "score": pa.array(score),
            "prediction": pa.array(score >= 0.5),
            "label": pa.array(label, mask=~known),
        }
    )


@pytest.fixture(scope="module")
def asked(people: pa.Table) -> Monitor:
    engine = _core.Engine("test")
    monitor = control_pb2.Monitor(
        model="loans",
        window_nanos=3_600 * 10**9,
        segments=[control_pb2.SegmentColumns(columns=[column]) for column in ("sex", "town")],
    )
    engine.set_monitor(monitor.SerializeToString())
    request = ingest_pb2.IngestRequest(model="loans", records=ipc(people))
    engine.ingest_batch(request.SerializeToString(), NOW + 3 * DAY)
    return Monitor(EngineTransport(engine))


def truths(people: pa.Table) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """The labels; those that are not known as false."""
    return np.array([value is True for value in people["label"].to_pylist()])


def shares(people: pa.Table, chosen: np.ndarray) -> dict[str, tuple[int, int]]:
    """Hits and trials of each criterion among some rows."""
    said = people["prediction"].to_numpy()[chosen]
    known = people["label"].is_valid().to_numpy()[chosen]
    truth = truths(people)[chosen][known]
    judged = said[known]
    (tn, fp), (fn, tp) = metrics.confusion_matrix(truth, judged, labels=[False, True]).tolist()
    return {
        "demographic_parity": (int(said.sum()), len(said)),
        "equal_opportunity": (tp, tp + fn),
        "false_positive_rate": (fp, fp + tn),
        "predictive_parity": (tp, tp + fp),
        "accuracy": (tp + tn, tp + tn + fp + fn),
    }


def wilson(hits: int, trials: int) -> tuple[float, float]:
    found = stats.binomtest(hits, trials).proportion_ci(method="wilson")
    return found.low, found.high


def newcombe(left: tuple[int, int], right: tuple[int, int]) -> tuple[float, float, float]:
    (a, b), (c, d) = wilson(*left), wilson(*right)
    p, q = left[0] / left[1], right[0] / right[1]
    return p - q, p - q - np.hypot(p - a, d - q), p - q + np.hypot(b - p, q - c)


def test_a_group_beside_all_others(asked: Monitor, people: pa.Table) -> None:
    found = asked.fairness("sex")
    women = people["sex"].to_numpy(zero_copy_only=False) == "f"
    here, others = shares(people, women), shares(people, ~women)
    group = found["f"]
    assert (group.predictions, group.labels) == (
        women.sum(),
        people["label"].is_valid().to_numpy()[women].sum(),
    )
    for criterion, hits in here.items():
        each = group[criterion]
        assert (each.group_n, each.reference_n) == (hits[1], others[criterion][1])
        assert each.group is not None
        assert each.group.value == pytest.approx(hits[0] / hits[1])
        expected = newcombe(hits, others[criterion])
        assert (each.difference.value, each.difference.low, each.difference.high) == pytest.approx(expected)
        table = [
            [hits[0], others[criterion][0]],
            [hits[1] - hits[0], others[criterion][1] - others[criterion][0]],
        ]
        assert each.p_value == pytest.approx(stats.fisher_exact(table).pvalue, rel=1e-6, abs=1e-12)
    impact = group.disparate_impact
    assert impact is not None
    selected = [side["demographic_parity"][0] / side["demographic_parity"][1] for side in (here, others)]
    assert impact.value == pytest.approx(selected[0] / selected[1])
    assert group.fails_four_fifths
    odds = max(abs(group[name].difference.value) for name in ("equal_opportunity", "false_positive_rate"))
    assert group["equalized_odds"].difference.value == pytest.approx(odds)
    assert found["m"]["accuracy"].difference.value == pytest.approx(-group["accuracy"].difference.value)


def test_calibration(asked: Monitor, people: pa.Table) -> None:
    women = people["sex"].to_numpy(zero_copy_only=False) == "f"
    known = people["label"].is_valid().to_numpy()
    gap = truths(people) - people["score"].to_numpy()
    sides = [gap[known & women], gap[known & ~women]]
    found = asked.fairness("sex")["f"]["calibration"]
    assert found.group is not None
    assert found.group.value == pytest.approx(sides[0].mean(), abs=0.5 / 1024)
    assert found.difference.value == pytest.approx(sides[0].mean() - sides[1].mean(), abs=1 / 1024)
    error = Z * np.sqrt(sum(side.var(ddof=1) / len(side) for side in sides)) + 1 / 1024
    assert found.difference.high - found.difference.value == pytest.approx(error, rel=0.01)


def test_spreads_are_those_of_the_extreme_groups(asked: Monitor, people: pa.Table) -> None:
    found = asked.fairness("town")
    town = people["town"].to_numpy(zero_copy_only=False)
    rates = {name: shares(people, town == name) for name in ("Bern", "Oslo", "Rome")}
    for criterion in ("demographic_parity", "equal_opportunity", "accuracy"):
        values = {name: hits[criterion][0] / hits[criterion][1] for name, hits in rates.items()}
        spread = found.spread(criterion, "town")
        assert spread.groups == 3, "Ulm has too few"
        assert spread.lowest == {"town": min(values, key=values.__getitem__)}
        assert spread.difference.value == pytest.approx(max(values.values()) - min(values.values()))
        assert spread.ratio is not None
        assert spread.ratio.value == pytest.approx(min(values.values()) / max(values.values()))
        assert spread.difference.low < spread.difference.value < spread.difference.high
    assert [group.segment for group in found.too_small] == [{"town": "Ulm"}]


def test_the_worst_of_all_declared_segments_comes_first(asked: Monitor) -> None:
    found = asked.fairness()
    assert {column for group in found for column in group.segment} == {"sex", "town"}
    assert found.comparisons == sum(len(group.comparisons) for group in found) == 35
    least = [min(each.adjusted_p_value for each in group.comparisons) for group in found]
    assert least == sorted(least)
    assert set(found[0].segment.values()) <= {"f", "m", "Rome"}
    p_values = sorted(each.p_value for group in found for each in group.comparisons)
    assert min(least) == pytest.approx(min(p_values[0] * 35, 1))
    named = {(str(group), each.criterion) for group, each in found.exceeding()}
    assert ("town=Rome", "equal_opportunity") in named
    assert ("sex=f", "demographic_parity") in named
    assert any("below four fifths" in sentence for sentence in found.sentences())


def test_a_reference_group(asked: Monitor, people: pa.Table) -> None:
    found = asked.fairness("town", reference={"town": "Bern"}, min_records=5)
    assert {group.segment["town"] for group in found} == {"Oslo", "Rome", "Ulm"}
    town = people["town"].to_numpy(zero_copy_only=False)
    sides = [shares(people, town == name)["accuracy"] for name in ("Rome", "Bern")]
    found_accuracy = found["Rome"]["accuracy"].difference
    assert (found_accuracy.value, found_accuracy.low, found_accuracy.high) == pytest.approx(newcombe(*sides))
    with pytest.raises(NotFoundError, match="town=Bern"):
        asked.fairness("town", reference={"town": "Paris"})


def test_over_time(asked: Monitor) -> None:
    days = asked.fairness("sex", every="1d")
    assert len(days) == 2
    assert sum(day["f"].predictions for day in days) == asked.fairness("sex")["f"].predictions
    assert {"period_start", "criterion", "adjusted_p_value"} <= set(days.to_arrow().column_names)


def test_a_table_and_a_report(asked: Monitor) -> None:
    found = asked.fairness()
    table = found.to_arrow()
    assert table.num_rows == found.comparisons
    assert table.schema.field("segment").type == pa.map_(pa.string(), pa.string())
    assert "demographic_parity of" in repr(found)
    assert "1 group with too few records" in repr(found)
    report = asked.report()
    assert report.fairness == found
    assert any(sentence.startswith("sex=f: demographic_parity is") for sentence in report.sentences())
    assert asked.report(segment={"sex": "f"}).fairness is None


def test_what_cannot_be_asked(asked: Monitor) -> None:
    with pytest.raises(InvalidArgumentError, match="declared"):
        asked.fairness("age")
    with pytest.raises(InvalidArgumentError, match="at least 1, got 0"):
        asked.fairness("sex", min_records=0)
    engine = _core.Engine("test")
    engine.set_monitor(control_pb2.Monitor(model="plain").SerializeToString())
    with pytest.raises(FailedPreconditionError, match="no declared segments"):
        Monitor(EngineTransport(engine)).fairness(model="plain")
