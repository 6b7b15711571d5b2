"""What `/metrics` makes of answers: the numbers of the Python API, and few series however much there is."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tests.exporters.test_prometheus import HOUR, NOW, Samples, at, ingest, scrape, times

import driftline._core as core
from driftline.config import MonitorConfig
from driftline.exporters.feature_samples import OTHER, ranking
from driftline.exporters.prometheus import EngineCollector
from driftline.query import Monitor
from driftline.query.transport import EngineTransport
from driftline.v1 import evidence_pb2, quality_pb2, query_pb2

ROWS = 4_000
MINUTE = 60 * 10**9


def records(seed: int, rows: int = ROWS, shift: float = 0.0, start: int = NOW) -> dict[str, Any]:
    """Scores, labels that follow from them, two groups of which one is favoured, weights, one column that moves."""
    random = np.random.default_rng(seed)
    group = random.choice(["a", "b"], rows)
    score = np.clip(random.beta(2, 2, rows) + np.where(group == "a", 0.15, -0.15), 0.001, 0.999)
    return {
        "group": group,
        "x": random.normal(shift, 1, rows),
        "y": random.normal(0, 1, rows),
        "score": score,
        "label": random.random(rows) < score,
        "sample_weight": random.choice([1.0, 3.0], rows),
        "timestamp": times(rows, start),
    }


@pytest.fixture(scope="module")
def engine() -> core.Engine:
    engine = core.Engine()
    monitor = {
        "model": "m",
        "segments": [["group"]],
        "recent": "2h",
        "objectives": {"high": {"missing": "score", "target": 0.75}},
    }
    engine.set_monitor(MonitorConfig.model_validate(monitor).to_proto().SerializeToString())
    training = {name: values for name, values in records(1).items() if name != "timestamp"}
    engine.set_baseline("m", "training", core.profile(pa.table(training)), True)
    for window in range(10):
        ingest(engine, records(2 + window, shift=0.5, start=NOW - window * MINUTE))
    return engine


@pytest.fixture(scope="module")
def samples(engine: core.Engine) -> Samples:
    return scrape(EngineCollector(engine))


@pytest.fixture(scope="module")
def monitor(engine: core.Engine) -> Monitor:
    return Monitor(EngineTransport(engine))


def of(samples: Samples, name: str) -> dict[tuple[str, ...], float]:
    """Series of one metric by the values of their labels, model and version left out, labels sorted by name."""
    return {
        tuple(value for label, value in sorted(labels) if label not in ("model", "version")): value
        for (series, labels), value in samples.items()
        if series == f"driftline_{name}"
    }


def test_evidence(samples: Samples, monitor: Monitor) -> None:
    answer = monitor.evidence()
    expected = {(each.column,): each.log_e_value for each in answer}
    assert of(samples, "feature_log_e_value") == pytest.approx(expected)
    assert at(samples, "features_moved") == len(answer.discoveries) > 0
    assert "x" in {each.column for each in answer.discoveries}


def test_estimated_performance_and_weights(samples: Samples, monitor: Monitor) -> None:
    estimated = {
        (each.name,): each.estimated.value for each in monitor.estimated_performance() if each.estimated
    }
    assert len(estimated) > 4
    assert of(samples, "estimated_performance_ratio") == pytest.approx(estimated)
    (performance,) = monitor.performance()
    weighted = {(name,): each.value for name, each in performance.weighted.items()}
    assert ("accuracy",) in weighted
    assert of(samples, "weighted_performance") == pytest.approx(weighted)
    assert at(samples, "effective_records") == pytest.approx(
        min(each.effective_n for each in performance.weighted.values())
    )


def test_ranking() -> None:
    engine = core.Engine()
    random = np.random.default_rng(5)
    query, score = np.repeat(np.arange(50), 6), random.normal(0, 1, 300)
    label = random.random(300) < 1 / (1 + np.exp(-score))
    ingest(engine, {"query_id": query, "score": score, "label": label, "timestamp": times(300, NOW)})
    samples = scrape(EngineCollector(engine))
    (performance,) = Monitor(EngineTransport(engine)).performance()
    estimates = performance.estimates.items()
    told = {(name.partition("@")[2] or "all", name.partition("@")[0]): each.value for name, each in estimates}
    assert {("all", "mrr"), ("10", "ndcg"), ("1", "hit_rate")} <= told.keys()
    assert of(samples, "ranking_ratio") == pytest.approx(told)
    assert at(samples, "ranked_queries") == 50


def test_concept(samples: Samples, monitor: Monitor) -> None:
    answer = monitor.concept_drift()
    assert answer.windows > 0
    assert at(samples, "concept_log_e_value") == pytest.approx(answer.log_e_value)
    assert at(samples, "concept_relation_moved") == float(answer.has_relation_moved) == 0


def test_fairness(samples: Samples, monitor: Monitor) -> None:
    spreads = monitor.fairness().spreads
    assert {spread.criterion for spread in spreads} > {"demographic_parity", "equal_opportunity"}
    difference = {(*spread.by, spread.criterion): spread.difference.value for spread in spreads}
    assert of(samples, "fairness_difference") == pytest.approx(difference)
    ratio = {
        (*spread.by, spread.criterion): spread.ratio.value for spread in spreads if spread.ratio is not None
    }
    assert of(samples, "fairness_ratio") == pytest.approx(ratio)
    assert of(samples, "fairness_ratio")["group", "demographic_parity"] < 0.8


def test_objectives(samples: Samples, monitor: Monitor) -> None:
    assert at(samples, "objective_target_ratio", objective="high") == 0.75
    standing = monitor.objectives()["high"]
    assert standing.good is not None
    assert at(samples, "objective_good_ratio", objective="high") == pytest.approx(standing.good.value) == 1


def test_a_model_without_baseline_segments_or_labels_has_none_of_it() -> None:
    engine = core.Engine()
    ingest(engine, {"x": [1.0, 2.0], "score": [0.1, 0.9], "timestamp": times(2)})
    names = {name for name, _ in scrape(EngineCollector(engine))}
    assert "driftline_feature_mean" in names
    assert not {
        name for name in names if any(word in name for word in ("fair", "concept", "estim", "e_value"))
    }


@pytest.fixture
def wide() -> core.Engine:
    """Forty columns: `moved` has moved, `nulls` has nulls the baseline lacks, all others are as they were."""
    random = np.random.default_rng(5)
    rows = 2_000
    baseline = {f"c{number:02}": random.normal(size=rows) for number in range(38)}
    baseline |= {"moved": random.normal(size=rows), "nulls": random.normal(size=rows)}
    current = {f"c{number:02}": pa.array(random.normal(size=rows)) for number in range(38)}
    current |= {
        "moved": pa.array(random.normal(1.0, 1, rows)),
        "nulls": pa.array(random.normal(size=rows), mask=np.arange(rows) % 4 == 0),
    }
    training = {name: pa.array(values) for name, values in baseline.items()}
    engine = core.Engine()
    engine.set_baseline("m", "training", core.profile(pa.table(training)), True)
    ingest(engine, current | {"timestamp": times(rows, NOW - HOUR)})
    return engine


def test_those_that_moved_come_first_then_those_beyond_noise_then_those_of_bad_quality() -> None:
    def drift(column: str, value: float) -> query_pb2.ColumnDrift:
        values = [query_pb2.DriftValue(metric="psi", value=value, noise_q95=0.1)]
        return query_pb2.ColumnDrift(column=column, values=values)

    evidence = [
        evidence_pb2.ColumnEvidence(column=column, is_discovery=column in "ab") for column in ("b", "a", "c")
    ]
    quality = quality_pb2.QualityResponse()
    for column, exceeds in (("g", False), ("e", True), ("gone", True)):
        quality.columns.add(column=column).findings.add(exceeds_noise=exceeds)
    drifts = [drift("d", 0.3), drift("a", 0.2), drift("c", 0.11), drift("f", 0.1), drift("g", 0.01)]
    ranked = ranking(["f", "h", "g", "e", "d", "c", "b", "a"], evidence, drifts, quality)
    assert ranked == ["b", "a", "d", "c", "e", "f", "g", "h"]
    assert ranking(["x", "y"], [], [], None) == ["x", "y"]


def test_few_features_are_those_that_moved(wide: core.Engine) -> None:
    few = scrape(EngineCollector(wide, max_features=2))
    assert set(of(few, "feature_mean")) == {("moved",), ("nulls",)}


def test_the_rest_is_told_of_together(wide: core.Engine) -> None:
    whole = scrape(EngineCollector(wide))
    assert at(whole, "features_left_out") is None
    assert (OTHER,) not in of(whole, "feature_null_ratio")
    for most in (0, 3, 39):
        samples = scrape(EngineCollector(wide, max_features=most))
        assert at(samples, "features_left_out") == 40 - most
        for name in ("feature_psi", "feature_ks", "feature_null_ratio", "feature_log_e_value"):
            told = of(samples, name)
            hidden = {feature: value for feature, value in of(whole, name).items() if feature not in told}
            assert told.pop((OTHER,)) == pytest.approx(max(hidden.values()))
            assert told == pytest.approx({feature: of(whole, name)[feature] for feature in told})
        for name in ("feature_mean", "feature_wasserstein", "feature_psi_noise_q95"):
            assert (OTHER,) not in of(samples, name), (
                "in the column's unit, or a bound: no maximum says anything"
            )
