"""Whether what a rule waits for holds."""

from collections.abc import Callable
from dataclasses import dataclass

from driftline.alerting.alert import Json
from driftline.alerting.metric_condition import judge_metric
from driftline.alerting.scope import Scope
from driftline.alerting.verdict import Subject, Verdict, Verdicts, every, negate, some, together, unknown
from driftline.config.alerting.conditions import (
    EACH,
    AbsenceCondition,
    AllCondition,
    AnyCondition,
    Condition,
    EvidenceCondition,
    MetricCondition,
    NotCondition,
    ObjectiveCondition,
)
from driftline.config.duration import format_duration, nanoseconds
from driftline.errors import DriftlineError, UnavailableError

_OFF = Verdict(False, False)


@dataclass(frozen=True)
class Silent:
    """
    How long nothing has come.

    Attributes
    ----------
    records, labels
        Time since the end of the newest window that has one, in nanoseconds; ``None``: none ever has.
    """

    records: int | None
    labels: int | None


def judge(condition: Condition, scope: Scope, silent: Silent, readiness: Callable[[], str]) -> Verdicts:
    """
    Say whether a condition holds, for each thing that it is about.

    What cannot be answered is unknown, with the reason; it is never false.

    Parameters
    ----------
    condition
        What is asked.
    scope
        The records.
    silent
        How long nothing has come.
    readiness
        Why figures of these records are not to be looked at yet; empty: they are.

    Raises
    ------
    UnavailableError
        If nobody answers.
    """
    match condition:
        case AllCondition():
            return every([judge(each, scope, silent, readiness) for each in condition.conditions])
        case AnyCondition():
            return some([judge(each, scope, silent, readiness) for each in condition.conditions])
        case NotCondition():
            return negate(judge(condition.condition, scope, silent, readiness))
        case AbsenceCondition():
            return Verdicts({(): _absent(condition, silent)})
    try:
        reason = readiness()
        return Verdicts({(): unknown(reason)}) if reason else _look(condition, scope)
    except UnavailableError:
        raise
    except DriftlineError as error:
        return Verdicts({(): unknown(str(error))})


def _look(condition: MetricCondition | EvidenceCondition | ObjectiveCondition, scope: Scope) -> Verdicts:
    match condition:
        case MetricCondition():
            return judge_metric(scope, condition)
        case EvidenceCondition():
            return _EVIDENCE[condition.evidence](scope, condition)
        case ObjectiveCondition():
            return _burns(scope, condition)


def _absent(condition: AbsenceCondition, silent: Silent) -> Verdict:
    age = silent.records if condition.absence == "records" else silent.labels
    metric = f"absence.{condition.absence}"
    if age is None:
        return unknown(f"there never were {condition.absence}", metric)
    limit = condition.longer_than.total_seconds()
    holds = age > nanoseconds(condition.longer_than)
    seconds = age / 1e9
    evidence: dict[str, Json] = {"metric": metric, "value": seconds, "limit": limit}
    return Verdict(holds, holds, metric=metric, value=seconds, limit=limit, evidence=evidence)


def _drifts(scope: Scope, condition: EvidenceCondition) -> Verdicts:
    named = condition.feature != EACH
    columns = [condition.feature] if named else list(condition.columns) or None
    options = scope.options(None)
    if condition.since is not None:
        options["start"] = condition.since
    result = scope.ask(
        "evidence",
        lambda: scope.monitor.evidence(
            condition.baseline or None,
            columns=columns,
            level=condition.level,
            block=condition.block,
            model=scope.model,
            **options,
        ),
        repr(condition),
    )
    if not result.entries:
        reasons = ", ".join(f"{left.column}: {left.reason}" for left in result.left_out)
        return Verdicts({(): unknown(f"no column can be compared {reasons and f'({reasons})'}".strip())})
    found: dict[Subject, Verdict] = {}
    for entry in result:
        power = entry.log10_e_value
        evidence: dict[str, Json] = {
            "metric": "evidence.drift",
            "feature": entry.column,
            "value": power,
            "level": condition.level,
            "reference": str(result.reference),
            "since": None if entry.reached_at is None else entry.reached_at.label,
        }
        subject: Subject = () if named else (("feature", entry.column),)
        found[subject] = Verdict(
            entry.is_discovery, entry.is_discovery, metric="evidence.drift", value=power, evidence=evidence
        )
    verdicts = Verdicts(found)
    return together(verdicts) if condition.together and not named else verdicts


def _relation_moves(scope: Scope, condition: EvidenceCondition) -> Verdicts:
    options = scope.options(None)
    if condition.since is not None:
        options["start"] = condition.since
    result = scope.ask(
        "relation",
        lambda: scope.monitor.concept_drift(
            condition.baseline or None, level=condition.level, model=scope.model, **options
        ),
        repr(condition),
    )
    metric = "evidence.relation"
    if result.verdict == "unknown":
        reason = result.not_watched or "no window has enough labels yet"
        return Verdicts(
            {(): unknown(f"the relation of labels to predictions is not known: {reason}", metric)}
        )
    evidence: dict[str, Json] = {
        "metric": metric,
        "value": result.log10_e_value,
        "level": condition.level,
        "verdict": result.verdict,
        "labels": result.labels,
        "since": None if result.since is None else result.since.label,
    }
    holds = result.has_relation_moved
    return Verdicts({(): Verdict(holds, holds, metric=metric, value=result.log10_e_value, evidence=evidence)})


def _probes(scope: Scope, condition: EvidenceCondition) -> Verdicts:
    options = scope.options(None)
    if condition.since is not None:
        options["start"] = condition.since
    result = scope.ask(
        "signals",
        lambda: scope.monitor.signals(level=condition.level, limit=0, model=scope.model, **options),
        repr(condition),
    )
    found: dict[Subject, Verdict] = {}
    for entry in result.discoveries:
        subject = (("principal", entry.principal),)
        evidence: dict[str, Json] = {
            "metric": "evidence.signals",
            "principal": entry.principal,
            "signal": entry.signal,
            "value": entry.log10_e_value,
            "since": entry.since,
        }
        verdict = Verdict(True, True, metric="evidence.signals", value=entry.log10_e_value, evidence=evidence)
        # The surest signal of a principal comes first.
        found.setdefault(subject, verdict)
    verdicts = Verdicts(found, others=_OFF)
    return together(verdicts) if condition.together else verdicts


_EVIDENCE = {"drift": _drifts, "relation": _relation_moves, "signals": _probes}


def _burns(scope: Scope, condition: ObjectiveCondition) -> Verdicts:
    options = scope.options(None)
    result = scope.ask("objectives", lambda: scope.monitor.objectives(model=scope.model, **options))
    found: dict[Subject, Verdict] = {}
    wanted = ("page",) if condition.burn == "page" else ("page", "ticket")
    for standing in result:
        if condition.objective not in (EACH, standing.name):
            continue
        keeps = standing.severity in wanted
        fires = keeps and (standing.is_certain or not condition.certain)
        burning = next((each for each in standing.alerts if each.holds and each.severity in wanted), None)
        rate = standing.burn_rate(burning.long) if burning is not None else None
        rate = rate or next((each.rate for each in standing.burn_rates if each.rate is not None), None)
        evidence: dict[str, Json] = {
            "metric": "objective.burn_rate",
            "objective": standing.name,
            "severity": standing.severity,
            "target": standing.target,
            "budget_left": None if standing.budget_left is None else standing.budget_left.value,
        }
        evidence |= {
            f"burn_rate_{format_duration(each.window)}": each.rate.value
            for each in standing.burn_rates
            if each.rate is not None
        }
        subject: Subject = (("objective", standing.name),) if condition.objective == EACH else ()
        found[subject] = Verdict(
            fires,
            keeps,
            metric="objective.burn_rate",
            value=None if rate is None else rate.value,
            low=None if rate is None else rate.low,
            high=None if rate is None else rate.high,
            limit=None if burning is None else burning.limit,
            evidence=evidence,
        )
    if not found and condition.objective != EACH:
        return Verdicts({(): unknown(f"the model has no objective {condition.objective!r}")})
    verdicts = Verdicts(found, others=_OFF)
    return together(verdicts) if condition.together and condition.objective == EACH else verdicts
