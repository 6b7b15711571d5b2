"""Settings of alerting: rules, what they look at, who is told, and when nobody is."""

from driftline.config.alerting.alerting import AlertingConfig
from driftline.config.alerting.conditions import (
    AbsenceCondition,
    AllCondition,
    AnyCondition,
    Condition,
    EvidenceCondition,
    MetricCondition,
    NotCondition,
    ObjectiveCondition,
)
from driftline.config.alerting.matchers import Matchers, matches
from driftline.config.alerting.route import RouteConfig
from driftline.config.alerting.rule import RuleConfig
from driftline.config.alerting.silence import MaintenanceConfig, SilenceConfig

__all__ = [
    "AbsenceCondition",
    "AlertingConfig",
    "AllCondition",
    "AnyCondition",
    "Condition",
    "EvidenceCondition",
    "MaintenanceConfig",
    "Matchers",
    "MetricCondition",
    "NotCondition",
    "ObjectiveCondition",
    "RouteConfig",
    "RuleConfig",
    "SilenceConfig",
    "matches",
]
