"""Settings of a channel to Alertmanager."""

from datetime import timedelta
from typing import Literal, Self

from pydantic import Field, model_validator

from driftline.config.alerting.channels.channel import BearerConfig, ChannelConfig
from driftline.config.duration import Duration, format_duration
from driftline.config.secret import Secret


class AlertmanagerConfig(ChannelConfig, BearerConfig):
    """
    Alertmanager, by its API v2.

    Attributes
    ----------
    type
        ``alertmanager``.
    urls
        Addresses of the members of one cluster; each is told, and one that takes it is enough.
    resend
        How often it is told again that an alert holds.
    resolve_after
        When an alert of which it hears no more is over: at least twice ``resend``.
    """

    type: Literal["alertmanager"]
    urls: tuple[Secret, ...] = Field(min_length=1, max_length=16)
    resend: Duration = Field(default=timedelta(minutes=1), ge=timedelta(milliseconds=100))
    resolve_after: Duration = Field(default=timedelta(minutes=5), ge=timedelta(milliseconds=200))

    @model_validator(mode="after")
    def _is_told_in_time(self) -> Self:
        if self.resolve_after < 2 * self.resend:
            raise ValueError(
                f"resolve_after must be at least twice resend, {format_duration(2 * self.resend)}, "
                f"got {format_duration(self.resolve_after)}"
            )
        return self
