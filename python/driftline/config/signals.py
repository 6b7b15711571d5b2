"""How what each principal asks of a model is counted."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from driftline.v1 import signals_pb2


class SignalsConfig(BaseModel):
    """
    What is counted of each principal, and who is worth a word.

    Attributes
    ----------
    most
        The most principals of a window that have a profile of their own, those with most records.
    band
        How far from ``score_threshold`` a score is near the decision boundary.
    tolerance
        By how many times a principal's odds may differ from the others' and nobody is told.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    most: int = Field(default=1_000, ge=1, le=100_000)
    band: float = Field(default=0.05, gt=0, lt=1)
    tolerance: float = Field(default=2.0, ge=1)

    def to_proto(self) -> signals_pb2.SignalSettings:
        """Return the message that the wire and the engine take."""
        return signals_pb2.SignalSettings(most=self.most, band=self.band, tolerance=self.tolerance)

    @classmethod
    def from_proto(cls, message: signals_pb2.SignalSettings) -> Self:
        """Read a message of the wire; its zeros stand for the defaults."""
        given = {"most": message.most, "band": message.band, "tolerance": message.tolerance}
        return cls.model_validate({name: value for name, value in given.items() if value})
