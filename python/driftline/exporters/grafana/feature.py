"""One column of a model: what its values are like, and how far they are from the baseline."""

from driftline.exporters.grafana.dashboard import Dashboard, Row
from driftline.exporters.grafana.panel import Panel, Query
from driftline.exporters.grafana.variables import FEATURE, MODEL, VERSION, chosen


def _feature(metric: str, level: str = "model, version") -> str:
    return chosen(metric, 'feature="$feature"', level)


_NUMBERS_ONLY = "Of columns of numbers only"

_VALUES = Row(
    "Values",
    (
        Panel(
            "Mean and quantiles",
            (
                Query(
                    _feature("driftline_feature_quantile", "version, quantile"), "q{{quantile}} {{version}}"
                ),
                Query(_feature("driftline_feature_mean"), "mean {{version}}"),
            ),
            description="In the column's unit; of numbers.",
            width=12,
            empty=_NUMBERS_ONLY,
        ),
        Panel(
            "Standard deviation",
            (Query(_feature("driftline_feature_std_dev"), "{{version}}"),),
            width=6,
            empty=_NUMBERS_ONLY,
            least=0,
        ),
        Panel(
            "Distinct values",
            (Query(_feature("driftline_feature_distinct_values"), "{{version}}"),),
            width=6,
            least=0,
        ),
    ),
)

_QUALITY = Row(
    "Quality",
    (
        Panel(
            "Values that are missing or no numbers",
            tuple(
                Query(_feature(f"driftline_feature_{metric}_ratio"), f"{legend} {{{{version}}}}")
                for metric, legend in (("null", "null"), ("nan", "not a number"), ("infinity", "infinite"))
            ),
            unit="percentunit",
            width=12,
            least=0,
        ),
        Panel(
            "Values that the baseline does not have",
            tuple(
                Query(_feature(f"driftline_feature_{metric}_ratio"), f"{legend} {{{{version}}}}")
                for metric, legend in (
                    ("absent", "records without the column"),
                    ("out_of_range", "out of range"),
                    ("unseen", "unseen categories"),
                )
            ),
            unit="percentunit",
            width=12,
            least=0,
        ),
    ),
)

_DRIFT = Row(
    "Distance from the baseline",
    (
        Panel(
            "Population stability index",
            (
                Query(_feature("driftline_feature_psi"), "PSI {{version}}"),
                Query(_feature("driftline_feature_psi_noise_q95"), "noise {{version}}"),
            ),
            description="In nats. When nothing has moved it stays under the noise in 95% of cases.",
            width=12,
            least=0,
        ),
        Panel(
            "Evidence that it has moved",
            (Query(_feature("driftline_feature_log_e_value"), "{{version}}"),),
            description="Natural logarithm of the e-value of the windows of the recent range.",
            width=12,
        ),
        Panel(
            "Kolmogorov-Smirnov and Jensen-Shannon distance",
            (
                Query(_feature("driftline_feature_ks"), "Kolmogorov-Smirnov {{version}}"),
                Query(_feature("driftline_feature_jensen_shannon"), "Jensen-Shannon {{version}}"),
            ),
            width=12,
            least=0,
        ),
        Panel(
            "Wasserstein distance",
            (Query(_feature("driftline_feature_wasserstein"), "{{version}}"),),
            description="In the column's unit.",
            width=12,
            empty=_NUMBERS_ONLY,
            least=0,
        ),
    ),
)

FEATURE_DASHBOARD = Dashboard(
    uid="driftline-feature",
    title="driftline: feature",
    description="One column of a model: its values, their quality, and their distance from the baseline.",
    rows=(_VALUES, _QUALITY, _DRIFT),
    variables=(MODEL, VERSION, FEATURE),
)
