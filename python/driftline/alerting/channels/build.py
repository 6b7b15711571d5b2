"""Which class is built for which settings."""

from dataclasses import dataclass

from driftline.alerting.channel import Channel
from driftline.alerting.channels.alertmanager import AlertmanagerChannel
from driftline.alerting.channels.command import CommandChannel
from driftline.alerting.channels.datadog_event import DatadogEventChannel
from driftline.alerting.channels.email import EmailChannel
from driftline.alerting.channels.incoming_webhook import IncomingWebhookChannel
from driftline.alerting.channels.pagerduty import PagerDutyChannel
from driftline.alerting.channels.retrain import MakeReport, RetrainChannel
from driftline.alerting.channels.slack_message import slack_message
from driftline.alerting.channels.teams_message import teams_message
from driftline.alerting.channels.webhook import WebhookChannel
from driftline.alerting.database import AlertDatabase
from driftline.config.alerting.channels import (
    AlertmanagerConfig,
    ChannelConfig,
    CommandConfig,
    DatadogEventConfig,
    EmailConfig,
    PagerDutyConfig,
    RetrainConfig,
    SlackConfig,
    TeamsConfig,
    WebhookConfig,
)
from driftline.errors import InternalError


@dataclass(frozen=True)
class Surroundings:
    """
    What channels may need besides their settings.

    Attributes
    ----------
    database
        Where they remember.
    make_report
        Makes the report of a model; ``None``: there is none.
    external_url
        Where people find more.
    """

    database: AlertDatabase
    make_report: MakeReport | None = None
    external_url: str = ""


def build_channel(name: str, config: ChannelConfig, surroundings: Surroundings) -> Channel:
    """Build the channel that a configuration calls by a name."""
    match config:
        case AlertmanagerConfig():
            return AlertmanagerChannel(name, config)
        case WebhookConfig():
            return WebhookChannel(name, config, surroundings.external_url)
        case SlackConfig():
            return IncomingWebhookChannel(name, config, slack_message)
        case TeamsConfig():
            return IncomingWebhookChannel(name, config, teams_message)
        case PagerDutyConfig():
            return PagerDutyChannel(name, config)
        case DatadogEventConfig():
            return DatadogEventChannel(name, config)
        case EmailConfig():
            return EmailChannel(name, config)
        case CommandConfig():
            return CommandChannel(name, config, surroundings.external_url)
        case RetrainConfig():
            return RetrainChannel(name, config, surroundings.database, surroundings.make_report)
    raise InternalError(f"no channel is built of {type(config).__name__}")
