"""The channel to Slack."""

from driftline.alerting.channel import Channel, Notification
from driftline.alerting.channels.json_sender import JsonSender, url_of
from driftline.alerting.channels.slack_message import slack_message
from driftline.config.alerting.channels import SlackConfig


class SlackChannel(Channel):
    """
    Posts to an incoming webhook.

    Parameters
    ----------
    name
        As the configuration calls it.
    config
        Its settings.
    """

    def __init__(self, name: str, config: SlackConfig) -> None:
        self.name = name
        self._sender = JsonSender(name, config.timeout_seconds)
        self._config = config

    def send(self, notification: Notification) -> str:
        """Post it."""
        return self._sender.post(url_of(self.name, self._config), slack_message(notification))

    def check(self) -> None:
        """Find out the address."""
        url_of(self.name, self._config)

    def close(self) -> None:
        """Close the connections."""
        self._sender.close()
