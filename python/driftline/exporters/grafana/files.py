"""The files that Grafana is provisioned by."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import yaml

from driftline.config import CollectorConfig
from driftline.exporters.grafana.dashboard import DATASOURCE_NAME, DATASOURCE_UID, Dashboard, Row
from driftline.exporters.grafana.engine_health import ENGINE_DASHBOARD
from driftline.exporters.grafana.fairness import FAIRNESS_DASHBOARD
from driftline.exporters.grafana.feature import FEATURE_DASHBOARD
from driftline.exporters.grafana.latency import LATENCY_DASHBOARD
from driftline.exporters.grafana.model import MODEL_DASHBOARD
from driftline.exporters.grafana.overview import OVERVIEW

DASHBOARDS: tuple[Dashboard, ...] = (
    OVERVIEW,
    MODEL_DASHBOARD,
    FEATURE_DASHBOARD,
    LATENCY_DASHBOARD,
    FAIRNESS_DASHBOARD,
    ENGINE_DASHBOARD,
)

DASHBOARDS_PATH = "/var/lib/grafana/dashboards/driftline"
PROMETHEUS_URL = "http://localhost:9090"
SCRAPE_INTERVAL = timedelta(seconds=15)


def dashboards_for(config: CollectorConfig) -> tuple[Dashboard, ...]:
    """Dashboards without the rows that this configuration has nothing for, and without those that are empty then."""
    cut = (replace(each, rows=tuple(row for row in each.rows if _has(config, row))) for each in DASHBOARDS)
    return tuple(dashboard for dashboard in cut if dashboard.rows)


def _has(config: CollectorConfig, row: Row) -> bool:
    if row.needs == "exporters":
        return bool(config.exporters)
    return not row.needs or any(getattr(monitor, row.needs) for monitor in config.monitors)


def grafana_files(
    dashboards: Sequence[Dashboard] = DASHBOARDS,
    prometheus_url: str = PROMETHEUS_URL,
    dashboards_path: str = DASHBOARDS_PATH,
    scrape_interval: timedelta = SCRAPE_INTERVAL,
) -> Mapping[Path, str]:
    """
    Relative paths of files, and their text.

    Parameters
    ----------
    dashboards
        All, or those for a configuration.
    prometheus_url
        Where Grafana finds Prometheus.
    dashboards_path
        Where the folder ``dashboards`` will lie on Grafana's machine.
    scrape_interval
        How often Prometheus scrapes the collectors. Grafana asks for rates over four of them: told of
        too short a one, it finds too few points, and shows nothing.
    """
    files = {Path("dashboards") / f"{dashboard.uid}.json": dashboard.to_json() for dashboard in dashboards}
    provisioning = Path("provisioning")
    files[provisioning / "datasources" / "driftline.yaml"] = _datasources(prometheus_url, scrape_interval)
    files[provisioning / "dashboards" / "driftline.yaml"] = _providers(dashboards_path)
    return files


def _datasources(url: str, scrape_interval: timedelta) -> str:
    source = {
        "name": DATASOURCE_NAME,
        "uid": DATASOURCE_UID,
        "type": "prometheus",
        "access": "proxy",
        "url": url,
        "jsonData": {"httpMethod": "POST", "timeInterval": _one_unit(scrape_interval)},
    }
    return _yaml({"apiVersion": 1, "datasources": [source]})


def _one_unit(interval: timedelta) -> str:
    """As Grafana reads intervals: ``90s``, not ``1m30s``."""
    milliseconds = interval // timedelta(milliseconds=1)
    return f"{milliseconds}ms" if milliseconds % 1_000 else f"{milliseconds // 1_000}s"


def _providers(path: str) -> str:
    provider = {
        "name": "driftline",
        "folder": "driftline",
        "folderUid": "driftline",
        "type": "file",
        "allowUiUpdates": True,
        "options": {"path": path},
    }
    return _yaml({"apiVersion": 1, "providers": [provider]})


def _yaml(document: Mapping[str, object]) -> str:
    text: str = yaml.safe_dump(document, sort_keys=False)
    return text
