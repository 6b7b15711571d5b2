"""A strict stand-in for the bulk endpoint of Elasticsearch: what the real one refuses, it refuses, item by item."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Item = dict[str, Any]


class BulkServer:
    """
    Keeps documents by index and identifier.

    Attributes
    ----------
    documents
        What it has, by index and identifier.
    templates
        Bodies of the templates put, by path.
    requests
        Number of documents of each bulk request.
    authorization
        What the last request said.
    trouble
        Gives the status of a document, by its identifier, instead of taking it; ``None``: it is taken.
    down
        Answer 503 to everything.
    """

    def __init__(self) -> None:
        self.documents: dict[tuple[str, str], Item] = {}
        self.templates: dict[str, Item] = {}
        self.requests: list[int] = []
        self.authorization: str | None = None
        self.trouble: Callable[[str], int | None] = lambda _: None
        self.down = False
        self.url = ""

    def of(self, index: str) -> list[Item]:
        return [document for (name, _), document in self.documents.items() if name == index]

    def put(self, path: str, body: bytes) -> tuple[int, Item]:
        self.templates[path] = json.loads(body)
        return 200, {"acknowledged": True}

    def bulk(self, body: bytes) -> tuple[int, Item]:
        if not body.endswith(b"\n"):
            return 400, {"error": "The bulk request must be terminated by a newline [\\n]"}
        lines = [json.loads(line) for line in body.splitlines()]
        items = [self._take(*next(iter(head.items())), document) for head, document in _pairs(lines)]
        self.requests.append(len(items))
        failed = any(item["status"] >= 300 for each in items for item in each.values())
        return 200, {"took": 1, "errors": failed, "items": items}

    def _take(self, verb: str, head: Item, document: Item) -> dict[str, Item]:
        key = (head["_index"], head["_id"])
        item: Item = {"_index": key[0], "_id": key[1], "status": 201}
        status = self.trouble(key[1])
        fault = _fault(document)
        if status is not None:
            item |= {"status": status, "error": {"type": "told", "reason": "to do so"}}
        elif fault:
            item |= {"status": 400, "error": {"type": "mapper_parsing_exception", "reason": fault}}
        elif verb == "create" and key in self.documents:
            item |= {
                "status": 409,
                "error": {"type": "version_conflict_engine_exception", "reason": "is there"},
            }
        else:
            assert verb in ("create", "index")
            item["status"] = 200 if key in self.documents else 201
            self.documents[key] = document
        return {verb: item}


def _pairs(lines: list[Any]) -> Iterator[tuple[Item, Item]]:
    assert len(lines) % 2 == 0
    yield from zip(lines[::2], lines[1::2], strict=True)


def _fault(document: Item) -> str | None:
    """What the field type ``histogram`` asks for."""
    histogram = document["driftline"].get("histogram")
    if histogram is None:
        return None
    values, counts = histogram["values"], histogram["counts"]
    if len(values) != len(counts):
        return "expected same length from values and counts"
    if values != sorted(values):
        return "values must be in increasing order"
    if any(type(count) is not int or count < 0 for count in counts):
        return "counts must be whole and not negative"
    return None


@contextmanager
def bulk_server(port: int = 0) -> Iterator[BulkServer]:
    """A server on 127.0.0.1, until the end of the block."""
    state = BulkServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            state.authorization = self.headers.get("Authorization")
            if state.down:
                status, answer = 503, {"error": "down"}
            elif self.path == "/_bulk" and self.headers["Content-Type"] == "application/x-ndjson":
                status, answer = state.bulk(body)
            elif self.command == "PUT" and self.path.startswith(
                ("/_component_template/", "/_index_template/")
            ):
                status, answer = state.put(self.path, body)
            else:
                status, answer = 405, {"error": f"{self.command} {self.path}"}
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_POST = _answer  # noqa: N815
        do_PUT = _answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
