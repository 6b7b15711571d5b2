"""Settings of a channel to PagerDuty."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from driftline.config.alerting.channels.channel import ChannelConfig
from driftline.config.secret import Secret, check_one_source

PagerDutySeverity = Literal["critical", "error", "warning", "info"]


class PagerDutyConfig(ChannelConfig):
    """
    A PagerDuty service, by the Events API v2.

    Attributes
    ----------
    type
        ``pagerduty``.
    routing_key, routing_key_file
        Integration key of the service, or a file that it is in.
    events_url
        Where events are sent.
    severities
        PagerDuty's severity by that of a rule; those of PagerDuty stand for themselves, ``page`` for ``critical``,
        ``ticket`` for ``warning``, and all others for ``error``.
    """

    type: Literal["pagerduty"]
    routing_key: Secret | None = None
    routing_key_file: Path | None = None
    events_url: str = Field(default="https://events.pagerduty.com/v2/enqueue", pattern=r"^https?://")
    severities: dict[str, PagerDutySeverity] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _has_one_key(self) -> Self:
        check_one_source(self, "routing_key")
        return self
