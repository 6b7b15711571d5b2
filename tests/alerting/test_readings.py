"""Every figure that a rule can name is the one that the Python API gives."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tests.alerting.scene import MINUTE, MODEL, START, Scene

from driftline.alerting.condition import Silent, judge
from driftline.alerting.readings import readings_of
from driftline.alerting.scope import Scope
from driftline.config.alerting import MetricCondition, RuleConfig
from driftline.config.alerting.figures import FIGURES
from driftline.query import Monitor

MIDDLE, END = 20, 30
NOW: dict[str, Any] = {
    "model": MODEL,
    "version": "1",
    "start": START + MIDDLE * MINUTE,
    "end": START + END * MINUTE,
}
TO_NOW: dict[str, Any] = {"model": MODEL, "version": "1", "end": START + END * MINUTE}


@pytest.fixture(scope="module")
def scene() -> Scene:
    """Scores, labels, groups, latencies and principals; after twenty minutes the inputs and the labels are others."""
    made = Scene(
        segments=[["city"]],
        column_sets={"money": {"columns": ["amount", "age"]}},
        objectives={"quick": {"latency": "100ms", "target": 0.9}},
        signals=True,
    )
    random = np.random.default_rng(3)
    for minute in range(END):
        if minute == MIDDLE:
            made.set_baseline()
        score = random.random(400)
        moved = minute >= MIDDLE
        right = random.random(400) < (1 - score if moved else score)
        principals = [f"user-{number}" for number in random.integers(0, 20, 400)]
        made.send(minute, version="0")
        made.send(
            minute,
            mean=1.0 if moved else 0.0,
            records=400 if minute != 25 else 100,
            **{
                name: values[: 400 if minute != 25 else 100]
                for name, values in {
                    "score": score,
                    "label": right,
                    "latency": random.lognormal(-3, 1, 400),
                    "principal": principals,
                    "city": pa.array(
                        random.choice(["Oslo", "Rome"], 400), mask=random.random(400) < 0.1 * moved
                    ),
                }.items()
            },
        )
    return made


@pytest.fixture(scope="module")
def scope(scene: Scene) -> Scope:
    return Scope(scene.monitor, MODEL, "1", {}, int(NOW["start"]), int(NOW["end"]))


def spread(monitor: Monitor, criterion: str) -> Any:
    return next(each for each in monitor.fairness("city", **NOW).spreads if each.criterion == criterion)


FIGURES_AND_ANSWERS: list[tuple[dict[str, Any], Callable[[Monitor], float | str | None]]] = [
    ({"metric": "drift.psi", "feature": "amount"}, lambda m: m.drift(**NOW)["amount"]["psi"].value),
    (
        {"metric": "drift.hellinger", "feature": "city"},
        lambda m: m.drift(metrics=["hellinger"], **NOW)["city"]["hellinger"].value,
    ),
    (
        {"metric": "quality.null_rate", "feature": "city"},
        lambda m: m.quality(**NOW)["city"]["null_rate"].current.value,
    ),
    ({"metric": "quality.schema_changes"}, lambda m: len(m.quality(**NOW).schema)),
    ({"metric": "summary.records"}, lambda m: m.summary(**NOW).coverage.records),
    ({"metric": "summary.mean", "feature": "amount"}, lambda m: m.summary(**NOW)["amount"].mean),
    ({"metric": "summary.nulls", "feature": "city"}, lambda m: m.summary(**NOW)["city"].nulls),
    ({"metric": "summary.distinct", "feature": "age"}, lambda m: m.summary(**NOW)["age"].distinct.value),
    (
        {"metric": "quantile.p99.9", "feature": "amount"},
        lambda m: m.quantiles("amount", 0.999, **NOW).entries[0].value,
    ),
    ({"metric": "latency.p95"}, lambda m: m.quantiles("latency", 0.95, **NOW).entries[0].value),
    ({"metric": "performance.labels"}, lambda m: m.performance(**NOW)[0].labels),
    ({"metric": "performance.roc_auc"}, lambda m: m.performance(**NOW)[0]["roc_auc"].value),
    ({"metric": "performance.coverage"}, lambda m: m.performance(**NOW)[0].coverage.value),
    (
        {"metric": "estimated.accuracy"},
        lambda m: m.estimated_performance(**NOW)["accuracy"].estimated.value,
    ),
    (
        {"metric": "fairness.demographic_parity_difference", "by": ["city"]},
        lambda m: spread(m, "demographic_parity").difference.value,
    ),
    (
        {"metric": "fairness.equal_opportunity_ratio", "by": ["city"]},
        lambda m: spread(m, "equal_opportunity").ratio.value,
    ),
    (
        {"metric": "canary.verdict", "canary": {"control": "0"}},
        lambda m: m.canary(control="0", canary="1", model=MODEL, end=TO_NOW["end"]).verdict,
    ),
    ({"metric": "concept.verdict"}, lambda m: m.concept_drift(**NOW).verdict),
    ({"metric": "concept.log10_e_value"}, lambda m: m.concept_drift(**NOW).log10_e_value),
    ({"metric": "signals.named"}, lambda m: len(m.signals(**NOW).named)),
    (
        {"metric": "column_sets.mean_distance", "set": "money"},
        lambda m: m.column_sets(**NOW)["money"]["mean_distance"].value,
    ),
    (
        {"metric": "objectives.good", "objective": "quick"},
        lambda m: m.objectives(**TO_NOW)["quick"].good.value,
    ),
    (
        {"metric": "objectives.severity", "objective": "quick"},
        lambda m: m.objectives(**TO_NOW)["quick"].severity,
    ),
    (
        {"metric": "series.records"},
        lambda m: m.series(**TO_NOW)[-1].expected.score,  # type: ignore[union-attr]
    ),
    (
        {"metric": "series.mean", "feature": "age"},
        lambda m: m.series("age", "mean", **TO_NOW)[-1].expected.score,  # type: ignore[union-attr]
    ),
]


def condition(about: dict[str, Any]) -> MetricCondition:
    word = {"concept.verdict": "none", "objectives.severity": "none", "canary.verdict": "worse"}.get(
        about["metric"]
    )
    return MetricCondition.model_validate(about | ({"is": word} if word else {"above": 0}))


@pytest.mark.parametrize(
    ("about", "answer"), FIGURES_AND_ANSWERS, ids=[each["metric"] for each, _ in FIGURES_AND_ANSWERS]
)
def test_a_figure_is_that_of_the_api(
    scope: Scope, about: dict[str, Any], answer: Callable[[Monitor], float | str | None]
) -> None:
    (reading,) = readings_of(scope, condition(about))
    assert reading.subject == ()
    assert reading.reason == ""
    expected = answer(scope.monitor)
    assert expected is not None
    assert (reading.word or reading.value) == expected
    if reading.low is not None and reading.high is not None and reading.value is not None:
        assert reading.low <= reading.value <= reading.high


def test_every_family_is_looked_at() -> None:
    assert {about["metric"].partition(".")[0] for about, _ in FIGURES_AND_ANSWERS} == FIGURES.keys()


@pytest.mark.parametrize(
    ("metric", "kind", "expected"),
    [
        ("drift.psi", "feature", {"amount", "age", "city", "prediction", "score", "latency"}),
        ("summary.mean", "feature", {"amount", "age", "score", "latency"}),
        ("quantile.p50", "feature", {"amount", "age", "score", "latency"}),
        ("column_sets.mean_distance", "set", {"money"}),
        ("objectives.budget_left", "objective", {"quick"}),
    ],
)
def test_each_thing_is_apart(scope: Scope, metric: str, kind: str, expected: set[str]) -> None:
    found = readings_of(scope, condition({"metric": metric, kind: "*"}))
    subjects = {reading.subject for reading in found if not reading.reason}
    assert subjects >= {((kind, name),) for name in expected}


def test_a_figure_beside_that_of_the_baseline(scope: Scope) -> None:
    about = {"metric": "quality.distinct", "feature": "age", "relative_to": "baseline", "above": 0}
    rule = RuleConfig.model_validate({"name": "Rule", "when": about})
    (verdict,) = judge(rule.when, scope, Silent(0, 0), lambda: "").by_subject.values()
    finding = scope.monitor.quality(**NOW)["age"]["distinct"]
    assert verdict.value == finding.current.value / finding.reference.value
    assert verdict.low == finding.current.low / finding.reference.high


def test_evidence_of_the_relation_and_of_signals(scope: Scope) -> None:
    moved = scope.monitor.concept_drift(**TO_NOW)
    rule = RuleConfig.model_validate({"name": "Rule", "when": {"evidence": "relation"}})
    (verdict,) = judge(rule.when, scope, Silent(0, 0), lambda: "").by_subject.values()
    assert (verdict.fires, verdict.value) == (moved.has_relation_moved, moved.log10_e_value)
    assert moved.has_relation_moved
    rule = RuleConfig.model_validate({"name": "Rule", "when": {"evidence": "signals"}})
    verdicts = judge(rule.when, scope, Silent(0, 0), lambda: "")
    assert {subject[0][1] for subject in verdicts.by_subject} == set(scope.monitor.signals(**TO_NOW).named)
    assert verdicts.of((("principal", "nobody"),)).fires is False  # type: ignore[union-attr]
