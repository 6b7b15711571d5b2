"""When nobody is told of an alert: silences, and windows of maintenance."""

from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)

from driftline.config.alerting.matchers import Matchers, matches

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

_WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = timedelta(days=1)


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"a time zone is named like Europe/Oslo or UTC, got {name!r}") from None
    return name


def _written(value: Any) -> Any:
    """YAML reads 22:00 without quotes as a number of the base 60."""
    if isinstance(value, int | float):
        raise ValueError(f'a time of day is written in quotes, like "22:00", got {value!r}')
    return value


TimeOfDay = Annotated[time, BeforeValidator(_written)]


class SilenceConfig(BaseModel):
    """
    Nobody is told of some alerts for a while; what becomes of them is still known.

    Attributes
    ----------
    match
        Patterns of labels, one at least.
    start
        From when, with a time zone; ``None``: from the beginning.
    end
        Until when.
    comment
        Why.
    creator
        Who wants it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    match: Matchers = Field(min_length=1)
    start: AwareDatetime | None = None
    end: AwareDatetime
    comment: str = Field(min_length=1, max_length=1_000)
    creator: str = Field(min_length=1, max_length=256)

    @model_validator(mode="after")
    def _ends_after_its_start(self) -> Self:
        if self.start is not None and self.end <= self.start:
            raise ValueError(f"a silence must end after its start, {self.start.isoformat()}")
        return self

    def silences(self, labels: dict[str, str], now: datetime) -> bool:
        """Whether nobody is told of an alert with these labels at that time."""
        has_begun = self.start is None or self.start <= now
        return has_begun and now < self.end and matches(self.match, labels)


class MaintenanceConfig(BaseModel):
    """
    A window of time in which nobody is told of some alerts: once, or again and again.

    Attributes
    ----------
    name
        What it is.
    match
        Patterns of labels; empty: all alerts.
    start, end
        Once, from and until when, with a time zone.
    days
        Again and again, on these days of the week; empty: every day.
    from_time, to_time
        Again and again, between these times of the day, such as ``22:00`` and ``06:00``; past midnight where the second
        is not after the first. The days are those on which it begins.
    time_zone
        Of days and times of the day.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=256)
    match: Matchers = {}
    start: AwareDatetime | None = None
    end: AwareDatetime | None = None
    days: tuple[Weekday, ...] = ()
    from_time: TimeOfDay | None = None
    to_time: TimeOfDay | None = None
    time_zone: Annotated[str, AfterValidator(_known_zone)] = "UTC"

    @model_validator(mode="after")
    def _is_once_or_again(self) -> Self:
        once = self.start is not None or self.end is not None
        again = bool(self.days) or self.from_time is not None or self.to_time is not None
        if once == again:
            raise ValueError("maintenance has start and end, or days or times of the day, and not both")
        if once and (self.start is None or self.end is None or self.end <= self.start):
            raise ValueError("maintenance needs a start, and an end after it")
        if (self.from_time is None) != (self.to_time is None):
            raise ValueError("from_time and to_time belong together, got one of them")
        return self

    def silences(self, labels: dict[str, str], now: datetime) -> bool:
        """Whether nobody is told of an alert with these labels at that time."""
        return self.is_under_way(now) and matches(self.match, labels)

    def is_under_way(self, now: datetime) -> bool:
        """Whether the time lies in the window, its end not included."""
        if self.start is not None and self.end is not None:
            return self.start <= now < self.end
        zone = ZoneInfo(self.time_zone)
        today = now.astimezone(zone).date()
        for first_day in (today - _DAY, today):
            if self.days and _WEEKDAYS[first_day.weekday()] not in self.days:
                continue
            begin = datetime.combine(first_day, self.from_time or time(), zone)
            last_day = first_day if _is_within_a_day(self.from_time, self.to_time) else first_day + _DAY
            finish = datetime.combine(last_day, self.to_time or time(), zone)
            # Compared in UTC: two times of one zone are compared by their clocks, whatever the season.
            if begin.astimezone(UTC) <= now.astimezone(UTC) < finish.astimezone(UTC):
                return True
        return False


def _is_within_a_day(first: time | None, last: time | None) -> bool:
    return first is not None and last is not None and first < last
