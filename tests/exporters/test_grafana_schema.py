"""What Grafana's own model of dashboards, as its foundation SDK has it, makes of ours: nothing is lost or unknown."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models import units
from grafana_foundation_sdk.models.dashboard import Dashboard as GrafanasDashboard

from driftline.exporters.grafana import DASHBOARDS
from driftline.exporters.grafana.dashboard import Dashboard

register_default_plugins()

#: What the SDK has no field for: the text of a variable as lists of variables show it, and what is Prometheus's own
#: in an annotation.
BEYOND_THE_SDK = {
    ".templating.list[].definition",
    ".annotations.list[].step",
    ".annotations.list[].textFormat",
    ".annotations.list[].titleFormat",
}
UNITS = {value for value in vars(units).values() if isinstance(value, str)}

every_dashboard = pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda dashboard: dashboard.uid)


def lost(ours: Any, theirs: Any, path: str = "") -> Iterator[str]:
    """Paths in our JSON whose values are not in theirs."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key, value in ours.items():
            if key in theirs:
                yield from lost(value, theirs[key], f"{path}.{key}")
            else:
                yield f"{path}.{key}"
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for one, other in zip(ours, theirs, strict=True):
            yield from lost(one, other, f"{path}[]")
    elif ours != theirs:
        yield path


def read_by_grafana(model: dict[str, Any]) -> dict[str, Any]:
    return dict(json.loads(JSONEncoder().encode(GrafanasDashboard.from_json(model))))


@every_dashboard
def test_grafana_knows_every_field(dashboard: Dashboard) -> None:
    ours = json.loads(dashboard.to_json())
    assert set(lost(ours, read_by_grafana(ours))) <= BEYOND_THE_SDK


def test_a_field_that_grafana_does_not_know_is_found() -> None:
    ours = json.loads(DASHBOARDS[0].to_json())
    ours["panels"][1]["options"]["colourMode"] = "value"
    ours["panels"][1]["fieldConfig"]["defaults"]["softMax"] = 1
    found = set(lost(ours, read_by_grafana(ours))) - BEYOND_THE_SDK
    assert found == {".panels[].options.colourMode", ".panels[].fieldConfig.defaults.softMax"}


@every_dashboard
def test_grafana_knows_every_unit(dashboard: Dashboard) -> None:
    used = re.findall(r'"unit": "(\w+)"', dashboard.to_json())
    used += [
        each["value"]
        for panel in json.loads(dashboard.to_json())["panels"]
        for override in panel.get("fieldConfig", {}).get("overrides", [])
        for each in override["properties"]
        if each["id"] == "unit"
    ]
    assert used
    assert set(used) <= UNITS
