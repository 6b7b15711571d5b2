"""`driftline alerts send-test` and `driftline alerts dead-letters`."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.alerting.notifications import alert, notification
from tests.alerting.receiver import Answer, Receiver

from driftline.alerting.database import AlertDatabase
from driftline.alerting.outbox import Outbox

Run = Callable[..., Any]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "driftline.yaml"
    file.write_text("alerting: {channels: {team: {type: slack, url: 'env:SLACK_WEBHOOK_URL'}}}")
    return file


def test_a_test_alert_fires_and_ends_and_the_answers_are_shown(
    run: Run, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Receiver() as receiver:
        monkeypatch.setenv("SLACK_WEBHOOK_URL", f"{receiver.url}/hunter2")
        outcome = run("alerts", "send-test", "team", "--config", config)
        assert outcome.code == 0
        assert outcome.out.splitlines() == ["firing: 200 ok", "resolved: 200 ok"]
        texts = [json.loads(request.body)["text"] for request in receiver.requests]
        assert texts[0] == "[FIRING:1] DriftlineTest driftline-test: This is a test"
        assert texts[1].startswith("[RESOLVED:1]")
        run("alerts", "send-test", "team", "--config", config, "--firing-only")
        assert len(receiver.requests) == 3


def test_what_the_destination_refuses_is_shown_without_its_address(
    run: Run, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Receiver(lambda _: Answer(404, "no_service")) as receiver:
        monkeypatch.setenv("SLACK_WEBHOOK_URL", f"{receiver.url}/hunter2")
        outcome = run("alerts", "send-test", "team", "--config", config)
    assert outcome.code == 1
    assert "404: no_service" in outcome.err
    assert "hunter2" not in outcome.err + outcome.out


def test_a_channel_that_is_not_there_is_told_with_those_that_are(run: Run, config: Path) -> None:
    outcome = run("alerts", "send-test", "teem", "--config", config)
    assert outcome.code == 2
    assert "there are: team" in outcome.err


def test_dead_letters_are_listed_and_sent_again(run: Run, tmp_path: Path) -> None:
    with AlertDatabase(tmp_path) as database:
        outbox = Outbox(database)
        for feature, receiver in (("temp", "team"), ("humid", "other")):
            with database.transaction() as connection:
                outbox.put(connection, notification(alert(feature), receiver=receiver))
            pending = outbox.next(receiver)
            assert pending is not None
            outbox.bury(pending, "answered 404")
        shown = run("alerts", "dead-letters", "--data-dir", tmp_path)
        assert shown.code == 0
        for text in ("team", "other", "[FIRING:1] FeatureDrift flight-delay", "answered 404"):
            assert text in shown.out
        assert "other" not in run("alerts", "dead-letters", "--data-dir", tmp_path, "--channel", "team").out
        retried = run("alerts", "dead-letters", "--data-dir", tmp_path, "--channel", "team", "--retry")
        assert "1 of them wait" in retried.out
        assert outbox.pending() == {"team": 1}
        assert len(outbox.dead_letters()) == 1


def test_a_directory_without_alerts_is_told(run: Run, tmp_path: Path) -> None:
    outcome = run("alerts", "dead-letters", "--data-dir", tmp_path)
    assert outcome.code == 1
    assert "no alerts.sqlite3" in outcome.err


def test_no_dead_letters_are_told(run: Run, tmp_path: Path) -> None:
    with AlertDatabase(tmp_path) as database:
        Outbox(database)
    assert "No notification was given up." in run("alerts", "dead-letters", "--data-dir", tmp_path).out
