"""The dashboard hangs together, and shows fields that the documents have."""

from typing import Any

import pytest
from tests.exporters.lens import panels_of, search_of
from tests.exporters.windows import engine_with, monitor_of, windows_of

from driftline.exporters.kibana_objects import DATA_VIEW, saved_objects
from driftline.exporters.window_documents import documents_of

OBJECTS = saved_objects("windows-*")


@pytest.fixture(scope="module")
def fields() -> set[str]:
    """Paths of all fields of the documents of a window."""
    monitor = monitor_of(engine_with(1))
    documents = documents_of(monitor, windows_of(monitor)[0], 100)
    return {path for document in documents for path in paths(dict(document.source))}


def paths(value: Any, above: str = "") -> list[str]:
    if isinstance(value, dict):
        return [path for name, inner in value.items() for path in paths(inner, f"{above}.{name}")]
    return [above.removeprefix(".")]


def test_every_reference_has_its_object() -> None:
    known = {(each["type"], each["id"]) for each in OBJECTS}
    assert ("index-pattern", DATA_VIEW) in known
    panels = panels_of(OBJECTS)
    references = [reference for each in OBJECTS for reference in each["references"]]
    references += [
        reference for panel in panels for reference in panel["embeddableConfig"]["attributes"]["references"]
    ]
    assert len(references) == 2 * len(panels)
    assert {(each["type"], each["id"]) for each in references} <= known
    names = {each["name"] for each in OBJECTS[1]["references"]}
    for panel in panels:
        (own,) = panel["embeddableConfig"]["attributes"]["references"]
        assert f"{panel['panelIndex']}:{own['name']}" in names


def test_panels_lie_beside_each_other() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in panels_of(OBJECTS):
        place = panel["gridData"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken
        assert place["x"] + place["w"] <= 48, "Kibana's grid"
        taken |= cells


def test_panels_show_fields_that_the_documents_have(fields: set[str]) -> None:
    shown = [panel["embeddableConfig"]["attributes"] for panel in panels_of(OBJECTS)]
    assert len(shown) == 8
    for attributes in shown:
        search = search_of(attributes)
        line = search["aggs"]["line"]
        figure = line["aggs"]["time"]["aggs"]["figure"]
        assert {line["terms"]["field"], *(each["field"] for each in figure.values())} <= fields
