"""Panels of a Grafana dashboard, in its classic JSON model."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from driftline.exporters.grafana.overrides import (
    Column,
    of_column,
    of_query,
    threshold_steps,
    value_mappings,
)

Kind = Literal["timeseries", "stat", "table", "bargauge"]

DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
"""The one that the variable of each dashboard names."""

_BESIDE = 12
"""From this width on there is room for a legend beside the picture; under it, it would hide what is drawn."""

_REACH = {"reqps": 1.0, "recps": 1.0, "ops": 1.0, "percentunit": 0.01}
"""Where an axis ends on which all is 0; Grafana would draw up to 100, and up to 10,000%."""

_COLORED_TEXT = {"type": "color-text"}


@dataclass(frozen=True)
class Query:
    """
    What a panel asks Prometheus.

    Attributes
    ----------
    expr
        PromQL; may use variables of the dashboard and ``$__rate_interval``.
    legend
        Template of a series' name, such as ``{{model}}``; in a table the heading of its column.
    unit
        If it is another than the panel's; then it has the axis on the right.
    alarm
        From this value on a table shows it in red.
    """

    expr: str
    legend: str = ""
    unit: str | None = None
    alarm: float | None = None


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
        How it is drawn; all but ``timeseries`` show the last value.
    unit
        Of Grafana: ``percentunit``, ``s``, ``bytes``, ``recps``, ``short`` ...
    width, height
        On Grafana's grid of 24 columns.
    alarm
        From this value on it is drawn in red.
    least
        Lower end of the axis.
    reach
        The axis ends here at least, if it begins at 0: 1 for what is counted.
    stacked
        Whether series are drawn on top of each other.
    labels
        What a table has a row for, in the order of its first columns.
    columns
        Fields that a table shows under another heading or in words, by the name of the label, or ``Value``.
    sort
        The heading of a table's column by whose values it is sorted at first.
    descending
        Whether the largest comes first.
    empty
        What is said where there is nothing to show.
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
    reach: float = 0.0
    stacked: bool = False
    labels: tuple[str, ...] = ()
    columns: Mapping[str, Column] = field(default_factory=dict)
    sort: str = ""
    descending: bool = True
    empty: str = ""

    @property
    def is_instant(self) -> bool:
        """Whether only the last value is asked for."""
        return self.kind != "timeseries"

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
            "fieldConfig": {"defaults": self._defaults(), "overrides": list(self._overrides())},
            "options": self._options(),
            "transformations": self._transformations(),
        }

    def _target(self, query: Query, index: int) -> dict[str, Any]:
        return {
            "refId": _reference(index),
            "datasource": DATASOURCE,
            "expr": query.expr,
            "legendFormat": query.legend or "__auto",
            "instant": self.is_instant,
            "range": not self.is_instant,
            "format": "table" if self.kind == "table" else "time_series",
        }

    def _defaults(self) -> dict[str, Any]:
        defaults: dict[str, Any] = {
            "unit": self.unit,
            "color": {"mode": "palette-classic" if self.kind == "timeseries" else "thresholds"},
            "thresholds": threshold_steps(self.alarm),
        }
        if self.least is not None:
            defaults["min"] = self.least
        if self.empty:
            defaults["noValue"] = self.empty
        if self.kind == "timeseries":
            defaults["custom"] = self._lines()
        return defaults

    def _lines(self) -> dict[str, Any]:
        lines: dict[str, Any] = {
            "lineWidth": 1,
            "fillOpacity": 20 if self.stacked else 0,
            "showPoints": "auto",
            "spanNulls": False,
            "stacking": {"mode": "normal" if self.stacked else "none", "group": "A"},
            "thresholdsStyle": {"mode": "off" if self.alarm is None else "line"},
        }
        # A line that marks the alarm is within the picture: Grafana would draw it through what is below.
        reach = max(self.reach, _REACH.get(self.unit, 0.0), 2 * (self.alarm or 0.0))
        if self.least == 0 and reach:
            lines["axisSoftMax"] = reach
        elif self.least is None and self.alarm is not None:
            lines |= {"axisSoftMin": self.alarm, "axisSoftMax": self.alarm}
        return lines

    def _overrides(self) -> Iterator[dict[str, Any]]:
        for column in self.columns.values():
            if column.states is not None:
                words = {"mappings": value_mappings(column.states), "custom.cellOptions": _COLORED_TEXT}
                yield of_column(column.heading, words)
        for index, query in enumerate(self.queries):
            properties: dict[str, Any] = {}
            if query.unit is not None:
                properties["unit"] = query.unit
            if self.kind != "table":
                properties |= {"custom.axisPlacement": "right"} if properties else {}
            elif query.alarm is not None:
                properties |= {
                    "thresholds": threshold_steps(query.alarm),
                    "custom.cellOptions": _COLORED_TEXT,
                }
            if properties:
                named = self.kind == "table"
                yield (
                    of_column(query.legend, properties) if named else of_query(_reference(index), properties)
                )

    def _options(self) -> dict[str, Any]:
        last = {"calcs": ["lastNotNull"], "fields": "", "values": False}
        match self.kind:
            case "timeseries":
                beside = self.width >= _BESIDE
                legend = {
                    "displayMode": "table" if beside else "list",
                    "placement": "right" if beside else "bottom",
                    "calcs": ["lastNotNull"] if beside else [],
                    "showLegend": True,
                }
                return {"legend": legend, "tooltip": {"mode": "multi", "sort": "desc"}}
            case "stat":
                return {"reduceOptions": last, "colorMode": "value", "graphMode": "none", "textMode": "auto"}
            case "bargauge":
                return {"reduceOptions": last, "orientation": "horizontal", "displayMode": "basic"}
            case "table":
                order = [{"displayName": self.sort, "desc": self.descending}] if self.sort else []
                return {"showHeader": True, "sortBy": order}

    def _transformations(self) -> list[dict[str, Any]]:
        """A table of several queries is one row for each set of labels."""
        if self.kind != "table":
            return []
        merge: list[dict[str, Any]] = [{"id": "merge", "options": {}}] if len(self.queries) > 1 else []
        names = {f"Value #{_reference(index)}": query.legend for index, query in enumerate(self.queries)}
        if len(self.queries) == 1:
            names = {"Value": self.queries[0].legend}
        # Where a query has no answer, the labels would come after its column.
        order = {name: index for index, name in enumerate((*self.labels, *names))}
        names |= {label: column.heading for label, column in self.columns.items()}
        hidden = {"Time": True, "__name__": True, "instance": True, "job": True}
        options = {"excludeByName": hidden, "renameByName": names, "indexByName": order}
        return [*merge, {"id": "organize", "options": options}]


def _reference(index: int) -> str:
    """The letter of a query."""
    return chr(ord("A") + index)
