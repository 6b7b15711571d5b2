"""A dry run says what a running collector said."""

from datetime import timedelta

from tests.alerting.scene import MODEL, Scene, rule

from driftline.alerting.alerting import Alerting
from driftline.alerting.replay import ReplayResult, replay
from driftline.config.alerting import AlertingConfig
from driftline.query.instants import from_nanos

RULES = [
    rule("Mean", **{"for": "1m", "keep_firing_for": "2m"}),
    rule("Accuracy", {"metric": "performance.accuracy", "below": 0.8}, min_labels=50, cool_down="3m"),
    rule("Drift", {"evidence": "drift", "together": True}),
    rule("Absent", {"absence": "records", "longer_than": "4m"}, versions="merged"),
    rule("NotKnown", {"metric": "drift.psi", "feature": "nothing", "above": 1}),
]


def lived_through(scene: Scene) -> Alerting:
    for minute in range(4):
        scene.send(minute, records=500, accuracy=0.95)
    scene.set_baseline()
    alerting = scene.alerting(*RULES)
    for minute in range(4, 30):
        if 14 <= minute < 20:
            scene.look(alerting, minute)
            continue
        scene.send(
            minute,
            mean=9 if minute in (7, 8, 9, 25, 26, 28) else 0,
            accuracy=0.6 if minute in (9, 10, 24) else 0.95,
        )
        scene.look(alerting, minute)
    return alerting


def dry(scene: Scene, **settings: object) -> ReplayResult:
    config = AlertingConfig.model_validate({"rules": RULES, "grace": "0s"} | settings)
    return replay(config, scene.monitor, timedelta(minutes=26), MODEL)


def test_the_past_is_what_was() -> None:
    scene = Scene()
    alerting = lived_through(scene)
    result = dry(scene)
    lived = {
        (entry.place.rule, from_nanos(each.fired), None if each.ended is None else from_nanos(each.ended))
        for entry in alerting.entries
        for each in entry.told
        if entry.place.rule != "Absent"
    }
    replayed = {
        (each.alert.rule, each.alert.starts_at, each.resolved.ends_at if each.resolved else None)
        for each in result
        if each.alert.rule != "Absent"
    }
    assert {name for name, _, _ in replayed} == {"Mean", "Accuracy", "Drift"}
    assert replayed == lived
    assert len([each for each in result if each.alert.rule == "Absent"]) == 1
    assert result.windows == 20
    assert "nothing" in result.unknown["NotKnown"]
    assert [each.alert.starts_at for each in result] == sorted(each.alert.starts_at for each in result)


def test_it_is_a_table_and_text() -> None:
    scene = Scene()
    lived_through(scene)
    result = dry(scene, maintenance=[{"name": "now", "from_time": "00:00", "to_time": "00:15"}])
    rows = result.to_arrow().to_pylist()
    assert {(row["alertname"], row["is_told"]) for row in rows} >= {("Mean", False), ("Mean", True)}
    text = result.grid().to_text()
    assert "nobody was told" in text
    assert "NotKnown is not known" in text
