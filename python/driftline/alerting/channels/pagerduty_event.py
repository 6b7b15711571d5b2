"""Events of PagerDuty's Events API v2, within its limits."""

import json
from collections.abc import Mapping
from typing import Any

from driftline.alerting.alert import Alert
from driftline.alerting.channels.wording import links, moment, shorten, summary

MOST_SUMMARY = 1_024
MOST_BYTES = 512 * 1024

_SHORT = 255
_KNOWN = {name: name for name in ("critical", "error", "warning", "info")}
_SEVERITIES = _KNOWN | {"page": "critical", "ticket": "warning"}


def pagerduty_event(alert: Alert, routing_key: str, severities: Mapping[str, str]) -> dict[str, Any]:
    """
    Write an alert as an event; all events of one alert have the same ``dedup_key``.

    Parameters
    ----------
    alert
        One that holds triggers an incident, one that has ceased to resolves it.
    routing_key
        Integration key of the service.
    severities
        PagerDuty's severity by the alert's.
    """
    event: dict[str, Any] = {
        "routing_key": routing_key,
        "event_action": "trigger" if alert.status == "firing" else "resolve",
        "dedup_key": f"driftline/{alert.fingerprint}",
    }
    if alert.status == "resolved":
        return event
    labels = alert.labels
    event |= {
        "payload": {
            "summary": shorten(
                f"{labels.get('model', '')}: {summary(alert)}".removeprefix(": "), MOST_SUMMARY
            ),
            "source": shorten(labels.get("model") or "driftline", _SHORT),
            "severity": (_SEVERITIES | dict(severities)).get(labels.get("severity", ""), "error"),
            "timestamp": moment(alert.starts_at),
            "component": shorten(labels.get("feature") or labels.get("version", ""), _SHORT),
            "group": shorten(labels.get("model", ""), _SHORT),
            "class": shorten(alert.rule, _SHORT),
            "custom_details": _details(alert),
        },
        "client": "driftline",
        "links": [{"href": address, "text": name} for name, address in links(alert)],
    }
    if len(json.dumps(event).encode()) > MOST_BYTES:
        event["payload"]["custom_details"] = {"left out": f"more than {MOST_BYTES} bytes"}
    if ("Source", alert.generator_url) in links(alert):
        event["client_url"] = alert.generator_url
    return event


def _details(alert: Alert) -> dict[str, Any]:
    plain = json.loads(alert.to_json())
    return {
        "labels": dict(alert.labels),
        "annotations": dict(alert.annotations),
        "value": plain["value"],
        "evidence": plain["evidence"],
    }
