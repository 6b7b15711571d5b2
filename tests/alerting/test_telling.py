"""Who is told, once, over restarts; and when nobody is."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.alerting.scene import MODEL, START, Scene, rule

from driftline.alerting.alerting import Alerting
from driftline.alerting.channel import Notification
from driftline.alerting.database import AlertDatabase
from driftline.alerting.outbox import Outbox
from driftline.config.alerting import SilenceConfig
from driftline.errors import NotFoundError, UnavailableError

CHAT = {"chat": {"type": "webhook", "url": "http://127.0.0.1:9/"}}


def told(outbox: Outbox) -> list[Notification]:
    """Takes all that waits out, in order."""
    found = []
    for channel in sorted(outbox.pending()):
        while (pending := outbox.next(channel)) is not None:
            found.append(pending.notification)
            outbox.delivered(pending)
    return found


def statuses(notifications: list[Notification]) -> list[tuple[str, str, int]]:
    return [(each.receiver, each.status, len(each.alerts)) for each in notifications]


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(AlertDatabase(tmp_path))


@pytest.fixture
def outbox(scene: Scene) -> Outbox:
    return Outbox(scene.database)


def alerting_of(scene: Scene, outbox: Outbox, *rules: dict[str, Any], **settings: Any) -> Alerting:
    return scene.alerting(*(rules or (rule(),)), outbox=outbox, **{"channels": CHAT} | settings)


def test_a_channel_is_told_of_the_beginning_and_the_end(scene: Scene, outbox: Outbox) -> None:
    alerting = alerting_of(scene, outbox)
    for minute, mean in enumerate([0, 10, 10, 0, 0]):
        scene.send(minute, mean=mean)
        scene.look(alerting, minute)
    begin, end = told(outbox)
    assert statuses([begin, end]) == [("chat", "firing", 1), ("chat", "resolved", 1)]
    assert begin.alerts[0].fingerprint == end.alerts[0].fingerprint
    assert begin.alerts[0].starts_at == end.alerts[0].starts_at
    assert end.alerts[0].ends_at == datetime.fromtimestamp(START / 1e9 + 240, UTC)


def test_alerts_of_one_rule_and_window_are_told_together(scene: Scene, outbox: Outbox) -> None:
    means = {"metric": "summary.mean", "feature": "*", "above": -100}
    alerting = alerting_of(scene, outbox, rule("A", means), rule("B", means))
    scene.send(0)
    scene.look(alerting, 0)
    assert statuses(told(outbox)) == [("chat", "firing", 2), ("chat", "firing", 2)]


def test_a_restart_repeats_nothing_and_forgets_nothing(scene: Scene, outbox: Outbox) -> None:
    alerting = alerting_of(scene, outbox, rule(**{"for": "1m"}))
    scene.send(0, mean=10)
    scene.look(alerting, 0)
    assert [entry.state for entry in alerting.entries] == ["pending"]
    # Another process over the same file, which waits as long as the first would have.
    again = alerting_of(scene, outbox, rule(**{"for": "1m"}))
    assert [entry.state for entry in again.entries] == ["pending"]
    scene.send(1, mean=10)
    assert len(scene.look(again, 1)) == 1
    third = alerting_of(scene, outbox, rule(**{"for": "1m"}))
    assert third.firing() == again.firing()
    scene.look(third, 1)
    scene.send(2)
    scene.look(third, 2)
    assert statuses(told(outbox)) == [("chat", "firing", 1), ("chat", "resolved", 1)]
    assert third.counters.evaluations["Rule"] == 1


def test_windows_that_closed_while_the_process_was_away_are_looked_at(scene: Scene, outbox: Outbox) -> None:
    alerting = alerting_of(scene, outbox)
    scene.send(0)
    scene.look(alerting, 0)
    for minute, mean in [(1, 10), (2, 0), (3, 0)]:
        scene.send(minute, mean=mean)
    again = alerting_of(scene, outbox)
    scene.look(again, 3)
    assert again.counters.evaluations["Rule"] == 3
    assert statuses(told(outbox)) == [("chat", "firing", 1), ("chat", "resolved", 1)]


def test_what_cannot_be_written_has_not_happened(
    scene: Scene, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    alerting = alerting_of(scene, outbox)
    scene.send(0, mean=10)
    with monkeypatch.context() as failing:

        def fail(*_: object) -> None:
            raise UnavailableError("the disk is full")

        failing.setattr(outbox, "put", fail)
        with pytest.raises(UnavailableError):
            scene.look(alerting, 0)
        assert alerting.entries == []
        assert outbox.pending() == {}
    assert len(scene.look(alerting, 0)) == 1
    assert statuses(told(outbox)) == [("chat", "firing", 1)]


def test_alerts_of_rules_that_are_gone_are_over(scene: Scene, outbox: Outbox) -> None:
    alerting = alerting_of(scene, outbox)
    scene.send(0, mean=10)
    scene.look(alerting, 0)
    other = alerting_of(scene, outbox, rule("Other"))
    assert statuses(told(outbox)) == [("chat", "firing", 1), ("chat", "resolved", 1)]
    assert other.entries == []
    assert other.positions == {}


def test_an_alert_whose_rule_labels_it_differently_is_told_anew(scene: Scene, outbox: Outbox) -> None:
    alerting = alerting_of(scene, outbox, rule(severity="page", labels={"team": "risk"}))
    scene.send(0, mean=10)
    scene.look(alerting, 0)
    other = alerting_of(scene, outbox, rule(severity="ticket", labels={"team": "risk"}))
    scene.send(1, mean=10)
    scene.look(other, 1)
    found = [(each.status, each.alerts[0].labels["severity"]) for each in told(outbox)]
    assert found == [("firing", "page"), ("resolved", "page"), ("firing", "ticket")]
    # The same again is no change.
    alerting_of(scene, outbox, rule(severity="ticket", labels={"team": "risk"}))
    assert told(outbox) == []


def test_routes_choose_channels_and_the_rest_goes_to_all(scene: Scene, outbox: Outbox) -> None:
    channels = {name: {"type": "webhook", "url": "http://127.0.0.1:9/"} for name in ("chat", "pager", "mail")}
    routes = [
        {"match": {"severity": "page"}, "channels": ["pager"]},
        {"match": {"severity": "page", "model": "fr*"}, "channels": ["mail"]},
    ]
    alerting = alerting_of(
        scene, outbox, rule("Page", severity="page"), rule("Note"), channels=channels, routes=routes
    )
    scene.send(0, mean=10)
    scene.look(alerting, 0)
    found = sorted((each.receiver, each.alerts[0].rule) for each in told(outbox))
    assert found == [
        ("chat", "Note"),
        ("mail", "Note"),
        ("mail", "Page"),
        ("pager", "Note"),
        ("pager", "Page"),
    ]


def silence(minutes: float, **match: str) -> SilenceConfig:
    end = datetime.fromtimestamp(START / 1e9, UTC) + timedelta(minutes=minutes)
    return SilenceConfig.model_validate({"match": match, "end": end, "comment": "planned", "creator": "me"})


def test_a_silence_keeps_channels_from_being_told_and_not_the_state(scene: Scene, outbox: Outbox) -> None:
    alerting = alerting_of(scene, outbox)
    alerting.silences.add(silence(2.5, model=MODEL))
    scene.send(0, mean=10)
    assert len(scene.look(alerting, 0)) == 1
    assert told(outbox) == []
    assert alerting.suppressed == {"silence": 1}
    # It fires still when the silence is over: now they are told, and of its end.
    scene.send(1, mean=10)
    scene.look(alerting, 2)
    assert statuses(told(outbox)) == [("chat", "firing", 1)]
    scene.send(2)
    scene.look(alerting, 3)
    assert statuses(told(outbox)) == [("chat", "resolved", 1)]


def test_what_began_and_ended_in_silence_is_never_told(scene: Scene, outbox: Outbox) -> None:
    alerting = alerting_of(scene, outbox)
    made = alerting.silences.add(silence(60, alertname="Ru*"))
    for minute, mean in enumerate([10, 0, 0]):
        scene.send(minute, mean=mean)
        scene.look(alerting, minute)
    alerting.silences.end(made.id)
    scene.look(alerting, 4)
    assert told(outbox) == []
    with pytest.raises(NotFoundError, match="no silence"):
        alerting.silences.end(made.id)


def test_the_end_of_what_was_told_is_told_in_silence_too(scene: Scene, outbox: Outbox) -> None:
    alerting = alerting_of(scene, outbox)
    scene.send(0, mean=10)
    scene.look(alerting, 0)
    alerting.silences.add(silence(60, model=MODEL))
    scene.send(1)
    scene.look(alerting, 1)
    assert statuses(told(outbox)) == [("chat", "firing", 1), ("chat", "resolved", 1)]


def test_maintenance_silences_by_the_clock_and_labels(scene: Scene, outbox: Outbox) -> None:
    maintenance = [{"name": "night", "match": {"owner": "risk"}, "from_time": "00:00", "to_time": "00:03"}]
    alerting = alerting_of(scene, outbox, rule("A", owner="risk"), rule("B"), maintenance=maintenance)
    scene.send(0, mean=10)
    scene.look(alerting, 0)
    assert [each.alerts[0].rule for each in told(outbox)] == ["B"]
    assert alerting.suppressed == {"maintenance": 1}
    scene.send(1, mean=10)
    scene.look(alerting, 2)
    assert [each.alerts[0].rule for each in told(outbox)] == ["A"]


def test_silences_survive_a_restart_and_are_forgotten_once_over(scene: Scene, outbox: Outbox) -> None:
    alerting = alerting_of(scene, outbox)
    made = alerting.silences.add(silence(5, model=MODEL))
    again = alerting_of(scene, outbox)
    assert again.silences.all(again.now()) == [made]
    scene.look(again, 5)
    assert again.silences.all(again.now()) == []


@given(
    st.lists(st.tuples(st.sampled_from([0, 10]), st.booleans(), st.booleans()), min_size=1, max_size=8),
    st.sampled_from(["0s", "1m", "2m"]),
)
def test_restarts_at_any_time_change_nothing(minutes: list[tuple[int, bool, bool]], hold: str) -> None:
    """Each minute is high or not, is followed by a restart or not, and changes the one before or not."""

    def live(with_restarts: bool) -> list[Notification]:
        scene = Scene()
        outbox = Outbox(scene.database)
        alerting = alerting_of(scene, outbox, rule(**{"for": hold}))
        for minute, (mean, is_restarted, is_late) in enumerate(minutes):
            scene.send(minute, mean=mean, records=20)
            if is_late and minute:
                scene.send(minute - 1, mean=30, records=20)
            scene.look(alerting, minute)
            if with_restarts and is_restarted:
                alerting = alerting_of(scene, outbox, rule(**{"for": hold}))
        return told(outbox)

    undisturbed, disturbed = live(with_restarts=False), live(with_restarts=True)
    assert [each.alerts for each in disturbed] == [each.alerts for each in undisturbed]
    assert [each.status for each in disturbed] == ["firing", "resolved"] * (len(disturbed) // 2) + [
        "firing"
    ] * (len(disturbed) % 2)
