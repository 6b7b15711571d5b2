"""What is told about alerts, and the one method by which a channel tells it."""

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from driftline.alerting.alert import Alert, AlertStatus

GROUP_BY = ("alertname", "model")


@dataclass(frozen=True)
class Notification:
    """
    Alerts of one group that began or ceased to hold together, for one channel.

    Attributes
    ----------
    group_key
        Of the group; what is told about one group arrives in the order in which it was put down.
    receiver
        Name of the channel.
    status
        ``firing`` if any of the alerts holds, else ``resolved``.
    alerts
        Those that have changed, at least one. Others of the group may hold beside them.
    group_labels
        What the alerts are grouped by.
    """

    group_key: str
    receiver: str
    status: AlertStatus
    alerts: tuple[Alert, ...]
    group_labels: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, receiver: str, alerts: Sequence[Alert], group_by: Sequence[str] = GROUP_BY) -> Self:
        """
        Make the notification of alerts that are alike in the labels that they are grouped by.

        Parameters
        ----------
        receiver
            Name of the channel.
        alerts
            At least one.
        group_by
            Names of labels.

        Raises
        ------
        ValueError
            If there is no alert.
        """
        if not alerts:
            raise ValueError("a notification needs at least one alert, got none")
        labels = alerts[0].labels
        group = {name: labels[name] for name in sorted(group_by) if name in labels}
        firing = any(alert.status == "firing" for alert in alerts)
        return cls(
            group_key=json.dumps(group, ensure_ascii=False),
            receiver=receiver,
            status="firing" if firing else "resolved",
            alerts=tuple(alerts),
            group_labels=group,
        )

    @property
    def id(self) -> str:
        """32 hexadecimal digits that stay the same each time that the notification is sent."""
        return hashlib.blake2b(self.to_json().encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()

    @property
    def common_labels(self) -> dict[str, str]:
        """Labels that all alerts have with the same value."""
        return _common([alert.labels for alert in self.alerts])

    @property
    def common_annotations(self) -> dict[str, str]:
        """Annotations that all alerts have with the same text."""
        return _common([alert.annotations for alert in self.alerts])

    def with_status(self, status: AlertStatus) -> Self | None:
        """The notification of those alerts alone that have a status; ``None`` if there are none."""
        chosen = tuple(alert for alert in self.alerts if alert.status == status)
        if not chosen:
            return None
        return type(self)(self.group_key, self.receiver, status, chosen, self.group_labels)

    def to_json(self) -> str:
        """The notification as one line of JSON, which `from_json` reads."""
        return json.dumps(
            {
                "group_key": self.group_key,
                "receiver": self.receiver,
                "status": self.status,
                "alerts": [json.loads(alert.to_json()) for alert in self.alerts],
                "group_labels": dict(self.group_labels),
            },
            ensure_ascii=False,
        )

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """
        Read what `to_json` wrote.

        Raises
        ------
        ValueError
            If the text is no notification.
        """
        values: dict[str, Any] = json.loads(text)
        try:
            alerts = tuple(Alert.from_json(json.dumps(alert)) for alert in values.pop("alerts"))
            return cls(alerts=alerts, **values)
        except (KeyError, TypeError) as error:
            raise ValueError(f"text is no notification: {error}") from error


class Channel(ABC):
    """
    Tells a destination about alerts.

    Attributes
    ----------
    name
        As the configuration calls it.
    resend_seconds
        How often the destination wants to hear again that an alert holds; ``None``: once is enough.
    """

    name: str
    resend_seconds: float | None = None

    @abstractmethod
    def send(self, notification: Notification) -> str:
        """
        Tell it; return once the destination has taken it.

        A notification may come again after a crash: what is sent for it names the same thing each time.

        Parameters
        ----------
        notification
            What is told.

        Returns
        -------
        str
            What the destination said, in a line without secrets.

        Raises
        ------
        DestinationUnavailableError
            If it is worth a later attempt.
        DestinationRefusedError
            If the destination will never take this.
        """

    def check(self) -> None:  # noqa: B027 - some have no secret
        """
        Find out all secrets, to say early if one is not there.

        Raises
        ------
        ConfigurationError
            If one cannot be found.
        """

    def close(self) -> None:  # noqa: B027 - most have nothing to close
        """End what is under way and let go of connections; no `send` comes after."""


def _common(mappings: Sequence[Mapping[str, str]]) -> dict[str, str]:
    first, *others = mappings
    return {
        name: value
        for name, value in sorted(first.items())
        if all(other.get(name) == value for other in others)
    }
