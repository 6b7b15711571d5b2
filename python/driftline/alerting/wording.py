"""How an alert is labelled and worded."""

from collections.abc import Mapping

from driftline.alerting.alert import Json
from driftline.alerting.scope import Scope
from driftline.alerting.verdict import Subject, Verdict
from driftline.config.alerting import RuleConfig
from driftline.config.alerting.template import fill
from driftline.query.instants import format_instant

_MOST_NAMED = 5


def segment_text(segment: Mapping[str, str]) -> str:
    """
    A segment as a label.

    Examples
    --------
    >>> segment_text({"origin": "EWR", "carrier": "AA"})
    'carrier=AA,origin=EWR'
    """
    return ",".join(f"{column}={value}" for column, value in sorted(segment.items()))


def labels_of(rule: RuleConfig, scope: Scope, subject: Subject) -> dict[str, str]:
    """The labels of an alert: what it is about, and what its rule says."""
    labels = {
        "alertname": rule.name,
        "model": scope.model,
        "version": scope.version,
        "severity": rule.severity,
        "owner": rule.owner,
        "segment": segment_text(scope.segment),
        "feature": rule.feature,
    }
    labels |= dict(subject)
    return {name: value for name, value in labels.items() if value or name == "version"} | rule.labels


def annotations_of(rule: RuleConfig, labels: Mapping[str, str], seen: Mapping[str, Json]) -> dict[str, str]:
    """
    The texts of an alert, fields filled in.

    Parameters
    ----------
    rule
        Has texts of its own, which go before the usual ones.
    labels
        Of the alert.
    seen
        What :func:`seen_of` gives.
    """
    values = _fields(rule, labels, seen)
    texts = {"summary": _summary(labels, seen), "description": _description(labels, seen)}
    texts |= {name: fill(text, values) for name, text in rule.annotations.items()}
    if rule.runbook_url:
        texts["runbook_url"] = rule.runbook_url
    return {name: text for name, text in texts.items() if text}


def link_of(template: str, rule: RuleConfig, labels: Mapping[str, str], seen: Mapping[str, Json]) -> str:
    """The address that an alert leads to, fields filled in; empty: none."""
    return fill(template, _fields(rule, labels, seen))


def seen_of(scope: Scope, verdict: Verdict) -> dict[str, Json]:
    """What a rule saw, as it is kept beside the alert: the range, the figure and what there is behind it."""
    return {
        "start": format_instant(scope.start),
        "end": format_instant(scope.end),
        "length_nanos": scope.end - scope.start,
        "metric": verdict.metric,
        "value": verdict.value,
        "low": verdict.low,
        "high": verdict.high,
        "limit": verdict.limit,
        "what": list(verdict.what),
        "evidence": dict(verdict.evidence),
    }


def _fields(
    rule: RuleConfig, labels: Mapping[str, str], seen: Mapping[str, Json]
) -> dict[str, str | float | None]:
    values: dict[str, str | float | None] = {**rule.labels, **labels}
    for name in ("value", "low", "high", "limit", "start", "end", "metric"):
        found = seen.get(name)
        values[name] = found if isinstance(found, str | int | float) else None
    return values | {"what": _what(seen), "owner": rule.owner or None}


def _summary(labels: Mapping[str, str], seen: Mapping[str, Json]) -> str:
    of = (
        labels.get("feature")
        or labels.get("set")
        or labels.get("objective")
        or labels.get("principal")
        or _what(seen)
    )
    version = labels["version"]
    about = labels["model"] if version in ("", "*") else f"{labels['model']} {version}"
    segment = f" ({labels['segment']})" if "segment" in labels else ""
    return f"{labels['alertname']}: {of + ' of ' if of else ''}{about}{segment}"


def _description(labels: Mapping[str, str], seen: Mapping[str, Json]) -> str:
    value, limit = seen.get("value"), seen.get("limit")
    metric = str(seen.get("metric") or "the condition")
    if not isinstance(value, int | float):
        what = _what(seen)
        return f"{metric} is {what}" if what else ""
    low, high = seen.get("low"), seen.get("high")
    interval = (
        f" [{low:.4g}, {high:.4g}]"
        if isinstance(low, float) and isinstance(high, float) and low < high
        else ""
    )
    beyond = f", the limit is {limit:.4g}" if isinstance(limit, int | float) else ""
    is_power = metric.startswith("evidence.")
    value_text = f"e-value 10^{value:.1f}" if is_power else f"{value:.4g}{interval}{beyond}"
    return f"{metric} of {labels['model']} is {value_text}, from {seen.get('start')} to {seen.get('end')}"


def _what(seen: Mapping[str, Json]) -> str:
    what = seen.get("what")
    names = [str(each) for each in what] if isinstance(what, list) else []
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more
