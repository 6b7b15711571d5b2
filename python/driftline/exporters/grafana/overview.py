"""All models at a glance."""

from driftline.exporters.grafana.dashboard import Dashboard, Row
from driftline.exporters.grafana.overrides import Column, State
from driftline.exporters.grafana.panel import Panel, Query

_ALERT_STATES = {"firing": State("firing", "red"), "pending": State("pending", "orange")}

OVERVIEW = Dashboard(
    uid="driftline-overview",
    title="driftline: overview",
    description="All models: how much they serve, whether their columns have moved, how good they are.",
    rows=(
        Row(
            "Now",
            (
                Panel(
                    "Models",
                    (Query("count(count by (model) (driftline_predictions_total))", "models"),),
                    kind="stat",
                    width=4,
                    height=4,
                ),
                Panel(
                    "Predictions per second",
                    (Query("sum(rate(driftline_predictions_total[$__rate_interval]))", "predictions"),),
                    kind="stat",
                    unit="recps",
                    width=5,
                    height=4,
                ),
                Panel(
                    "Columns that have moved",
                    (Query("sum(max by (model, version) (driftline_features_moved))", "columns"),),
                    kind="stat",
                    description="By the evidence in the windows of each monitor's recent range.",
                    width=5,
                    height=4,
                    alarm=1,
                ),
                Panel(
                    "Error budgets that burn too fast",
                    (
                        Query(
                            "sum(max by (model, version, objective) (driftline_objective_alert))",
                            "objectives",
                        ),
                    ),
                    kind="stat",
                    width=5,
                    height=4,
                    alarm=1,
                ),
                Panel(
                    "Collectors",
                    (Query("count(driftline_build_info)", "collectors"),),
                    kind="stat",
                    width=5,
                    height=4,
                ),
            ),
        ),
        Row(
            "Models",
            (
                Panel(
                    "Model versions",
                    (
                        Query("max by (model, version) (driftline_recent_records)", "recent records"),
                        Query("max by (model, version) (driftline_features_moved)", "columns moved", alarm=1),
                        Query(
                            "max by (model, version) (driftline_label_coverage_ratio)",
                            "label coverage",
                            unit="percentunit",
                        ),
                        Query(
                            "max by (model, version) (driftline_accuracy_ratio)",
                            "accuracy",
                            unit="percentunit",
                        ),
                        Query(
                            'max by (model, version) (driftline_latency_seconds{quantile="0.99"})',
                            "p99 latency",
                            unit="s",
                        ),
                        Query(
                            "min by (model, version) (driftline_last_record_age_seconds)",
                            "silent for",
                            unit="s",
                        ),
                    ),
                    kind="table",
                    labels=("model", "version"),
                    width=24,
                ),
                Panel(
                    "Predictions",
                    (
                        Query(
                            "sum by (model) (rate(driftline_predictions_total[$__rate_interval]))",
                            "{{model}}",
                        ),
                    ),
                    unit="recps",
                    width=12,
                    least=0,
                    stacked=True,
                ),
                Panel(
                    "Largest PSI beyond its noise",
                    (
                        Query(
                            "max by (model, version) (driftline_feature_psi - driftline_feature_psi_noise_q95)",
                            "{{model}} {{version}}",
                        ),
                    ),
                    description="Above 0 a column differs from the baseline by more than chance explains.",
                    width=12,
                    alarm=0,
                ),
                Panel(
                    "Accuracy",
                    (Query("max by (model, version) (driftline_accuracy_ratio)", "{{model}} {{version}}"),),
                    unit="percentunit",
                    width=12,
                ),
                Panel(
                    "p99 latency",
                    (
                        Query(
                            'max by (model, version) (driftline_latency_seconds{quantile="0.99"})',
                            "{{model}} {{version}}",
                        ),
                    ),
                    unit="s",
                    width=12,
                    least=0,
                ),
            ),
        ),
        Row(
            "Alerts",
            (
                Panel(
                    "Alerts of the generated rules",
                    (
                        Query(
                            'count by (alertname, alertstate, severity) (ALERTS{alertname=~"Driftline.*"})',
                            "series",
                        ),
                    ),
                    kind="table",
                    labels=("alertname", "alertstate", "severity"),
                    columns={
                        "alertname": Column("alert"),
                        "alertstate": Column("state", _ALERT_STATES),
                    },
                    # What fires comes before what is pending.
                    sort="state",
                    descending=False,
                    empty="No alert is pending or fires",
                    description="Those of `driftline export prometheus-rules`.",
                    width=24,
                ),
            ),
        ),
    ),
)
