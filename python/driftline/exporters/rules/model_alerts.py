"""Alerts about models: from the configuration of their monitors, and for those that have none."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from driftline.config import MonitorConfig
from driftline.exporters.label_values import label_value
from driftline.exporters.promql import matching, quoted, seconds
from driftline.exporters.rules.rule import AlertingRule, RuleGroup, static

FEWEST_SILENT = timedelta(minutes=10)
"""A model that sends less often than this is not called silent earlier."""

SILENT_WINDOWS = 3
"""A model is silent after so many windows without a record."""

_VERSION = "version {{ $labels.version }} of {{ $labels.model }}"


def model_alerts(monitors: Sequence[MonitorConfig]) -> RuleGroup:
    """Alerts that do not depend on objectives."""
    return RuleGroup("driftline-model-alerts", (*_silence(monitors), *_EVIDENCE, *_LABELS))


def _silence(monitors: Sequence[MonitorConfig]) -> tuple[AlertingRule, ...]:
    """Records stopped; how long a silence is long depends on the window."""
    age = "driftline_last_record_age_seconds"
    named = tuple(
        _silent(
            matching(age, model=monitor.model), monitor.window, {"model": static(label_value(monitor.model))}
        )
        for monitor in monitors
    )
    known = "|".join(_literal(label_value(monitor.model)) for monitor in monitors)
    others = f"{age}{{model!~{quoted(known)}}}" if known else age
    return (*named, _silent(others, timedelta(0), {}))


def _silent(series: str, window: timedelta, labels: Mapping[str, str]) -> AlertingRule:
    limit = max(FEWEST_SILENT, SILENT_WINDOWS * window).total_seconds()
    return AlertingRule(
        name="DriftlineModelSilent",
        # A version that was replaced is silent for good: only the one that spoke last counts.
        expr=f"min by (model) ({series}) > {limit:g}",
        hold="1m",
        severity="page",
        summary="No record of {{ $labels.model }} for {{ $value | humanizeDuration }}",
        description="None of its versions sends any. Does the model serve, and does its client reach the collector?",
        labels=labels,
    )


def _literal(text: str) -> str:
    """The text as a regular expression of RE2 that matches it alone."""
    return "".join(f"\\{letter}" if letter in r"\.+*?()|[]{}^$" else letter for letter in text)


_EVIDENCE = (
    AlertingRule(
        name="DriftlineFeaturesMoved",
        expr="max by (model, version) (driftline_features_moved) > 0",
        hold=seconds(600),
        severity="ticket",
        summary="{{ $value }} columns of " + _VERSION + " have moved",
        description=(
            "The evidence in the windows of the recent range is enough to say so. The largest PSI is"
            ' {{ with printf "model_version:driftline_feature_psi:max{model=%q,version=%q}" .Labels.model'
            ' .Labels.version | query }}{{ . | first | value | printf "%.3g" }}{{ else }}not known{{ end }}.'
        ),
    ),
    AlertingRule(
        name="DriftlineRelationMoved",
        expr="max by (model, version) (driftline_concept_relation_moved) == 1",
        hold=seconds(600),
        severity="ticket",
        summary="Labels of " + _VERSION + " follow from its scores as they did no more",
        description="Concept drift: given what the model says, other labels come than in the reference.",
    ),
    AlertingRule(
        name="DriftlineColumnsChanged",
        expr="max by (model, version) (driftline_columns_changed) > 0",
        hold=seconds(600),
        severity="ticket",
        summary="{{ $value }} columns of " + _VERSION + " are missing, new or of another kind",
        description="Compared with the default baseline.",
    ),
    AlertingRule(
        name="DriftlineGroupsApart",
        expr='min by (model, version, by) (driftline_fairness_ratio{criterion="demographic_parity"}) < 0.8',
        hold=seconds(3_600),
        severity="ticket",
        summary="Groups by {{ $labels.by }} are treated differently by " + _VERSION,
        description=(
            "The group with the lowest share of favourable predictions has {{ $value | humanizePercentage }} of the"
            " share of the highest; under 80% is the four-fifths rule's sign of adverse impact."
        ),
    ),
)

_LABELS = (
    AlertingRule(
        name="DriftlineLabelsMissing",
        expr=(
            "model_version:driftline_label_coverage_ratio:avg1h"
            " < 0.5 * avg_over_time(model_version:driftline_label_coverage_ratio:avg1h[1d] offset 1h)"
        ),
        hold=seconds(3_600),
        severity="ticket",
        summary="Labels of " + _VERSION + " come for half as many predictions as the day before",
        description="{{ $value | humanizePercentage }} of the predictions of the recent range have a label.",
    ),
)
