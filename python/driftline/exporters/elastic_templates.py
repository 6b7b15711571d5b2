"""How window documents are mapped: a component template with the fields, and an index template that uses it."""

from typing import Any

from driftline.config.exporters.histogram_type import HistogramType

TEMPLATE = "driftline-windows"
"""Name of both templates."""

# Above those that Elastic ships, which stop at 200, so that a data stream `metrics-…` is mapped by ours.
PRIORITY = 300

_KEYWORD = {"type": "keyword", "ignore_above": 1024}
_DATE = {"type": "date"}
_DOUBLE = {"type": "double"}
_LONG = {"type": "long"}


def component_template(histogram_type: HistogramType = "histogram") -> dict[str, Any]:
    """The body of ``PUT _component_template/driftline-windows``; what becomes of old documents is not its business."""
    return {
        "template": {
            "mappings": {
                "dynamic_templates": [
                    # Figures are doubles, whatever their number looks like in the first document: 0 or 0.5.
                    *map(_figures, ("long", "double")),
                    {"texts": {"match_mapping_type": "string", "mapping": _KEYWORD}},
                ],
                "properties": {
                    "@timestamp": _DATE,
                    "ecs": {"properties": {"version": _KEYWORD}},
                    "event": {
                        "properties": {
                            "kind": _KEYWORD,
                            "module": _KEYWORD,
                            "dataset": _KEYWORD,
                            "start": _DATE,
                            "end": _DATE,
                        }
                    },
                    "service": {"properties": {"name": _KEYWORD, "version": _KEYWORD, "type": _KEYWORD}},
                    "driftline": {"properties": _own_properties(histogram_type)},
                },
            }
        },
        "_meta": {"description": "Windows of driftline: figures and histograms of model versions."},
    }


def _figures(kind: str) -> dict[str, Any]:
    return {f"figures_{kind}": {"path_match": "driftline.*", "match_mapping_type": kind, "mapping": _DOUBLE}}


def _own_properties(histogram_type: HistogramType) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "model": _KEYWORD,
        "version": _KEYWORD,
        "column": _KEYWORD,
        "role": _KEYWORD,
        "window": {
            "properties": {
                "records": _LONG,
                "labels": _LONG,
                "revision": _LONG,
                "length_seconds": _DOUBLE,
            }
        },
    }
    if histogram_type == "object":
        properties["histogram"] = {"type": "object", "enabled": False}
    elif histogram_type != "none":
        properties["histogram"] = {"type": histogram_type}
    return properties


def index_template(index: str, *, data_stream: bool) -> dict[str, Any]:
    """The body of ``PUT _index_template/driftline-windows``: it maps the index or data stream of that name."""
    template: dict[str, Any] = {
        "index_patterns": [index],
        "composed_of": [TEMPLATE],
        "priority": PRIORITY,
        "_meta": {"description": "Windows of driftline."},
    }
    return template | ({"data_stream": {}} if data_stream else {})
