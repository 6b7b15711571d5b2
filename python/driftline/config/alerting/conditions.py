"""What a rule waits for: figures and their limits, evidence, objectives, absence, and all of these combined."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    model_validator,
)

from driftline.config.alerting.canary import CanarySettings
from driftline.config.alerting.figures import CANARY_VERDICTS, OF_COLUMNS, OF_RECORDS, WORDS, check_path
from driftline.config.duration import Duration

EACH = "*"
"""Stands for every column, set or objective that there is, each apart."""

Name = Annotated[str, Field(min_length=1)]
_Positive = Annotated[Duration, Field(gt=timedelta(0))]


def _as_several(words: Any) -> Any:
    return (words,) if isinstance(words, str) else words


class _Condition(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class MetricCondition(_Condition):
    """
    A figure of the query service, and when it is too much.

    Attributes
    ----------
    metric
        Which one, such as ``drift.psi``, ``quality.null_rate`` or ``performance.accuracy``.
    feature
        The column it is of; ``*``: every column apart.
    set
        The column set it is of; ``*``: every one apart.
    objective
        The objective it is of; ``*``: every one apart.
    by
        Columns of the declared segment whose groups ``fairness`` compares; empty: the worst of all.
    canary
        What ``canary`` holds the version beside.
    together
        With ``*``: one alert for all of them, of which the worst counts.
    baseline
        Name of the baseline that is compared with; empty: what the monitor says.
    above, below
        It holds while the figure is above, or below.
    outside
        It holds while the figure is outside of these two.
    words
        Of figures that are words, written ``is``: it holds while the figure is one of these.
    resolve_below, resolve_above
        Once it holds, it does so until the figure is at or below, or at or above.
    certain
        Whether all of the figure's interval must be beyond the limit for it to begin, and, of drift, beyond what chance
        gives, too; else the value. What has begun ends by the value.
    relative_to
        What is compared with the limits is not the figure but how it relates to another: ``baseline`` (of ``quality``),
        or a duration: to the same figure that long before.
    relation
        How: ``ratio``, or ``difference``.
    """

    metric: Annotated[str, AfterValidator(check_path)]
    feature: str = ""
    set: str = ""
    objective: str = ""
    by: tuple[Name, ...] = ()
    canary: CanarySettings | None = None
    together: bool = False
    baseline: str = ""
    above: float | None = Field(default=None, allow_inf_nan=False)
    below: float | None = Field(default=None, allow_inf_nan=False)
    outside: tuple[float, float] | None = None
    words: Annotated[
        tuple[Name, ...], BeforeValidator(_as_several, json_schema_input_type=Name | tuple[Name, ...])
    ] = Field(default=(), alias="is")
    resolve_below: float | None = Field(default=None, allow_inf_nan=False)
    resolve_above: float | None = Field(default=None, allow_inf_nan=False)
    certain: bool = True
    relative_to: Literal["baseline"] | _Positive | None = None
    relation: Literal["ratio", "difference"] = "ratio"

    @property
    def family(self) -> str:
        """What the path begins with."""
        return self.metric.partition(".")[0]

    @property
    def name(self) -> str:
        """What the path ends with."""
        return self.metric.partition(".")[2]

    @model_validator(mode="after")
    def _has_one_limit(self) -> Self:
        given = [name for name in ("above", "below", "outside") if getattr(self, name) is not None]
        given += ["is"] if self.words else []
        if len(given) != 1:
            found = " and ".join(given) or "none"
            raise ValueError(f"a metric has one of above, below, outside and is, got {found}")
        if (given == ["is"]) != (self.metric in WORDS):
            kind = (
                "a word: it needs is"
                if self.metric in WORDS
                else "a number: it needs above, below or outside"
            )
            raise ValueError(f"{self.metric} is {kind}")
        if self.outside is not None and not self.outside[0] < self.outside[1]:
            raise ValueError(f"outside must be two numbers in order, got {list(self.outside)}")
        return self

    @model_validator(mode="after")
    def _resolves_on_the_good_side(self) -> Self:
        for name, limit, sign in (("resolve_below", self.above, 1), ("resolve_above", self.below, -1)):
            found = getattr(self, name)
            if found is None:
                continue
            if limit is None:
                raise ValueError(f"{name} needs {'above' if sign > 0 else 'below'}")
            if sign * found > sign * limit:
                raise ValueError(f"{name} must not be beyond the limit {limit:g}, got {found:g}")
        return self

    @model_validator(mode="after")
    def _names_what_it_is_of(self) -> Self:
        is_of_column = self.family in OF_COLUMNS and self.metric not in OF_RECORDS
        needed = {
            "feature": is_of_column,
            "set": self.family == "column_sets",
            "objective": self.family == "objectives",
        }
        for name, is_needed in needed.items():
            given = bool(getattr(self, name))
            if given != is_needed:
                raise ValueError(f"{self.metric} {'needs' if is_needed else 'has no'} {name}")
        if self.by and self.family != "fairness":
            raise ValueError(f"by is of fairness, got {self.metric}")
        if self.together and EACH not in (self.feature, self.set, self.objective):
            raise ValueError("together is about all that * stands for, and there is no *")
        return self

    @model_validator(mode="after")
    def _has_a_control(self) -> Self:
        is_canary = self.family == "canary"
        if is_canary != (self.canary is not None):
            raise ValueError(f"{self.metric} {'needs' if is_canary else 'has no'} canary")
        strange = set(self.words) - set(CANARY_VERDICTS) if is_canary else ()
        if strange:
            raise ValueError(
                f"{self.metric} is {', '.join(CANARY_VERDICTS)}, got {', '.join(sorted(strange))}"
            )
        return self

    @model_validator(mode="after")
    def _has_something_to_relate_to(self) -> Self:
        if self.relative_to is not None and self.words:
            raise ValueError(f"{self.metric} is a word, which relates to nothing")
        if self.relative_to == "baseline" and self.family != "quality":
            raise ValueError(f"of {self.family} there is no baseline's figure to relate to, only of quality")
        return self


class EvidenceCondition(_Condition):
    """
    What is certain in spite of being looked at again and again: the way to be alerted of drift.

    Attributes
    ----------
    evidence
        ``drift``: columns have moved; ``relation``: labels no longer follow from predictions as they did; ``signals``:
        principals probe the model.
    feature
        Of drift: one column; ``*``: every column apart.
    together
        One alert for all columns, or principals.
    columns
        Of drift with ``*``: the columns that are looked at; empty: all but labels.
    level
        The chance of any false alarm, over all time and all that is looked at.
    since
        From when on records count; ``None``: all.
    block
        Length of a block where records depend on each other: all records of one are one observation then.
    baseline
        Name of the baseline that is compared with; empty: what the monitor says.
    """

    evidence: Literal["drift", "relation", "signals"]
    feature: str = EACH
    together: bool = False
    columns: tuple[Name, ...] = ()
    level: float = Field(default=0.01, gt=0, lt=1)
    since: AwareDatetime | None = None
    block: _Positive | None = None
    baseline: str = ""


class ObjectiveCondition(_Condition):
    """
    The error budget of a service-level objective burns too fast.

    Attributes
    ----------
    objective
        Its name; ``*``: every one apart.
    burn
        How fast: ``page``, or ``ticket``, which ``page`` is, too.
    certain
        Whether the lower ends of the burn rates' intervals must say so.
    together
        With ``*``: one alert for all of them.
    """

    objective: Name
    burn: Literal["page", "ticket"] = "page"
    certain: bool = True
    together: bool = False


class AbsenceCondition(_Condition):
    """
    Nothing comes. It is looked at by the clock.

    Attributes
    ----------
    absence
        Of ``records``, or of ``labels``.
    longer_than
        It holds once the newest window with one has ended longer ago.
    """

    absence: Literal["records", "labels"]
    longer_than: _Positive


class AllCondition(_Condition):
    """
    All of several conditions hold.

    Attributes
    ----------
    conditions
        Which, written ``all``.
    """

    conditions: tuple["Condition", ...] = Field(alias="all", min_length=1)


class AnyCondition(_Condition):
    """
    One of several conditions holds at least.

    Attributes
    ----------
    conditions
        Which, written ``any``.
    """

    conditions: tuple["Condition", ...] = Field(alias="any", min_length=1)


class NotCondition(_Condition):
    """
    One condition does not hold.

    Attributes
    ----------
    condition
        What, written ``not``.
    """

    condition: "Condition" = Field(alias="not")


_KEYS = ("metric", "evidence", "objective", "absence", "all", "any", "not")
_BY_CLASS = {
    "MetricCondition": "metric",
    "EvidenceCondition": "evidence",
    "ObjectiveCondition": "objective",
    "AbsenceCondition": "absence",
    "AllCondition": "all",
    "AnyCondition": "any",
    "NotCondition": "not",
}


def _kind(value: Any) -> str | None:
    if isinstance(value, dict):
        return next((key for key in _KEYS if key in value), None)
    return _BY_CLASS.get(type(value).__name__)


Condition: TypeAlias = Annotated[
    Annotated[MetricCondition, Tag("metric")]
    | Annotated[EvidenceCondition, Tag("evidence")]
    | Annotated[ObjectiveCondition, Tag("objective")]
    | Annotated[AbsenceCondition, Tag("absence")]
    | Annotated[AllCondition, Tag("all")]
    | Annotated[AnyCondition, Tag("any")]
    | Annotated[NotCondition, Tag("not")],
    Discriminator(
        _kind,
        custom_error_type="condition",
        custom_error_message="a condition has one of metric, evidence, objective, absence, all, any and not",
    ),
]
"""Any of the above, told apart by the key that it has."""

for _combined in (AllCondition, AnyCondition, NotCondition):
    _combined.model_rebuild()


Leaf: TypeAlias = MetricCondition | EvidenceCondition | ObjectiveCondition | AbsenceCondition
"""What is looked at, and not combined of others."""


def leaves(condition: Condition) -> Iterator[Leaf]:
    """All that is looked at, in the order of writing."""
    match condition:
        case AllCondition() | AnyCondition():
            for each in condition.conditions:
                yield from leaves(each)
        case NotCondition():
            yield from leaves(condition.condition)
        case _:
            yield condition
