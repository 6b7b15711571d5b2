"""One alert as the rest of the world sees it: what it is about, since when, and whether it is over."""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Self, TypeAlias

#: What JSON can say.
Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

#: Whether an alert holds, or has ceased to.
AlertStatus: TypeAlias = Literal["firing", "resolved"]


@dataclass(frozen=True)
class Alert:
    """
    One alert; the same labels are the same alert, whatever else changes.

    Attributes
    ----------
    rule
        Name of the rule.
    labels
        ``alertname``, ``model``, ``version``, ``severity``, ``owner`` where the rule has one, ``feature`` and
        ``segment`` where it is about one, and the rule's own.
    annotations
        ``summary``, ``description``, ``runbook_url`` and the rule's own; those that say nothing are absent.
    status
        ``firing`` or ``resolved``.
    starts_at
        Since when, UTC: the end of the window that made it fire.
    ends_at
        When it ended, UTC; ``None`` while it fires.
    value
        The figure that made it fire, or the last one; ``None`` if a rule has no one figure.
    evidence
        What the rule saw: figures with their intervals, counts, the range of event time.
    generator_url
        Where to look further; empty: nowhere.
    """

    rule: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    status: AlertStatus
    starts_at: datetime
    ends_at: datetime | None = None
    value: float | None = None
    evidence: Mapping[str, Json] = field(default_factory=dict)
    generator_url: str = ""

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits that only the labels decide, in whatever order they come."""
        return fingerprint(self.labels)

    def to_json(self) -> str:
        """The alert as one line of JSON, which `from_json` reads; numbers that JSON has not are text."""
        values: dict[str, object] = vars(self) | {
            "labels": dict(self.labels),
            "annotations": dict(self.annotations),
            "starts_at": self.starts_at.isoformat(),
            "ends_at": self.ends_at and self.ends_at.isoformat(),
            "value": _plain(self.value),
            "evidence": _plain(dict(self.evidence)),
        }
        return json.dumps(values, allow_nan=False, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """
        Read what `to_json` wrote.

        Raises
        ------
        ValueError
            If the text is no alert.
        """
        values: dict[str, Any] = json.loads(text)
        try:
            ends_at, value = values.pop("ends_at"), values.pop("value")
            return cls(
                starts_at=datetime.fromisoformat(values.pop("starts_at")),
                ends_at=ends_at and datetime.fromisoformat(ends_at),
                value=None if value is None else float(value),
                **values,
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"text is no alert: {error}") from error


def fingerprint(labels: Mapping[str, str]) -> str:
    """
    Hash labels, in whatever order they come, to 16 hexadecimal digits.

    Examples
    --------
    >>> fingerprint({"a": "1", "b": "2"}) == fingerprint({"b": "2", "a": "1"})
    True
    """
    text = json.dumps(sorted(labels.items()), ensure_ascii=False)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _plain(value: Json) -> Json:
    """The value with what JSON cannot say, NaN and infinities, as text."""
    match value:
        case float() if not math.isfinite(value):
            return str(value)
        case dict():
            return {name: _plain(each) for name, each in value.items()}
        case list():
            return [_plain(each) for each in value]
    return value
