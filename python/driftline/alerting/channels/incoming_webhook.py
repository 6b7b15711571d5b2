"""The channels to chats, which take one message at an address that is the secret: Slack and Microsoft Teams."""

from collections.abc import Callable
from typing import Any

from driftline.alerting.channel import Channel, Notification
from driftline.alerting.channels.json_sender import JsonSender, url_of
from driftline.config.alerting.channels import SlackConfig, TeamsConfig


class IncomingWebhookChannel(Channel):
    """
    Posts to an incoming webhook.

    Parameters
    ----------
    name
        As the configuration calls it.
    config
        Its settings.
    message
        Makes what the chat shows.
    """

    def __init__(
        self, name: str, config: SlackConfig | TeamsConfig, message: Callable[[Notification], Any]
    ) -> None:
        self.name = name
        self._sender = JsonSender(name, config.timeout_seconds)
        self._config = config
        self._message = message

    def send(self, notification: Notification) -> str:
        """Post it."""
        return self._sender.post(url_of(self.name, self._config), self._message(notification))

    def check(self) -> None:
        """Find out the address."""
        url_of(self.name, self._config)

    def close(self) -> None:
        """Close the connections."""
        self._sender.close()
