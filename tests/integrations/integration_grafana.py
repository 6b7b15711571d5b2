"""Every query of every panel, with its variables filled in, gets numbers from a real Prometheus."""

import math
import re
import time

import pytest
from tests.integrations.prometheus.scene import LISTS, MODEL, NUMBERS, VERSION, Scene
from tests.integrations.prometheus.server import Prometheus

from driftline.config import load_config
from driftline.exporters.grafana import DASHBOARDS, dashboards_for
from driftline.exporters.grafana.dashboard import Dashboard, Variable

#: A column of numbers, and one of texts: what is told of one is not told of the other.
FEATURES = ("temp", "carrier")
#: What is chosen at the heads of dashboards: models of classes, of numbers and of lists, and each feature.
CHOICES = [
    {"model": model, "version": re.escape(version), "instance": ".+", "__rate_interval": "1m"}
    | {"feature": feature}
    for model, version in ((MODEL, VERSION), (NUMBERS, "1"), (LISTS, "1"))
    for feature in FEATURES
]

QUERIES = [
    pytest.param(dashboard, query.expr, id=f"{dashboard.uid}-{panel.title}-{number}")
    for dashboard in DASHBOARDS
    for panel in dashboard.panels
    for number, query in enumerate(panel.queries)
]


@pytest.fixture(scope="module", autouse=True)
def traffic(flights: Scene, prometheus_server: Prometheus) -> None:
    """Records that come, and flushes that are made, while Prometheus looks."""
    flights.send_more()
    with flights.monitor() as monitor:
        monitor.flush()
    prometheus_server.wait_for("increase(driftline_flush_duration_seconds_count[1m]) > 0")
    prometheus_server.wait_for("ALERTS")


def filled_in(expr: str, chosen: dict[str, str]) -> str:
    return re.sub(r"\$(\w+)", lambda match: chosen[match[1]].replace("\\", "\\\\"), expr)


@pytest.mark.parametrize(("dashboard", "expr"), QUERIES)
def test_every_query_finds_numbers(prometheus_server: Prometheus, dashboard: Dashboard, expr: str) -> None:
    deadline = time.monotonic() + 20
    while True:
        found = [series for chosen in CHOICES for series in prometheus_server.query(filled_in(expr, chosen))]
        if any(series.value is not None and math.isfinite(series.value) for series in found):
            return
        assert time.monotonic() < deadline, f"{expr}: {found}"
        time.sleep(0.5)


def test_there_is_a_query_to_guard() -> None:
    assert len(QUERIES) > 80


@pytest.mark.parametrize(
    "variable",
    {variable.name: variable for dashboard in DASHBOARDS for variable in dashboard.variables}.values(),
    ids=lambda variable: variable.name,
)
def test_every_variable_has_choices(prometheus_server: Prometheus, variable: Variable) -> None:
    match = re.fullmatch(r"label_values\((?P<series>.+), (?P<label>\w+)\)", variable.query)
    assert match is not None
    series = filled_in(match["series"], CHOICES[0])
    values = prometheus_server.get(f"/api/v1/label/{match['label']}/values", **{"match[]": series})
    expected = {"model": MODEL, "version": VERSION, "feature": FEATURES[0]}
    assert expected.get(variable.name, values[0]) in values


def test_nothing_of_the_documented_configuration_is_left_out(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    from tests.integrations.prometheus.pages import configuration

    path = tmp_path_factory.mktemp("configuration") / "driftline.yaml"
    path.write_text(configuration("grafana"))
    cut = dashboards_for(load_config(path, environment={}))
    rows = {row.title for dashboard in cut for row in dashboard.rows}
    assert {row.title for dashboard in DASHBOARDS for row in dashboard.rows} - rows == {"Exports"}
