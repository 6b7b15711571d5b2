"""The body that Alertmanager sends to webhooks, version 4, with what driftline knows besides."""

import json
from typing import Any

from driftline.alerting.alert import Alert
from driftline.alerting.channel import Notification
from driftline.alerting.channels.wording import moment

VERSION = "4"
#: What Alertmanager writes for a time that is not known.
NO_TIME = "0001-01-01T00:00:00Z"


def webhook_body(notification: Notification, max_alerts: int, external_url: str = "") -> dict[str, Any]:
    """
    Write a notification in Alertmanager's shape.

    Parameters
    ----------
    notification
        What is told.
    max_alerts
        Most alerts in it; ``truncatedAlerts`` counts the others.
    external_url
        Where people find more.

    Returns
    -------
    dict
        Ready for JSON. Each alert has ``value`` and ``evidence`` beside what Alertmanager's alerts have.
    """
    shown = notification.alerts[:max_alerts]
    return {
        "version": VERSION,
        "groupKey": notification.group_key,
        "truncatedAlerts": len(notification.alerts) - len(shown),
        "status": notification.status,
        "receiver": notification.receiver,
        "groupLabels": dict(notification.group_labels),
        "commonLabels": notification.common_labels,
        "commonAnnotations": notification.common_annotations,
        "externalURL": external_url,
        "alerts": [_alert(alert) for alert in shown],
    }


def _alert(alert: Alert) -> dict[str, Any]:
    # Numbers that JSON has not are text in both.
    plain = json.loads(alert.to_json())
    return {
        "status": alert.status,
        "labels": dict(alert.labels),
        "annotations": dict(alert.annotations),
        "startsAt": moment(alert.starts_at),
        "endsAt": NO_TIME if alert.ends_at is None else moment(alert.ends_at),
        "generatorURL": alert.generator_url,
        "fingerprint": alert.fingerprint,
        "value": plain["value"],
        "evidence": plain["evidence"],
    }
