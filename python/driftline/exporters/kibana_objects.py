"""Saved objects for Kibana: a data view on the window documents, and a dashboard of Lens panels."""

import json
from dataclasses import dataclass
from typing import Any

from driftline.exporters import names
from driftline.exporters.names import Metric

DATA_VIEW = "driftline-windows"
DASHBOARD = "driftline-models"

_LAYER = "figures"
_WIDTH = 24
_HEIGHT = 12
_LINES = 10


@dataclass(frozen=True)
class Panel:
    """One line chart: a field over time, a line for each of the most striking values of another field."""

    title: str
    field: str
    split: str


def _panel(title: str, metric: Metric, below: str = "") -> Panel:
    field = f"driftline.{metric.name.removeprefix('driftline_')}{below}"
    return Panel(title, field, "driftline.column" if "feature" in metric.labels else "driftline.version")


PANELS = (
    Panel("Records by window", "driftline.window.records", "driftline.version"),
    _panel("PSI, columns with most", names.DRIFT["psi"]),
    _panel("Jensen-Shannon distance, columns with most", names.DRIFT["jensen_shannon"]),
    _panel("Nulls, columns with most", names.FEATURE_NULLS),
    _panel("Latency p99, seconds", names.LATENCY, ".p99"),
    _panel("Accuracy", names.CLASSIFICATION["accuracy"]),
    _panel("ROC AUC", names.CLASSIFICATION["roc_auc"]),
    _panel("Labels that have come", names.LABEL_COVERAGE),
)
"""What the dashboard shows."""


def saved_objects(index: str) -> list[dict[str, Any]]:
    """
    Give the objects that Kibana's import (Stack Management, Saved Objects) takes.

    Parameters
    ----------
    index
        Index or data stream with the documents.
    """
    view = {
        "id": DATA_VIEW,
        "type": "index-pattern",
        "attributes": {"title": index, "name": "driftline windows", "timeFieldName": "@timestamp"},
        "references": [],
    }
    panels = [_embedded(panel, number) for number, panel in enumerate(PANELS)]
    nothing: dict[str, Any] = {"query": {"query": "", "language": "kuery"}, "filter": []}
    dashboard = {
        "id": DASHBOARD,
        "type": "dashboard",
        "attributes": {
            "title": "driftline: models",
            "description": "Records, drift, nulls, latency and quality of model versions, by window.",
            "panelsJSON": json.dumps(panels),
            "optionsJSON": json.dumps({"useMargins": True, "hidePanelTitles": False}),
            "timeRestore": False,
            "kibanaSavedObjectMeta": {"searchSourceJSON": json.dumps(nothing)},
        },
        "references": [
            {"type": "index-pattern", "id": DATA_VIEW, "name": f"{number}:{_reference_name()}"}
            for number in range(len(PANELS))
        ],
    }
    return [view, dashboard]


def _reference_name() -> str:
    return f"indexpattern-datasource-layer-{_LAYER}"


def _embedded(panel: Panel, number: int) -> dict[str, Any]:
    """A panel of the dashboard, two side by side."""
    index = str(number)
    place = {
        "x": number % 2 * _WIDTH,
        "y": number // 2 * _HEIGHT,
        "w": _WIDTH,
        "h": _HEIGHT,
        "i": index,
    }
    return {
        "type": "lens",
        "panelIndex": index,
        "gridData": place,
        "title": panel.title,
        "embeddableConfig": {"attributes": lens(panel), "enhancements": {}},
    }


def lens(panel: Panel) -> dict[str, Any]:
    """The panel in the words of Lens: aggregations of the data view, and how they are drawn."""
    columns = {
        "time": {
            "label": "@timestamp",
            "dataType": "date",
            "operationType": "date_histogram",
            "sourceField": "@timestamp",
            "isBucketed": True,
            "scale": "interval",
            "params": {"interval": "auto", "includeEmptyRows": False},
        },
        "line": {
            "label": panel.split,
            "dataType": "string",
            "operationType": "terms",
            "sourceField": panel.split,
            "isBucketed": True,
            "scale": "ordinal",
            "params": {
                "size": _LINES,
                "orderBy": {"type": "column", "columnId": "figure"},
                "orderDirection": "desc",
                "otherBucket": False,
                "missingBucket": False,
            },
        },
        "figure": {
            "label": panel.title,
            "customLabel": True,
            "dataType": "number",
            "operationType": "max",
            "sourceField": panel.field,
            "isBucketed": False,
            "scale": "ratio",
            "params": {"emptyAsNull": True},
        },
    }
    layer = {"columns": columns, "columnOrder": ["line", "time", "figure"], "incompleteColumns": {}}
    drawn = {
        "layerId": _LAYER,
        "layerType": "data",
        "seriesType": "line",
        "xAccessor": "time",
        "splitAccessor": "line",
        "accessors": ["figure"],
    }
    return {
        "title": panel.title,
        "type": "lens",
        "visualizationType": "lnsXY",
        "references": [{"type": "index-pattern", "id": DATA_VIEW, "name": _reference_name()}],
        "state": {
            "datasourceStates": {"formBased": {"layers": {_LAYER: layer}}},
            "visualization": {
                "preferredSeriesType": "line",
                "legend": {"isVisible": True, "position": "right"},
                "valueLabels": "hide",
                "fittingFunction": "Linear",
                "layers": [drawn],
            },
            "query": {"query": "", "language": "kuery"},
            "filters": [],
        },
    }
