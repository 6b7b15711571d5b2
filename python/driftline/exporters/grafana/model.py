"""One model: what came, how good it is, and what has moved."""

from driftline.exporters.grafana.dashboard import Dashboard, Row
from driftline.exporters.grafana.panel import Panel, Query
from driftline.exporters.grafana.variables import MODEL, OF_MODEL, VERSION, chosen

_OF_FEATURES = "version, feature"
_NO_NUMBERS = "This model predicts no numbers"
_NO_BASELINE = "There is no baseline to compare with"
_NO_CLASSES = "This model predicts no classes"
_NO_LISTS = "This model ranks no lists"

_TRAFFIC = Row(
    "Traffic and labels",
    (
        Panel(
            "Predictions",
            (
                Query(
                    f"sum by (version) (rate(driftline_predictions_total{{{OF_MODEL}}}[$__rate_interval]))",
                    "{{version}}",
                ),
            ),
            unit="recps",
            least=0,
            stacked=True,
        ),
        Panel(
            "Labels by what became of them",
            (
                Query(
                    f"sum by (outcome) (rate(driftline_labels_total{{{OF_MODEL}}}[$__rate_interval]))",
                    "{{outcome}}",
                ),
            ),
            unit="recps",
            least=0,
        ),
        Panel(
            "Label coverage",
            (Query(chosen("driftline_label_coverage_ratio"), "{{version}}"),),
            unit="percentunit",
            description="Predictions of the recent range whose label has come.",
            least=0,
        ),
        Panel(
            "From prediction to label",
            (
                Query(
                    chosen("driftline_label_delay_seconds", level="version, quantile"),
                    "{{version}} q{{quantile}}",
                ),
            ),
            unit="s",
            least=0,
        ),
        Panel(
            "Records that came late, from the future or without a time",
            tuple(
                Query(f"sum(increase({metric}{{{OF_MODEL}}}[$__rate_interval]))", legend)
                for metric, legend in (
                    ("driftline_late_records_total", "late"),
                    ("driftline_future_records_total", "from the future"),
                    ("driftline_missing_timestamps_total", "without a time"),
                )
            ),
            least=0,
            reach=1,
        ),
        Panel(
            "Since the newest window ended",
            (Query(chosen("driftline_event_age_seconds"), "{{version}}"),),
            unit="s",
            least=0,
        ),
    ),
)

_QUALITY = Row(
    "How good it is",
    (
        Panel(
            "Figures of labelled predictions: classes",
            tuple(
                Query(chosen(f"driftline_{metric}_ratio"), f"{metric} {{{{version}}}}")
                for metric in ("accuracy", "precision", "recall", "f1", "roc_auc")
            ),
            unit="percentunit",
            width=12,
            empty=_NO_CLASSES,
        ),
        Panel(
            "Estimated before labels come",
            (
                Query(
                    chosen("driftline_estimated_performance_ratio", level="version, figure"),
                    "{{figure}} {{version}}",
                ),
            ),
            unit="percentunit",
            description="From the scores of all predictions, calibrated by those of the baseline that have labels.",
            empty="The baseline has no scores with labels",
            width=12,
        ),
        Panel(
            "Evidence that labels follow from scores as they did no more",
            (Query(chosen("driftline_concept_log_e_value"), "{{version}}"),),
            description="Natural logarithm of the e-value. From 4.6 on the chance of a false alarm is at most 1%.",
            width=12,
            alarm=4.605,
        ),
        Panel(
            "Log loss",
            (Query(chosen("driftline_log_loss"), "{{version}}"),),
            empty=_NO_CLASSES,
            width=12,
            least=0,
        ),
    ),
)

_NUMBERS = Row(
    "Errors of numbers",
    (
        Panel(
            "Errors of predicted numbers",
            (
                Query(chosen("driftline_mean_absolute_error"), "mean absolute {{version}}"),
                Query(chosen("driftline_root_mean_squared_error"), "root mean squared {{version}}"),
            ),
            description="In the labels' unit.",
            width=12,
            least=0,
            empty=_NO_NUMBERS,
        ),
        Panel(
            "R²: share of the variance that is explained",
            (Query(chosen("driftline_r2"), "{{version}}"),),
            description="1 at best; under 0 the labels' mean would be the better prediction.",
            width=12,
            empty=_NO_NUMBERS,
        ),
    ),
)

_LISTS = Row(
    "Ranked lists",
    (
        Panel(
            "Figures of the first ten items",
            (
                Query(
                    chosen("driftline_ranking_ratio", 'at=~"10|all"', "version, figure"),
                    "{{figure}} {{version}}",
                ),
            ),
            unit="percentunit",
            description="Means over the lists of the recent range that count; mrr is of all items.",
            least=0,
            empty=_NO_LISTS,
        ),
        Panel(
            "NDCG of the first items",
            (
                Query(
                    chosen("driftline_ranking_ratio", 'figure="ndcg"', "version, at"),
                    "@{{at}} {{version}}",
                ),
            ),
            unit="percentunit",
            least=0,
            empty=_NO_LISTS,
        ),
        Panel(
            "Lists that have a label",
            (Query(chosen("driftline_ranked_queries", level="version"), "{{version}}"),),
            description="Those of the recent range.",
            least=0,
            reach=1,
            empty=_NO_LISTS,
        ),
    ),
)

_DRIFT = Row(
    "What has moved",
    (
        Panel(
            "PSI beyond its noise: the columns that moved furthest",
            (
                Query(
                    "topk(10, "
                    + chosen("driftline_feature_psi", level=_OF_FEATURES)
                    + " - "
                    + chosen("driftline_feature_psi_noise_q95", level=_OF_FEATURES)
                    + ")",
                    "{{feature}} {{version}}",
                ),
            ),
            kind="bargauge",
            empty=_NO_BASELINE,
            description="In nats. Under 0 a column differs by no more than chance explains.",
            width=12,
            alarm=0,
        ),
        Panel(
            "Columns that have certainly moved",
            (Query(chosen("driftline_features_moved"), "{{version}}"),),
            description="By the evidence in the windows of the recent range.",
            empty=_NO_BASELINE,
            width=6,
            least=0,
            alarm=1,
        ),
        Panel(
            "Missing, new or changed columns",
            (Query(chosen("driftline_columns_changed"), "{{version}}"),),
            description="Changed: of another kind than in the baseline.",
            empty=_NO_BASELINE,
            width=6,
            least=0,
            alarm=1,
        ),
        Panel(
            "Columns",
            (
                Query(chosen("driftline_feature_log_e_value", level=_OF_FEATURES), "evidence"),
                Query(chosen("driftline_feature_psi", level=_OF_FEATURES), "PSI"),
                Query(chosen("driftline_feature_psi_noise_q95", level=_OF_FEATURES), "its noise"),
                Query(
                    chosen("driftline_feature_null_ratio", level=_OF_FEATURES), "nulls", unit="percentunit"
                ),
                Query(
                    chosen("driftline_feature_unseen_ratio", level=_OF_FEATURES),
                    "unseen values",
                    unit="percentunit",
                ),
                Query(
                    chosen("driftline_feature_out_of_range_ratio", level=_OF_FEATURES),
                    "out of range",
                    unit="percentunit",
                ),
            ),
            kind="table",
            labels=("feature", "version"),
            sort="evidence",
            description="Evidence: natural logarithm of the e-value; PSI: nats.",
            width=24,
            height=10,
        ),
    ),
)

_SIGNALS = Row(
    "Security",
    (
        Panel(
            "Principals that security signals name",
            (
                Query(
                    'max by (signal) (driftline_principals_named{model="$model"})',
                    "{{signal}}",
                ),
            ),
            description="By the signals of the model's monitor, at a level of 1%.",
            empty="The model's monitor has no signals",
            width=24,
            least=0,
            alarm=1,
        ),
    ),
    needs="signals",
)

MODEL_DASHBOARD = Dashboard(
    uid="driftline-model",
    title="driftline: model",
    description="One model: what came, how good it is, what has moved.",
    rows=(_TRAFFIC, _QUALITY, _DRIFT, _NUMBERS, _LISTS, _SIGNALS),
    variables=(MODEL, VERSION),
)
