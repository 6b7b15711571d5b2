"""What outcomes of predictions are worth, as a configuration file says it and as the wire carries it."""

from collections.abc import Iterable
from typing import TypeAlias

from pydantic import BaseModel, ConfigDict, Field, field_validator

from driftline.v1 import performance_pb2


class BinaryValues(BaseModel):
    """
    What one record is worth, by the positive class, in units of your own; a cost is below 0.

    Attributes
    ----------
    tp, fp, fn, tn
        Of true and false positives, false and true negatives.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    tp: float = Field(default=0.0, allow_inf_nan=False)
    fp: float = Field(default=0.0, allow_inf_nan=False)
    fn: float = Field(default=0.0, allow_inf_nan=False)
    tn: float = Field(default=0.0, allow_inf_nan=False)


class ClassValue(BaseModel):
    """
    What one record of a label that is predicted to be of a class is worth; a cost is below 0.

    Attributes
    ----------
    label, predicted
        The classes, as answers name them.
    value
        In units of your own.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: str
    predicted: str
    value: float = Field(allow_inf_nan=False)

    @field_validator("label", "predicted", mode="before")
    @classmethod
    def _class_is_text(cls, name: object) -> object:
        """Booleans and numbers are named as answers name them."""
        if isinstance(name, bool):
            return str(name).lower()
        return str(name) if isinstance(name, int) else name


OutcomeValues: TypeAlias = BinaryValues | tuple[ClassValue, ...]


def to_proto(values: OutcomeValues) -> list[performance_pb2.OutcomeValue]:
    """Return the messages that the wire and the engine take."""
    if isinstance(values, BinaryValues):
        named: dict[str, float] = values.model_dump()
        return [performance_pb2.OutcomeValue(outcome=name, value=value) for name, value in named.items()]
    return [
        performance_pb2.OutcomeValue(
            classes=performance_pb2.OutcomeClasses(label=each.label, predicted=each.predicted),
            value=each.value,
        )
        for each in values
    ]


def from_proto(messages: Iterable[performance_pb2.OutcomeValue]) -> OutcomeValues:
    """
    Read messages of the wire.

    Raises
    ------
    ValueError
        If some name outcomes and some classes, which no configuration can say.
    """
    named = {each.outcome: each.value for each in messages if each.HasField("outcome")}
    classes = tuple(
        ClassValue(label=each.classes.label, predicted=each.classes.predicted, value=each.value)
        for each in messages
        if each.HasField("classes")
    )
    if named and classes:
        raise ValueError("outcome_values name outcomes (tp, fp, fn, tn) or classes, got both")
    return BinaryValues.model_validate(named) if named else classes
