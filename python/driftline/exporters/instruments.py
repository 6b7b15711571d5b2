"""What metrics of windows are called where names have dots and units stand apart: OpenTelemetry and Datadog.

The names are such that OpenTelemetry's rules for Prometheus, dots to underscores and the unit at the end, give the
names of :mod:`driftline.exporters.names` again. A name that was released stays; another table is another version.
"""

from typing import NamedTuple

from driftline.exporters.names import Metric

VERSION = 1
"""Of the names."""


class Instrument(NamedTuple):
    """What a metric is called, and its unit by the Unified Code for Units of Measure."""

    name: str
    unit: str
    description: str


_UNITS: dict[str, str] = {
    "driftline_columns_changed": "{column}",
    "driftline_feature_chi_square": "",
    "driftline_feature_distinct_values": "{value}",
    "driftline_feature_jensen_shannon": "",
    "driftline_feature_ks": "",
    "driftline_feature_mean": "",
    "driftline_feature_psi": "{nat}",
    "driftline_feature_psi_noise_q95": "{nat}",
    "driftline_feature_quantile": "",
    "driftline_feature_std_dev": "",
    "driftline_feature_wasserstein": "",
    "driftline_log_loss": "{nat}",
    "driftline_mean_absolute_error": "",
    "driftline_principals_named": "{principal}",
    "driftline_r2": "",
    "driftline_recent_records": "{record}",
    "driftline_root_mean_squared_error": "",
}
"""Of those whose names do not end in one. Columns have units of their own, which nobody has told: those stay empty."""

_SUFFIXES = {"_ratio": "1", "_seconds": "s", "_bytes": "By"}
_GROUPS = ("feature", "label")


def instrument(metric: Metric) -> Instrument:
    """What a metric is called; one that has no unit in the table has none."""
    name = metric.name
    unit = _UNITS.get(name, "")
    for suffix, suffix_unit in _SUFFIXES.items():
        if name.endswith(suffix):
            name, unit = name.removesuffix(suffix), suffix_unit
    name = name.removeprefix("driftline_")
    group, _, rest = name.partition("_")
    dotted = f"{group}.{rest}" if group in _GROUPS and rest else name
    return Instrument(f"driftline.{dotted}", unit, metric.help)


FEATURE_VALUES = Instrument("driftline.feature.values", "", "Finite values of a column, in its unit.")
LATENCY_VALUES = Instrument("driftline.latency.values", "s", "Time that the model took.")


def values_instrument(role: str) -> Instrument:
    """What the histogram of a column with a role is called."""
    return LATENCY_VALUES if role == "latency" else FEATURE_VALUES
