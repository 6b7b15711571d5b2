"""Settings of a channel to Datadog's events."""

from typing import Literal

from pydantic import Field

from driftline.config.agent_address import AgentAddress
from driftline.config.alerting.channels.channel import ChannelConfig


class DatadogEventConfig(ChannelConfig):
    """
    Events of Datadog, by DogStatsD to an agent, which does not say what it took.

    Attributes
    ----------
    type
        ``datadog_event``.
    address
        ``host:port`` of the agent, by UDP, or ``unix://`` and the path of its socket.
    tags
        Besides the labels of an alert.
    """

    type: Literal["datadog_event"]
    address: AgentAddress = "127.0.0.1:8125"
    tags: dict[str, str] = Field(default_factory=dict, max_length=64)
