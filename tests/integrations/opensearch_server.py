"""A real OpenSearch of one node."""

import json
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.integrations.conftest import Program, RunProgram


class SearchServer:
    """OpenSearch, and what it has."""

    def __init__(self, program: Program, url: str) -> None:
        self.program = program
        self.url = url

    def ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        with urllib.request.urlopen(
            urllib.request.Request(self.url + path, data, headers), timeout=60
        ) as answer:
            return json.load(answer)

    def documents(self, index: str) -> list[dict[str, Any]]:
        self.ask(f"/{index}/_refresh", {})
        found = self.ask(f"/{index}/_search", {"size": 10_000, "track_total_hits": True})["hits"]
        assert found["total"]["value"] == len(found["hits"])
        return [hit["_source"] for hit in found["hits"]]

    def start(self) -> None:
        self.program.start()
        self.program.wait_for(self.url)


def start(
    programs: Path, run_program: RunProgram, free_port: Callable[[], int], folder: Path
) -> SearchServer:
    """A server that keeps all in a folder, as soon as it answers."""
    place, port = programs / "opensearch", free_port()
    home = folder / "opensearch"
    (home / "config").mkdir(parents=True)
    classes = f"{place}:{place}/lib/*"
    options = ("-Xms256m", "-Xmx512m", "-XX:TieredStopAtLevel=1", "-cp", classes)
    program = run_program("java", *options, "SearchServer", home, str(port), str(free_port()))
    url = f"http://127.0.0.1:{port}"
    program.wait_for(url)
    return SearchServer(program, url)
