"""Recording and alerting rules for Prometheus, made from the configuration of a collector."""

from driftline.exporters.rules.groups import rule_groups
from driftline.exporters.rules.rule import AlertingRule, RecordingRule, RuleGroup, to_yaml

__all__ = ["AlertingRule", "RecordingRule", "RuleGroup", "rule_groups", "to_yaml"]
