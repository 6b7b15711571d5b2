"""Settings of a channel to Microsoft Teams."""

from typing import Literal

from driftline.config.alerting.channels.channel import ChannelConfig, UrlConfig


class TeamsConfig(ChannelConfig, UrlConfig):
    """
    A Microsoft Teams channel or chat, by a webhook of the app Workflows.

    Attributes
    ----------
    type
        ``teams``.
    """

    type: Literal["teams"]
