"""The rules that fit every model."""

from typing import Final

from driftline.config.alerting import AlertingConfig, RuleConfig

DEFAULT_RULES: Final = tuple(
    RuleConfig.model_validate(rule)
    for rule in (
        {
            "name": "FeaturesDrifted",
            "when": {"evidence": "drift", "together": True},
            "severity": "warning",
            "annotations": {"summary": "{model} {version}: {what} moved, for certain"},
        },
        {
            "name": "RecordsAbsent",
            "versions": "merged",
            "when": {"absence": "records", "longer_than": "15m"},
            "severity": "page",
            "annotations": {"summary": "{model}: no records for {value:.0f} seconds"},
        },
        {
            "name": "ErrorBudgetBurnsFast",
            "when": {"objective": "*", "burn": "page"},
            "severity": "page",
            "annotations": {
                "summary": "{model} {version}: the error budget of {objective} burns {value:.1f} times too fast"
            },
        },
        {
            "name": "ErrorBudgetBurns",
            "when": {"objective": "*", "burn": "ticket"},
            "severity": "ticket",
            "annotations": {
                "summary": "{model} {version}: the error budget of {objective} burns {value:.1f} times too fast"
            },
        },
    )
)
"""Drift by evidence, no records, objectives that burn."""


def rules_of(config: AlertingConfig) -> tuple[RuleConfig, ...]:
    """All rules of a configuration; one with the name of a default rule takes its place."""
    if not config.defaults:
        return config.rules
    own = {rule.name for rule in config.rules}
    return (*config.rules, *(rule for rule in DEFAULT_RULES if rule.name not in own))
