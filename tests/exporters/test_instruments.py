"""Names of metrics of windows: as they were released, and back to those of Prometheus."""

from driftline.exporters import names
from driftline.exporters.instruments import (
    FEATURE_VALUES,
    LATENCY_VALUES,
    VERSION,
    instrument,
    values_instrument,
)
from driftline.exporters.names import Metric

RELEASED = {
    "driftline_accuracy_ratio": ("driftline.accuracy", "1"),
    "driftline_columns_changed": ("driftline.columns_changed", "{column}"),
    "driftline_f1_ratio": ("driftline.f1", "1"),
    "driftline_feature_absent_ratio": ("driftline.feature.absent", "1"),
    "driftline_feature_chi_square": ("driftline.feature.chi_square", ""),
    "driftline_feature_distinct_values": ("driftline.feature.distinct_values", "{value}"),
    "driftline_feature_infinity_ratio": ("driftline.feature.infinity", "1"),
    "driftline_feature_jensen_shannon": ("driftline.feature.jensen_shannon", ""),
    "driftline_feature_ks": ("driftline.feature.ks", ""),
    "driftline_feature_mean": ("driftline.feature.mean", ""),
    "driftline_feature_nan_ratio": ("driftline.feature.nan", "1"),
    "driftline_feature_null_ratio": ("driftline.feature.null", "1"),
    "driftline_feature_out_of_range_ratio": ("driftline.feature.out_of_range", "1"),
    "driftline_feature_psi": ("driftline.feature.psi", "{nat}"),
    "driftline_feature_psi_noise_q95": ("driftline.feature.psi_noise_q95", "{nat}"),
    "driftline_feature_quantile": ("driftline.feature.quantile", ""),
    "driftline_feature_std_dev": ("driftline.feature.std_dev", ""),
    "driftline_feature_unseen_ratio": ("driftline.feature.unseen", "1"),
    "driftline_feature_wasserstein": ("driftline.feature.wasserstein", ""),
    "driftline_label_coverage_ratio": ("driftline.label.coverage", "1"),
    "driftline_label_delay_seconds": ("driftline.label.delay", "s"),
    "driftline_latency_seconds": ("driftline.latency", "s"),
    "driftline_log_loss": ("driftline.log_loss", "{nat}"),
    "driftline_mean_absolute_error": ("driftline.mean_absolute_error", ""),
    "driftline_precision_ratio": ("driftline.precision", "1"),
    "driftline_principals_named": ("driftline.principals_named", "{principal}"),
    "driftline_r2": ("driftline.r2", ""),
    "driftline_recall_ratio": ("driftline.recall", "1"),
    "driftline_recent_records": ("driftline.recent_records", "{record}"),
    "driftline_roc_auc_ratio": ("driftline.roc_auc", "1"),
    "driftline_root_mean_squared_error": ("driftline.root_mean_squared_error", ""),
}
"""Version 1: a dashboard somewhere has these."""

_SUFFIXES = {"1": "_ratio", "s": "_seconds", "By": "_bytes"}


def metrics() -> dict[str, Metric]:
    found = [value for value in vars(names).values() if isinstance(value, Metric)]
    for group in (names.DRIFT, names.QUALITY, names.CLASSIFICATION, names.REGRESSION):
        found += group.values()
    return {metric.name: metric for metric in found}


def test_names_are_as_released() -> None:
    known = metrics()
    told = {name: instrument(known[name])[:2] for name in RELEASED}
    assert VERSION == 1
    assert told == RELEASED


def test_names_are_those_of_prometheus_by_opentelemetrys_rules() -> None:
    for metric in metrics().values():
        name, unit, _ = instrument(metric)
        prometheus = name.replace(".", "_") + _SUFFIXES.get(unit, "")
        assert prometheus == metric.name


def test_no_two_metrics_share_a_name() -> None:
    told = [instrument(metric).name for metric in metrics().values()]
    told += [FEATURE_VALUES.name, LATENCY_VALUES.name]
    assert len(set(told)) == len(told)


def test_latency_has_a_unit() -> None:
    assert values_instrument("latency") is LATENCY_VALUES
    assert values_instrument("feature") is FEATURE_VALUES
