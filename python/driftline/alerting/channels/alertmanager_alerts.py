"""Alerts as Alertmanager's API v2 takes them."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from driftline.alerting.alert import Alert

# Label names beyond these are taken by new releases only, and by none in all modes.
_BEYOND = re.compile(r"[^a-zA-Z0-9_]")


def alertmanager_alerts(alerts: Iterable[Alert], now: datetime, over_at: datetime) -> list[dict[str, Any]]:
    """
    Write alerts for ``POST /api/v2/alerts``.

    Parameters
    ----------
    alerts
        Those that hold, and those that have ceased to.
    now
        The present, UTC: nothing ends later than that.
    over_at
        When those that hold are over if nothing more is heard of them, UTC.
    """
    return [_alert(alert, now, over_at) for alert in alerts]


def _alert(alert: Alert, now: datetime, over_at: datetime) -> dict[str, Any]:
    ends_at = over_at
    if alert.status == "resolved":
        # One that ends in the future holds, and one that ends before it starts is refused.
        ends_at = min(max(alert.ends_at or now, alert.starts_at), now)
    written: dict[str, Any] = {
        "labels": _named(alert.labels),
        "annotations": _named(alert.annotations),
        "startsAt": min(alert.starts_at, ends_at).isoformat(),
        "endsAt": ends_at.isoformat(),
    }
    if alert.generator_url:
        written["generatorURL"] = alert.generator_url
    return written


def _named(values: Mapping[str, str]) -> dict[str, str]:
    """Values that say something, by names that are allowed."""
    return {_name(name): value for name, value in values.items() if value}


def _name(name: str) -> str:
    allowed = _BEYOND.sub("_", name)
    return f"_{allowed}" if allowed[:1].isdigit() else allowed
