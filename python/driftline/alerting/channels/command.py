"""The channel that runs a command."""

from driftline.alerting.channel import Channel, Notification
from driftline.alerting.channels.webhook_body import webhook_body
from driftline.alerting.evidence_folder import evidence_folder
from driftline.alerting.process import LimitedProcess
from driftline.config.alerting.channels import CommandConfig


class CommandChannel(Channel):
    """
    Runs a command for each notification, which it reads as JSON in the shape of a webhook's body.

    Parameters
    ----------
    name
        As the configuration calls it.
    config
        Its settings.
    external_url
        Where people find more.
    """

    def __init__(self, name: str, config: CommandConfig, external_url: str = "") -> None:
        self.name = name
        self._external_url = external_url
        self._process = LimitedProcess(name, config)

    def send(self, notification: Notification) -> str:
        """Run it."""
        body = webhook_body(notification, len(notification.alerts), self._external_url)
        with evidence_folder(body) as (file, variables):
            return self._process.run(file, variables)

    def close(self) -> None:
        """End it if it runs."""
        self._process.close()
