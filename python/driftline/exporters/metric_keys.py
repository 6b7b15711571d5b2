"""Keys of metrics for experiment trackers, which group them by the part before a slash: ``drift/psi/<feature>``.

The table is versioned: runs are read for years, so a key that changes its meaning needs a new version of the table.
"""

import hashlib
import re
from collections.abc import Mapping

from driftline.exporters import names

KEYS_VERSION = "1"
"""Version of the table; runs carry it, so that a reader knows what their keys mean."""

KEYS = {
    names.PREDICTIONS.name: "records/predictions",
    names.RECENT_RECORDS.name: "records/counted",
    names.EVENT_AGE.name: "records/event_age_seconds",
    names.LAST_RECORD_AGE.name: "records/last_record_age_seconds",
    names.LATE_RECORDS.name: "records/late",
    names.FUTURE_RECORDS.name: "records/future",
    names.MISSING_TIMESTAMPS.name: "records/missing_timestamps",
    names.CLIENT_DROPPED.name: "records/client_dropped",
    names.SEGMENT_OVERFLOW.name: "records/segment_overflow",
    names.LABELS.name: "labels",
    names.LATE_LABELS.name: "labels/late",
    names.LABEL_COVERAGE.name: "labels/coverage_ratio",
    names.LABEL_DELAY.name: "labels/delay_seconds",
    names.LATENCY.name: "latency/seconds",
    names.FEATURE_QUANTILE.name: "distribution/quantile",
    names.FEATURE_MEAN.name: "distribution/mean",
    names.FEATURE_STD_DEV.name: "distribution/std_dev",
    names.FEATURE_DISTINCT.name: "distribution/distinct_values",
    names.FEATURE_NULLS.name: "quality/null_ratio",
    names.FEATURE_NANS.name: "quality/nan_ratio",
    names.FEATURE_INFINITIES.name: "quality/infinity_ratio",
    names.QUALITY["absent_rate"].name: "quality/absent_ratio",
    names.QUALITY["out_of_range"].name: "quality/out_of_range_ratio",
    names.QUALITY["unseen_rate"].name: "quality/unseen_ratio",
    names.COLUMNS_CHANGED.name: "quality/columns_changed",
    names.DRIFT["psi"].name: "drift/psi",
    names.PSI_NOISE.name: "drift/psi_noise_q95",
    names.DRIFT["ks"].name: "drift/ks",
    names.DRIFT["jensen_shannon"].name: "drift/jensen_shannon",
    names.DRIFT["wasserstein"].name: "drift/wasserstein",
    names.DRIFT["chi_square"].name: "drift/chi_square",
    names.FEATURE_EVIDENCE.name: "drift/log_e_value",
    names.FEATURES_MOVED.name: "drift/features_moved",
    names.FEATURES_LEFT_OUT.name: "drift/features_left_out",
    names.CLASSIFICATION["accuracy"].name: "performance/accuracy",
    names.CLASSIFICATION["precision"].name: "performance/precision",
    names.CLASSIFICATION["recall"].name: "performance/recall",
    names.CLASSIFICATION["f1"].name: "performance/f1",
    names.CLASSIFICATION["roc_auc"].name: "performance/roc_auc",
    names.CLASSIFICATION["log_loss"].name: "performance/log_loss",
    names.REGRESSION["mae"].name: "performance/mean_absolute_error",
    names.REGRESSION["rmse"].name: "performance/root_mean_squared_error",
    names.REGRESSION["r2"].name: "performance/r2",
    names.RANKING.name: "performance/ranking",
    names.RANKED_QUERIES.name: "performance/ranked_queries",
    names.ESTIMATED_PERFORMANCE.name: "performance/estimated",
    names.WEIGHTED_FIGURE.name: "performance/weighted",
    names.EFFECTIVE_RECORDS.name: "performance/effective_records",
    names.CONCEPT_LOG_E_VALUE.name: "concept/log_e_value",
    names.CONCEPT_RELATION_MOVED.name: "concept/relation_moved",
    names.FAIRNESS_DIFFERENCE.name: "fairness/difference",
    names.FAIRNESS_RATIO.name: "fairness/ratio",
    names.PRINCIPALS_NAMED.name: "signals/principals_named",
    names.OBJECTIVE_BURN_RATE.name: "objectives/burn_rate",
    names.OBJECTIVE_TARGET.name: "objectives/target_ratio",
    names.OBJECTIVE_GOOD.name: "objectives/good_ratio",
    names.OBJECTIVE_ALERT.name: "objectives/alert",
}
"""Name of a metric to the first parts of its key; the values of its own labels follow."""

# What all trackers take in a part of a key; MLflow, the strictest, takes letters of any script, but not every database
# behind it tells them apart.
_REFUSED = re.compile(r"[^A-Za-z0-9_.\- ]")
_LONGEST_PART = 80
_DIGEST_LETTERS = 8


def metric_key(name: str, labels: Mapping[str, str]) -> str:
    """
    Give the key of a figure.

    Parameters
    ----------
    name
        Name of the metric, as in `names`.
    labels
        Its labels; ``model`` and ``version`` are those of the run and not part of the key.

    Examples
    --------
    >>> metric_key("driftline_feature_psi", {"model": "m", "version": "1", "feature": "dep_delay"})
    'drift/psi/dep_delay'
    """
    own = [value for label, value in labels.items() if label not in names.VERSION_LABELS]
    group = KEYS.get(name) or f"other/{name.removeprefix('driftline_')}"
    return "/".join([group, *map(key_part, own)])


def key_part(text: str) -> str:
    """
    Make any text one part of a key; a text that has to be changed ends in a digest of itself, so that it stays unique.

    Examples
    --------
    >>> key_part("dep_delay"), key_part("a/b")
    ('dep_delay', 'a_b-c14cddc0')
    """
    clean = _REFUSED.sub("_", text)[:_LONGEST_PART]
    if clean == text and clean.strip(".") and clean == clean.strip():
        return text
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST_LETTERS]
    return f"{clean.strip() or '_'}-{digest}"
