"""Grafana dashboards, in its classic JSON model, which every version of it provisions."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from driftline.exporters.grafana.panel import DATASOURCE, Panel

DATASOURCE_NAME = "Prometheus (driftline)"
DATASOURCE_UID = "driftline-prometheus"
"""Of the data source that is provisioned."""

_SCHEMA_VERSION = 39
_COLUMNS = 24


@dataclass(frozen=True)
class Variable:
    """
    A choice at the head of a dashboard: values of a label.

    Attributes
    ----------
    name
        Name of the variable.
    query
        ``label_values(series, label)``.
    many
        Whether several values, or all, can be chosen: expressions match it by ``=~``.
    """

    name: str
    query: str
    many: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON model."""
        return {
            "type": "query",
            "name": self.name,
            "label": self.name,
            "datasource": DATASOURCE,
            "definition": self.query,
            "query": {"query": self.query, "refId": self.name},
            "refresh": 2,
            "sort": 1,
            "multi": self.many,
            "includeAll": self.many,
            "current": {"text": ["All"], "value": ["$__all"]} if self.many else {},
        }


@dataclass(frozen=True)
class Row:
    """
    Panels under a heading.

    Attributes
    ----------
    title
        The heading.
    panels
        From left to right.
    needs
        What a configuration must have for them to show anything: a setting of some monitor, or ``exporters``.
    """

    title: str
    panels: tuple[Panel, ...]
    needs: Literal["", "segments", "objectives", "signals", "exporters"] = ""


@dataclass(frozen=True)
class Dashboard:
    """
    One page.

    Attributes
    ----------
    uid
        Names it for good: links lead there.
    title, description
        For people.
    rows
        From top to bottom.
    variables
        Choices, each may use those before it.
    """

    uid: str
    title: str
    description: str
    rows: tuple[Row, ...]
    variables: tuple[Variable, ...] = ()

    @property
    def panels(self) -> Iterator[Panel]:
        """All panels."""
        for row in self.rows:
            yield from row.panels

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON model."""
        return {
            "uid": self.uid,
            "title": self.title,
            "description": self.description,
            "tags": ["driftline"],
            "timezone": "utc",
            "schemaVersion": _SCHEMA_VERSION,
            "editable": True,
            "graphTooltip": 1,
            "refresh": "30s",
            "time": {"from": "now-6h", "to": "now"},
            "templating": {"list": [_choice_of_datasource(), *(each.to_dict() for each in self.variables)]},
            "annotations": {"list": [_alerts()]},
            "links": [_links()],
            "panels": list(self._placed()),
        }

    def to_json(self) -> str:
        """Return the file."""
        return json.dumps(self.to_dict(), indent=2) + "\n"

    def _placed(self) -> Iterator[dict[str, Any]]:
        """Panels from left to right; a row ends where the next one does not fit."""
        number, y = 1, 0
        for row in self.rows:
            place = {"x": 0, "y": y, "w": _COLUMNS, "h": 1}
            yield {
                "id": number,
                "type": "row",
                "title": row.title,
                "collapsed": False,
                "gridPos": place,
                "panels": [],
            }
            number, y, x, height = number + 1, y + 1, 0, 0
            for panel in row.panels:
                if x + panel.width > _COLUMNS:
                    x, y, height = 0, y + height, 0
                yield panel.to_dict(number, x, y)
                number, x, height = number + 1, x + panel.width, max(height, panel.height)
            y += height


def _choice_of_datasource() -> dict[str, Any]:
    return {
        "type": "datasource",
        "name": "datasource",
        "label": "data source",
        "query": "prometheus",
        "refresh": 1,
        # Where that one is not, Grafana takes the first of its kind.
        "current": {"text": DATASOURCE_NAME, "value": DATASOURCE_UID},
    }


def _alerts() -> dict[str, Any]:
    """Marks where an alert of the generated rules fired."""
    return {
        "name": "alerts",
        "datasource": DATASOURCE,
        "enable": True,
        "iconColor": "red",
        "expr": 'ALERTS{alertname=~"Driftline.*",alertstate="firing"}',
        "titleFormat": "{{alertname}}",
        "textFormat": "{{model}} {{version}}",
        "step": "60s",
    }


def _links() -> dict[str, Any]:
    return {
        "type": "dashboards",
        "title": "driftline",
        "tags": ["driftline"],
        "asDropdown": True,
        "includeVars": True,
        "keepTime": True,
    }
