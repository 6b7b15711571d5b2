"""Windows to a Datadog agent, by DogStatsD."""

from typing import Literal

from pydantic import Field

from driftline.config.agent_address import AgentAddress
from driftline.config.exporters.exporter import ExporterConfig


class DatadogConfig(ExporterConfig):
    """
    Windows as gauges and counts with the time of their end.

    Attributes
    ----------
    address
        ``host:port`` of the agent, by UDP, or ``unix://`` and the path of its socket.
    tags
        Besides those of each metric.
    distributions
        ``none``, or ``midpoints``: each bucket of a histogram is sent as its middle, as often as it counts.
    """

    type: Literal["datadog"]
    address: AgentAddress = "127.0.0.1:8125"
    tags: dict[str, str] = Field(default={}, max_length=64)
    distributions: Literal["none", "midpoints"] = "none"
