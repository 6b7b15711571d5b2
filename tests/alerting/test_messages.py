"""What is written for each destination is what it takes, however odd and long the alerts are."""

import json
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from hypothesis import given
from tests.alerting.notifications import ALERTS, ENDED, NOTIFICATIONS, STARTED, alert, notification
from tests.alerting.services import PagerDutyEvent, SlackMessage, TeamsMessage, WebhookBody

from driftline.alerting.alert import Alert
from driftline.alerting.channel import Notification
from driftline.alerting.channels.alertmanager_alerts import alertmanager_alerts
from driftline.alerting.channels.mail import mail
from driftline.alerting.channels.pagerduty_event import pagerduty_event
from driftline.alerting.channels.signature import is_genuine, sign
from driftline.alerting.channels.slack_message import slack_message
from driftline.alerting.channels.teams_message import teams_message
from driftline.alerting.channels.webhook_body import webhook_body

NOW = datetime(2013, 7, 3, tzinfo=UTC)
MANY = [alert(f"feature_{number}") for number in range(60)]
BOTH = (alert("temp"), alert("humid", "resolved"))


@given(NOTIFICATIONS)
def test_slack_takes_any_message(told: Notification) -> None:
    message = slack_message(told)
    SlackMessage.model_validate(message)
    assert len(json.dumps(message["blocks"], ensure_ascii=False)) < 13_000


def test_slack_is_told_all_that_matters() -> None:
    text = json.dumps(slack_message(notification(*BOTH)))
    for said in (
        "[FIRING:1] FeatureDrift flight-delay",
        "temp has moved",
        "Resolved: humid has moved",
        "PSI of temp is 0.31 against the training data.",
        "*owner*\\nflights",
        "*value*\\n0.31",
        "*since*\\n2013-07-01T00:00:00Z",
        "*until*\\n2013-07-02T00:00:00Z",
        "<https://runbooks.example.com/drift|Runbook>",
    ):
        assert said in text


def test_slack_counts_what_it_does_not_show() -> None:
    message = slack_message(notification(*MANY))
    shown = sum(block["type"] == "section" for block in message["blocks"])
    assert 3 < shown < 60
    assert message["blocks"][-1]["elements"][0]["text"] == f"and {60 - shown} more alerts"


@given(NOTIFICATIONS)
def test_teams_takes_any_message(told: Notification) -> None:
    message = teams_message(told)
    TeamsMessage.model_validate(message)
    assert len(json.dumps(message, ensure_ascii=False).encode()) < 21_000
    assert any(element["type"] == "Container" for element in message["attachments"][0]["content"]["body"])


def test_teams_is_told_all_that_matters() -> None:
    card = teams_message(notification(*BOTH))["attachments"][0]["content"]
    heading, first, second = card["body"]
    assert heading["text"] == "[FIRING:1] FeatureDrift flight-delay"
    assert heading["color"] == "attention"
    assert [item["text"] for item in first["items"][:2]] == [
        "temp has moved",
        "PSI of temp is 0.31 against the training data.",
    ]
    assert {"title": "feature", "value": "temp"} in first["items"][2]["facts"]
    assert [action["title"] for action in first["items"][3]["actions"]] == ["Runbook", "Source"]
    assert second["items"][0]["color"] == "good"


def test_teams_counts_what_it_does_not_show() -> None:
    body = teams_message(notification(*MANY))["attachments"][0]["content"]["body"]
    shown = sum(element["type"] == "Container" for element in body)
    assert 3 < shown < 60
    assert body[-1]["text"] == f"and {60 - shown} more alerts"


@given(ALERTS)
def test_pagerduty_takes_any_event(one: Alert) -> None:
    event = pagerduty_event(one, "k" * 32, {})
    PagerDutyEvent.model_validate(event)
    assert len(json.dumps(event).encode()) <= 512 * 1024


@pytest.mark.parametrize(
    ("severity", "mapped"),
    [("page", "critical"), ("ticket", "warning"), ("info", "info"), ("sev1", "critical"), ("odd", "error")],
)
def test_severities_are_mapped(severity: str, mapped: str) -> None:
    one = alert(labels={"alertname": "A", "model": "m", "severity": severity})
    assert pagerduty_event(one, "key", {"sev1": "critical"})["payload"]["severity"] == mapped


def test_an_incident_is_resolved_by_the_key_that_it_was_triggered_with() -> None:
    triggered = pagerduty_event(alert(), "key", {})
    resolved = pagerduty_event(alert(status="resolved"), "key", {})
    assert (triggered["event_action"], resolved["event_action"]) == ("trigger", "resolve")
    assert triggered["dedup_key"] == resolved["dedup_key"]
    assert triggered["dedup_key"] != pagerduty_event(alert("humid"), "key", {})["dedup_key"]
    assert triggered["payload"]["custom_details"]["evidence"]["baseline"] == "training"


def test_an_event_that_is_too_long_goes_without_its_details() -> None:
    event = pagerduty_event(alert(evidence={"rows": ["x" * 1_000] * 1_000}), "key", {})
    assert event["payload"]["custom_details"] == {"left out": "more than 524288 bytes"}


@given(NOTIFICATIONS)
def test_webhooks_get_alertmanagers_shape(told: Notification) -> None:
    body = webhook_body(told, max_alerts=10)
    WebhookBody.model_validate_json(json.dumps(body, allow_nan=False))
    assert len(body["alerts"]) + body["truncatedAlerts"] == len(told.alerts)


def test_webhooks_are_told_all() -> None:
    body = webhook_body(notification(*BOTH), 100, "https://driftline.example.com")
    assert body["groupLabels"] == {"alertname": "FeatureDrift", "model": "flight-delay"}
    assert body["externalURL"] == "https://driftline.example.com"
    firing, resolved = body["alerts"]
    assert (firing["status"], firing["endsAt"]) == ("firing", "0001-01-01T00:00:00Z")
    assert (resolved["status"], resolved["endsAt"]) == ("resolved", "2013-07-02T00:00:00Z")
    assert firing["evidence"] == alert().evidence
    assert firing["value"] == 0.31


def test_a_signature_is_of_key_time_and_body() -> None:
    signature = sign(b"key", 1_000, b"body")
    assert is_genuine(b"key", "1000", signature, b"body", now=1_100)
    assert not is_genuine(b"other", "1000", signature, b"body", now=1_100)
    assert not is_genuine(b"key", "1001", signature, b"body", now=1_100)
    assert not is_genuine(b"key", "1000", signature, b"bodY", now=1_100)
    assert not is_genuine(b"key", "1000", signature, b"body", now=1_301)
    assert not is_genuine(b"key", "1000", signature, b"body", now=699)
    assert not is_genuine(b"key", "x", signature, b"body", now=1_100)
    assert not is_genuine(b"key", "1000", "v1=é", b"body", now=1_100)


def test_alertmanager_is_told_until_when_an_alert_holds() -> None:
    later = NOW + timedelta(minutes=5)
    firing, resolved = alertmanager_alerts(BOTH, NOW, later)
    assert firing["startsAt"] == STARTED.isoformat()
    assert firing["endsAt"] == later.isoformat()
    assert resolved["endsAt"] == ENDED.isoformat()
    assert firing["labels"]["feature"] == "temp"
    assert firing["generatorURL"] == "https://driftline.example.com/models/flight-delay"


@pytest.mark.parametrize("ends_at", [None, NOW + timedelta(days=1), STARTED - timedelta(days=1)])
def test_what_is_resolved_is_over_now(ends_at: datetime | None) -> None:
    (resolved,) = alertmanager_alerts([alert(status="resolved", ends_at=ends_at)], NOW, NOW)
    times = [datetime.fromisoformat(resolved[name]) for name in ("startsAt", "endsAt")]
    assert times == sorted(times)
    assert times[1] <= NOW


def test_names_of_labels_are_those_that_every_alertmanager_takes() -> None:
    (written,) = alertmanager_alerts([alert(labels={"team name": "a", "1st": "b", "empty": ""})], NOW, NOW)
    assert written["labels"] == {"team_name": "a", "_1st": "b"}


@given(NOTIFICATIONS)
def test_any_notification_is_a_mail(told: Notification) -> None:
    message = mail(told, "driftline@example.com", ["Ä <a@example.com>"], NOW)
    read = message_from_bytes(message.as_bytes(), policy=policy.default)
    assert "\n" not in read["Subject"]
    assert [part.get_content_type() for part in read.iter_parts()] == ["text/plain", "text/html"]


def test_a_mail_says_all_in_text_and_html() -> None:
    one = alert("<b>", generator_url="https://e.com/?a=1&b=2")
    message = mail(notification(one), "Driftline <driftline@example.com>", ["a@example.com"], NOW)
    text = message.get_body(("plain",))
    html = message.get_body(("html",))
    assert text is not None
    assert html is not None
    assert "feature: <b>" in text.get_content()
    assert "Source: https://e.com/?a=1&b=2" in text.get_content()
    assert "<td>&lt;b&gt;</td>" in html.get_content()
    assert 'href="https://e.com/?a=1&amp;b=2"' in html.get_content()


def test_mails_of_a_group_are_a_thread_and_a_mail_that_comes_twice_is_known() -> None:
    def written(one: Alert) -> tuple[str, str]:
        message = mail(notification(one), "driftline@example.com", ["a@example.com"], NOW)
        return message["Message-ID"], message["References"]

    firing, resolved = written(alert()), written(alert(status="resolved"))
    assert firing == written(alert())
    assert firing[0] != resolved[0]
    assert firing[1] == resolved[1]
    other = alert(labels={"alertname": "Other", "model": "flight-delay"})
    assert written(other)[1] != firing[1]


def test_a_mail_counts_what_it_does_not_show() -> None:
    message = mail(notification(*MANY, *MANY), "driftline@example.com", ["a@example.com"], NOW)
    assert "and 20 more alerts" in message.as_string()
