"""The channel to Datadog's events."""

from driftline.alerting.alert import Alert
from driftline.alerting.channel import Channel, Notification
from driftline.alerting.channels.wording import facts, links, shorten, summary
from driftline.config.alerting.channels import DatadogEventConfig
from driftline.delivery import DestinationRefusedError, dogstatsd
from driftline.delivery.agent_socket import AgentSocket

MAX_TITLE = 100

_KINDS: dict[str, dogstatsd.AlertType] = {"warning": "warning", "ticket": "warning", "info": "info"}


class DatadogEventChannel(Channel):
    """
    Tells an agent of each alert as an event; events of one alert go together by its fingerprint.

    Parameters
    ----------
    name
        As the configuration calls it.
    config
        Its settings.
    """

    def __init__(self, name: str, config: DatadogEventConfig) -> None:
        self.name = name
        self._tags = config.tags
        self._socket = AgentSocket(config.address, config.timeout_seconds)

    def send(self, notification: Notification) -> str:
        """Send a packet an alert."""
        for alert in notification.alerts:
            self._socket.send(event_of(alert, self._tags, self._socket.most_bytes))
        return f"{len(notification.alerts)} event(s) sent, which an agent does not confirm"

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


def event_of(alert: Alert, tags: dict[str, str], most_bytes: int) -> bytes:
    """
    One event, whose text is cut to what fits into a packet.

    Raises
    ------
    DestinationRefusedError
        If its labels alone do not fit.
    """
    description = alert.annotations.get("description", "")
    told = [f"{name}: {value}" for name, value in (*facts(alert), *links(alert))]
    text = "\n".join([*([description] if description else []), *told])
    labels = dogstatsd.tags(alert.labels, tags)
    # No character takes more than four bytes, and a line's end is written with two.
    for most in (len(text), most_bytes // 2, most_bytes // 4, most_bytes // 8, 1):
        event = _event(alert, shorten(text, max(1, most)), labels)
        if len(event) <= most_bytes:
            return event
    raise DestinationRefusedError(f"the labels of the alert do not fit into a packet of {most_bytes} bytes")


def _event(alert: Alert, text: str, tags: str) -> bytes:
    happened = alert.starts_at if alert.ends_at is None else alert.ends_at
    kind = _KINDS.get(alert.labels.get("severity", ""), "error")
    line = dogstatsd.event(
        shorten(summary(alert), MAX_TITLE),
        text,
        tags,
        int(happened.timestamp()),
        "success" if alert.status == "resolved" else kind,
        alert.fingerprint,
    )
    return line.encode("utf-8", "replace")
