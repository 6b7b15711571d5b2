"""What the settings of all channels have in common."""

from datetime import timedelta
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from driftline.config.duration import Duration
from driftline.config.secret import Secret, check_one_source


class ChannelConfig(BaseModel):
    """
    Settings that every channel has.

    Attributes
    ----------
    send_resolved
        Also tell that an alert has ceased to hold.
    timeout
        Longest that one attempt may take.
    longest_pause
        Longest time between two attempts, unless the destination asks for more.
    give_up_after
        Age from which a notification that cannot be delivered becomes a dead letter.
    max_pending
        Notifications that may wait; beyond them the oldest become dead letters.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    send_resolved: bool = True
    timeout: Duration = Field(default=timedelta(seconds=10), ge=timedelta(milliseconds=100))
    longest_pause: Duration = Field(default=timedelta(minutes=5), ge=timedelta(milliseconds=10))
    give_up_after: Duration = Field(default=timedelta(days=1), ge=timedelta(seconds=1))
    max_pending: int = Field(default=1_000, ge=1, le=1_000_000)

    @property
    def timeout_seconds(self) -> float:
        """Longest that one attempt may take, in seconds."""
        return self.timeout.total_seconds()


class UrlConfig(BaseModel):
    """
    An address that is a secret itself, or has one in it.

    Attributes
    ----------
    url, url_file
        The address, or a file that it is in.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    url: Secret | None = None
    url_file: Path | None = None

    @model_validator(mode="after")
    def _has_one_url(self) -> Self:
        check_one_source(self, "url")
        return self


class BearerConfig(BaseModel):
    """
    A token that says who sends.

    Attributes
    ----------
    token, token_file
        Bearer token, or a file that it is in; without either none is sent.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    token: Secret | None = None
    token_file: Path | None = None

    @model_validator(mode="after")
    def _has_one_token(self) -> Self:
        check_one_source(self, "token", required=False)
        return self
