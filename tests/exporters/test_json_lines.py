"""Lines of JSON say what the Python API says."""

import json
import socket
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

import driftline
from driftline.query import Monitor
from driftline.query.selection import SelectionOptions

if TYPE_CHECKING:
    from tests.conftest import StartCollector

MINUTE = 60 * 10**9
START = 28_000_000 * MINUTE
MODEL = {"model": "m", "window": "1m", "positive_class": "true"}


def send(address: str, rows: int = 400) -> None:
    random = np.random.default_rng(3)
    score = random.random(rows)
    table = pa.table(
        {
            "timestamp": pa.array(START + np.arange(rows) * (3 * MINUTE // rows), pa.timestamp("ns", "UTC")),
            "x": pa.array(random.normal(size=rows)),
            "city": pa.array(random.choice(["Oslo", "Rome"], rows)),
            "latency": pa.array(random.exponential(0.1, rows)),
            "score": pa.array(score),
            "label": pa.array(random.random(rows) < score),
        }
    )
    with driftline.Client(address, model="m", version="1") as client:
        client.log_table(table)


def lines_of(path: Path, least: int) -> list[dict[str, Any]]:
    deadline = time.monotonic() + 60.0
    while True:
        text = path.read_text("utf-8") if path.exists() else ""
        if text.count("\n") >= least:
            return [json.loads(line) for line in text.splitlines()]
        assert time.monotonic() < deadline, text
        time.sleep(0.05)


def test_a_file_has_what_the_api_says(tmp_path: Path, start_collector: "StartCollector") -> None:
    path = tmp_path / "windows.jsonl"
    exporter = {"type": "json_lines", "path": path, "grace": "1s"}
    collector = start_collector(monitors=[MODEL], exporters={"out": exporter})
    assert collector.grpc_address is not None
    send(collector.grpc_address)
    # A window, and five columns of it, three times.
    lines = lines_of(path, least=18)
    assert len({line["event.id"] for line in lines}) == 18
    monitor = driftline.connect(collector.grpc_address)
    for start in (START, START + MINUTE, START + 2 * MINUTE):
        check(lines, monitor, start)


def check(lines: list[dict[str, Any]], monitor: Monitor, start: int) -> None:
    window: SelectionOptions = {"version": "1", "start": start, "end": start + MINUTE}
    found = {
        line["labels"].get("feature", ""): line["driftline"]
        for line in lines
        if line["event.id"].endswith(f"|{start}")
    }
    summary = monitor.summary(**window)
    performance = monitor.performance(**window)[0]
    assert found.keys() == {"", *(column.column for column in summary)}
    assert found["x"]["feature_mean"] == summary["x"].mean
    assert found["x"]["feature_quantile_0.99"] == summary["x"].p99
    assert found["city"]["feature_distinct_values"] == summary["city"].distinct.value
    classification = performance.classification
    assert classification is not None
    assert classification.roc_auc is not None
    assert found[""]["roc_auc_ratio"] == classification.roc_auc.value
    latency = monitor.quantiles("latency", **window)
    assert found[""]["latency_seconds_0.99"] == latency[2].value
    assert found[""]["records"] == summary.coverage.records


def test_a_socket_that_is_down_at_first_gets_all(start_collector: "StartCollector") -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    exporter = {"type": "json_lines", "tcp": f"127.0.0.1:{port}", "grace": "1s"}
    collector = start_collector(monitors=[MODEL], exporters={"out": exporter})
    assert collector.grpc_address is not None
    send(collector.grpc_address)
    time.sleep(1.5)
    taken = bytearray()

    def take() -> None:
        with socket.create_server(("127.0.0.1", port)) as server:
            server.settimeout(60.0)
            connection, _ = server.accept()
            with connection:
                connection.settimeout(60.0)
                while taken.count(b"\n") < 18:
                    taken.extend(connection.recv(65_536))

    thread = threading.Thread(target=take)
    thread.start()
    thread.join()
    assert len({json.loads(line)["event.id"] for line in taken.splitlines()}) == 18


@pytest.mark.parametrize("settings", [{}, {"path": "a", "tcp": "127.0.0.1:1"}])
def test_there_is_one_destination(settings: dict[str, str], start_collector: "StartCollector") -> None:
    with pytest.raises(ValueError, match="exactly one of path and tcp"):
        start_collector(exporters={"out": {"type": "json_lines"} | settings})
