"""One alert rule: what it is about, what it waits for, and how the alert is worded."""

import re
from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from driftline.config.alerting.conditions import (
    EACH,
    AbsenceCondition,
    Condition,
    EvidenceCondition,
    Leaf,
    MetricCondition,
    ObjectiveCondition,
    leaves,
)
from driftline.config.alerting.template import check_template
from driftline.config.duration import Duration

LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")

RESERVED = frozenset(
    (
        "alertname",
        "model",
        "version",
        "severity",
        "owner",
        "feature",
        "segment",
        "set",
        "objective",
        "principal",
    )
)
"""Labels that a rule gives by other settings."""

_ZERO = timedelta(0)
_CENTURY = timedelta(days=36_600)

NotNegative = Annotated[Duration, Field(ge=_ZERO, le=_CENTURY)]


class RuleConfig(BaseModel):
    """
    One alert rule.

    Attributes
    ----------
    name
        In CamelCase: the label ``alertname``.
    model
        Which model; ``*``: every one.
    versions
        ``each``: every version apart; ``merged``: all together, with the label ``version="*"``; or a list of some, each
        apart.
    segment
        Only these records: values of the columns of a declared segment; ``*``: each value apart.
    every
        Only when a window ends at a whole multiple of this; ``None``: whenever one does.
    range
        How far back the records go from the end of the window that closes; ``None``: that window alone.
    when
        What must hold.
    hold
        How long it must hold before the alert fires, in event time, written ``for``.
    keep_firing_for
        How long it must not have held before the alert is resolved.
    cool_down
        How long after it is resolved it does not fire again.
    expires_after
        An alert of which nothing could be said for so long, by the clock, is resolved; ``None``: a day, or three times
        the range or ``every`` of the rule if that is longer.
    min_records, min_labels, min_coverage
        Records, labels, and the share of predictions with a label, without which a figure is not looked at: the rule is
        unknown then.
    severity
        How urgent; ``page``, ``ticket``, ``warning``, say.
    owner
        Who is to look after it; empty: no label.
    runbook_url
        Where it is written what to do.
    labels, annotations
        Further ones. Annotations, ``summary`` and ``description`` among them, may have fields in braces.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    name: str = Field(min_length=1, max_length=128, pattern=r"^[A-Z][A-Za-z0-9]*$")
    model: str = Field(default=EACH, min_length=1)
    versions: Literal["each", "merged"] | tuple[Annotated[str, Field(min_length=1)], ...] = "each"
    segment: dict[Annotated[str, Field(min_length=1)], str] = {}
    every: Annotated[Duration, Field(gt=_ZERO)] | None = None
    range: Annotated[Duration, Field(gt=_ZERO, le=_CENTURY)] | None = None
    when: Condition
    hold: NotNegative = Field(default=_ZERO, alias="for")
    keep_firing_for: NotNegative = _ZERO
    cool_down: NotNegative = _ZERO
    expires_after: Annotated[Duration, Field(gt=_ZERO)] | None = None
    min_records: int = Field(default=1, ge=0)
    min_labels: int = Field(default=0, ge=0)
    min_coverage: float = Field(default=0.0, ge=0, le=1)
    severity: str = Field(default="warning", min_length=1, max_length=64)
    owner: str = ""
    runbook_url: str = ""
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}

    @field_validator("labels")
    @classmethod
    def _labels_are_free(cls, labels: dict[str, str]) -> dict[str, str]:
        for name in labels:
            if not LABEL_NAME.fullmatch(name):
                raise ValueError(f"a label is named like team or cost_center, got {name!r}")
            if name in RESERVED:
                raise ValueError(f"label {name!r} is given by driftline; a rule's own must be others")
        return labels

    @model_validator(mode="after")
    def _templates_are_sound(self) -> Self:
        for name, text in self.annotations.items():
            if not LABEL_NAME.fullmatch(name):
                raise ValueError(f"an annotation is named like summary, got {name!r}")
            check_template(text, set(self.labels))
        return self

    @model_validator(mode="after")
    def _is_about_one_kind_of_thing(self) -> Self:
        kinds = {kind for leaf in leaves(self.when) if (kind := _each_of(leaf))}
        if len(kinds) > 1:
            raise ValueError(
                f"a rule gives alerts apart for one kind of thing, got {' and '.join(sorted(kinds))}: "
                "write together: true, or several rules"
            )
        return self

    @model_validator(mode="after")
    def _absence_is_of_all_records(self) -> Self:
        if self.segment and self.is_by_clock:
            raise ValueError("absence is of all records of a version, and the rule has a segment")
        return self

    @model_validator(mode="after")
    def _canary_is_of_each_version(self) -> Self:
        is_canary = any(isinstance(leaf, MetricCondition) and leaf.canary for leaf in leaves(self.when))
        if is_canary and self.versions == "merged":
            raise ValueError("canary is of one version beside another, and the rule merges all versions")
        return self

    @property
    def is_by_clock(self) -> bool:
        """Whether it is looked at by the clock, since what it waits for closes no window."""
        return any(isinstance(leaf, AbsenceCondition) for leaf in leaves(self.when))

    @property
    def feature(self) -> str:
        """The one column that all of the rule is about; empty if there is none."""
        named = {
            leaf.feature
            for leaf in leaves(self.when)
            if isinstance(leaf, MetricCondition | EvidenceCondition)
        }
        return named.pop() if len(named) == 1 and not named & {EACH, ""} else ""


def _each_of(leaf: Leaf) -> str:
    """The kind of thing that alerts of a condition are told apart by; empty: none."""
    match leaf:
        case MetricCondition(together=False):
            named = {"feature": leaf.feature, "set": leaf.set, "objective": leaf.objective}
            return next((kind for kind, name in named.items() if name == EACH), "")
        case ObjectiveCondition(together=False, objective="*"):
            return "objective"
        case EvidenceCondition(together=False, evidence="drift", feature="*"):
            return "feature"
        case EvidenceCondition(together=False, evidence="signals"):
            return "principal"
    return ""
