"""Dashboards for Grafana, and the files that provision it."""

from driftline.exporters.grafana.files import DASHBOARDS, dashboards_for, grafana_files

__all__ = ["DASHBOARDS", "dashboards_for", "grafana_files"]
