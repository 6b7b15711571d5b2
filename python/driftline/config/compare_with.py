"""Records to compare with that are found from those that are asked about."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from driftline.config.duration import Duration, from_nanoseconds, nanoseconds
from driftline.errors import InvalidArgumentError
from driftline.v1 import selection_pb2

_CENTURY = timedelta(days=36_600)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MAX_RANGES = 1_000

Length = Annotated[Duration, Field(gt=timedelta(0), le=_CENTURY)]


class ExcludedRange(BaseModel):
    """
    A half-open range of event time that is left out; windows that overlap it are not compared with.

    Attributes
    ----------
    start, end
        Times such as ``2026-03-01`` or ``2026-03-01T12:00``, UTC unless they have a time zone.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    start: datetime
    end: datetime

    @model_validator(mode="after")
    def _start_is_before_end(self) -> Self:
        if _nanos(self.start) >= _nanos(self.end):
            raise ValueError(f"start must be before end, got {self.start} and {self.end}")
        return self


class CompareWith(BaseModel):
    """
    Which records of the same model and segment are compared with those that are asked about.

    Attributes
    ----------
    version
        Their version; that of the records asked about if not given. Alone: the same range of another version, such as
        the control of a canary.
    trailing
        Length of a range that ends where the one asked about starts.
    offset
        How much earlier than that it ends.
    period
        The same range, earlier by this: ``7d`` for the same hour of last week.
    repeats
        Over how many such periods, 1 to 1,000.
    exclude
        Ranges left out: outages, holidays.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: str | None = None
    trailing: Length | None = None
    offset: Annotated[Duration, Field(ge=timedelta(0), le=_CENTURY)] = timedelta(0)
    period: Length | None = None
    repeats: int = Field(default=1, ge=1, le=_MAX_RANGES)
    exclude: tuple[ExcludedRange, ...] = Field(default=(), max_length=_MAX_RANGES)

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if self.trailing and self.period:
            raise ValueError(f"one of trailing and period can be set, got {self.trailing} and {self.period}")
        if not (self.trailing or self.period or self.version is not None):
            raise ValueError("one of version, trailing and period must be set, got none")
        if self.offset and not self.trailing:
            raise ValueError(f"offset belongs to trailing, got offset {self.offset} without it")
        if self.repeats > 1 and not self.period:
            raise ValueError(f"repeats belongs to period, got repeats {self.repeats} without it")
        return self

    @classmethod
    def parse(cls, rule: Mapping[str, Any]) -> Self:
        """
        Read a mapping.

        Raises
        ------
        InvalidArgumentError
            If it breaks a rule of this class; the text names the field.
        """
        try:
            return cls.model_validate(dict(rule))
        except ValidationError as error:
            raise InvalidArgumentError(f"what to compare with: {error}") from error

    def to_proto(self) -> selection_pb2.Relative:
        """Return the message that the wire and the engine take."""
        return selection_pb2.Relative(
            version=self.version,
            trailing_nanos=nanoseconds(self.trailing) if self.trailing else 0,
            offset_nanos=nanoseconds(self.offset),
            period_nanos=nanoseconds(self.period) if self.period else 0,
            repeats=self.repeats if self.period else 0,
            excluded=[
                selection_pb2.TimeRange(start_unix_nanos=_nanos(each.start), end_unix_nanos=_nanos(each.end))
                for each in self.exclude
            ],
        )

    @classmethod
    def from_proto(cls, message: selection_pb2.Relative) -> Self:
        """Read a message of the wire."""
        return cls(
            version=message.version if message.HasField("version") else None,
            trailing=from_nanoseconds(message.trailing_nanos) if message.trailing_nanos else None,
            offset=from_nanoseconds(message.offset_nanos),
            period=from_nanoseconds(message.period_nanos) if message.period_nanos else None,
            repeats=message.repeats or 1,
            exclude=tuple(
                ExcludedRange(start=_moment(each.start_unix_nanos), end=_moment(each.end_unix_nanos))
                for each in message.excluded
            ),
        )


def _nanos(moment: datetime) -> int:
    """Nanoseconds since the epoch; a time without a zone is UTC."""
    return nanoseconds((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH)


def _moment(nanos: int) -> datetime:
    return _EPOCH + from_nanoseconds(nanos)
