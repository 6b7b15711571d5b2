"""Rules on records that are really counted: what fires, what ends, what is not known."""

from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.alerting.scene import MINUTE, MODEL, START, Scene, rule

from driftline.alerting.alert import Alert
from driftline.alerting.machine import Timing, stand
from driftline.query.results import WindowInfo
from driftline.query.window_list import WindowList


def names(alerts: list[Alert]) -> list[str]:
    return [alert.rule for alert in alerts]


def test_an_alert_fires_at_the_end_of_a_window_and_ends_with_another() -> None:
    scene = Scene()
    alerting = scene.alerting(
        rule(severity="page", owner="risk", runbook_url="https://runbooks.example/amount")
    )
    scene.send(0)
    assert scene.look(alerting, 0) == []
    scene.send(1, mean=10)
    (alert,) = scene.look(alerting, 1)
    assert alert.labels == {
        "alertname": "Rule",
        "model": MODEL,
        "version": "1",
        "severity": "page",
        "owner": "risk",
        "feature": "amount",
    }
    assert alert.starts_at.timestamp() * 10**9 == START + 2 * MINUTE
    truth = scene.monitor.summary(MODEL, start=START + MINUTE, end=START + 2 * MINUTE)["amount"].mean
    assert alert.value == truth
    assert alert.annotations["summary"] == "Rule: amount of fraud 1"
    assert alert.annotations["runbook_url"] == "https://runbooks.example/amount"
    assert alert.evidence["limit"] == 5
    scene.send(2)
    assert scene.look(alerting, 2) == []
    assert [entry.state for entry in alerting.entries] == ["resolved"]


def test_a_window_is_evaluated_once_and_again_when_it_changes() -> None:
    scene = Scene()
    alerting = scene.alerting(rule())
    scene.send(0)
    for _ in range(3):
        scene.look(alerting, 0)
    assert alerting.counters.evaluations["Rule"] == 1
    scene.send(0, mean=40)
    scene.send(1)
    assert names(scene.look(alerting, 1)) == []
    # The old window and the new one: the old one has changed, and it is over.
    assert alerting.counters.evaluations["Rule"] == 3
    (entry,) = alerting.entries
    assert [(each.fired, each.ended) for each in entry.told] == [(START + MINUTE, START + 2 * MINUTE)]


def test_late_records_fire_and_resolve_the_newest_window() -> None:
    scene = Scene()
    alerting = scene.alerting(rule())
    scene.send(0)
    assert scene.look(alerting, 0) == []
    scene.send(0, mean=40)
    assert names(scene.look(alerting, 0.5)) == ["Rule"]
    scene.send(0, mean=-40)
    assert scene.look(alerting, 0.6) == []


def test_late_labels_are_looked_at_when_they_come() -> None:
    scene = Scene()
    accuracy = {"metric": "performance.accuracy", "below": 0.8}
    alerting = scene.alerting(rule(when=accuracy, min_labels=100))
    scene.send(0)
    assert scene.look(alerting, 0) == []
    (position,) = alerting.positions.values()
    assert position.reason == "0 labels, 100 are needed"
    assert alerting.counters.unknown["Rule"] == 1
    scene.send_labels(accuracy=0.5)
    (alert,) = scene.look(alerting, 30)
    assert alert.value == scene.monitor.performance(model=MODEL)[0]["accuracy"].value
    assert alert.starts_at.timestamp() * 10**9 == START + MINUTE


def test_late_records_in_the_range_of_a_rule_change_what_it_says_of_the_newest_window() -> None:
    scene = Scene()
    alerting = scene.alerting(rule(range="10m"))
    for minute in range(3):
        scene.send(minute)
        assert scene.look(alerting, minute) == []
    scene.send(0, mean=100)
    (alert,) = scene.look(alerting, 3)
    assert alert.value == scene.monitor.summary(MODEL)["amount"].mean


def test_columns_are_alerts_of_their_own_or_one_together() -> None:
    scene = Scene()
    means = {"metric": "summary.mean", "feature": "*", "above": 20}
    alerting = scene.alerting(rule("Each", means), rule("All", means | {"together": True}))
    scene.send(0, mean=30)
    alerts = scene.look(alerting, 0)
    assert [(alert.rule, alert.labels.get("feature")) for alert in alerts] == [
        ("All", None),
        ("Each", "age"),
        ("Each", "amount"),
    ]
    assert alerts[0].evidence["what"] == ["age", "amount"]


def test_drift_fires_by_evidence_and_names_the_columns() -> None:
    scene = Scene()
    for minute in range(5):
        scene.send(minute, records=1_000)
    scene.set_baseline()
    alerting = scene.alerting(rule("Drift", {"evidence": "drift", "columns": ["amount", "age"]}))
    for minute in range(5, 10):
        scene.send(minute)
        assert scene.look(alerting, minute) == []
    for minute in range(10, 14):
        scene.send(minute, mean=2)
        found = scene.look(alerting, minute)
    (alert,) = found
    assert alert.labels["feature"] == "amount"
    truth = scene.monitor.evidence(columns=["amount", "age"], model=MODEL, version="1")
    assert truth["amount"].is_discovery
    assert alert.value == truth["amount"].log10_e_value
    assert "e-value 10^" in alert.annotations["description"]


@pytest.mark.parametrize("certain", [True, False])
def test_a_distance_must_be_certain_and_more_than_noise(certain: bool) -> None:
    scene = Scene()
    scene.send(0, records=2_000)
    scene.set_baseline()
    psi = {"metric": "drift.psi", "feature": "amount", "above": 0.05, "certain": certain}
    alerting = scene.alerting(rule(when=psi))
    # Few records: the distance is large, and so is what chance gives.
    scene.send(1, records=30)
    assert bool(scene.look(alerting, 1)) is not certain
    scene.send(2, records=2_000, mean=3)
    (alert,) = scene.look(alerting, 2)
    truth = scene.monitor.drift(model=MODEL, start=START + 2 * MINUTE)["amount"]["psi"]
    assert (alert.value, alert.evidence["noise_q95"]) == (truth.value, truth.noise_q95)


def test_what_cannot_be_answered_is_not_known_and_says_why() -> None:
    scene = Scene()
    alerting = scene.alerting(
        rule("NoBaseline", {"evidence": "drift"}),
        rule("NoColumn", {"metric": "summary.mean", "feature": "nothing", "above": 1}),
        rule("NoObjective", {"objective": "fast"}),
        rule("TooFew", min_records=1_000),
        rule("NoSet", {"metric": "column_sets.squared_mmd", "set": "*", "above": 0}),
    )
    scene.send(0)
    assert scene.look(alerting, 0) == []
    reasons = {place.rule: position.reason for place, position in alerting.positions.items()}
    assert "baseline" in reasons["NoBaseline"]
    assert "summary.mean does not exist of nothing" in reasons["NoColumn"]
    assert "no objective 'fast'" in reasons["NoObjective"]
    assert reasons["TooFew"] == "200 records, 1,000 are needed"
    assert reasons["NoSet"]
    assert all(position.newest is None for position in alerting.positions.values())


def test_an_alert_outlasts_windows_of_which_nothing_is_known() -> None:
    scene = Scene()
    alerting = scene.alerting(rule(min_records=100, expires_after="2h"))
    scene.send(0, mean=10)
    assert scene.look(alerting, 0)
    scene.send(1, records=10)
    assert names(scene.look(alerting, 1)) == ["Rule"]
    assert names(scene.look(alerting, 100)) == ["Rule"]
    assert scene.look(alerting, 130) == []


def test_absence_is_looked_at_by_the_clock() -> None:
    scene = Scene()
    absent = {"absence": "records", "longer_than": "10m"}
    alerting = scene.alerting(rule("Absent", absent, versions="merged"))
    assert scene.look(alerting, 0) == []
    scene.send(0)
    assert scene.look(alerting, 10) == []
    (alert,) = scene.look(alerting, 11)
    assert (alert.labels["version"], alert.value) == ("*", 660.0)
    scene.send(11)
    assert scene.look(alerting, 11.5) == []


def test_a_model_that_a_rule_names_and_that_never_came_is_not_known() -> None:
    scene = Scene()
    absent = {"absence": "records", "longer_than": "10m"}
    alerting = scene.alerting(rule("Absent", absent, versions="merged", model="never"))
    assert scene.look(alerting, 0) == []
    ((place, position),) = alerting.positions.items()
    assert (place.model, position.reason) == ("never", "there never were records")


def test_places_of_versions_that_serve_no_longer_are_forgotten() -> None:
    scene = Scene()
    alerting = scene.alerting(rule(min_records=1_000), reevaluate_within="1h")
    scene.send(0)
    scene.look(alerting, 0)
    assert len(alerting.positions) == 1
    scene.look(alerting, 59)
    assert len(alerting.positions) == 1
    scene.look(alerting, 70)
    assert alerting.positions == {}


def test_objectives_burn() -> None:
    scene = Scene(objectives={"quick": {"latency": "100ms", "target": 0.99, "within": "30d"}})
    alerting = scene.alerting(rule("Burns", {"objective": "*"}))
    for minute in range(70):
        scene.send(minute, latency=[0.01] * 200)
    assert scene.look(alerting, 69) == []
    for minute in range(70, 80):
        scene.send(minute, latency=[1.0] * 200)
    (alert,) = scene.look(alerting, 79)
    assert alert.labels["objective"] == "quick"
    standing = scene.monitor.objectives(model=MODEL)["quick"]
    assert standing.severity == "page"
    assert alert.evidence["severity"] == "page"


def test_conditions_are_combined() -> None:
    scene = Scene()
    mean = {"metric": "summary.mean", "feature": "amount", "above": 5}
    records = {"metric": "summary.records", "below": 100}
    alerting = scene.alerting(
        rule("Both", {"all": [mean, records]}),
        rule("Either", {"any": [mean, records]}),
        rule("Neither", {"not": {"any": [mean, records]}}),
    )
    for minute, (settings, expected) in enumerate(
        [
            ({"mean": 10, "records": 50}, ["Both", "Either"]),
            ({"mean": 10}, ["Either"]),
            ({"records": 50}, ["Either"]),
            ({}, ["Neither"]),
        ]
    ):
        scene.send(minute, **settings)  # type: ignore[arg-type]
        assert names(scene.look(alerting, minute)) == expected


def test_a_figure_is_compared_with_the_same_one_earlier() -> None:
    scene = Scene()
    ratio = {"metric": "summary.records", "relative_to": "2m", "below": 0.5}
    alerting = scene.alerting(rule(when=ratio))
    for minute, (records, expected) in enumerate([(100, 0), (100, 0), (90, 0), (40, 1), (40, 1), (40, 0)]):
        scene.send(minute, records=records)
        assert len(scene.look(alerting, minute)) == expected, minute
    assert "2m before" in str(alerting.entries[0].seen)


@pytest.mark.parametrize(
    ("settings", "minutes"),
    [
        ({}, [2, 3, 6]),
        ({"for": "1m"}, [3]),
        ({"keep_firing_for": "2m"}, [2, 3, 4, 6, 7]),
        ({"cool_down": "5m"}, [2, 3]),
        ({"every": "3m"}, [2, 3, 4]),
    ],
)
def test_timing(settings: dict[str, Any], minutes: list[int]) -> None:
    scene = Scene()
    alerting = scene.alerting(rule(**settings))
    fired = []
    for minute in range(9):
        scene.send(minute, mean=10 if minute in (2, 3, 6) else 0)
        if scene.look(alerting, minute):
            fired.append(minute)
    assert fired == minutes


@pytest.mark.parametrize(
    ("limits", "sign"),
    [({"above": 5, "resolve_below": 3}, 1), ({"below": -5, "resolve_above": -3}, -1)],
    ids=["above", "below"],
)
def test_an_alert_stays_between_its_limits(limits: dict[str, float], sign: int) -> None:
    scene = Scene()
    alerting = scene.alerting(rule(when={"metric": "summary.mean", "feature": "amount"} | limits))
    fired = []
    for minute, value in enumerate([4, 6, 4, 6, 4, 2, 4]):
        scene.send(minute, mean=sign * value)
        fired.append(bool(scene.look(alerting, minute)))
    assert fired == [False, True, True, True, True, False, False]
    (entry,) = alerting.entries
    assert len(entry.told) == 1


def test_a_cool_down_is_longer_than_what_is_known_of_the_past() -> None:
    scene = Scene()
    alerting = scene.alerting(rule(cool_down="30m"), reevaluate_within="5m")
    fired = []
    for minute in range(40):
        scene.send(minute, mean=10 if minute in (1, 15, 36) else 0)
        fired += [minute] if scene.look(alerting, minute) else []
    assert fired == [1, 36]


def test_versions_and_segments_are_apart() -> None:
    scene = Scene(segments=[["city"]])
    alerting = scene.alerting(
        rule("Each"),
        rule("Second", versions=["2"]),
        rule("Merged", versions="merged"),
        rule("City", segment={"city": "*"}, versions=["2"]),
    )
    scene.send(0, mean=-5)
    scene.send(0, mean=10, version="2")
    found = [
        (alert.rule, alert.labels["version"], alert.labels.get("segment"))
        for alert in scene.look(alerting, 0)
    ]
    assert found == [
        ("City", "2", "city=Oslo"),
        ("City", "2", "city=Rome"),
        ("Each", "2", None),
        ("Second", "2", None),
    ]
    scene.send(1, mean=10)
    scene.send(1, mean=10, version="2")
    assert ("Merged", "*") in [(each.rule, each.labels["version"]) for each in scene.look(alerting, 1)]


def test_there_are_no_more_alerts_than_allowed() -> None:
    scene = Scene()
    means = {"metric": "summary.mean", "feature": "*", "above": -100}
    alerting = scene.alerting(rule(when=means), max_alerts=1)
    scene.send(0)
    assert len(scene.look(alerting, 0)) == 1
    assert alerting.left_out == 1


def test_windows_from_before_there_were_rules_are_no_news() -> None:
    scene = Scene()
    for minute in range(4):
        scene.send(minute, mean=10 if minute == 1 else 0)
    alerting = scene.alerting(rule())
    assert scene.look(alerting, 3) == []
    assert alerting.counters.evaluations["Rule"] == 1
    assert alerting.entries == []


def test_the_default_rules_are_there_if_asked_for() -> None:
    scene = Scene()
    own = {"name": "RecordsAbsent", "when": {"absence": "records", "longer_than": "1h"}, "versions": "merged"}
    alerting = scene.alerting(own, defaults=True)
    scene.send(0)
    assert scene.look(alerting, 30) == []
    assert names(scene.look(alerting, 62)) == ["RecordsAbsent"]
    assert set(alerting.counters.evaluations) == {
        "FeaturesDrifted",
        "RecordsAbsent",
        "ErrorBudgetBurnsFast",
        "ErrorBudgetBurns",
    }


def test_windows_that_are_too_old_are_not_looked_at_again() -> None:
    scene = Scene()
    alerting = scene.alerting(rule(), reevaluate_within="10m")
    scene.send(0)
    scene.look(alerting, 1)
    scene.send(30)
    scene.look(alerting, 31)
    assert alerting.counters.evaluations["Rule"] == 2
    scene.send(0, mean=10)
    assert scene.look(alerting, 33) == []
    assert alerting.counters.evaluations["Rule"] == 2
    assert alerting.entries == []


def test_what_is_kept_of_an_alert_that_comes_and_goes_is_bounded() -> None:
    scene = Scene()
    alerting = scene.alerting(rule())
    for minute in range(400):
        scene.send(minute, mean=20 * (minute % 2), records=20)
    scene.look(alerting, 400)
    (entry,) = alerting.entries
    assert 200 < len(entry.runs) <= 257
    assert len(entry.told) <= 129
    assert entry.state == "firing"


def test_however_many_windows_come_at_once_each_is_evaluated() -> None:
    scene = Scene()
    alerting = scene.alerting(rule(), reevaluate_within="10m")
    scene.send(0, mean=10)
    scene.look(alerting, 1)
    for minute in range(1, 100):
        scene.send(minute, mean=10)
    scene.look(alerting, 100)
    assert alerting.counters.evaluations["Rule"] == 100
    scene.look(alerting, 100)
    assert alerting.counters.evaluations["Rule"] == 100, "none of them again"


def test_a_look_that_is_stopped_leaves_the_rest_for_later() -> None:
    scene = Scene()
    alerting = scene.alerting(rule())
    for minute in range(5):
        scene.send(minute, mean=10)
    alerting.stop()
    assert scene.look(alerting, 5) == []
    again = scene.alerting(rule())
    assert len(scene.look(again, 5)) == 1
    assert again.counters.evaluations["Rule"] == 5


def test_a_model_that_was_rolled_up_is_known_to_be_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene()
    alerting = scene.alerting(rule("Absent", {"absence": "records", "longer_than": "10m"}), rule())
    scene.send(0, mean=10)
    hour = WindowInfo("1", START, START + 60 * MINUTE, records=200, labels=0, revision=200)
    monkeypatch.setattr(WindowList, "of", lambda *_: [hour])
    assert names(scene.look(alerting, 300)) == ["Absent"]
    assert alerting.counters.evaluations["Rule"] == 0


@given(
    st.lists(st.sampled_from([0, 10]), min_size=1, max_size=7), st.randoms(), st.sampled_from(["0s", "2m"])
)
def test_windows_in_any_order_come_to_the_same(means: list[int], random: Random, hold: str) -> None:
    """Some minutes have no records at all."""
    minutes = [minute for minute in range(len(means)) if minute % 4 != 3]

    def live(order: list[int]) -> dict[str, tuple[Any, ...]]:
        scene = Scene()
        alerting = scene.alerting(rule(**{"for": hold}))
        for minute in order:
            scene.send(minute, mean=means[minute], records=20)
            scene.look(alerting, 10)
        timing = Timing(hold=0 if hold == "0s" else 2 * MINUTE)
        return {
            entry.place.rule: (entry.state, stand(timing, entry.runs).episodes) for entry in alerting.entries
        }

    shuffled = list(minutes)
    random.shuffle(shuffled)
    assert live(shuffled) == live(minutes)
