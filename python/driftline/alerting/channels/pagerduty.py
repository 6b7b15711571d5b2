"""The channel to PagerDuty."""

from driftline.alerting.channel import Channel, Notification
from driftline.alerting.channels.json_sender import JsonSender
from driftline.alerting.channels.pagerduty_event import pagerduty_event
from driftline.config.alerting.channels import PagerDutyConfig
from driftline.config.secret import reveal


class PagerDutyChannel(Channel):
    """
    Sends an event for each alert, so that each has an incident of its own.

    Parameters
    ----------
    name
        As the configuration calls it.
    config
        Its settings.
    """

    def __init__(self, name: str, config: PagerDutyConfig) -> None:
        self.name = name
        self._sender = JsonSender(name, config.timeout_seconds)
        self._config = config

    def send(self, notification: Notification) -> str:
        """Send the events; those that came through before one failed change nothing when they come again."""
        config, key = self._config, self._key()
        said = [
            self._sender.post(config.events_url, pagerduty_event(alert, key, config.severities))
            for alert in notification.alerts
        ]
        return said[-1]

    def check(self) -> None:
        """Find out the key."""
        self._key()

    def close(self) -> None:
        """Close the connections."""
        self._sender.close()

    def _key(self) -> str:
        config = self._config
        return reveal(f"{self.name}: routing_key", config.routing_key, config.routing_key_file)
