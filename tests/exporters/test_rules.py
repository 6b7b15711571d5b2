"""Generated rules: their series exist, their names follow the conventions, every alert is documented."""

import re
from pathlib import Path

import pytest
import yaml

from driftline.config import CollectorConfig
from driftline.exporters import names
from driftline.exporters.rules import AlertingRule, RecordingRule, rule_groups, to_yaml

CONFIG = CollectorConfig.model_validate(
    {
        "monitors": [
            {
                "model": "m",
                "window": "1h",
                "objectives": {
                    "fast": {"latency": "200ms", "target": 0.99},
                    "brief": {"missing": "score", "target": 0.9, "within": "2h"},
                },
            },
            {"model": "n"},
        ]
    }
)
RULES = [rule for group in rule_groups(CONFIG) for rule in group.rules]
ALERTS = [rule for rule in RULES if isinstance(rule, AlertingRule)]
RECORDED = {rule.name for rule in RULES if isinstance(rule, RecordingRule)}
SUFFIXES = ("_total", "_sum", "_count")


def known_metrics() -> set[str]:
    """Names of series as the exposition has them, as far as a name tells."""
    flat = [metric for value in vars(names).values() for metric in _metrics(value)]
    return {name for metric in flat for name in (metric.name, *(f"{metric.name}{each}" for each in SUFFIXES))}


def _metrics(value: object) -> list[names.Metric]:
    if isinstance(value, names.Metric):
        return [value]
    return (
        [metric for metric in value.values() if isinstance(metric, names.Metric)]
        if isinstance(value, dict)
        else []
    )


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_series_exists(rule: RecordingRule | AlertingRule) -> None:
    used = set(re.findall(r"[a-z_]*:?driftline_[a-z0-9_:]+", rule.expr))
    assert used or rule.name == "DriftlineCollectorDown"
    assert {name for name in used if ":" in name} <= RECORDED
    assert {name for name in used if ":" not in name} <= known_metrics()


def test_names_follow_the_conventions() -> None:
    assert RECORDED
    assert all(re.fullmatch(r"[a-z_]+:driftline_[a-z_]+:[a-z0-9]+", name) for name in RECORDED)
    assert all(re.fullmatch(r"Driftline[A-Z]\w+", rule.name) for rule in ALERTS)
    assert {rule.severity for rule in ALERTS} == {"page", "ticket"}


def test_every_alert_has_its_paragraph(root: Path) -> None:
    text = (root / "docs/integrations/prometheus.md").read_text("utf-8")
    assert set(re.findall(r"^### (Driftline\w+)$", text, re.MULTILINE)) == {rule.name for rule in ALERTS}


def test_an_alert_on_an_error_budget_has_the_windows_of_the_engine() -> None:
    fast, slow = (rule for rule in ALERTS if rule.labels.get("objective") == "fast")
    assert (fast.severity, slow.severity) == ("page", "ticket")
    windows = re.findall(r'window_seconds="(\d+)"\} >= ([\d.]+)', fast.expr)
    assert windows == [("3600", "14.4"), ("300", "14.4"), ("21600", "6"), ("1800", "6")]
    windows = re.findall(r'window_seconds="(\d+)"\} >= ([\d.]+)', slow.expr)
    assert windows == [("86400", "3"), ("7200", "3"), ("259200", "1"), ("21600", "1")]
    # Of two hours the budget is gone before a long window is over.
    (brief,) = (rule for rule in ALERTS if rule.labels.get("objective") == "brief")
    assert re.findall(r'window_seconds="(\d+)"\} >= ([\d.]+)', brief.expr) == [("3600", "1"), ("300", "1")]


def test_a_silence_depends_on_the_window() -> None:
    exprs = [rule.expr for rule in ALERTS if rule.name == "DriftlineModelSilent"]
    assert exprs == [
        'min by (model) (driftline_last_record_age_seconds{model="m"}) > 10800',
        'min by (model) (driftline_last_record_age_seconds{model="n"}) > 600',
        'min by (model) (driftline_last_record_age_seconds{model!~"m|n"}) > 600',
    ]
    (only,) = (
        rule.expr for group in rule_groups(CollectorConfig()) for rule in group.rules if "Silent" in rule.name
    )
    assert only == "min by (model) (driftline_last_record_age_seconds) > 600"


def test_the_file_says_what_the_rules_say() -> None:
    groups = yaml.safe_load(to_yaml(rule_groups(CONFIG, job="ml")))["groups"]
    written = [rule for group in groups for rule in group["rules"]]
    assert [rule.get("record", rule.get("alert")) for rule in written] == [rule.name for rule in RULES]
    assert 'up{job="ml"} == 0' in [rule["expr"] for rule in written]
