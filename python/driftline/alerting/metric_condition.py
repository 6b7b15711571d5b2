"""Whether a figure is beyond its limit."""

import math
from datetime import timedelta

from driftline.alerting.alert import Json
from driftline.alerting.readings import Reading, readings_of
from driftline.alerting.scope import Scope
from driftline.alerting.verdict import Verdict, Verdicts, together, unknown
from driftline.config.alerting.conditions import MetricCondition
from driftline.config.duration import format_duration, nanoseconds
from driftline.query.results.values import Estimate


def judge_metric(scope: Scope, condition: MetricCondition) -> Verdicts:
    """
    Compare a figure with its limit, for each thing that it is of.

    Parameters
    ----------
    scope
        The records.
    condition
        The figure and the limit.

    Raises
    ------
    DriftlineError
        If the question cannot be answered.
    """
    found = readings_of(scope, condition)
    if condition.relative_to is not None:
        found = _related(scope, condition, found)
    verdicts = Verdicts({reading.subject: _judge(condition, reading) for reading in found})
    if not found:
        named = condition.feature or condition.set or condition.objective
        reason = f"{condition.metric} does not exist" + (f" of {named}" if named and named != "*" else "")
        return Verdicts({(): unknown(f"{reason} here", condition.metric)})
    return together(verdicts) if condition.together else verdicts


def _judge(condition: MetricCondition, reading: Reading) -> Verdict:
    if condition.words and reading.word:
        holds = reading.word in condition.words
        evidence: dict[str, Json] = {"metric": condition.metric, "word": reading.word, **reading.evidence}
        return Verdict(holds, holds, metric=condition.metric, what=(reading.word,), evidence=evidence)
    if reading.value is None or math.isnan(reading.value):
        return unknown(reading.reason or f"{condition.metric} is not a number", condition.metric)
    value = reading.value
    low = value if reading.low is None or not condition.certain else min(value, reading.low)
    high = value if reading.high is None or not condition.certain else max(value, reading.high)
    least = _ABOVE_NOISE if reading.noise is None or not condition.certain else reading.noise
    fires, keeps, limit = _beyond(condition, low, high, value)
    fires = fires and (condition.relative_to is not None or low > least)
    return Verdict(
        fires,
        keeps,
        metric=condition.metric,
        value=value,
        low=reading.low,
        high=reading.high,
        limit=limit,
        evidence=_evidence(condition, reading, limit),
    )


_ABOVE_NOISE = -math.inf


def _beyond(condition: MetricCondition, low: float, high: float, value: float) -> tuple[bool, bool, float]:
    """Whether the figure is beyond the limit to begin, whether it is to go on, and the limit."""
    if condition.above is not None:
        over = condition.above if condition.resolve_below is None else condition.resolve_below
        return low > condition.above, value > over, condition.above
    if condition.below is not None:
        over = condition.below if condition.resolve_above is None else condition.resolve_above
        return high < condition.below, value < over, condition.below
    least, most = condition.outside or (-math.inf, math.inf)
    limit = least if value < least else most
    return high < least or low > most, value < least or value > most, limit


def _evidence(condition: MetricCondition, reading: Reading, limit: float) -> dict[str, Json]:
    evidence: dict[str, Json] = {"metric": condition.metric, "value": reading.value, "limit": limit}
    evidence.update(reading.subject)
    if condition.feature and not reading.subject:
        evidence["feature"] = condition.feature
    if reading.low is not None and reading.high is not None:
        evidence |= {"low": reading.low, "high": reading.high}
    if reading.noise is not None:
        evidence["noise_q95"] = reading.noise
    if condition.relative_to is not None:
        evidence |= {"relation": condition.relation, "relative_to": _name(condition.relative_to)}
    return evidence


def _related(scope: Scope, condition: MetricCondition, found: list[Reading]) -> list[Reading]:
    """The figures as ratios to, or differences from, those that they are compared with."""
    if isinstance(condition.relative_to, timedelta):
        earlier = readings_of(scope.before(nanoseconds(condition.relative_to)), condition)
        others = {each.subject: _estimate(each) for each in earlier}
    else:
        others = {each.subject: each.reference for each in found}
    return [_relate(condition, each, others.get(each.subject)) for each in found]


def _relate(condition: MetricCondition, reading: Reading, other: Estimate | None) -> Reading:
    if reading.value is None:
        return reading
    name = _name(condition.relative_to or "baseline")
    if other is None:
        return Reading(reading.subject, reason=f"{condition.metric} of {name} is not known")
    mine = _estimate(reading) or Estimate(reading.value, reading.value, reading.value)
    if condition.relation == "difference":
        # As wide as both together may be: no more is known of how they depend on each other.
        return Reading(
            reading.subject, mine.value - other.value, mine.low - other.high, mine.high - other.low
        )
    if other.low <= 0 or mine.low < 0:
        return Reading(
            reading.subject, reason=f"{condition.metric} of {name} may be 0: there is no ratio to it"
        )
    return Reading(reading.subject, mine.value / other.value, mine.low / other.high, mine.high / other.low)


def _estimate(reading: Reading) -> Estimate | None:
    if reading.value is None:
        return None
    low = reading.value if reading.low is None else reading.low
    high = reading.value if reading.high is None else reading.high
    return Estimate(reading.value, low, high)


def _name(relative_to: str | timedelta) -> str:
    return relative_to if isinstance(relative_to, str) else f"{format_duration(relative_to)} before"
