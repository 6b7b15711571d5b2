"""A dry run over a month of real flights says what the Python API says of the same days."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.e2e.conftest import MODEL

from driftline.alerting.replay import Firing, replay
from driftline.config.alerting import AlertingConfig
from driftline.query import Monitor

DAILY = {"range": "1d", "every": "1d", "model": MODEL}
RULES: list[dict[str, Any]] = [
    {"name": "Shifted", "when": {"metric": "drift.psi", "feature": "*", "above": 0.1}},
    {"name": "Inaccurate", "when": {"metric": "performance.accuracy", "below": 0.9}, "min_labels": 100},
    {"name": "Warm", "when": {"metric": "summary.mean", "feature": "temp", "above": 55}},
    {"name": "Slow", "when": {"metric": "latency.p99", "above": 0.005}},
    {"name": "Drifted", "when": {"evidence": "drift", "together": True, "level": 0.001}},
    {"name": "Surprising", "when": {"metric": "drift.psi", "feature": "no_such_column", "above": 0.1}},
]

Answer = Callable[[Monitor, Firing, dict[str, Any]], float | None]

ANSWERS: dict[str, Answer] = {
    "Shifted": lambda m, firing, day: m.drift(model=MODEL, **day)[firing.what]["psi"].value,
    "Inaccurate": lambda m, _, day: m.performance(model=MODEL, **day)[0]["accuracy"].value,
    "Warm": lambda m, _, day: m.summary(MODEL, **day)["temp"].mean,
    "Slow": lambda m, _, day: m.quantiles("latency", 0.99, model=MODEL, **day).entries[0].value,
}


@pytest.fixture(scope="module")
def config() -> AlertingConfig:
    return AlertingConfig.model_validate({"rules": [each | DAILY for each in RULES]})


def test_what_would_have_fired_is_what_the_api_says(monitor: Monitor, config: AlertingConfig) -> None:
    result = replay(config, monitor, model=MODEL)
    assert {each.alert.rule for each in result} >= ANSWERS.keys() | {"Drifted"}
    assert "no_such_column" in result.unknown["Surprising"]
    # On a dry day the logarithm of the rain has no value, which is not the same as not to have moved.
    assert result.unknown.keys() <= {"Surprising", "Shifted"}
    for firing in result:
        labels, evidence = firing.alert.labels, firing.alert.evidence
        assert evidence["end"] == firing.alert.starts_at.isoformat().removesuffix("T00:00:00+00:00")
        assert firing.resolved is None or firing.resolved.ends_at > firing.alert.starts_at  # type: ignore[operator]
        day = {"version": labels["version"], "start": evidence["start"], "end": evidence["end"]}
        if firing.alert.rule in ANSWERS:
            assert firing.alert.value == ANSWERS[firing.alert.rule](monitor, firing, day)
        elif firing.alert.rule == "Drifted":
            until = {"version": labels["version"], "end": evidence["end"]}
            moved = monitor.evidence(model=MODEL, level=0.001, **until).discoveries  # type: ignore[arg-type]
            assert evidence["what"] == [entry.column for entry in moved][:20]
