"""Windows to a Datadog agent, by DogStatsD."""

from typing import Literal

from pydantic import Field, field_validator

from driftline.config.address import split_address
from driftline.config.exporters.exporter import ExporterConfig

UNIX = "unix://"


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
    address: str = "127.0.0.1:8125"
    tags: dict[str, str] = Field(default={}, max_length=64)
    distributions: Literal["none", "midpoints"] = "none"

    @field_validator("address")
    @classmethod
    def _is_a_place(cls, address: str) -> str:
        if not address.startswith(UNIX):
            split_address(address)
        elif not address.removeprefix(UNIX).startswith("/"):
            raise ValueError(
                f"the path of a socket begins with a slash, like unix:///run/dsd.socket, got {address!r}"
            )
        return address
