"""How single fields of a panel are shown: columns of a table, series of one query, values that stand for words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class State:
    """
    A word for a value, and its colour.

    Attributes
    ----------
    text
        Shown in place of the value.
    color
        Of Grafana: ``green``, ``orange``, ``red`` ...
    """

    text: str
    color: str


@dataclass(frozen=True)
class Column:
    """
    A field that a table shows as a column.

    Attributes
    ----------
    heading
        In place of the field's name.
    states
        Words for its values; they are coloured.
    """

    heading: str
    states: Mapping[str, State] | None = None


def value_mappings(states: Mapping[str, State]) -> list[dict[str, Any]]:
    """Return the JSON model of words for values."""
    options = {
        value: {"text": state.text, "color": state.color, "index": index}
        for index, (value, state) in enumerate(states.items())
    }
    return [{"type": "value", "options": options}]


def threshold_steps(alarm: float | None) -> dict[str, Any]:
    """Return the JSON model of thresholds: green, and red from a value on."""
    steps: list[dict[str, Any]] = [{"color": "green", "value": None}]
    if alarm is not None:
        steps.append({"color": "red", "value": alarm})
    return {"mode": "absolute", "steps": steps}


def of_column(heading: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """Properties of the column with a heading."""
    return _override("byName", heading, properties)


def of_query(reference: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """Properties of the series that answer one query."""
    return _override("byFrameRefID", reference, properties)


def _override(matcher: str, options: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "matcher": {"id": matcher, "options": options},
        "properties": [{"id": name, "value": value} for name, value in properties.items()],
    }
