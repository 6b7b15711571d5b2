"""Alerts and notifications as tests of channels use them."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from driftline.alerting.alert import Alert, AlertStatus
from driftline.alerting.channel import Notification

STARTED = datetime(2013, 7, 1, tzinfo=UTC)
ENDED = datetime(2013, 7, 2, tzinfo=UTC)


def alert(feature: str = "temp", status: AlertStatus = "firing", **changes: Any) -> Alert:
    """An alert about one feature of the flights."""
    values: dict[str, Any] = {
        "rule": "FeatureDrift",
        "labels": {
            "alertname": "FeatureDrift",
            "model": "flight-delay",
            "version": "1",
            "severity": "warning",
            "owner": "flights",
            "feature": feature,
        },
        "annotations": {
            "summary": f"{feature} has moved",
            "description": f"PSI of {feature} is 0.31 against the training data.",
            "runbook_url": "https://runbooks.example.com/drift",
        },
        "status": status,
        "starts_at": STARTED,
        "ends_at": ENDED if status == "resolved" else None,
        "value": 0.31,
        "evidence": {"metric": "drift.psi", "value": 0.31, "low": 0.3, "high": 0.32, "baseline": "training"},
        "generator_url": "https://driftline.example.com/models/flight-delay",
    }
    return Alert(**values | changes)


def notification(*alerts: Alert, receiver: str = "channel") -> Notification:
    """What is told of the alerts, one of them firing if none is given."""
    return Notification.of(receiver, alerts or (alert(),))


_TEXT = st.text(max_size=20) | st.sampled_from(["&" * 3_000, "<!channel>", "ä" * 2_000, "a|b>c"])
_LABELS = st.fixed_dictionaries(
    {"alertname": _TEXT, "model": _TEXT, "severity": st.sampled_from(["page", "critical", "odd", ""])},
    optional={"feature": _TEXT, "version": _TEXT, "owner": _TEXT, "team name": _TEXT},
)
_ADDRESSES = st.sampled_from(
    ["", "https://e.com/a|b?x=<y>&z", "javascript:alert(1)", "https://e.com/" + "x" * 4_000]
)
_STATUSES: st.SearchStrategy[AlertStatus] = st.sampled_from(["firing", "resolved"])
ALERTS = st.builds(
    alert,
    status=_STATUSES,
    labels=_LABELS,
    annotations=st.fixed_dictionaries(
        {}, optional={"summary": _TEXT, "description": _TEXT, "runbook_url": _ADDRESSES}
    ),
    value=st.none() | st.floats(),
    generator_url=_ADDRESSES,
)
NOTIFICATIONS = st.builds(
    lambda alerts: Notification.of("channel", alerts), st.lists(ALERTS, min_size=1, max_size=12)
)
