"""How ranked lists are judged."""

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator

from driftline.v1 import ranking_pb2

_UNLABELLED = {
    "irrelevant": ranking_pb2.UNLABELLED_IRRELEVANT,
    "unknown": ranking_pb2.UNLABELLED_UNKNOWN,
}
_UNLABELLED_NAMES = {number: name for name, number in _UNLABELLED.items()}


class RankingConfig(BaseModel):
    """
    How lists are judged, where records have a query id.

    Attributes
    ----------
    at
        Items from the top at which lists are cut, rising.
    relevant_from
        Relevance from which an item is relevant.
    unlabelled
        What an item without a label counts as: ``irrelevant``, as where labels are clicks, or ``unknown``: lists are
        taken without it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: tuple[Annotated[int, Field(ge=1, le=1_000)], ...] = Field(
        default=(1, 3, 5, 10, 20), min_length=1, max_length=16
    )
    relevant_from: float = Field(default=1.0, gt=0, allow_inf_nan=False)
    unlabelled: Literal["irrelevant", "unknown"] = "irrelevant"

    @field_validator("at")
    @classmethod
    def _lengths_rise(cls, at: tuple[int, ...]) -> tuple[int, ...]:
        for before, after in pairwise(at):
            if before >= after:
                raise ValueError(f"lengths must rise, got {after} after {before}")
        return at

    def to_proto(self) -> ranking_pb2.RankingSettings:
        """Return the message that the wire and the engine take."""
        return ranking_pb2.RankingSettings(
            at=self.at, relevant_from=self.relevant_from, unlabelled=_UNLABELLED[self.unlabelled]
        )

    @classmethod
    def from_proto(cls, message: ranking_pb2.RankingSettings) -> Self:
        """Read a message of the wire; its zeros stand for the defaults."""
        given = {
            "at": tuple(message.at),
            "relevant_from": message.relevant_from,
            "unlabelled": _UNLABELLED_NAMES.get(message.unlabelled, str(message.unlabelled)),
        }
        return cls.model_validate({name: value for name, value in given.items() if value})
