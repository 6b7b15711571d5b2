"""Requests to the bulk endpoint of Elasticsearch, and what the answer says of each document."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from driftline.delivery import DestinationUnavailableError
from driftline.exporters.window_documents import WindowDocument, json_line

MAX_BYTES = 5 * 1024 * 1024
"""Most bytes of a request: servers take 100 MB, and advise a few."""

_AGAIN = {408, 425, 429}
_CONFLICT = 409


@dataclass(frozen=True)
class Action:
    """One document and its two lines."""

    document: WindowDocument
    lines: bytes


@dataclass(frozen=True)
class Refusal:
    """A document that will never be taken, and why."""

    document: WindowDocument
    reason: str


@dataclass(frozen=True)
class Answer:
    """
    What became of the documents of one request.

    Attributes
    ----------
    again
        Those that the server had no room for at the moment.
    refused
        Those that will never be taken.
    """

    again: tuple[Action, ...]
    refused: tuple[Refusal, ...]


def action(document: WindowDocument, index: str, *, data_stream: bool) -> Action:
    """
    Write a document down.

    An index replaces what has the same identifier. A data stream only takes what is new: there the revision is part of
    the identifier, so that a document that comes twice is in it once.
    """
    if data_stream:
        head = {"create": {"_index": index, "_id": f"{document.id}-{document.revision}"}}
    else:
        head = {"index": {"_index": index, "_id": document.id}}
    return Action(document, json_line(head) + json_line(document.source))


def requests(actions: Sequence[Action], max_bytes: int) -> Iterator[Sequence[Action]]:
    """Cut actions, in their order, into requests of at most so many bytes, or of one document that has more."""
    first = size = 0
    for i, each in enumerate(actions):
        if i > first and size + len(each.lines) > max_bytes:
            yield actions[first:i]
            first, size = i, 0
        size += len(each.lines)
    if first < len(actions):
        yield actions[first:]


def read_answer(actions: Sequence[Action], body: bytes) -> Answer:
    """
    Read the answer, which has one item for each document, in order.

    Raises
    ------
    DestinationUnavailableError
        If it is none: something else than the endpoint has answered.
    """
    try:
        answer = json.loads(body)
        items = [next(iter(item.values())) for item in answer["items"]] if answer["errors"] else []
        statuses = [int(item["status"]) for item in items]
    except (ValueError, KeyError, TypeError, AttributeError, StopIteration) as error:
        raise DestinationUnavailableError("the answer is not that of a bulk endpoint") from error
    if answer["errors"] and len(items) != len(actions):
        raise DestinationUnavailableError(
            f"the answer must have an item for each of {len(actions)} documents, got {len(items)}"
        )
    again: list[Action] = []
    refused: list[Refusal] = []
    for each, item, status in zip(actions, items, statuses, strict=False):
        if status in _AGAIN or status >= 500:
            again.append(each)
        elif status == _CONFLICT and item.get("_id") != each.document.id:
            continue  # the data stream has this revision already
        elif status >= 300:
            refused.append(Refusal(each.document, _reason(item, status)))
    return Answer(tuple(again), tuple(refused))


def _reason(item: dict[str, object], status: int) -> str:
    error = item.get("error")
    if isinstance(error, dict):
        return f"{error.get('type')}: {str(error.get('reason'))[:300]}"
    return f"status {status}"
