"""How people are told: the words that all channels for people share."""

from collections.abc import Iterator
from datetime import datetime

from driftline.alerting.alert import Alert
from driftline.alerting.channel import Notification

SAID_ELSEWHERE = ("alertname", "model")
"""Labels that the title has."""

MOST_ADDRESS = 2_000
"""Longer addresses are not taken by all destinations, and are left out."""


def title(notification: Notification) -> str:
    """``[FIRING:2] FeatureDrift flight-delay``."""
    count = sum(alert.status == notification.status for alert in notification.alerts)
    words = [notification.common_labels.get(name, "") for name in SAID_ELSEWHERE]
    return " ".join(word for word in (f"[{notification.status.upper()}:{count}]", *words) if word)


def summary(alert: Alert) -> str:
    """The alert in a line; one that has ceased to hold says so."""
    said = " ".join(alert.annotations.get("summary", "").split()) or alert.rule
    return said if alert.status == "firing" else f"Resolved: {said}"


def facts(alert: Alert) -> Iterator[tuple[str, str]]:
    """Names and values that tell one alert from the others: its labels, its figure, its times."""
    for name, value in sorted(alert.labels.items()):
        if name not in SAID_ELSEWHERE and value.strip():
            yield name, value
    if alert.value is not None:
        yield "value", f"{alert.value:.6g}"
    yield "since", moment(alert.starts_at)
    if alert.ends_at is not None:
        yield "until", moment(alert.ends_at)


def links(alert: Alert) -> Iterator[tuple[str, str]]:
    """What to look at further, as names and addresses."""
    runbook = alert.annotations.get("runbook_url", "")
    for name, address in (("Runbook", runbook), ("Source", alert.generator_url)):
        if address.startswith(("https://", "http://")) and len(address) <= MOST_ADDRESS:
            yield name, address


def moment(time: datetime) -> str:
    """A time in UTC to the second, as RFC 3339 writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def left_out(count: int) -> str:
    """What is said of alerts that are not shown."""
    return f"and {count} more alert{'s' if count > 1 else ''}"


def shorten(text: str, most: int) -> str:
    """The text, cut to ``most`` characters; what was cut ends with an ellipsis."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
