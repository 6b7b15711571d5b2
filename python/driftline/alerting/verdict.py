"""What a condition says of one thing at one time: yes, no, or not known; and for beginning and for going on apart."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from driftline.alerting.alert import Json

#: What a verdict is about: labels such as ``(("feature", "amount"),)``; empty: all records.
Subject: TypeAlias = tuple[tuple[str, str], ...]

_MOST_NAMED = 20


@dataclass(frozen=True)
class Verdict:
    """
    Whether a condition holds.

    Attributes
    ----------
    fires
        Whether it holds so that an alert may begin; ``None``: not known.
    keeps
        Whether it holds so that one that has begun goes on; ``None``: not known. What fires keeps.
    metric
        What was looked at.
    value, low, high
        The figure and its interval; ``None``: there is none.
    limit
        What it was compared with.
    what
        Names of what holds, where several things are one alert.
    reason
        Why it is not known.
    evidence
        What was seen, for those who are told.
    """

    fires: bool | None
    keeps: bool | None
    metric: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    limit: float | None = None
    what: tuple[str, ...] = ()
    reason: str = ""
    evidence: Mapping[str, Json] = field(default_factory=dict)

    @property
    def is_known(self) -> bool:
        """Whether something can be made of it."""
        return self.keeps is not None


@dataclass(frozen=True)
class Verdicts:
    """
    Verdicts by what they are about.

    Attributes
    ----------
    by_subject
        Of what was looked at.
    others
        Of what was not named; ``None``: nothing is known of it.
    """

    by_subject: Mapping[Subject, Verdict]
    others: Verdict | None = None

    def of(self, subject: Subject) -> Verdict | None:
        """The verdict about something: its own, or that about all, or about what was not named."""
        return self.by_subject.get(subject) or self.by_subject.get(()) or self.others


def unknown(reason: str, metric: str = "") -> Verdict:
    """A verdict that says only why there is none."""
    return Verdict(None, None, metric=metric, reason=reason)


def negate(verdicts: Verdicts) -> Verdicts:
    """The opposite. What would not even have gone on is what begins."""
    return Verdicts(
        {subject: _negated(verdict) for subject, verdict in verdicts.by_subject.items()},
        None if verdicts.others is None else _negated(verdicts.others),
    )


def every(parts: list[Verdicts]) -> Verdicts:
    """All of them, each thing by itself; what is about all records goes for everything."""
    return _combine(parts, all_of)


def some(parts: list[Verdicts]) -> Verdicts:
    """One of them at least, each thing by itself."""
    return _combine(parts, any_of)


def together(verdicts: Verdicts) -> Verdicts:
    """One verdict for all things: that of the worst, with the names of those that hold."""
    found = verdicts.by_subject
    if not found or () in found:
        return verdicts if found else Verdicts({(): verdicts.others or Verdict(False, False)})
    joined = any_of(list(found.values()))
    holding = {
        subject: each for subject, each in found.items() if (each.fires if joined.fires else each.keeps)
    }
    names = tuple(dict.fromkeys(subject[0][1] for subject in holding))
    worst = max(holding.values(), key=_excess, default=joined)
    evidence: dict[str, Json] = dict(worst.evidence)
    if names:
        evidence |= {"what": list(names[:_MOST_NAMED]), "what_count": len(names)}
    return Verdicts(
        {
            (): replace(
                worst,
                fires=joined.fires,
                keeps=joined.keeps,
                what=names,
                reason=joined.reason,
                evidence=evidence,
            )
        }
    )


def all_of(verdicts: list[Verdict]) -> Verdict:
    """True if all are, false if one is not, else not known (Kleene)."""
    fires, keeps = (_conjunction([getattr(each, name) for each in verdicts]) for name in ("fires", "keeps"))
    return _joined(verdicts, fires, keeps, shown=verdicts)


def any_of(verdicts: list[Verdict]) -> Verdict:
    """True if one is, false if none is, else not known (Kleene)."""
    fires, keeps = (_disjunction([getattr(each, name) for each in verdicts]) for name in ("fires", "keeps"))
    holding = [each for each in verdicts if each.fires] or [each for each in verdicts if each.keeps]
    return _joined(verdicts, fires, keeps, shown=holding or verdicts)


def _combine(parts: list[Verdicts], join: Callable[[list[Verdict]], Verdict]) -> Verdicts:
    subjects = dict.fromkeys(subject for part in parts for subject in part.by_subject if subject)
    others = None
    if all(part.others is not None or () in part.by_subject for part in parts) and subjects:
        others = join([part.of(()) or unknown("") for part in parts])
    joined = {}
    for subject in subjects or {(): None}:
        found = [part.of(subject) or _missing(subject) for part in parts]
        joined[subject] = join(found)
    return Verdicts(joined, others)


def _missing(subject: Subject) -> Verdict:
    named = ", ".join(value for _, value in subject)
    return unknown(f"nothing is known of {named}" if named else "there is nothing to look at")


def _joined(verdicts: list[Verdict], fires: bool | None, keeps: bool | None, shown: list[Verdict]) -> Verdict:
    reasons = dict.fromkeys(each.reason for each in verdicts if each.reason) if keeps is None else {}
    first = next((each for each in shown if each.value is not None), shown[0])
    evidence: Mapping[str, Json] = first.evidence
    seen: list[Json] = [dict(each.evidence) for each in shown if each.evidence]
    if len(seen) > 1:
        evidence = {"conditions": seen}
    what = tuple(dict.fromkeys(name for each in shown for name in each.what))
    return replace(first, fires=fires, keeps=keeps, what=what, reason="; ".join(reasons), evidence=evidence)


def _negated(verdict: Verdict) -> Verdict:
    fires = None if verdict.keeps is None else not verdict.keeps
    keeps = None if verdict.fires is None else not verdict.fires
    return replace(verdict, fires=fires, keeps=keeps)


def _conjunction(values: Iterable[bool | None]) -> bool | None:
    found = list(values)
    if False in found:
        return False
    return None if None in found else True


def _disjunction(values: Iterable[bool | None]) -> bool | None:
    found = list(values)
    if True in found:
        return True
    return None if None in found else False


def _excess(verdict: Verdict) -> float:
    """How far a figure is beyond its limit, to tell the worst."""
    if verdict.value is None:
        return float("-inf")
    return abs(verdict.value - (verdict.limit or 0.0))
