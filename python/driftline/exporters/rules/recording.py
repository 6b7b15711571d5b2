"""Series that dashboards and alerts ask for again and again."""

from driftline.exporters.rules.rule import RecordingRule, RuleGroup

_MODELS = {
    "model_version:driftline_predictions:rate5m": (
        "sum by (model, version) (rate(driftline_predictions_total[5m]))"
    ),
    "model:driftline_predictions:rate5m": "sum by (model) (model_version:driftline_predictions:rate5m)",
    "model_version:driftline_feature_psi:max": "max by (model, version) (driftline_feature_psi)",
    "model_version:driftline_feature_psi_beyond_noise:max": (
        "max by (model, version) (driftline_feature_psi - driftline_feature_psi_noise_q95)"
    ),
    "model_version:driftline_features_beyond_noise:sum": (
        "sum by (model, version) (driftline_feature_psi > bool driftline_feature_psi_noise_q95)"
    ),
    "model_version:driftline_feature_null_ratio:max": (
        "max by (model, version) (driftline_feature_null_ratio)"
    ),
    "model_version:driftline_label_coverage_ratio:avg1h": (
        "avg by (model, version) (avg_over_time(driftline_label_coverage_ratio[1h]))"
    ),
    "model_version_objective:driftline_objective_burn_rate:max": (
        "max by (model, version, objective, window_seconds) (driftline_objective_burn_rate)"
    ),
}

_COLLECTORS = {
    "instance:driftline_records:rate5m": "sum by (instance) (rate(driftline_records_total[5m]))",
    "instance:driftline_ingest_bytes:rate5m": "sum by (instance) (rate(driftline_ingest_bytes_total[5m]))",
    "instance:driftline_batches:rate5m": "sum by (instance) (rate(driftline_batches_total[5m]))",
    "instance:driftline_batches_rejected:rate5m": (
        "sum by (instance) (rate(driftline_batches_rejected_total[5m]))"
    ),
    "instance:driftline_memory:ratio": "max by (instance) (driftline_memory_bytes / driftline_memory_limit_bytes)",
}


def recording_groups() -> tuple[RuleGroup, ...]:
    """The same for every configuration."""
    return (
        RuleGroup("driftline-models", _rules(_MODELS)),
        RuleGroup("driftline-collectors", _rules(_COLLECTORS)),
    )


def _rules(series: dict[str, str]) -> tuple[RecordingRule, ...]:
    return tuple(RecordingRule(name, expr) for name, expr in series.items())
