"""Figures of the query service by the path that a rule names: one reading for each thing that it is of."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from driftline.alerting.alert import Json
from driftline.alerting.scope import Scope
from driftline.alerting.verdict import Subject
from driftline.config.alerting.conditions import EACH, MetricCondition
from driftline.config.alerting.figures import quantile_of
from driftline.query.results.values import Estimate


@dataclass(frozen=True)
class Reading:
    """
    One figure.

    Attributes
    ----------
    subject
        What it is of.
    value, low, high
        The figure, with its interval where it has one; ``None``: it does not exist.
    noise
        What chance alone gives in 95 of 100 cases, where that is known.
    word
        The figure, where it is a word.
    reference
        The same figure of what is compared with, where the answer has it.
    reason
        Why there is none.
    evidence
        What else was seen.
    """

    subject: Subject
    value: float | None = None
    low: float | None = None
    high: float | None = None
    noise: float | None = None
    word: str = ""
    reference: Estimate | None = None
    reason: str = ""
    evidence: Mapping[str, Json] = field(default_factory=dict)


def readings_of(scope: Scope, condition: MetricCondition) -> list[Reading]:
    """
    Read a figure.

    Parameters
    ----------
    scope
        The records.
    condition
        Names the figure and what it is of.

    Raises
    ------
    DriftlineError
        If the question cannot be answered.
    """
    return list(_FAMILIES[condition.family](scope, condition))


def _drift(scope: Scope, condition: MetricCondition) -> Iterator[Reading]:
    named = condition.feature != EACH
    options = scope.options(scope.start)
    result = scope.ask(
        "drift",
        lambda: scope.monitor.drift(
            condition.baseline or None,
            columns=[condition.feature] if named else None,
            metrics=[condition.name],
            model=scope.model,
            **options,
        ),
        condition.baseline,
        condition.feature,
        condition.name,
    )
    for column in result:
        for entry in column:
            if entry.metric == condition.name:
                subject = _of_column(condition, column.column)
                yield Reading(subject, entry.value, entry.low, entry.high, noise=entry.noise_q95)
    for left in result.incomparable:
        # Labels come later, and not every metric fits every column: that is no news unless it was asked for.
        if named or (left.role != "label" and "metric" not in left.reason):
            yield Reading(_of_column(condition, left.column), reason=str(left))


def _quality(scope: Scope, condition: MetricCondition) -> Iterator[Reading]:
    options = scope.options(scope.start)
    result = scope.ask(
        "quality",
        lambda: scope.monitor.quality(condition.baseline or None, model=scope.model, **options),
        condition.baseline,
    )
    if condition.name == "schema_changes":
        yield _exact((), len(result.schema))
    elif condition.name == "volume_ratio":
        ratio = result.volume.ratio if result.volume is not None else None
        yield _estimated((), ratio, reason="the volume of one side is not known")
    for column in result:
        for finding in column:
            if finding.check == condition.name and condition.feature in (EACH, column.column):
                reading = _estimated(_of_column(condition, column.column), finding.current)
                yield Reading(**vars(reading) | {"reference": finding.reference})


def _summary(scope: Scope, condition: MetricCondition) -> Iterator[Reading]:
    if condition.name == "records":
        yield _exact((), scope.records)
        return
    for column in scope.summary():
        if condition.feature not in (EACH, column.column):
            continue
        found = getattr(column, condition.name)
        subject = _of_column(condition, column.column)
        if isinstance(found, Estimate):
            yield _estimated(subject, found)
        elif found is not None:
            yield _exact(subject, found)


def _quantile(scope: Scope, condition: MetricCondition) -> Iterator[Reading]:
    for column in scope.summary():
        wanted = condition.feature in (EACH, column.column)
        if wanted and column.kind == "numeric" and column.count:
            yield _quantile_of(scope, condition, column.column, _of_column(condition, column.column))


def _latency(scope: Scope, condition: MetricCondition) -> Iterator[Reading]:
    for column in scope.summary():
        if column.role == "latency" and column.count:
            yield _quantile_of(scope, condition, column.column, ())


def _quantile_of(scope: Scope, condition: MetricCondition, column: str, subject: Subject) -> Reading:
    q = quantile_of(condition.name) or 0.0
    options = scope.options(scope.start)
    answer = scope.ask(
        "quantiles", lambda: scope.monitor.quantiles(column, q, model=scope.model, **options), column, q
    )
    found = answer.entries[0]
    return Reading(subject, found.value, found.low, found.high)


def _performance(scope: Scope, condition: MetricCondition) -> Iterator[Reading]:
    for entry in scope.performance().entries[:1]:
        name = condition.name
        if name in ("predictions", "labels", "corrections"):
            yield _exact((), getattr(entry, name))
        elif name == "coverage":
            yield _estimated((), entry.coverage, reason="there are no predictions")
        elif name.startswith("label_delay"):
            delay = getattr(entry, name)
            yield _exact((), delay) if delay is not None else Reading((), reason="no label has come yet")
        else:
            yield _estimated(
                (), entry.estimates.get(name), reason=f"{name} needs labels, {entry.labels} have come"
            )


def _estimated_performance(scope: Scope, condition: MetricCondition) -> Iterator[Reading]:
    options = scope.options(scope.start)
    result = scope.ask(
        "estimated",
        lambda: scope.monitor.estimated_performance(condition.baseline or None, model=scope.model, **options),
        condition.baseline,
    )
    for entry in result:
        if entry.name == condition.name:
            yield _estimated((), entry.estimated, reason=f"{condition.name} cannot be estimated")


def _fairness(scope: Scope, condition: MetricCondition) -> Iterator[Reading]:
    criterion, _, kind = condition.name.rpartition("_")
    options = scope.options(scope.start)
    result = scope.ask(
        "fairness",
        lambda: scope.monitor.fairness(condition.by or None, model=scope.model, **options),
        condition.by,
    )
    found = [
        estimate
        for spread in result.spreads
        if spread.criterion == criterion and (estimate := getattr(spread, kind)) is not None
    ]
    if found:
        # The worst of all segments: the largest difference, the least ratio.
        worst = (
            max(found, key=lambda each: each.value)
            if kind == "difference"
            else min(found, key=lambda each: each.value)
        )
        yield _estimated((), worst)
    else:
        yield Reading((), reason=f"no two groups have enough records for {criterion}")


def _concept(scope: Scope, condition: MetricCondition) -> Iterator[Reading]:
    options = scope.options(scope.start)
    result = scope.ask(
        "concept",
        lambda: scope.monitor.concept_drift(condition.baseline or None, model=scope.model, **options),
        condition.baseline,
    )
    if result.verdict == "unknown":
        yield Reading((), reason=f"the relation is not known: {result.not_watched or 'no window is ready'}")
    elif condition.name == "verdict":
        yield Reading((), word=result.verdict)
    else:
        yield _exact((), result.log10_e_value)


def _canary(scope: Scope, condition: MetricCondition) -> Iterator[Reading]:
    """All records count, up to the window that closes: the verdict holds at whatever time one looks."""
    beside = condition.canary
    assert beside is not None
    if scope.version == beside.control:
        # It is no canary: no verdict is about it.
        yield Reading((), word="control")
        return
    options = scope.options(None)
    options.pop("version", None)
    if beside.since is not None:
        options["start"] = beside.since
    result = scope.ask(
        "canary",
        lambda: scope.monitor.canary(
            control=beside.control,
            canary=scope.version,
            level=beside.level,
            margin=beside.margin,
            slow_seconds=None if beside.slow is None else beside.slow.total_seconds(),
            error=beside.error,
            model=scope.model,
            **options,
        ),
        repr(beside),
    )
    rates: dict[str, Json] = {
        rate.name: {"verdict": rate.verdict, "control": rate.control.value, "canary": rate.canary.value}
        for rate in result.rates
    }
    seen: dict[str, Json] = {"control": beside.control, "level": beside.level, "rates": rates}
    yield Reading((), word=result.verdict, evidence=seen)


def _signals(scope: Scope, _: MetricCondition) -> Iterator[Reading]:
    options = scope.options(scope.start)
    result = scope.ask("signals", lambda: scope.monitor.signals(model=scope.model, **options))
    yield _exact((), len(result.named))


def _column_sets(scope: Scope, condition: MetricCondition) -> Iterator[Reading]:
    options = scope.options(scope.start)
    sets = None if condition.set == EACH else [condition.set]
    result = scope.ask(
        "column_sets",
        lambda: scope.monitor.column_sets(
            condition.baseline or None, sets=sets, model=scope.model, **options
        ),
        condition.baseline,
        condition.set,
    )
    for drift in result:
        for entry in drift:
            if entry.metric == condition.name:
                subject = _apart("set", condition.set, drift.set)
                yield Reading(subject, entry.value, entry.low, entry.high, noise=entry.noise_q95)
    for left in result.incomparable:
        yield Reading(_apart("set", condition.set, left.set), reason=left.reason)


def _objectives(scope: Scope, condition: MetricCondition) -> Iterator[Reading]:
    options = scope.options(None)
    result = scope.ask("objectives", lambda: scope.monitor.objectives(model=scope.model, **options))
    for standing in result:
        if condition.objective not in (EACH, standing.name):
            continue
        subject = _apart("objective", condition.objective, standing.name)
        if condition.name == "severity":
            yield Reading(subject, word=standing.severity)
        else:
            yield _estimated(subject, getattr(standing, condition.name), reason="there are no records")


def _series(scope: Scope, condition: MetricCondition) -> Iterator[Reading]:
    for column in _columns_of_series(scope, condition):
        yield _newest_of_series(scope, condition, column)


def _newest_of_series(scope: Scope, condition: MetricCondition, column: str | None) -> Reading:
    """How far the newest whole period is from what was expected of it, in usual distances."""
    options = scope.options(None)
    series = scope.ask(
        "series",
        lambda: scope.monitor.series(column, condition.name, model=scope.model, **options),
        column,
        condition.name,
    )
    subject = () if column is None else _of_column(condition, column)
    newest = next((point for point in reversed(series.entries) if point.is_whole), None)
    if newest is None or newest.expected is None or newest.expected.score is None:
        return Reading(subject, reason=f"too few periods to judge any, {series.needed} are needed first")
    score = newest.expected.score
    # What the sketch leaves open may be inside of what was expected although the value is not.
    low, high = (score, score) if newest.is_anomaly else (min(0.0, score), max(0.0, score))
    return Reading(subject, score, low, high)


def _columns_of_series(scope: Scope, condition: MetricCondition) -> Iterable[str | None]:
    if condition.name == "records":
        return [None]
    if condition.feature != EACH:
        return [condition.feature]
    needs_numbers = condition.name not in ("null_rate", "distinct")
    return [each.column for each in scope.summary() if each.kind == "numeric" or not needs_numbers]


def _of_column(condition: MetricCondition, column: str) -> Subject:
    return _apart("feature", condition.feature, column)


def _apart(kind: str, asked: str, found: str) -> Subject:
    """What a figure is of: with ``*`` each thing apart."""
    return ((kind, found),) if asked == EACH else ()


def _exact(subject: Subject, value: float) -> Reading:
    return Reading(subject, value, value, value)


def _estimated(subject: Subject, estimate: Estimate | None, reason: str = "") -> Reading:
    if estimate is None:
        return Reading(subject, reason=reason)
    return Reading(subject, estimate.value, estimate.low, estimate.high)


_FAMILIES: Final[dict[str, Callable[[Scope, MetricCondition], Iterator[Reading]]]] = {
    "drift": _drift,
    "quality": _quality,
    "summary": _summary,
    "quantile": _quantile,
    "latency": _latency,
    "performance": _performance,
    "estimated": _estimated_performance,
    "fairness": _fairness,
    "concept": _concept,
    "canary": _canary,
    "signals": _signals,
    "column_sets": _column_sets,
    "objectives": _objectives,
    "series": _series,
}
