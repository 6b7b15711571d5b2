import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import driftline
from driftline.config import CollectorConfig


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[CollectorConfig]:
    """The settings that the collector was asked to run with; it does not run."""
    asked: list[CollectorConfig] = []

    def serve(config: CollectorConfig) -> int:
        asked.append(config)
        return 0

    monkeypatch.setattr("driftline.collector.serve", serve)
    return asked


def test_an_option_goes_before_the_environment_and_that_before_the_file(
    run: Callable[..., Any], served: list[CollectorConfig], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "driftline.yaml"
    path.write_text("grpc_address: 127.0.0.1:1\nhttp_address: 127.0.0.1:2\nlog_level: debug\n")
    monkeypatch.setenv("DRIFTLINE_GRPC_ADDRESS", "127.0.0.1:3")
    monkeypatch.setenv("DRIFTLINE_HTTP_ADDRESS", "127.0.0.1:4")
    outcome = run("serve", "--config", path, "--grpc-address", "127.0.0.1:5", "--data-dir", tmp_path / "data")
    assert outcome.code == 0, outcome.err
    (config,) = served
    assert (config.grpc_address, config.http_address) == ("127.0.0.1:5", "127.0.0.1:4")
    assert config.log_level == "debug"
    assert config.data_dir == tmp_path / "data"


def test_a_door_is_closed_by_an_empty_address(run: Callable[..., Any], served: list[CollectorConfig]) -> None:
    assert run("serve", "--flight-address", "").code == 0
    assert served[0].flight_address is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--config", "nothing.yaml"), r"nothing\.yaml"),
        (("--grpc-address", "nowhere"), "nowhere"),
        (("--log-level", "loud"), "loud"),
        (("--flush-interval-seconds", "0"), "greater than 0"),
    ],
)
def test_wrong_settings_are_told_and_nothing_is_started(
    run: Callable[..., Any], served: list[CollectorConfig], arguments: tuple[str, ...], message: str
) -> None:
    outcome = run("serve", *arguments)
    assert outcome.code == 1
    assert re.search(message, outcome.err)
    assert not served


def test_the_command_serves_until_it_is_told_to_stop(tmp_path: Path) -> None:
    doors = ("--grpc-address", "127.0.0.1:0", "--http-address", "", "--flight-address", "")
    command = [sys.executable, "-c", "from driftline.cli import main; main()", "serve", *doors]
    process = subprocess.Popen(
        [*command, "--data-dir", str(tmp_path / "data"), "--log-format", "json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    try:
        address = next(
            found[0] for line in process.stdout if (found := re.search(r"127\.0\.0\.1:[1-9]\d*", line))
        )
        with driftline.connect(address) as monitor:
            assert len(monitor.models()) == 0
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        process.stdout.close()
        process.wait()
