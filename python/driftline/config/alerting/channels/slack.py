"""Settings of a channel to Slack."""

from typing import Literal

from driftline.config.alerting.channels.channel import ChannelConfig, UrlConfig


class SlackConfig(ChannelConfig, UrlConfig):
    """
    A Slack channel, by an incoming webhook.

    Attributes
    ----------
    type
        ``slack``.
    """

    type: Literal["slack"]
