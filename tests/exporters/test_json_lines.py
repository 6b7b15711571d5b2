"""Lines of JSON say what the Python API says."""

import json
import socket
import struct
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from tests.exporters.pages import exporter_of_page
from tests.held_address import held_address

import driftline
from driftline.delivery import DestinationUnavailableError
from driftline.exporters.json_lines import append
from driftline.exporters.json_lines import send as send_lines
from driftline.query import Monitor
from driftline.query.instants import format_instant
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
        assert client.flush(60.0), client.stats


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
    assert len({line["event"]["id"] for line in lines}) == 18
    monitor = driftline.connect(collector.grpc_address)
    for start in (START, START + MINUTE, START + 2 * MINUTE):
        check(lines, monitor, start)


def check(lines: list[dict[str, Any]], monitor: Monitor, start: int) -> None:
    window: SelectionOptions = {"version": "1", "start": start, "end": start + MINUTE}
    found = {
        line["driftline"].get("column", ""): line["driftline"]
        for line in lines
        if line["event"]["start"] == format_instant(start)
    }
    summary = monitor.summary(**window)
    performance = monitor.performance(**window)[0]
    assert found.keys() == {"", *(column.column for column in summary)}
    assert found["x"]["feature_mean"] == summary["x"].mean
    assert found["x"]["feature_quantile"]["p99"] == summary["x"].p99
    assert found["city"]["feature_distinct_values"] == summary["city"].distinct.value
    classification = performance.classification
    assert classification is not None
    assert classification.roc_auc is not None
    assert found[""]["roc_auc_ratio"] == classification.roc_auc.value
    latency = monitor.quantiles("latency", **window)
    assert found[""]["latency_seconds"]["p99"] == latency[2].value
    assert found[""]["window"]["records"] == summary.coverage.records


def test_a_socket_that_is_down_at_first_gets_all(start_collector: "StartCollector") -> None:
    with held_address() as address:
        exporter = exporter_of_page("logstash.md", tcp=address)
        collector = start_collector(monitors=[MODEL], exporters={"out": exporter})
        assert collector.grpc_address is not None
        send(collector.grpc_address)
        time.sleep(1.5)
    taken = bytearray()

    def take() -> None:
        with socket.create_server(("127.0.0.1", int(address.rpartition(":")[2]))) as server:
            server.settimeout(60.0)
            connection, _ = server.accept()
            with connection:
                connection.settimeout(60.0)
                while taken.count(b"\n") < 18 and (more := connection.recv(65_536)):
                    taken.extend(more)

    thread = threading.Thread(target=take)
    thread.start()
    thread.join()
    assert len({json.loads(line)["event"]["id"] for line in taken.splitlines()}) == 18


@pytest.mark.parametrize("settings", [{}, {"path": "a", "tcp": "127.0.0.1:1"}])
def test_there_is_one_destination(settings: dict[str, str], start_collector: "StartCollector") -> None:
    with pytest.raises(ValueError, match="exactly one of path and tcp"):
        start_collector(exporters={"out": {"type": "json_lines"} | settings})


def test_a_line_that_a_crash_has_cut_short_is_ended_first(tmp_path: Path) -> None:
    path = tmp_path / "windows.jsonl"
    append(path, b'{"a":1}\n')
    with path.open("ab") as file:
        file.write(b'{"a":')
    append(path, b'{"a":2}\n')
    assert path.read_bytes() == b'{"a":1}\n{"a":\n{"a":2}\n'
    path.rename(tmp_path / "rotated")
    append(path, b'{"a":3}\n')
    assert path.read_bytes() == b'{"a":3}\n'


def test_a_file_that_cannot_be_written_is_tried_again(tmp_path: Path) -> None:
    with pytest.raises(DestinationUnavailableError, match="cannot be written: No such file"):
        append(tmp_path / "none" / "windows.jsonl", b"{}\n")


def reader(server: socket.socket, least: int, taken: bytearray, *, reset: bool) -> threading.Thread:
    """Reads to the end and closes, as Logstash does; or dies after some bytes."""

    def read() -> None:
        connection, _ = server.accept()
        with connection:
            connection.settimeout(30.0)
            while not (reset and len(taken) >= least) and (data := connection.recv(4096)):
                taken.extend(data)
            if reset:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    thread = threading.Thread(target=read)
    thread.start()
    return thread


@pytest.mark.parametrize("reset", [False, True])
def test_a_reader_that_dies_has_not_taken_the_lines(reset: bool) -> None:
    lines = b'{"a":1}\n' * 200_000
    taken = bytearray()
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = reader(server, 100_000, taken, reset=reset)
        address = f"127.0.0.1:{server.getsockname()[1]}"
        if reset:
            with pytest.raises(DestinationUnavailableError, match="has not taken all lines"):
                send_lines(address, lines, 30.0)
        else:
            send_lines(address, lines, 30.0)
        thread.join()
    assert (bytes(taken) == lines) is not reset


def test_a_reader_that_does_not_read_is_waited_for_no_longer_than_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(DestinationUnavailableError, match="timed out"):
            send_lines(address, b"{}\n", 0.2)
