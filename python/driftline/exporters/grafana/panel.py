"""Panels of a Grafana dashboard, in its classic JSON model."""

from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["timeseries", "stat", "table", "bargauge", "heatmap"]

DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
"""The one that the variable of each dashboard names."""


@dataclass(frozen=True)
class Query:
    """
    What a panel asks Prometheus.

    Attributes
    ----------
    expr
        PromQL; may use variables of the dashboard and ``$__rate_interval``.
    legend
        Template of a series' name, such as ``{{model}}``.
    """

    expr: str
    legend: str = ""


@dataclass(frozen=True)
class Panel:
    """
    A picture of one or more queries.

    Attributes
    ----------
    title, description
        What is seen, and how to read it.
    queries
        At least one.
    kind
        How it is drawn; all but ``timeseries`` and ``heatmap`` show the last value.
    unit
        Of Grafana: ``percentunit``, ``s``, ``bytes``, ``reqps``, ``short`` ...
    width, height
        On Grafana's grid of 24 columns.
    alarm
        From this value on it is drawn in red.
    least
        Lower end of the axis.
    stacked
        Whether series are drawn on top of each other.
    """

    title: str
    queries: tuple[Query, ...]
    kind: Kind = "timeseries"
    unit: str = "short"
    description: str = ""
    width: int = 8
    height: int = 8
    alarm: float | None = None
    least: float | None = None
    stacked: bool = False

    @property
    def is_instant(self) -> bool:
        """Whether only the last value is asked for."""
        return self.kind in ("stat", "table", "bargauge")

    def to_dict(self, number: int, x: int, y: int) -> dict[str, Any]:
        """
        Return the JSON model.

        Parameters
        ----------
        number
            Unique in the dashboard.
        x, y
            Place on the grid.
        """
        return {
            "id": number,
            "type": self.kind,
            "title": self.title,
            "description": self.description,
            "datasource": DATASOURCE,
            "gridPos": {"x": x, "y": y, "w": self.width, "h": self.height},
            "targets": [self._target(query, index) for index, query in enumerate(self.queries)],
            "fieldConfig": {"defaults": self._defaults(), "overrides": []},
            "options": self._options(),
            "transformations": self._transformations(),
        }

    def _target(self, query: Query, index: int) -> dict[str, Any]:
        return {
            "refId": chr(ord("A") + index),
            "datasource": DATASOURCE,
            "expr": query.expr,
            "legendFormat": query.legend or "__auto",
            "instant": self.is_instant,
            "range": not self.is_instant,
            "format": {"table": "table", "heatmap": "heatmap"}.get(self.kind, "time_series"),
        }

    def _defaults(self) -> dict[str, Any]:
        steps: list[dict[str, Any]] = [{"color": "green", "value": None}]
        if self.alarm is not None:
            steps.append({"color": "red", "value": self.alarm})
        defaults: dict[str, Any] = {
            "unit": self.unit,
            "color": {"mode": "palette-classic" if self.kind == "timeseries" else "thresholds"},
            "thresholds": {"mode": "absolute", "steps": steps},
        }
        if self.least is not None:
            defaults["min"] = self.least
        if self.kind == "timeseries":
            defaults["custom"] = {
                "lineWidth": 1,
                "fillOpacity": 20 if self.stacked else 0,
                "showPoints": "auto",
                "spanNulls": False,
                "stacking": {"mode": "normal" if self.stacked else "none", "group": "A"},
                "thresholdsStyle": {"mode": "off" if self.alarm is None else "line"},
            }
        return defaults

    def _options(self) -> dict[str, Any]:
        last = {"calcs": ["lastNotNull"], "fields": "", "values": False}
        match self.kind:
            case "timeseries":
                legend = {
                    "displayMode": "table",
                    "placement": "bottom",
                    "calcs": ["lastNotNull"],
                    "showLegend": True,
                }
                return {"legend": legend, "tooltip": {"mode": "multi", "sort": "desc"}}
            case "stat":
                return {"reduceOptions": last, "colorMode": "value", "graphMode": "none", "textMode": "auto"}
            case "bargauge":
                return {"reduceOptions": last, "orientation": "horizontal", "displayMode": "basic"}
            case "heatmap":
                return {
                    "calculate": False,
                    "color": {"mode": "scheme", "scheme": "Blues"},
                    "legend": {"show": True},
                }
            case "table":
                return {"showHeader": True}

    def _transformations(self) -> list[dict[str, Any]]:
        """A table of several queries is one row for each set of labels."""
        if self.kind != "table":
            return []
        merge: list[dict[str, Any]] = [{"id": "merge", "options": {}}] if len(self.queries) > 1 else []
        names = {f"Value #{chr(ord('A') + index)}": query.legend for index, query in enumerate(self.queries)}
        if len(self.queries) == 1:
            names = {"Value": self.queries[0].legend}
        hidden = {"Time": True, "__name__": True, "instance": True, "job": True}
        return [*merge, {"id": "organize", "options": {"excludeByName": hidden, "renameByName": names}}]
