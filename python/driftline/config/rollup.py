"""When old windows become longer ones, as a configuration file says it."""

from datetime import timedelta
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, model_validator

from driftline.config.duration import Duration, format_duration


def _at_least_a_day(age: timedelta) -> timedelta:
    if age < timedelta(days=1):
        raise ValueError(f"an age must be at least 1d, got {format_duration(age)}")
    return age


Age = Annotated[Duration, AfterValidator(_at_least_a_day)]
"""How old windows must be: they are rolled up and dropped by whole UTC days."""


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
