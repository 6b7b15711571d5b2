"""Bulk requests stay within their size, and every item of an answer is heeded."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftline.delivery import DestinationUnavailableError
from driftline.exporters import elastic_bulk
from driftline.exporters.elastic_bulk import Action, Refusal
from driftline.exporters.window_documents import WindowDocument


def actions(count: int, *, data_stream: bool = False) -> list[Action]:
    documents = [WindowDocument(f"id{i}", 7, {"a": i}) for i in range(count)]
    return [elastic_bulk.action(each, "windows", data_stream=data_stream) for each in documents]


def answer(*statuses: int, data_stream: bool = False) -> bytes:
    """As a server writes it."""
    items: list[Any] = []
    for i, status in enumerate(statuses):
        item: dict[str, Any] = {"_index": "windows", "_id": f"id{i}" + "-7" * data_stream, "status": status}
        if status >= 300:
            item["error"] = {"type": "mapper_parsing_exception", "reason": f"of {i}"}
        items.append({"create" if data_stream else "index": item})
    return json.dumps({"took": 1, "errors": max(statuses) >= 300, "items": items}).encode()


def test_an_index_replaces_and_a_data_stream_appends() -> None:
    replaced = actions(1)[0].lines.splitlines()
    assert json.loads(replaced[0]) == {"index": {"_index": "windows", "_id": "id0"}}
    assert json.loads(replaced[1]) == {"a": 0}
    appended = actions(1, data_stream=True)[0].lines.splitlines()
    assert json.loads(appended[0]) == {"create": {"_index": "windows", "_id": "id0-7"}}


def test_items_are_taken_waited_for_or_refused() -> None:
    sent = actions(5)
    read = elastic_bulk.read_answer(sent, answer(201, 429, 400, 503, 200))
    assert read.again == (sent[1], sent[3])
    assert read.refused == (Refusal(sent[2].document, "mapper_parsing_exception: of 2"),)
    assert elastic_bulk.read_answer(sent, answer(200, 200, 200, 200, 200)) == elastic_bulk.Answer((), ())


def test_what_a_data_stream_has_already_is_there() -> None:
    read = elastic_bulk.read_answer(actions(2, data_stream=True), answer(409, 201, data_stream=True))
    assert read == elastic_bulk.Answer((), ())
    assert elastic_bulk.read_answer(actions(2), answer(409, 201)).refused, "an index has no such conflict"


@pytest.mark.parametrize(
    "body", [b"<html>", b"{}", b"[]", b'{"errors": true, "items": [{}]}', b'{"errors": true, "items": []}']
)
def test_an_answer_of_something_else_is_no_success(body: bytes) -> None:
    with pytest.raises(DestinationUnavailableError):
        elastic_bulk.read_answer(actions(1), body)


@given(st.lists(st.integers(1, 200), min_size=1, max_size=40), st.integers(50, 500))
def test_requests_hold_everything_in_order_and_stay_small(sizes: Sequence[int], most: int) -> None:
    sent = [Action(WindowDocument(str(i), 1, {}), b"x" * size) for i, size in enumerate(sizes)]
    made = list(elastic_bulk.requests(sent, most))
    assert [each for request in made for each in request] == sent
    for request in made:
        assert sum(len(each.lines) for each in request) <= most or len(request) == 1
