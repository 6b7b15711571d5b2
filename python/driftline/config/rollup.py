"""When old windows become longer ones, as a configuration file says it."""

from datetime import timedelta
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from driftline.config.duration import Duration, format_duration

Age = Annotated[Duration, Field(ge=timedelta(days=1))]


class RollUpConfig(BaseModel):
    """
    How old windows must be to become longer; ``None``: they never do.

    Attributes
    ----------
    hourly_after
        Age from which the windows of a day become hours.
    daily_after
        Age from which they become one day; not before they would become hours.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    hourly_after: Age | None = timedelta(days=2)
    daily_after: Age | None = timedelta(days=30)

    @model_validator(mode="after")
    def _hours_come_first(self) -> Self:
        hourly, daily = self.hourly_after, self.daily_after
        if hourly is not None and daily is not None and daily < hourly:
            raise ValueError(
                f"daily_after must be at least hourly_after, {format_duration(hourly)}, "
                f"got {format_duration(daily)}"
            )
        return self
