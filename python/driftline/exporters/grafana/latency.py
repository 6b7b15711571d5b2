"""Latency and service-level objectives of a model."""

from driftline.exporters.grafana.dashboard import Dashboard, Row
from driftline.exporters.grafana.overrides import Column, State
from driftline.exporters.grafana.panel import Panel, Query
from driftline.exporters.grafana.variables import MODEL, OF_MODEL, VERSION, chosen

_BURNS = {"0": State("quiet", "green"), "1": State("burns too fast", "red")}

_LATENCY = Row(
    "Latency",
    (
        Panel(
            "Quantiles of the recent range",
            (
                Query(
                    chosen("driftline_latency_seconds", level="version, quantile"),
                    "q{{quantile}} {{version}}",
                ),
            ),
            unit="s",
            width=12,
            least=0,
        ),
        Panel(
            "Predictions",
            (
                Query(
                    f"sum by (version) (rate(driftline_predictions_total{{{OF_MODEL}}}[$__rate_interval]))",
                    "{{version}}",
                ),
            ),
            unit="recps",
            width=12,
            least=0,
        ),
    ),
)

_OBJECTIVES = Row(
    "Objectives",
    (
        Panel(
            "Alerts on error budgets",
            (
                Query(
                    chosen("driftline_objective_alert", level="objective, severity, version"),
                    "state",
                ),
            ),
            kind="table",
            labels=("objective", "severity", "version"),
            description="Whether the error budget burns too fast over both windows of such an alert.",
            width=12,
            columns={"Value": Column("state", _BURNS)},
        ),
        Panel(
            "Good records, and how many are to be",
            (
                Query(
                    chosen("driftline_objective_good_ratio", level="objective, version"),
                    "{{objective}} {{version}}",
                ),
                Query(
                    chosen("driftline_objective_target_ratio", level="objective"),
                    "{{objective}}: target",
                ),
            ),
            unit="percentunit",
            width=12,
        ),
        Panel(
            "Burn rate over the last hour",
            (
                Query(
                    chosen("driftline_objective_burn_rate", 'window_seconds="3600"', "objective, version"),
                    "{{objective}} {{version}}",
                ),
            ),
            description="At 1 the error budget lasts for the objective's period exactly.",
            width=12,
            least=0,
            alarm=1,
        ),
        Panel(
            "Burn rates of all windows",
            (
                Query(
                    chosen("driftline_objective_burn_rate", level="objective, version, window_seconds"),
                    "{{objective}} {{window_seconds}} s {{version}}",
                ),
            ),
            width=12,
            least=0,
            reach=1,
        ),
    ),
    needs="objectives",
)

LATENCY_DASHBOARD = Dashboard(
    uid="driftline-latency",
    title="driftline: latency and objectives",
    description="How long a model takes, and whether its service-level objectives are met.",
    rows=(_LATENCY, _OBJECTIVES),
    variables=(MODEL, VERSION),
)
