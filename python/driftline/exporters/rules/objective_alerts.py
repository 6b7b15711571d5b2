"""Alerts on error budgets: several windows, several burn rates, as the engine has them for each objective."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from driftline._core import Engine
from driftline.config import MonitorConfig
from driftline.exporters.label_values import label_value
from driftline.exporters.promql import matching
from driftline.exporters.rules.rule import AlertingRule, RuleGroup, static
from driftline.v1 import objectives_pb2, selection_pb2

_BURN_RATE = "model_version_objective:driftline_objective_burn_rate:max"
_NAMES = {"page": "DriftlineErrorBudgetBurnsFast", "ticket": "DriftlineErrorBudgetBurns"}


def objective_alerts(monitors: Sequence[MonitorConfig]) -> RuleGroup:
    """For each objective one alert of each severity that it can have."""
    return RuleGroup(
        "driftline-objective-alerts",
        tuple(
            _alert(monitor.model, standing.objective, severity, list(pairs))
            for monitor in monitors
            for standing in _standings(monitor)
            for severity, pairs in groupby(standing.alerts, key=lambda alert: alert.severity)
        ),
    )


def _standings(monitor: MonitorConfig) -> Iterator[objectives_pb2.ObjectiveStanding]:
    """How the objectives of a model that has no record stand: with their alerts, and the limits of these."""
    engine = Engine()
    engine.set_monitor(monitor.to_proto().SerializeToString())
    request = objectives_pb2.ObjectivesRequest(selection=selection_pb2.Selection(model=monitor.model))
    answer = engine.query("Objectives", request.SerializeToString(), 0)
    yield from objectives_pb2.ObjectivesResponse.FromString(answer).objectives


def _alert(
    model: str,
    objective: objectives_pb2.Objective,
    severity: str,
    pairs: Sequence[objectives_pb2.BurnAlert],
) -> AlertingRule:
    def burns(length: int, limit: float) -> str:
        window = f"{length / 1e9:g}"
        series = matching(_BURN_RATE, model=model, objective=objective.name, window_seconds=window)
        return f"{series} >= {limit:.15g}"

    both = (
        "\n  and ignoring (window_seconds)\n  ".join(
            [burns(pair.long_nanos, pair.limit), burns(pair.short_nanos, pair.limit)]
        )
        for pair in pairs
    )
    either = "\n  or\n  ".join(both)
    return AlertingRule(
        name=_NAMES[severity],
        expr=f"max without (window_seconds) (\n  {either}\n)",
        # The windows hold long enough by themselves.
        hold="0s",
        severity=severity,
        summary="The error budget of {{ $labels.objective }} of {{ $labels.model }} burns too fast",
        description=(
            "Version {{ $labels.version }} uses it up {{ $value | humanize }} times as fast as it may: of its records"
            f" {objective.target:.15g} are to be good."
        ),
        labels={"model": static(label_value(model)), "objective": static(label_value(objective.name))},
    )
