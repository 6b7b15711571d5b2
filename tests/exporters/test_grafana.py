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
from driftline.config.duration import parse_duration
from driftline.exporters.grafana import DASHBOARDS, dashboards_for, grafana_files
from driftline.exporters.grafana.dashboard import Dashboard
from driftline.exporters.grafana.panel import Panel, Query

OF_ONE_MODEL = [each for each in DASHBOARDS if "model" in {variable.name for variable in each.variables}]
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


@pytest.mark.parametrize("dashboard", OF_ONE_MODEL, ids=lambda dashboard: dashboard.uid)
def test_a_dashboard_of_one_model_asks_for_no_other(dashboard: Dashboard) -> None:
    for panel in dashboard.panels:
        for query in panel.queries:
            assert query.expr.count('model="$model"') == len(re.findall(r"\bdriftline_\w+", query.expr)), (
                panel.title
            )


@every_dashboard
def test_titles_and_columns_have_room(dashboard: Dashboard) -> None:
    """On a page 1,400 pixels wide; measured there. Grafana gives a column 150 pixels, and scrolls for more."""
    for panel in dashboard.panels:
        assert len(panel.title) <= 7.2 * panel.width, panel.title
        if panel.kind == "table":
            columns = len(labels_of(panel)) + len(panel.queries)
            assert 150 * columns <= 57.5 * panel.width, panel.title


@every_dashboard
def test_what_is_said_of_a_column_is_said_of_one_that_a_table_has(dashboard: Dashboard) -> None:
    for panel in dashboard.panels:
        if panel.kind != "table":
            assert not panel.columns
            assert not panel.sort
            continue
        assert set(panel.columns) <= labels_of(panel) | {"Value"}
        assert set(panel.labels) == labels_of(panel)
        headings = {column.heading for column in panel.columns.values()}
        headings |= {query.legend for query in panel.queries}
        assert panel.sort in {"", *headings}
        model = panel.to_dict(1, 0, 0)
        assert {each["matcher"]["options"] for each in model["fieldConfig"]["overrides"]} <= headings
        (organize,) = (each for each in model["transformations"] if each["id"] == "organize")
        assert set(organize["options"]["renameByName"].values()) == headings
        order = organize["options"]["indexByName"]
        assert sorted(order, key=order.__getitem__)[: len(panel.labels)] == list(panel.labels)
        assert len(order) == len(panel.labels) + len(panel.queries)


def labels_of(panel: Panel) -> set[str]:
    """The labels that its queries group by, which are columns of a table."""
    groups = [re.match(r"\w+ by \(([^)]*)\)", query.expr) for query in panel.queries]
    return {label.strip() for group in groups if group for label in group[1].split(",")}


def test_axes_show_alarms_and_do_not_end_at_a_hundred_where_all_is_zero() -> None:
    counts = Panel("Dropped", (Query("x"),), least=0, reach=1).to_dict(1, 0, 0)
    assert counts["fieldConfig"]["defaults"]["custom"]["axisSoftMax"] == 1
    shares = Panel("Nulls", (Query("x"),), unit="percentunit", least=0).to_dict(1, 0, 0)
    assert shares["fieldConfig"]["defaults"]["custom"]["axisSoftMax"] == 0.01
    alarm = Panel("Burn rate", (Query("x"),), least=0, alarm=6).to_dict(1, 0, 0)
    assert alarm["fieldConfig"]["defaults"]["custom"]["axisSoftMax"] == 12
    excess = Panel("Excess", (Query("x"),), alarm=4).to_dict(1, 0, 0)["fieldConfig"]["defaults"]["custom"]
    assert (excess["axisSoftMin"], excess["axisSoftMax"]) == (4, 4)
    distance = Panel("PSI", (Query("x"),), least=0).to_dict(1, 0, 0)
    assert "axisSoftMax" not in distance["fieldConfig"]["defaults"]["custom"]


def test_what_fires_comes_before_what_is_pending() -> None:
    (overview,) = (each for each in DASHBOARDS if each.uid == "driftline-overview")
    (alerts,) = (panel for panel in panels(overview) if "ALERTS" in json.dumps(panel.get("targets", [])))
    (order,) = alerts["options"]["sortBy"]
    assert sorted(["pending", "firing"], reverse=order["desc"]) == ["firing", "pending"]
    assert order["displayName"] == "state"
    assert alerts["fieldConfig"]["defaults"]["noValue"] == "No alert is pending or fires"


def test_series_of_another_unit_have_the_axis_on_the_right() -> None:
    panel = Panel("In flight", (Query("x"), Query("y", unit="bytes"))).to_dict(1, 0, 0)
    (override,) = panel["fieldConfig"]["overrides"]
    assert (
        override["matcher"]
        == {"id": "byFrameRefID", "options": "B"}
        == {
            "id": "byFrameRefID",
            "options": panel["targets"][1]["refId"],
        }
    )
    assert {each["id"]: each["value"] for each in override["properties"]} == {
        "unit": "bytes",
        "custom.axisPlacement": "right",
    }


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
    assert source["jsonData"]["timeInterval"] == "15s"
    for path, text in files.items():
        if path.parts[0] == "dashboards":
            (choice, *_) = json.loads(text)["templating"]["list"]
            assert choice["current"] == {"text": source["name"], "value": source["uid"]}
    (provider,) = yaml.safe_load(files[Path("provisioning/dashboards/driftline.yaml")])["providers"]
    assert provider["options"]["path"] == "/dashboards"
    assert len([path for path in files if path.parts[0] == "dashboards"]) == len(DASHBOARDS)


@pytest.mark.parametrize(
    ("interval", "written"),
    [("1m", "60s"), ("1m30s", "90s"), ("500ms", "500ms"), ("1s500ms", "1500ms")],
)
def test_grafana_is_told_how_often_prometheus_scrapes(interval: str, written: str) -> None:
    files = grafana_files(scrape_interval=parse_duration(interval))
    (source,) = yaml.safe_load(files[Path("provisioning/datasources/driftline.yaml")])["datasources"]
    assert source["jsonData"]["timeInterval"] == written
