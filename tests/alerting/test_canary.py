"""A rule that fires for the version that is worse than the one beside it, and for no other."""

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from tests.alerting.scene import MINUTE, MODEL, START, Scene, rule

from driftline.config.alerting import RuleConfig

MINUTES = 12


def worse(**canary: Any) -> dict[str, Any]:
    beside = {"control": "1", "error": {"failed": True}, "margin": 0.02} | canary
    return {"metric": "canary.verdict", "is": "worse", "canary": beside}


def serve(scene: Scene, minute: int, version: str, failures: float) -> None:
    random = np.random.default_rng((minute, int(version)))
    scene.send(minute, records=800, version=version, failed=random.random(800) < failures)


def test_the_version_that_fails_more_often_is_told_of_and_no_other() -> None:
    scene = Scene()
    alerting = scene.alerting(rule(when=worse()))
    fired: list[int] = []
    for minute in range(MINUTES):
        serve(scene, minute, "1", 0.05)
        serve(scene, minute, "2", 0.15)
        serve(scene, minute, "3", 0.05)
        found = scene.look(alerting, minute)
        assert {each.labels["version"] for each in found} <= {"2"}
        result = scene.monitor.canary(
            control="1",
            canary="2",
            error={"failed": True},
            margin=0.02,
            model=MODEL,
            end=START + (minute + 1) * MINUTE,
        )
        assert bool(found) == (result.verdict == "worse"), "each look is at all records until then"
        fired += [minute] if found else []
    assert 0 < fired[0] < MINUTES - 1, "a minute alone decides nothing"
    (alert,) = alerting.firing()
    assert alert.annotations["description"] == "canary.verdict is worse"
    rates = alert.evidence["rates"]
    assert isinstance(rates, dict)
    error = next(each for each in result.rates if each.name == "error")
    assert rates["error"] == {
        "verdict": "higher",
        "control": error.control.value,
        "canary": error.canary.value,
    }
    assert {each.labels["version"] for each in alerting.firing()} == {"2"}


def test_records_before_the_canary_began_can_be_left_out() -> None:
    scene = Scene()
    since = "2026-01-05T00:10:00Z"
    alerting = scene.alerting(rule("All", when=worse()), rule("Since", when=worse(since=since)))
    for minute in range(10):
        serve(scene, minute, "1", 0.0)
    for minute in range(10, 10 + MINUTES):
        serve(scene, minute, "1", 0.15)
        serve(scene, minute, "2", 0.15)
        found = scene.look(alerting, minute)
    # Since then the control has failed as often as the canary.
    assert [each.rule for each in found] == ["All"]


def test_what_comes_late_for_an_old_window_counts_in_the_newest() -> None:
    scene = Scene()
    alerting = scene.alerting(rule(when=worse()))
    for minute in range(5):
        serve(scene, minute, "1", 0.05)
        serve(scene, minute, "2", 0.05)
        assert scene.look(alerting, minute) == []
    scene.send(1, records=2_000, version="2", failed=[True] * 2_000)
    (alert,) = scene.look(alerting, 4.5)
    assert alert.labels["version"] == "2"
    assert alert.starts_at.timestamp() * 10**9 <= START + 5 * MINUTE


def test_without_records_of_the_control_it_is_not_known() -> None:
    scene = Scene()
    alerting = scene.alerting(rule(when=worse(control="0")))
    serve(scene, 0, "2", 0.5)
    assert scene.look(alerting, 0) == []
    assert sum(alerting.counters.unknown.values()) == 1


@pytest.mark.parametrize(
    ("when", "settings", "message"),
    [
        ({"metric": "canary.verdict", "is": "worse"}, {}, "canary.verdict needs canary"),
        (worse() | {"is": ["worse", "wurse"]}, {}, "better, worse, alike, undecided, got wurse"),
        (worse() | {"metric": "concept.verdict"}, {}, "concept.verdict has no canary"),
        (worse(error={"a": 1, "b": 2}), {}, "at most 1 item"),
        (worse(), {"versions": "merged"}, "the rule merges all versions"),
    ],
)
def test_what_makes_no_sense_is_refused(when: Any, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        RuleConfig.model_validate(rule(when=when) | settings)
