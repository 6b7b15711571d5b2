"""Dashboards in Grafana's classic model: panels lie beside each other, variables are known, series exist."""

import json
import re
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.exporters.test_rules import known_metrics

from driftline.config import CollectorConfig
from driftline.exporters.grafana import DASHBOARDS, dashboards_for, grafana_files
from driftline.exporters.grafana.dashboard import Dashboard

every_dashboard = pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda dashboard: dashboard.uid)


def panels(dashboard: Dashboard) -> list[dict[str, Any]]:
    return list(json.loads(dashboard.to_json())["panels"])


@every_dashboard
def test_panels_lie_on_the_grid_and_not_on_each_other(dashboard: Dashboard) -> None:
    places = [panel["gridPos"] for panel in panels(dashboard)]
    assert len(places) > 3
    assert all(place["x"] >= 0 and place["x"] + place["w"] <= 24 for place in places)
    for one, other in combinations(places, 2):
        apart = (
            one["x"] + one["w"] <= other["x"]
            or other["x"] + other["w"] <= one["x"]
            or one["y"] + one["h"] <= other["y"]
            or other["y"] + other["h"] <= one["y"]
        )
        assert apart, (one, other)
    assert len({panel["id"] for panel in panels(dashboard)}) == len(places)


@every_dashboard
def test_every_query_asks_for_series_that_exist_and_variables_that_are_chosen(dashboard: Dashboard) -> None:
    assert len(list(dashboard.panels)) > 2
    known = {"datasource", "__rate_interval", *(variable.name for variable in dashboard.variables)}
    names = known_metrics()
    for panel in dashboard.panels:
        assert panel.queries
        for query in panel.queries:
            assert set(re.findall(r"\$(\w+)", query.expr)) <= known, panel.title
            used = set(re.findall(r"\bdriftline_\w+", query.expr)) - {"driftline_"}
            assert used or "ALERTS" in query.expr
            assert used <= names, panel.title
            labels = set(re.findall(r"{{(\w+)}}", query.legend))
            by = re.findall(r"by \(([^)]*)\)", query.expr)
            grouped = {label.strip() for group in by for label in group.split(",")}
            assert labels <= grouped, f"{panel.title}: {labels} of {grouped}"


@every_dashboard
def test_titles_differ(dashboard: Dashboard) -> None:
    titles = [panel.title for panel in dashboard.panels]
    assert len(set(titles)) == len(titles)


def test_what_a_configuration_has_nothing_for_is_left_out() -> None:
    bare = CollectorConfig.model_validate({"monitors": [{"model": "m"}]})
    uids = {dashboard.uid for dashboard in dashboards_for(bare)}
    assert uids == {dashboard.uid for dashboard in DASHBOARDS} - {"driftline-fairness"}
    rows = {row.title for dashboard in dashboards_for(bare) for row in dashboard.rows}
    assert not rows & {"Objectives", "Exports", "Security"}
    full = {
        "model": "m",
        "segments": [["a"]],
        "signals": True,
        "objectives": {"fast": {"latency": "1s", "target": 0.9}},
    }
    whole = dashboards_for(CollectorConfig.model_validate({"monitors": [full]}))
    rows = {row.title for dashboard in whole for row in dashboard.rows}
    assert {"Objectives", "Security"} < rows
    assert {dashboard.uid for dashboard in whole} == {dashboard.uid for dashboard in DASHBOARDS}


def test_provisioning_names_the_folder_and_the_data_source() -> None:
    files = grafana_files(prometheus_url="http://prometheus:9090", dashboards_path="/dashboards")
    (source,) = yaml.safe_load(files[Path("provisioning/datasources/driftline.yaml")])["datasources"]
    assert (source["type"], source["url"]) == ("prometheus", "http://prometheus:9090")
    (provider,) = yaml.safe_load(files[Path("provisioning/dashboards/driftline.yaml")])["providers"]
    assert provider["options"]["path"] == "/dashboards"
    assert len([path for path in files if path.parts[0] == "dashboards"]) == len(DASHBOARDS)
