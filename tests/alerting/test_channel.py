"""What is told about alerts of one group."""

import pytest
from tests.alerting.notifications import alert, notification

from driftline.alerting.channel import Notification


def test_what_is_written_is_read() -> None:
    told = notification(alert("temp"), alert("humid", "resolved"))
    assert Notification.from_json(told.to_json()) == told


def test_it_fires_if_any_alert_does() -> None:
    assert notification(alert("temp", "resolved"), alert("humid")).status == "firing"
    assert notification(alert("temp", "resolved")).status == "resolved"


def test_the_group_is_what_the_alerts_are_grouped_by() -> None:
    told = notification(alert("temp"), alert("humid"))
    assert told.group_labels == {"alertname": "FeatureDrift", "model": "flight-delay"}
    assert told.group_key == notification(alert("wind_dir")).group_key
    by_feature = Notification.of("channel", [alert("temp")], group_by=["feature"])
    assert by_feature.group_labels == {"feature": "temp"}
    assert by_feature.group_key != told.group_key


def test_what_is_common_is_what_all_alerts_share() -> None:
    told = notification(alert("temp"), alert("humid"))
    assert "feature" not in told.common_labels
    assert told.common_labels["model"] == "flight-delay"
    assert told.common_annotations == {"runbook_url": "https://runbooks.example.com/drift"}


def test_the_id_is_that_of_the_content() -> None:
    assert notification().id == notification().id
    assert notification().id != notification(receiver="other").id
    assert notification().id != notification(alert(status="resolved")).id


def test_the_alerts_of_one_status_are_a_notification_of_their_own() -> None:
    told = notification(alert("temp"), alert("humid", "resolved"))
    resolved = told.with_status("resolved")
    assert resolved is not None
    assert [each.labels["feature"] for each in resolved.alerts] == ["humid"]
    assert notification(alert()).with_status("resolved") is None


def test_there_is_no_notification_of_nothing() -> None:
    with pytest.raises(ValueError, match="at least one alert"):
        Notification.of("channel", [])


@pytest.mark.parametrize("text", ["{}", '{"alerts": [], "group": 1}', "[", '{"alerts": [{}]}'])
def test_what_is_no_notification_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"no notification|no alert|Expecting"):
        Notification.from_json(text)
