"""One collector full of flights, and one Prometheus that scrapes it and evaluates the generated rules."""

from collections.abc import Iterator

import pytest
from tests.integrations.prometheus.pages import configuration
from tests.integrations.prometheus.scene import Scene, start_scene
from tests.integrations.prometheus.server import Prometheus, prometheus, scraping

from driftline.config import load_config
from driftline.exporters.rules import rule_groups, to_yaml


@pytest.fixture(scope="session")
def flights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("scene")
    exporter = {"type": "json_lines", "path": str(folder / "windows.jsonl"), "grace": "0s"}
    settings = {"exporters": {"lines": exporter}, "flush_interval_seconds": 0.5}
    with start_scene(folder, settings) as scene:
        yield scene


@pytest.fixture(scope="session")
def prometheus_server(flights: Scene, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    folder = tmp_path_factory.mktemp("prometheus")
    (folder / "driftline.yaml").write_text(configuration("grafana"))
    rules = folder / "rules.yml"
    rules.write_text(to_yaml(rule_groups(load_config(folder / "driftline.yaml", environment={}))))
    features = "--enable-feature=native-histograms,exemplar-storage"
    with prometheus(folder, scraping(flights.collector.http_address, rules=rules), features) as server:
        server.wait_for("driftline_recent_records")
        yield server
