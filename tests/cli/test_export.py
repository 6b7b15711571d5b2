import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

Run = Callable[..., Any]

CONFIG = """
monitors:
  - model: shop
    objectives:
      fast: {latency: 200ms, target: 0.99}
"""


def test_rules_are_printed_or_written(run: Run, tmp_path: Path) -> None:
    config = tmp_path / "driftline.yaml"
    config.write_text(CONFIG)
    printed = run("export", "prometheus-rules", "--config", config)
    assert printed.code == 0, printed.err
    alerts = {
        rule["alert"]: rule
        for group in yaml.safe_load(printed.out)["groups"]
        for rule in group["rules"]
        if "alert" in rule
    }
    assert alerts["DriftlineErrorBudgetBurnsFast"]["labels"]["model"] == "shop"
    written = run("export", "prometheus-rules", "--config", config, "--out", tmp_path / "rules.yml")
    assert written.code == 0, written.err
    assert (tmp_path / "rules.yml").read_text() == printed.out
    without = run("export", "prometheus-rules", "--job", "ml")
    assert 'up{job="ml"} == 0' in without.out
    assert "ErrorBudget" not in without.out


def test_dashboards_are_written(run: Run, tmp_path: Path) -> None:
    config = tmp_path / "driftline.yaml"
    config.write_text(CONFIG)
    outcome = run("export", "grafana", "--out", tmp_path / "all")
    assert outcome.code == 0, outcome.err
    assert run("export", "grafana", "--out", tmp_path / "some", "--config", config).code == 0
    names = {path.name for path in (tmp_path / "all/dashboards").glob("*.json")}
    assert "driftline-fairness.json" in names
    assert {path.name for path in (tmp_path / "some/dashboards").glob("*.json")} == names - {
        "driftline-fairness.json"
    }
    overview = json.loads((tmp_path / "all/dashboards/driftline-overview.json").read_text())
    assert overview["uid"] == "driftline-overview"
    sources = (tmp_path / "all/provisioning/datasources/driftline.yaml").read_text()
    assert yaml.safe_load(sources)["datasources"][0]["jsonData"]["timeInterval"] == "15s"


def test_dashboards_are_told_how_often_is_scraped(run: Run, tmp_path: Path) -> None:
    assert run("export", "grafana", "--out", tmp_path, "--scrape-interval", "1m30s").code == 0
    sources = (tmp_path / "provisioning/datasources/driftline.yaml").read_text()
    assert yaml.safe_load(sources)["datasources"][0]["jsonData"]["timeInterval"] == "90s"
    outcome = run("export", "grafana", "--out", tmp_path, "--scrape-interval", "often")
    assert outcome.code == 2
    assert "got 'often'" in outcome.err


def test_a_configuration_with_a_fault_is_told(run: Run, tmp_path: Path) -> None:
    config = tmp_path / "driftline.yaml"
    config.write_text("monitors: [{model: a, windows: 1h}]")
    outcome = run("export", "prometheus-rules", "--config", config)
    assert outcome.code == 1
    assert "windows" in outcome.err
