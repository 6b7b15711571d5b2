"""Channels of a collector: the report that is attached, secrets that are not logged, a stop that does not wait."""

import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.alerting.receiver import Answer, Receiver
from tests.collector.conftest import CollectorProcess
from tests.collector.test_alerts import ALERTING, eventually, send, states

from driftline.collector import Collector

Start = Callable[..., Collector]


def alerting(**channel: Any) -> dict[str, Any]:
    return ALERTING | {"channels": {"one": channel}}


def test_a_model_is_trained_anew_with_its_report(start_collector: Start, tmp_path: Path) -> None:
    program = (
        "import json, os, pathlib, sys\n"
        "told = json.load(sys.stdin)['alerts'][0]\n"
        "page = pathlib.Path(os.environ['DRIFTLINE_REPORT']).read_text()\n"
        "pathlib.Path('evidence').write_text(str(told['value']))\n"
        "pathlib.Path('report').write_text(page)\n"
    )
    command = {"argv": [sys.executable, "-c", program], "working_directory": str(tmp_path)}
    collector = start_collector(alerting=alerting(type="retrain", command=command, report=True))
    send(collector.grpc_address, 0, 10)
    page = eventually(lambda: (file := tmp_path / "report").exists() and file.read_text())
    assert "model fraud" in page
    assert "100 records" in page
    assert float((tmp_path / "evidence").read_text()) == pytest.approx(10, abs=0.5)


@pytest.mark.parametrize("status", [200, 404, 503])
def test_no_log_has_a_secret(start_process: Callable[..., CollectorProcess], status: int) -> None:
    with Receiver(lambda _: Answer(status, "said")) as receiver:
        channel = {"type": "slack", "url": f"{receiver.url}/services/hunter2"}
        process = start_process(alerting=alerting(**channel), log_level="debug")
        send(process.grpc_address, 0, 10)
        eventually(lambda: receiver.requests)
        time.sleep(0.5)
        if status != 200:
            eventually(lambda: f"{status}: said" in str(process.logs))
        assert process.terminate() == 0
    assert "hunter2" not in str(process.logs)
    if status != 200:
        assert f"{status}: said" in str(process.logs)


def test_a_destination_that_never_answers_holds_up_neither_records_nor_the_stop(
    start_process: Callable[..., CollectorProcess],
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        process = start_process(alerting=alerting(type="webhook", url=url, timeout="10m"))
        send(process.grpc_address, 0, 10)
        connection, _ = silent.accept()
        with connection:
            assert connection.recv(10)
            # Returns once they are acknowledged.
            send(process.grpc_address, 1, 10)
            before = time.monotonic()
            process.send(signal.SIGTERM)
            assert process.wait(60) == 0
            assert time.monotonic() - before < 20


def test_what_was_taken_is_not_told_again_after_a_kill(
    start_process: Callable[..., CollectorProcess], tmp_path: Path
) -> None:
    with Receiver() as receiver:
        channel = alerting(type="webhook", url=receiver.url)
        settings = {"data_dir": str(tmp_path / "data"), "alerting": channel}
        first = start_process(**settings)
        send(first.grpc_address, 0, 10)
        delivered = 'driftline_notifications_total{channel="one",outcome="delivered"} 1.0'
        eventually(lambda: delivered in httpx.get(f"http://{first.http_address}/metrics", timeout=60).text)
        first.send(signal.SIGKILL)
        first.wait()
        second = start_process(**settings)
        eventually(lambda: states(second.http_address) == ["firing"])
        time.sleep(2)
        assert delivered in httpx.get(f"http://{second.http_address}/metrics", timeout=60).text
        assert len(receiver.requests) == 1
