"""Which channels are told of an alert."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from driftline.config.alerting.matchers import Matchers


class RouteConfig(BaseModel):
    """
    Channels for some alerts. All routes that match an alert take it.

    Attributes
    ----------
    match
        Patterns of labels; empty: all alerts.
    channels
        Names of the channels that are told.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    match: Matchers = {}
    channels: tuple[Annotated[str, Field(min_length=1)], ...] = Field(min_length=1)
