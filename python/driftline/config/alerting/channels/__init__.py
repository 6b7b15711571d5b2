"""Settings of the channels, told apart by their ``type``."""

from typing import Annotated

from pydantic import Field

from driftline.config.alerting.channels.alertmanager import AlertmanagerConfig
from driftline.config.alerting.channels.channel import ChannelConfig
from driftline.config.alerting.channels.command import CommandConfig, CommandSettings
from driftline.config.alerting.channels.datadog_event import DatadogEventConfig
from driftline.config.alerting.channels.email import EmailConfig
from driftline.config.alerting.channels.pagerduty import PagerDutyConfig
from driftline.config.alerting.channels.retrain import RetrainConfig, RetrainMlflow, RetrainWebhook
from driftline.config.alerting.channels.slack import SlackConfig
from driftline.config.alerting.channels.teams import TeamsConfig
from driftline.config.alerting.channels.webhook import WebhookConfig

AnyChannel = Annotated[
    AlertmanagerConfig
    | CommandConfig
    | DatadogEventConfig
    | EmailConfig
    | PagerDutyConfig
    | RetrainConfig
    | SlackConfig
    | TeamsConfig
    | WebhookConfig,
    Field(discriminator="type"),
]
"""A channel of any type."""

__all__ = [
    "AlertmanagerConfig",
    "AnyChannel",
    "ChannelConfig",
    "CommandConfig",
    "CommandSettings",
    "DatadogEventConfig",
    "EmailConfig",
    "PagerDutyConfig",
    "RetrainConfig",
    "RetrainMlflow",
    "RetrainWebhook",
    "SlackConfig",
    "TeamsConfig",
    "WebhookConfig",
]
