"""Service-level objectives of a model, as a configuration file says them and as the wire carries them."""

from datetime import timedelta
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from driftline.config.duration import Duration, from_nanoseconds, nanoseconds
from driftline.v1 import objectives_pb2

_MONTH = timedelta(days=30)

Column = Annotated[str, Field(min_length=1)]


class ObjectiveConfig(BaseModel):
    """
    Which records are good, and how many are to be; one of ``latency``, ``error`` and ``missing`` says what is bad.

    Attributes
    ----------
    latency
        A longer latency is bad; records without one are left out.
    column
        Column of the latency, in seconds; ``None``: the one with the role ``latency``.
    error
        A column of categories or booleans, and its value that says that there was an error: ``{failed: true}``.
        Records without a value are left out.
    missing
        A column of which null, NaN and infinity are bad: that of the prediction, say.
    target
        The share of records that is to be good, above 0 and below 1.
    within
        Within which time, 1 minute to 366 days.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    latency: Duration | None = Field(default=None, gt=timedelta(0))
    column: Column | None = None
    error: dict[Column, Column] | None = Field(default=None, min_length=1, max_length=1)
    missing: Column | None = None
    target: float = Field(gt=0, lt=1)
    within: Duration = Field(default=_MONTH, ge=timedelta(minutes=1), le=timedelta(days=366))

    @field_validator(
        "error", mode="before", json_schema_input_type=dict[Column, Column | bool | float] | None
    )
    @classmethod
    def _value_is_text(cls, error: object) -> object:
        """Booleans and numbers are written as records carry them."""
        if not isinstance(error, dict):
            return error
        return {
            column: str(value).lower() if isinstance(value, bool) else str(value)
            for column, value in error.items()
        }

    @model_validator(mode="after")
    def _says_what_is_bad(self) -> Self:
        said = [name for name in ("latency", "error", "missing") if getattr(self, name) is not None]
        if len(said) != 1:
            found = " and ".join(said) or "none"
            raise ValueError(f"an objective has one of latency, error and missing, got {found}")
        if self.column is not None and self.latency is None:
            raise ValueError(f"column {self.column!r} is that of a latency, and there is none")
        return self

    def to_proto(self, name: str) -> objectives_pb2.Objective:
        """Return the message that the wire and the engine take."""
        message = objectives_pb2.Objective(
            name=name, target=self.target, period_nanos=nanoseconds(self.within)
        )
        if self.latency is not None:
            message.slow.limit_seconds = self.latency.total_seconds()
            message.slow.column = self.column or ""
        elif self.error is not None:
            ((message.error.column, message.error.value),) = self.error.items()
        else:
            message.missing.column = self.missing or ""
        return message

    @classmethod
    def from_proto(cls, message: objectives_pb2.Objective) -> Self:
        """
        Read a message of the wire.

        Raises
        ------
        ValueError
            If it breaks a rule of this class.
        """
        values: dict[str, object] = {"target": message.target}
        if message.period_nanos:
            values["within"] = from_nanoseconds(message.period_nanos)
        match message.WhichOneof("bad"):
            case "slow":
                values["latency"] = timedelta(seconds=message.slow.limit_seconds)
                values["column"] = message.slow.column or None
            case "error":
                values["error"] = {message.error.column: message.error.value}
            case "missing":
                values["missing"] = message.missing.column
        return cls.model_validate(values)
