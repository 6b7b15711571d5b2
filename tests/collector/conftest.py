"""Collectors as processes of their own, and one whose traces are looked at."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from tests.exporters.otlp_sink import OtlpSink, grpc_sink

from driftline.collector import Collector


class CollectorProcess:
    """``python -m driftline.collector`` with JSON logs."""

    def __init__(self, config: Path) -> None:
        environment = os.environ | {"DRIFTLINE_LOG_FORMAT": "json"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "driftline.collector", str(config)],
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.logs: list[dict[str, Any]] = []
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def log(self, message: str, timeout: float = 30.0) -> dict[str, Any]:
        """The first log record with this message, waited for."""
        with self._changed:
            assert self._changed.wait_for(
                lambda: self._find(message) or self._process.poll() is not None, timeout
            )
            found = self._find(message)
        assert found is not None, self.logs
        return found

    @property
    def grpc_address(self) -> str:
        return str(self.log("collector started")["grpc"])

    @property
    def flight_address(self) -> str:
        return str(self.log("collector started")["flight"])

    @property
    def http_address(self) -> str:
        return str(self.log("collector started")["http"])

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def wait(self, timeout: float = 30.0) -> int:
        """The exit status."""
        status = self._process.wait(timeout)
        self._reader.join(10)
        return status

    def terminate(self) -> int:
        self.send(signal.SIGTERM)
        return self.wait()

    def kill(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self.wait()
        assert self._process.stderr is not None
        self._process.stderr.close()

    def _find(self, message: str) -> dict[str, Any] | None:
        return next((each for each in self.logs if each["message"] == message), None)

    def _read(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            with self._changed:
                self.logs.append(_flat(json.loads(line)) if line.startswith("{") else {"message": line})
                self._changed.notify_all()


def _flat(record: dict[str, Any]) -> dict[str, Any]:
    """A record with the fields of the log call beside those of the schema, and the reason where there is one."""
    reason = record.get("event", {}).get("reason")
    return {**record, **record.get("driftline", {}), **({"reason": reason} if reason else {})}


@pytest.fixture
def start_process(tmp_path: Path) -> Iterator[Callable[..., CollectorProcess]]:
    """Starts collector processes on free ports, with the settings given; those still running are killed."""
    with ExitStack() as running:

        def start(**settings: Any) -> CollectorProcess:
            doors = dict.fromkeys(("grpc_address", "http_address", "flight_address"), "127.0.0.1:0")
            config = tmp_path / "driftline.yaml"
            config.write_text(json.dumps(doors | settings))
            process = CollectorProcess(config)
            running.callback(process.kill)
            return process

        yield start


@pytest.fixture
def sink() -> Iterator[OtlpSink]:
    """Takes in what a collector exports of its traces."""
    with grpc_sink() as opened:
        yield opened


@pytest.fixture
def collector(sink: OtlpSink, start_collector: Callable[..., Collector]) -> Collector:
    """One whose traces are in the sink."""
    return start_collector(tracing={"endpoint": sink.endpoint})
