"""The channel to Alertmanager."""

from datetime import UTC, datetime, timedelta

from driftline.alerting.channel import Channel, Notification
from driftline.alerting.channels.alertmanager_alerts import alertmanager_alerts
from driftline.alerting.channels.json_sender import JsonSender, bearer
from driftline.config.alerting.channels import AlertmanagerConfig
from driftline.config.secret import reveal
from driftline.delivery import DestinationError, DestinationRefusedError, DestinationUnavailableError

PATH = "/api/v2/alerts"
MOST_ALERTS = 500
"""Alerts of one request."""


class AlertmanagerChannel(Channel):
    """
    Tells every member of a cluster, as they do not tell each other; one that takes it is enough.

    Parameters
    ----------
    name
        As the configuration calls it.
    config
        Its settings.
    """

    def __init__(self, name: str, config: AlertmanagerConfig) -> None:
        self.name = name
        self.resend_seconds = config.resend.total_seconds()
        self._config = config
        self._resolve_after: timedelta = config.resolve_after
        self._members = [JsonSender(name, config.timeout_seconds) for _ in config.urls]

    def send(self, notification: Notification) -> str:
        """Post the alerts; those that hold end by themselves unless they are posted again."""
        now = datetime.now(UTC)
        alerts = alertmanager_alerts(notification.alerts, now, now + self._resolve_after)
        headers = bearer(self.name, self._config)
        urls = self._urls()
        failures: list[DestinationError] = []
        said: list[str] = []
        for member, url in zip(self._members, urls, strict=True):
            try:
                for first in range(0, len(alerts), MOST_ALERTS):
                    answer = member.post(url, alerts[first : first + MOST_ALERTS], PATH, headers)
                said.append(answer)
            except DestinationError as error:
                failures.append(error)
        if not said:
            raise _worst(failures)
        return f"{len(said)} of {len(urls)} took it: {said[0]}"

    def check(self) -> None:
        """Find out the addresses and the token."""
        self._urls()
        bearer(self.name, self._config)

    def close(self) -> None:
        """Close the connections."""
        for member in self._members:
            member.close()

    def _urls(self) -> list[str]:
        return [reveal(f"{self.name}: urls", url, None) for url in self._config.urls]


def _worst(failures: list[DestinationError]) -> DestinationError:
    """What all members together say: as long as one may take it later, it is worth another attempt."""
    for failure in failures:
        if isinstance(failure, DestinationUnavailableError):
            return failure
    return failures[0] if failures else DestinationRefusedError("no member was asked")
