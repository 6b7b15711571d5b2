"""A real OpenTelemetry Collector, and what it has written down."""

import json
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from tests.integrations.conftest import PATIENCE_SECONDS, Program, RunProgram


@dataclass(frozen=True)
class Point:
    """One data point: of which metric, its attributes, and the rest as JSON has it."""

    name: str
    unit: str
    kind: str
    temporality: int
    labels: dict[str, str]
    value: dict[str, Any]

    @property
    def range(self) -> tuple[int, int]:
        return int(self.value.get("startTimeUnixNano", 0)), int(self.value["timeUnixNano"])


@dataclass
class Receiver:
    """The program, where it listens, and the files that it writes."""

    program: Program
    grpc: str
    http: str
    statsd: str
    folder: Path

    def wait_until_it_listens(self) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        for address in (self.grpc, self.http):
            host, port = address.rsplit(":", 1)
            while True:
                try:
                    socket.create_connection((host, int(port)), 1.0).close()
                    break
                except OSError:
                    assert time.monotonic() < deadline, f"nothing listens at {address}"
                    time.sleep(0.1)

    def lines(self, signal: str) -> list[dict[str, Any]]:
        """What came of a signal, a request each; the last line may be under way."""
        path = self.folder / f"{signal}.json"
        text = path.read_text("utf-8") if path.exists() else ""
        return [json.loads(line) for line in text.split("\n")[:-1]]

    def points(self) -> list[Point]:
        return [
            point
            for line in self.lines("metrics")
            for resource in line["resourceMetrics"]
            for scope in resource["scopeMetrics"]
            for metric in scope["metrics"]
            for point in _points(metric)
        ]

    def spans(self) -> list[dict[str, Any]]:
        return [
            span
            for line in self.lines("traces")
            for resource in line["resourceSpans"]
            for scope in resource["scopeSpans"]
            for span in scope["spans"]
        ]

    def logs(self) -> list[dict[str, Any]]:
        return [
            record
            for line in self.lines("logs")
            for resource in line["resourceLogs"]
            for scope in resource["scopeLogs"]
            for record in scope["logRecords"]
        ]


def attributes(given: list[dict[str, Any]]) -> dict[str, Any]:
    return {each["key"]: next(iter(each["value"].values())) for each in given}


def _points(metric: dict[str, Any]) -> list[Point]:
    (kind,) = {"gauge", "sum", "exponentialHistogram", "histogram", "summary"} & metric.keys()
    data = metric[kind]
    return [
        Point(
            metric["name"],
            metric.get("unit", ""),
            kind,
            data.get("aggregationTemporality", 0),
            attributes(point.get("attributes", [])),
            point,
        )
        for point in data["dataPoints"]
    ]


def start(programs: Path, run_program: RunProgram, free_port: Callable[[], int], folder: Path) -> Receiver:
    """A collector that takes all that we send, and writes it down as JSON, a request a line."""
    grpc, http, statsd = (f"127.0.0.1:{free_port()}" for _ in range(3))
    signals = ("metrics", "traces", "logs")
    config = {
        "receivers": {
            "otlp": {"protocols": {"grpc": {"endpoint": grpc}, "http": {"endpoint": http}}},
            "statsd": {"endpoint": statsd, "aggregation_interval": "1s"},
        },
        "exporters": {
            f"file/{signal}": {"path": str(folder / f"{signal}.json"), "append": True} for signal in signals
        },
        "service": {
            "telemetry": {"metrics": {"level": "none"}},
            "pipelines": {
                signal: {
                    "receivers": ["otlp", "statsd"] if signal == "metrics" else ["otlp"],
                    "exporters": [f"file/{signal}"],
                }
                for signal in signals
            },
        },
    }
    path = folder / "otelcol.yaml"
    path.write_text(yaml.safe_dump(config))
    program = run_program(programs / "otelcol" / "otelcol", f"--config=file:{path}")
    receiver = Receiver(program, grpc, http, statsd, folder)
    receiver.wait_until_it_listens()
    return receiver
