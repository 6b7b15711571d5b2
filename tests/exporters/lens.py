"""Reads Lens panels of Kibana as the searches that they make."""

import json
from typing import Any


def search_of(attributes: dict[str, Any]) -> dict[str, Any]:
    """The body of the search of a panel with terms, a date histogram and one figure; checks what Lens checks."""
    assert attributes["visualizationType"] == "lnsXY"
    layers = attributes["state"]["datasourceStates"]["formBased"]["layers"]
    (name,) = layers
    layer, drawn = layers[name], attributes["state"]["visualization"]["layers"][0]
    columns = layer["columns"]
    assert drawn["layerId"] == name
    assert set(layer["columnOrder"]) == set(columns)
    assert {drawn["xAccessor"], drawn["splitAccessor"], *drawn["accessors"]} == set(columns)
    terms, time, figure = (
        columns[each] for each in (drawn["splitAccessor"], drawn["xAccessor"], drawn["accessors"][0])
    )
    assert (terms["operationType"], time["operationType"]) == ("terms", "date_histogram")
    assert terms["params"]["orderBy"]["columnId"] in columns
    value = {"figure": {figure["operationType"]: {"field": figure["sourceField"]}}}
    over_time = {"date_histogram": {"field": time["sourceField"], "fixed_interval": "1d"}, "aggs": value}
    lines = {"terms": {"field": terms["sourceField"], "size": terms["params"]["size"]}}
    return {"size": 0, "aggs": {"line": lines | {"aggs": {"time": over_time}}}}


def values_of(answer: dict[str, Any]) -> dict[str, list[float]]:
    """Figures over time, by line; those without are left out."""
    found = {
        line["key"]: [
            each["figure"]["value"] for each in line["time"]["buckets"] if each["figure"]["value"] is not None
        ]
        for line in answer["aggregations"]["line"]["buckets"]
    }
    return {key: values for key, values in found.items() if values}


def panels_of(objects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The panels of a dashboard, which Kibana keeps as text."""
    (dashboard,) = (each for each in objects if each["type"] == "dashboard")
    panels: list[dict[str, Any]] = json.loads(dashboard["attributes"]["panelsJSON"])
    return panels
