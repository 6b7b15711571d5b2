"""The generated rules, read and evaluated by Prometheus' own tool."""

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from tests.integrations.prometheus.pages import configuration
from tests.integrations.prometheus.server import INSTALLED

from driftline.config import load_config
from driftline.exporters.rules import AlertingRule, rule_groups, to_yaml

PROMTOOL = INSTALLED / "promtool"
CASES = Path(__file__).parent / "prometheus/rules.test.yml"


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """Of the configuration in the documentation."""
    (tmp_path / "driftline.yaml").write_text(configuration("prometheus"))
    groups = rule_groups(load_config(tmp_path / "driftline.yaml", environment={}))
    path = tmp_path / "rules.yml"
    path.write_text(to_yaml(groups))
    return path


def promtool(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(PROMTOOL), *map(str, arguments)], capture_output=True, text=True, check=False, timeout=100
    )


def test_promtool_finds_no_fault(rules: Path) -> None:
    checked = promtool("check", "rules", rules)
    assert checked.returncode == 0, checked.stderr
    expected = sum(len(group["rules"]) for group in yaml.safe_load(rules.read_text())["groups"])
    assert f"SUCCESS: {expected} rules found" in checked.stdout


def test_promtool_sees_faults(rules: Path) -> None:
    rules.write_text(rules.read_text().replace("sum by (model)", "sum by model", 1))
    assert promtool("check", "rules", rules).returncode != 0


def test_names_that_look_like_templates_and_regular_expressions_are_no_such_thing(tmp_path: Path) -> None:
    model = {"model": 'a.*"{{ $value }}"\\', "objectives": {"{{ x": {"latency": "1s", "target": 0.5}}}
    (tmp_path / "driftline.yaml").write_text(yaml.safe_dump({"monitors": [model, {"model": "b|c"}]}))
    groups = rule_groups(load_config(tmp_path / "driftline.yaml", environment={}))
    (tmp_path / "rules.yml").write_text(to_yaml(groups))
    checked = promtool("check", "rules", tmp_path / "rules.yml")
    assert checked.returncode == 0, checked.stderr


def test_alerts_fire_and_resolve_as_they_should(rules: Path) -> None:
    shutil.copy(CASES, rules.parent)
    tested = promtool("test", "rules", rules.parent / "rules.test.yml")
    assert tested.returncode == 0, tested.stdout + tested.stderr
    # Without its margin an alert fires where it should not, and the test sees it.
    rules.write_text(rules.read_text().replace("> 259200", "> 0"))
    assert promtool("test", "rules", rules.parent / "rules.test.yml").returncode != 0


def test_every_alert_is_tested_firing_and_not(rules: Path) -> None:
    groups = rule_groups(load_config(rules.parent / "driftline.yaml", environment={}))
    names = {rule.name for group in groups for rule in group.rules if isinstance(rule, AlertingRule)}
    expected = [
        case
        for each in yaml.safe_load(CASES.read_text("utf-8"))["tests"]
        for case in each.get("alert_rule_test", ())
    ]
    assert names == {case["alertname"] for case in expected if case["exp_alerts"]}
    assert names == {case["alertname"] for case in expected if not case["exp_alerts"]}
